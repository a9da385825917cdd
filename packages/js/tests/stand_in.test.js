import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Gitlab } from "@gitbeaker/rest";
import { AccountdError, StandIn } from "accountd";

const ADA = { username: "ada", name: "Ada", email: "ada@example.com", password: "correct-horse" };

let accountd;
let api;

before(async () => {
  accountd = await StandIn.start();
});

after(() => accountd.stop());

beforeEach(async () => {
  await accountd.reset();
  api = new Gitlab({ host: accountd.url, token: "root-api-token-for-examples" });
});

const usernames = async () => (await api.Users.all()).map((user) => user.username).sort();

test("a reset undoes what a client did", async () => {
  const before = await usernames();
  const made = await api.Users.create(ADA);
  assert.deepEqual(await usernames(), ["ada", ...before].sort());
  const first = await accountd.reset();
  assert.deepEqual(await usernames(), before);
  assert.equal((await api.Users.create(ADA)).id, made.id, "ids start again, too");
  assert.equal((await accountd.reset()).epoch, first.epoch + 1);
});

test("a reset can leave nothing", async () => {
  await accountd.reset("empty");
  assert.deepEqual((await accountd.state()).users, []);
});

test("a state can be read, changed and loaded", async () => {
  const state = await accountd.state();
  assert.ok(state.users.some((user) => user.username === "janedoe"));
  const users = [{ username: "ada", emails: [{ email: "ada@example.com" }] }];
  const imported = await accountd.importState({ users });
  assert.deepEqual(imported.users.map((user) => user.username), ["ada"]);
  assert.equal((await api.Users.show(imported.users[0].id)).username, "ada");
});

test("a snapshot survives resets until it is deleted", async () => {
  await api.Users.create(ADA);
  const withAda = await accountd.snapshot("with-ada");
  await accountd.reset();
  assert.ok(!(await usernames()).includes("ada"));
  await accountd.reset(withAda);
  assert.ok((await usernames()).includes("ada"));
  assert.deepEqual((await accountd.snapshots()).map(({ name }) => name), ["with-ada"]);
  await accountd.deleteSnapshot("with-ada");
  assert.deepEqual(await accountd.snapshots(), []);
});

test("a sandbox has its own users and ends with stop", async () => {
  const sandbox = await accountd.sandbox("t1");
  assert.notEqual(sandbox.url, accountd.url);
  const other = new Gitlab({ host: sandbox.url, token: "root-api-token-for-examples" });
  await other.Users.create(ADA);
  assert.ok(!(await usernames()).includes("ada"));
  assert.equal((await sandbox.health()).sandbox, "t1");
  await sandbox.stop();
  assert.deepEqual(await accountd.sandboxes(), []);
});

test("a sandbox can begin as a copy of the current state", async () => {
  await api.Users.create(ADA);
  const sandbox = await accountd.sandbox("copy", { from: "current" });
  assert.ok((await sandbox.state()).users.some((user) => user.username === "ada"));
  await sandbox.stop();
});

test("operations are those of the routes", async () => {
  assert.ok((await accountd.operations()).includes("gitlab.v4.users.create"));
});

test("a fixture with an unknown key is refused with its position", async () => {
  const refused = await accountd.importState({ users: [{ usrname: "ada" }] }).catch((error) => error);
  assert.ok(refused instanceof AccountdError, String(refused));
  assert.equal(refused.status, 400);
  assert.equal(refused.code, "unknown_key");
  assert.match(refused.message, /usrname.*\(line 1, column \d+\)/);
});

test("a token of a user signs that user in, with the scopes that it has", async () => {
  const token = await accountd.token("janedoe");
  assert.equal((await new Gitlab({ host: accountd.url, token }).Users.showCurrentUser()).username, "janedoe");
  const weak = new Gitlab({ host: accountd.url, token: await accountd.token("root", { scopes: ["read_user"] }) });
  assert.equal((await weak.Users.showCurrentUser()).username, "root");
  await assert.rejects(weak.Users.create(ADA), /403|insufficient_scope/);
  const unknown = await accountd.token("not-there").catch((error) => error);
  assert.ok(unknown instanceof AccountdError, String(unknown));
});

test("a deterministic stand-in makes the same tokens after each reset", async () => {
  for (const deterministic of [true, 7]) {
    const repeating = await StandIn.start({ deterministic });
    const token = await repeating.token("root");
    assert.notEqual(await repeating.token("root"), token);
    await repeating.reset();
    assert.equal(await repeating.token("root"), token);
    await repeating.stop();
  }
});

test("a connected stand-in controls the same server, and does not stop it", async () => {
  const connected = StandIn.connect(accountd.url);
  const { epoch } = await connected.health();
  await connected.reset();
  assert.equal((await accountd.health()).epoch, epoch + 1);
  await connected.stop();
  assert.equal((await accountd.health()).epoch, epoch + 1);
});
