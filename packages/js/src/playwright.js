import { dirname } from "node:path";
import { test as base } from "@playwright/test";
import { StandIn } from "./stand_in.js";

export { expect } from "@playwright/test";

/**
 * Playwright's `test` with the fixture `accountd`: a stand-in that was reset before the test. Each worker starts one,
 * unless `ACCOUNTD_URL` names a server that Playwright's `webServer` has started.
 */
export const test = base.extend({
  accountdOptions: [{}, { option: true, scope: "worker" }],

  accountdServer: [
    async ({ accountdOptions }, use, { config }) => {
      const root = config.configFile ? dirname(config.configFile) : config.rootDir;
      const url = process.env.ACCOUNTD_URL;
      const server = url ? StandIn.connect(url) : await StandIn.start({ root, ...accountdOptions });
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],

  accountd: async ({ accountdServer }, use, testInfo) => {
    await accountdServer.reset();
    await use(accountdServer);
    if (testInfo.status !== testInfo.expectedStatus) {
      await report(accountdServer, testInfo);
    }
  },
});

/** Attaches the requests of a failed test, unless there is no journal. */
async function report({ requests }, testInfo) {
  const entries = await requests.list().catch(() => []);
  if (entries.length > 0) {
    const body = JSON.stringify(entries, undefined, 2);
    await testInfo.attach("accountd-requests.json", { body, contentType: "application/json" });
  }
}
