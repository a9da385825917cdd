import assert from "node:assert/strict";
import { test } from "node:test";
import { checkKill, run } from "./runner.js";

for (const pool of ["forks", "threads"]) {
  test(`vitest's ${pool} each have a sandbox that is reset before each test`, async () => {
    const { code, output } = await run("vitest/vitest.mjs", ["run", "--root", "tests/vitest"], { POOL: pool });
    assert.equal(code, 0, output);
    assert.match(output, /Test Files +2 passed/);
    assert.match(output, /Tests +46 passed/);
  });
}

test("a failed test prints its requests", async () => {
  const options = ["--root", "tests/vitest", "--config", "failure.config.js"];
  const { code, output } = await run("vitest/vitest.mjs", ["run", ...options]);
  assert.equal(code, 1, output);
  assert.match(output, /Requests to accountd:\n#1 GET \/api\/v4\/user \([a-z0-9._]+\) by root: 200\n/);
});

test("the server ends when vitest is killed", async () => {
  await checkKill("vitest/vitest.mjs", ["run", "--root", "tests/vitest", "--config", "hang.config.js"]);
});
