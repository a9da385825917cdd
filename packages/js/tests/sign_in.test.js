import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { StandIn } from "accountd";

let accountd;

before(async () => {
  accountd = await StandIn.start();
});

after(() => accountd.stop());

beforeEach(() => accountd.reset());

test("the next authorization request is answered as it was told", async () => {
  await accountd.nextAuthorization({ error: "access_denied" });
  const query = new URLSearchParams({
    response_type: "code",
    client_id: "TestClientID",
    redirect_uri: "https://my.app/auth_complete/",
    state: "s1",
  });
  const denied = await fetch(`${accountd.url}/oauth/authorize?${query}`, { redirect: "manual" });
  assert.match(denied.headers.get("location"), /error=access_denied/);
  await accountd.nextAuthorization({ user: "janedoe" });
  const granted = await fetch(`${accountd.url}/oauth/authorize?${query}`, { redirect: "manual" });
  assert.match(granted.headers.get("location"), /^https:\/\/my\.app\/auth_complete\/\?.*code=/);
});

test("the cookie of a sign-in opens the pages of that user", async () => {
  const { name, value } = await accountd.signIn("janedoe");
  const options = { headers: { cookie: `${name}=${value}` }, redirect: "manual" };
  const page = await fetch(`${accountd.url}/account/applications`, options);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /Signed in as <strong>janedoe/);
});
