import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { AccountdError, StandIn } from "accountd";

let accountd;
let token;

before(async () => {
  accountd = await StandIn.start();
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

test("a fault affects as many requests as it says, and counts them", async () => {
  const rule = { after: 1, times: 1, status: 503, headers: { "Retry-After": "1" } };
  const fault = await accountd.fail("gitlab.v4.users.create", rule);
  assert.equal((await create("first")).status, 201);
  const failed = await create("second");
  assert.deepEqual([failed.status, failed.headers.get("retry-after")], [503, "1"]);
  assert.equal((await create("second")).status, 201);
  assert.equal(await fault.hits(), 1);
  assert.deepEqual((await accountd.faults.list()).map(({ id }) => id), [fault.id]);
  await fault.remove();
  assert.deepEqual(await accountd.faults.list(), []);
});

test("a fault after the commit does the write and loses the answer", async () => {
  await accountd.fail("gitlab.v4.users.create", { times: 1, when: "after_commit", connection: "reset" });
  await assert.rejects(create("ada"));
  assert.ok((await accountd.state()).users.some((user) => user.username === "ada"));
});

test("a fault can be for one user, and a reset removes it", async () => {
  await accountd.fail("gitlab.v4.users.current", { match: { user: "janedoe" }, credential: "revoked" });
  const root = token;
  token = await accountd.token("janedoe");
  assert.equal((await call("user")).status, 401);
  token = root;
  assert.equal((await call("user")).status, 200);
  await accountd.reset();
  assert.deepEqual(await accountd.faults.list(), []);
});

test("an unknown operation or option is refused", async () => {
  const cases = [
    ["gitlab.v4.nothing", { status: 503 }, "unknown_operation"],
    ["gitlab.v4.users.create", { colour: 1 }, "unknown_key"],
  ];
  for (const [operation, options, code] of cases) {
    const error = await accountd.fail(operation, options).catch((error) => error);
    assert.ok(error instanceof AccountdError, String(error));
    assert.deepEqual([error.status, error.code], [400, code]);
  }
});
