// @gitbeaker/rest against a server with the accounts of fixtures/demo.json: node api.mjs URL TOKEN KEY
import assert from "node:assert/strict";
import { Gitlab, GitbeakerRequestError } from "@gitbeaker/rest";

const [host, token, key] = process.argv.slice(2);
const api = new Gitlab({ host, token });
const as = (token, more = {}) => new Gitlab({ host, token, ...more });

/** Checks that a call is refused, and returns its status and description. */
async function refused(call) {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof GitbeakerRequestError, String(error));
    return [error.cause.response.status, error.cause.description];
  }
  assert.fail("was not refused");
}

// Users
const root = await api.Users.showCurrentUser();
assert.equal(root.username, "root");
assert.equal(root.is_admin, true);
const ada = await api.Users.create({
  username: "ada",
  name: "Ada",
  email: "ada@example.com",
  password: "correct-horse",
  skipConfirmation: true,
  provider: "github",
  externUid: "1",
});
assert.equal(ada.created_by.username, "root");
assert.deepEqual(ada.identities, [{ provider: "github", extern_uid: "1" }]);
// The client does not convert the names of form fields to snake case.
const edited = await api.Users.edit(ada.id, { bio: "counts", external: true, projects_limit: 3 });
assert.deepEqual([edited.bio, edited.external, edited.projects_limit], ["counts", true, 3]);
assert.equal((await api.Users.show(ada.id)).bio, "counts");
assert.deepEqual((await api.Users.all({ search: "ada" })).map((user) => user.username), ["ada"]);
const names = async (options) => (await api.Users.all(options)).map((user) => user.id);
assert.deepEqual(await names({ orderBy: "id", sort: "asc", perPage: 2 }), [1, 2, 3, 4, 5, 6]);
assert.deepEqual(
  await names({ pagination: "keyset", orderBy: "id", sort: "asc", perPage: 2 }),
  [1, 2, 3, 4, 5, 6],
);
const page = await api.Users.all({ perPage: 2, page: 2, showExpanded: true });
assert.deepEqual([page.paginationInfo.total, page.paginationInfo.next], [6, 3]);

// States
assert.equal(await api.Users.block(ada.id), true);
// The client returns an empty object for `null` and for `false`.
assert.deepEqual(await api.Users.block(ada.id), {});
assert.equal(await api.Users.unblock(ada.id), true);
assert.deepEqual(await api.Users.unblock(ada.id), {});
assert.equal(await api.Users.ban(ada.id), true);
assert.deepEqual(await refused(api.Users.ban(ada.id)), [403, "You cannot ban banned users."]);
assert.equal(await api.Users.unban(ada.id), true);
assert.equal(await api.Users.deactivate(ada.id), true);
assert.equal(await api.Users.activate(ada.id), true);
assert.equal((await refused(api.Users.approve(ada.id)))[0], 409);
assert.equal((await refused(api.Users.reject(ada.id)))[0], 409);

// Empty lists
assert.deepEqual(await api.Users.allProjects(ada.id), []);
assert.deepEqual(await api.Users.allContributedProjects(ada.id), []);
assert.deepEqual(await api.Users.allStarredProjects(ada.id), []);
assert.deepEqual(await api.Users.allEvents(ada.id), []);
assert.deepEqual(await api.Users.allMemberships(ada.id), []);
assert.equal((await api.Users.showCount()).todos, 0);
assert.equal((await api.Users.showAssociationsCount(ada.id)).projects_count, 0);
await api.Users.removeAuthenticationIdentity(ada.id, "github");
assert.deepEqual((await api.Users.show(ada.id)).identities, []);

// Keys
const own = await api.UserSSHKeys.create("mine", key);
assert.deepEqual((await api.UserSSHKeys.all()).map((one) => one.id), [own.id]);
assert.equal((await api.UserSSHKeys.show(own.id)).title, "mine");
await api.UserSSHKeys.remove(own.id);
const hers = await api.UserSSHKeys.create("hers", key, { userId: ada.id, usageType: "auth" });
assert.equal((await api.UserSSHKeys.show(hers.id, { userId: ada.id })).usage_type, "auth");
assert.equal((await api.Keys.show({ keyId: hers.id })).user.username, "ada");
assert.equal((await api.UserSSHKeys.all({ userId: "ada" })).length, 1);
await api.UserSSHKeys.remove(hers.id, { userId: ada.id });

// Addresses
const email = await api.UserEmails.create("a@example.com", { userId: ada.id, skipConfirmation: true });
assert.ok(email.confirmed_at);
assert.equal((await api.UserEmails.all({ userId: ada.id })).length, 1);
await api.UserEmails.remove(email.id, { userId: ada.id });
const mine = await api.UserEmails.add("r@example.com");
assert.equal((await api.UserEmails.show(mine.id)).email, "r@example.com");
await api.UserEmails.remove(mine.id);

// Tokens
const made = await api.PersonalAccessTokens.create(ada.id, "ci", ["api"], { expiresAt: "2031-01-21" });
assert.match(made.token, /^glpat-/);
assert.equal((await api.PersonalAccessTokens.all({ userId: ada.id }))[0].id, made.id);
assert.equal((await as(made.token).PersonalAccessTokens.show()).id, made.id);
const rotated = await api.PersonalAccessTokens.rotate(made.id, { expiresAt: "2032-01-21" });
assert.equal(rotated.expires_at, "2032-01-21");
assert.equal((await as(undefined, { oauthToken: rotated.token }).Users.showCurrentUser()).username, "ada");
await as(rotated.token).PersonalAccessTokens.remove();
assert.equal((await refused(as(made.token).Users.showCurrentUser()))[0], 401);
const acting = await api.UserImpersonationTokens.create(ada.id, "act", ["api"]);
assert.equal((await as(acting.token).Users.showCurrentUser()).username, "ada");
assert.equal((await api.UserImpersonationTokens.all(ada.id)).length, 1);
assert.equal((await api.UserImpersonationTokens.show(ada.id, acting.id)).impersonation, true);
await api.UserImpersonationTokens.remove(ada.id, acting.id);

// Sudo, probes, refusals
assert.equal((await as(token, { sudo: "john_smith" }).Users.showCurrentUser()).username, "john_smith");
assert.equal((await api.Metadata.show()).enterprise, false);
assert.deepEqual(await refused(api.Users.show(999)), [404, "404 User Not Found"]);
assert.deepEqual(await refused(api.Users.create({ username: "x", name: "X" })), [
  400,
  "email is missing, password is missing",
]);
await api.Users.remove(ada.id);
assert.equal((await refused(api.Users.show(ada.id)))[0], 404);
