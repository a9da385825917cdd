import { defineConfig } from "@playwright/test";

const command = `node ${process.env.LAUNCHER} stand-in fixtures/accounts.json --exit-with-stdin --log error`;

export default defineConfig({
  testMatch: process.env.SPEC,
  workers: 1,
  timeout: 0,
  reporter: "list",
  webServer: [
    { command, wait: { stdout: /listening on (?<accountd_url>\S+)/ } },
    { command: `${command} --ready json`, wait: { stdout: /"url":"(?<other_url>[^"]+)"/ } },
  ],
});
