import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkKill, run } from "./runner.js";

const CLI = "@playwright/test/cli";
const LAUNCHER = fileURLToPath(new URL("../node_modules/accountd/bin/accountd.js", import.meta.url));
const OUTPUT = mkdtempSync(join(tmpdir(), "accountd-playwright-"));
const config = (name) => ["test", "--config", `tests/playwright/${name}.config.js`, "--output", OUTPUT];

test.after(() => rmSync(OUTPUT, { recursive: true, force: true }));

test("each Playwright worker has a server that is reset before each test", async () => {
  const { code, output } = await run(CLI, config("playwright"), { CHROMIUM: "/usr/bin/chromium" });
  assert.equal(code, 0, output);
  assert.match(output, /11 passed/);
});

test("webServer.wait reads the ready line", async () => {
  const { code, output } = await run(CLI, config("web_server"), { LAUNCHER, SPEC: "web_server.spec.js" });
  assert.equal(code, 0, output);
  assert.match(output, /3 passed/);
});

test("the report of a failed test has the journal", async () => {
  const { code, output } = await run(CLI, config("failure"));
  assert.equal(code, 1, output);
  const [result] = JSON.parse(output).suites[0].specs[0].tests[0].results;
  const [journal] = result.attachments.filter(({ name }) => name === "accountd-requests.json");
  const entries = JSON.parse(Buffer.from(journal.body, "base64"));
  assert.deepEqual(entries.map(({ operation }) => operation), ["gitlab.v4.users.get"]);
});

test("the server ends when Playwright is killed", async () => {
  await checkKill(CLI, config("hang"));
});

test("the server that webServer started ends when Playwright is killed", async () => {
  await checkKill(CLI, config("web_server"), { LAUNCHER, SPEC: "hang.spec.js" });
});
