import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { StandIn, findBinary } from "accountd";
import { isRunning, untilGone } from "./waiting.js";

const START = 'import { StandIn } from "accountd"; const standIn = await StandIn.start(); console.log(standIn.url);';

/** Runs a script in a process of its own, and returns that and the first line it prints. */
async function run(script) {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  return { child, url: line.trim() };
}

test("the server ends when the process that started it is killed", async () => {
  const { child, url } = await run(`${START} setInterval(() => {}, 1000);`);
  assert.ok(await isRunning(url));
  child.kill("SIGKILL");
  await untilGone(url);
});

test("a server that was not stopped neither keeps its process running nor outlives it", async () => {
  const { child, url } = await run(`${START} await standIn.reset();`);
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
  await untilGone(url);
});

test("stop returns after the end of the server, and can be called again", async () => {
  const standIn = await StandIn.start();
  await standIn.stop();
  assert.ok(!(await isRunning(standIn.url)));
  await standIn.stop();
});

test("the end of a block with `await using` stops the server", { skip: !Symbol.asyncDispose }, async () => {
  const standIn = await StandIn.start();
  await standIn[Symbol.asyncDispose]();
  assert.ok(!(await isRunning(standIn.url)));
});

test("a call to a server that has ended says so", async () => {
  const standIn = await StandIn.start();
  const other = StandIn.connect(standIn.url);
  await other.reset();
  await standIn.stop();
  await assert.rejects(other.reset(), /accountd at http:\/\/127\.0\.0\.1:\d+ cannot be reached/);
});

test("a server that needs a control token is controlled with it", async () => {
  const directory = mkdtempSync(join(tmpdir(), "accountd-js-"));
  const [token, file] = ["control-token-of-this-suite-0123456789", join(directory, "token")];
  writeFileSync(file, token);
  const options = ["--memory", "--control", "--control-token-file", file, "--listen", "127.0.0.1:0"];
  const child = spawn(findBinary(), ["serve", ...options, "--exit-with-stdin", "--log", "off"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  try {
    const [line] = await once(child.stdout.setEncoding("utf8"), "data");
    const url = line.trim().split(" ").at(-1);
    await assert.rejects(StandIn.connect(url).reset(), { name: "AccountdError", status: 401, code: "unauthorized" });
    const standIn = StandIn.connect(url, { token });
    await standIn.reset();
    await (await standIn.sandbox("t1")).reset();
  } finally {
    child.kill("SIGKILL");
    rmSync(directory, { recursive: true });
  }
});

test("seeds are relative to the root", async () => {
  const root = mkdtempSync(join(tmpdir(), "accountd-js-"));
  const seed = { users: [{ username: "only", emails: [{ email: "only@example.com" }] }] };
  writeFileSync(join(root, "accounts.json"), JSON.stringify(seed));
  const standIn = await StandIn.start({ root, seed: "accounts.json" });
  assert.deepEqual((await standIn.state()).users.map((user) => user.username), ["only"]);
  await standIn.stop();
  rmSync(root, { recursive: true });
});

test("a server that cannot start says why", async () => {
  await assert.rejects(StandIn.start({ seed: "not-there.json" }), /did not start: exit code \d+\n.*not-there\.json/);
  await assert.rejects(StandIn.start({ binary: "/not/there/accountd" }), /did not start: .*ENOENT/);
  await assert.rejects(StandIn.start({ binary: "/bin/echo" }), /accountd did not start: .*stand-in/);
});

test("ACCOUNTD_BINARY overrides the program of the platform's package", (t) => {
  assert.match(findBinary(), /node_modules\/@accountd\/[a-z]+-[a-z0-9]+\/bin\/accountd$/);
  t.after(() => delete process.env.ACCOUNTD_BINARY);
  process.env.ACCOUNTD_BINARY = "/elsewhere/accountd";
  assert.equal(findBinary(), "/elsewhere/accountd");
});

test("npx accountd runs the program", () => {
  const launcher = fileURLToPath(new URL("../node_modules/accountd/bin/accountd.js", import.meta.url));
  assert.match(execFileSync(process.execPath, [launcher, "--version"], { encoding: "utf8" }), /^accountd \d/);
});
