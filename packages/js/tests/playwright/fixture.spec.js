import { expect, test } from "accountd/playwright";

const TOKEN = "root-token-of-this-suite";
const names = async (accountd) => (await accountd.state()).users.map((user) => user.username);

for (let number = 0; number < 10; number += 1) {
  test(`test ${number} begins after a reset`, async ({ accountd, request }) => {
    expect(await names(accountd)).toEqual(["root"]);
    const made = await request.post(`${accountd.url}/api/v4/users`, {
      headers: { "PRIVATE-TOKEN": TOKEN },
      form: { username: "ada", name: "Ada", email: "ada@example.com", password: "correct-horse" },
    });
    expect(made.status()).toBe(201);
    expect(await names(accountd)).toEqual(["root", "ada"]);
  });
}

test("a browser signs in with a cookie, without the form", async ({ accountd, context, page }) => {
  await context.addCookies([await accountd.signIn("root")]);
  await page.goto(`${accountd.url}/account`);
  await expect(page.getByText("Signed in as root")).toBeVisible();
});
