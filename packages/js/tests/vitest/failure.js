import { resetBeforeEach } from "accountd/vitest";
import { expect, test } from "vitest";

const accountd = await resetBeforeEach();

test("fails", async () => {
  await fetch(`${accountd.url}/api/v4/user`, { headers: { "PRIVATE-TOKEN": await accountd.token("root") } });
  expect(1).toBe(2);
});
