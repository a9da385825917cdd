import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

const DEADLINE_MS = 60_000;

/** Calls `probe` until it returns something. */
export async function until(what, probe) {
  const end = performance.now() + DEADLINE_MS;
  while (performance.now() < end) {
    const found = await probe();
    if (found) {
      return found;
    }
    await sleep(20);
  }
  assert.fail(`${what}: not within ${DEADLINE_MS} ms`);
}

export async function isRunning(url) {
  return fetch(`${url}/_accountd/health`).then((answer) => answer.ok, () => false);
}

export function untilGone(url) {
  return until(`the end of ${url}`, async () => !(await isRunning(url)));
}
