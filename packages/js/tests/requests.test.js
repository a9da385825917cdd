import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { AccountdError, StandIn } from "accountd";

let accountd;
let token;

before(async () => {
  accountd = await StandIn.start({ strict: true });
});

after(() => accountd.stop());

beforeEach(async () => {
  await accountd.reset();
  token = await accountd.token("root");
});

function call(path, init = {}) {
  return fetch(`${accountd.url}/api/v4/${path}`, { ...init, headers: { "PRIVATE-TOKEN": token, ...init.headers } });
}

function create(username) {
  const user = { username, name: "A", email: `${username}@example.com`, password: "correct-horse" };
  return call("users", { method: "POST", body: new URLSearchParams(user) });
}

test("the journal lists requests without their secrets, and can be searched and cleared", async () => {
  await create("ada");
  const [made] = await accountd.requests.find({ operation: "gitlab.v4.users.create", user: "root" });
  assert.equal(made.user, "root");
  assert.ok(!JSON.stringify(await accountd.requests.list()).includes(token));
  assert.ok(!JSON.stringify(await accountd.requests.list()).includes("correct-horse"));
  await call("user");
  assert.equal((await accountd.requests.list({ since: made.seq })).length, 1);
  await accountd.requests.clear();
  assert.deepEqual(await accountd.requests.list(), []);
});

test("an expectation counts, and names the closest request when it is not met", async () => {
  await create("ada");
  await accountd.requests.expect("gitlab.v4.users.create", { times: 1 });
  const unmet = { operation: "gitlab.v4.users.create", user: "janedoe" };
  await assert.rejects(accountd.requests.expect(unmet, { times: 1 }), (error) => {
    assert.ok(error instanceof AccountdError, String(error));
    assert.equal(error.status, 422);
    const closest = "#1 POST /api/v4/users (gitlab.v4.users.create) by root: 201 differs in user";
    assert.ok(error.message.split("\n  ").includes(closest), error.message);
    return true;
  });
});

test("a list holds everything, also if it is long", async () => {
  const note = "n".repeat(60_000);
  for (let number = 0; number < 30; number += 1) {
    await call("users", { method: "POST", body: new URLSearchParams({ username: "ada", note }) });
  }
  const all = Array.from({ length: 30 }, (_, index) => index + 1);
  assert.deepEqual((await accountd.requests.list()).map(({ seq }) => seq), all);
  assert.equal((await accountd.requests.find("gitlab.v4.users.create")).length, 30);
});

test("an expectation can wait for a request", async () => {
  const waiting = accountd.requests.expect("gitlab.v4.users.create", { times: 1, wait_ms: 10_000 });
  await create("ada");
  await waiting;
});

test("a strict server answers 501 to what it does not implement", async () => {
  assert.equal((await call("projects/1/pipelines")).status, 501);
});
