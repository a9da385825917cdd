import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "./runner.js";

const README = readFileSync(new URL("README.md", import.meta.url), "utf8");
const DIRECTORY = fileURLToPath(new URL("readme", import.meta.url));
const PLAYWRIGHT = "@playwright/test/cli";

rmSync(DIRECTORY, { recursive: true, force: true });
mkdirSync(join(DIRECTORY, "fixtures"), { recursive: true });

/** The example of the README whose first line names this file. */
function example(name) {
  const block = README.split("```js\n").find((block) => block.startsWith(`// ${name}\n`));
  assert.ok(block, `the README has no ${name}`);
  return block.split("```\n")[0];
}

function write(name, text = example(name)) {
  writeFileSync(join(DIRECTORY, name), text);
}

test("the first example runs as printed", async () => {
  write("accounts.test.js");
  const { code, output } = await run(join(DIRECTORY, "accounts.test.js"), []);
  assert.equal(code, 0, output);
});

test("the example for vitest runs as printed", async () => {
  write("vitest.config.js");
  write("users.test.js");
  const { code, output } = await run("vitest/vitest.mjs", ["run", "--root", "tests/readme", "users.test.js"]);
  assert.equal(code, 0, output);
  assert.match(output, /Tests +1 passed/);
});

test("a setup of one's own loads its seed", async () => {
  write("setup.js");
  write("fixtures/accounts.json", '{ "users": [] }');
  write("setup.config.js", example("vitest.config.js").replace("accountd/vitest", "setup.js"));
  const [imports] = example("users.test.js").split("test(");
  write("seed.test.js", `${imports}
    test("seed", async () => {
      expect((await accountd.state()).users).toEqual([]);
    });`);
  const options = ["--root", "tests/readme", "--config", "setup.config.js"];
  const { code, output } = await run("vitest/vitest.mjs", ["run", ...options, "seed.test.js"]);
  assert.equal(code, 0, output);
});

test("the example for Playwright runs as printed", async () => {
  write("account.spec.js");
  write("account.config.js", `export default {
    testMatch: "account.spec.js",
    use: { launchOptions: { executablePath: "/usr/bin/chromium" } },
  };`);
  const { code, output } = await run(PLAYWRIGHT, ["test", "--config", "tests/readme/account.config.js"]);
  assert.equal(code, 0, output);
  assert.match(output, /1 passed/);
});

test("the application of the example with webServer gets the URL", async () => {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  write("playwright.config.js", example("playwright.config.js").replace("8080", port));
  write("app.js", `import { createServer } from "node:http";
    createServer((_, answer) => answer.end(process.env.ACCOUNTD_URL)).listen(${port}, "127.0.0.1");`);
  write("app.spec.js", `import { expect, test } from "accountd/playwright";
    test("same", async ({ accountd, request }) => {
      expect(await (await request.get("http://127.0.0.1:${port}")).text()).toBe(accountd.url);
    });`);
  const options = ["--config", "tests/readme/playwright.config.js", "app.spec.js"];
  const { code, output } = await run(PLAYWRIGHT, ["test", ...options]);
  assert.equal(code, 0, output);
  assert.match(output, /1 passed/);
});
