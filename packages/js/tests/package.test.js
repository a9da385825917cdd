import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { StandIn } from "accountd";
import { run } from "./runner.js";

const read = (path) => JSON.parse(readFileSync(new URL(`../node_modules/${path}`, import.meta.url), "utf8"));

test("the types accept what the package can do, and refuse what it cannot", async () => {
  const { code, output } = await run("typescript/bin/tsc", ["--project", "tests/types"]);
  assert.equal(code, 0, output);
});

test("the packages have the version of the program", async () => {
  const { version, optionalDependencies } = read("accountd/package.json");
  const platform = `@accountd/${process.platform}-${process.arch}`;
  assert.equal(read(`${platform}/package.json`).version, version);
  assert.deepEqual(Object.values(optionalDependencies), [version]);
  const accountd = await StandIn.start();
  assert.equal((await accountd.health()).version, version);
  await accountd.stop();
});

test("the package needs nothing else and runs nothing when it is installed", () => {
  const { dependencies, scripts } = read("accountd/package.json");
  assert.equal(dependencies, undefined);
  assert.equal(scripts, undefined);
  const files = readdirSync(new URL("../node_modules/accountd", import.meta.url)).sort();
  assert.deepEqual(files, ["LICENSE", "README.md", "bin", "package.json", "src"]);
});
