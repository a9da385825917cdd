import { defineConfig } from "@playwright/test";

export default defineConfig({
  testMatch: "fixture.spec.js",
  workers: 2,
  fullyParallel: true,
  reporter: "list",
  use: {
    accountdOptions: { seed: "fixtures/accounts.json" },
    launchOptions: { executablePath: process.env.CHROMIUM },
  },
});
