import { expect, test } from "accountd/playwright";

test("the server that Playwright has started is used", async ({ accountd }) => {
  expect(accountd.url).toBe(process.env.ACCOUNTD_URL);
  await accountd.importState({ users: [{ username: "ada", emails: [{ email: "ada@example.com" }] }] });
});

test("it is reset before each test", async ({ accountd }) => {
  expect((await accountd.state()).users.map((user) => user.username)).toEqual(["root"]);
});

test("the ready line can be JSON", async ({ request }) => {
  expect(process.env.OTHER_URL).not.toBe(process.env.ACCOUNTD_URL);
  expect((await request.get(`${process.env.OTHER_URL}/_accountd/health`)).ok()).toBe(true);
});
