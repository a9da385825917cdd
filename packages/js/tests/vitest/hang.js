import { writeFileSync } from "node:fs";
import { resetBeforeEach } from "accountd/vitest";
import { test } from "vitest";

const accountd = await resetBeforeEach();

test("never ends", async () => {
  writeFileSync(process.env.URL_FILE, accountd.url);
  await new Promise(() => {});
});
