import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { StandIn } from "accountd";
import { until } from "./waiting.js";

const START = new Date("2030-01-01T00:00:00Z");

let accountd;
let token;

before(async () => {
  accountd = await StandIn.start({ clock: "2030-01-01T00:00:00Z,frozen" });
});

after(() => accountd.stop());

beforeEach(async () => {
  await accountd.reset();
  token = await accountd.token("root");
});

function call(path, init = {}) {
  return fetch(`${accountd.url}/api/v4/${path}`, { ...init, headers: { "PRIVATE-TOKEN": token, ...init.headers } });
}

test("the clock starts where it was told to, and a reset brings it back", async () => {
  assert.deepEqual(await accountd.clock.now(), START);
  assert.deepEqual(await accountd.clock.advance("2h"), new Date("2030-01-01T02:00:00Z"));
  await accountd.reset();
  assert.deepEqual(await accountd.clock.now(), START);
});

test("the clock can be set, frozen and made real again", async () => {
  const set = new Date("2031-05-05T05:05:05Z");
  const shown = await accountd.clock.set(set);
  assert.ok(shown >= set && shown - set < 60_000, String(shown));
  await until("the clock runs", async () => (await accountd.clock.now()) > shown);
  const frozen = await accountd.clock.freeze();
  assert.deepEqual(await accountd.clock.now(), frozen);
  assert.deepEqual(await accountd.clock.freeze("2032-01-01T00:00:00Z"), new Date("2032-01-01T00:00:00Z"));
  assert.ok(Math.abs(Date.now() - (await accountd.clock.reset())) < 60_000);
});

test("a token expires when the clock passes its end", async () => {
  token = await accountd.token("root", { expires_at: "2030-01-03T00:00:00Z" });
  assert.equal((await call("user")).status, 200);
  await accountd.clock.advance("72h");
  assert.equal((await call("user")).status, 401);
});
