import { expect, test } from "accountd/playwright";

test("fails", async ({ accountd, request }) => {
  await request.get(`${accountd.url}/api/v4/users/4`, { headers: { "PRIVATE-TOKEN": await accountd.token("root") } });
  expect(1).toBe(2);
});
