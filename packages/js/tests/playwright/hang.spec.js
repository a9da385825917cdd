import { writeFileSync } from "node:fs";
import { test } from "accountd/playwright";

test("never ends", async ({ accountd }) => {
  writeFileSync(process.env.URL_FILE, accountd.url);
  await new Promise(() => {});
});
