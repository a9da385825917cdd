import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isRunning, until, untilGone } from "./waiting.js";

const TIMEOUT_MS = 120_000;
const require = createRequire(import.meta.url);

function start(cli, args, env) {
  // Without what the runner of these tests tells its children. The directory is none of the projects', so seeds
  // are found only if the project's root counts.
  const { NODE_TEST_CONTEXT, NODE_OPTIONS, ...inherited } = process.env;
  return spawn(process.execPath, [require.resolve(cli), ...args], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { ...inherited, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
}

/** Collects what a process prints. */
function collect(child) {
  const collected = { output: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (collected.output += text));
  }
  return collected;
}

/** Runs another test runner to its end, and returns its exit code and what it printed. */
export async function run(cli, args, env) {
  const child = start(cli, args, env);
  const collected = collect(child);
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, output: collected.output };
}

/** Kills another test runner in the middle of a test that writes a server's URL to `URL_FILE`. The server must end. */
export async function checkKill(cli, args, env) {
  const directory = mkdtempSync(join(tmpdir(), "accountd-js-"));
  const file = join(directory, "url");
  const child = start(cli, args, { ...env, URL_FILE: file });
  const collected = collect(child);
  try {
    const url = await until("a running test", () => {
      assert.equal(child.exitCode, null, collected.output);
      return readIfThere(file);
    });
    assert.ok(await isRunning(url));
    child.kill("SIGKILL");
    await untilGone(url);
  } finally {
    child.kill("SIGKILL");
    rmSync(directory, { recursive: true });
  }
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
