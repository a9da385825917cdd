// Compiled, never run: every word of the package as a user would write it, and what the types must refuse.
import { AccountdError, StandIn, type Entry, type Match } from "accountd";
import { expect, test as browserTest } from "accountd/playwright";
import demo, { globalSetup, resetBeforeEach } from "accountd/vitest";
import { defineConfig } from "@playwright/test";
import { inject } from "vitest";
import type { GlobalSetupContext } from "vitest/node";

export async function words(): Promise<void> {
  await using accountd = await StandIn.start({
    seed: ["one.json", "two.json"],
    clock: new Date(),
    strict: true,
    deterministic: 7,
    journal: "off",
  });
  const url: string = accountd.url;
  const token: string = await accountd.token("jane", { scopes: ["api"], expires_at: "2040-01-01T00:00:00Z" });
  const { epoch } = await accountd.reset("snapshot:one");
  await accountd.reset(await accountd.snapshot("two"));
  const now: Date = await accountd.clock.advance("2h");
  await accountd.clock.set(now);
  await accountd.clock.freeze();
  const fault = await accountd.fail("gitlab.v4.users.create", {
    match: { user: "root", header: { "X-Try": "1" } },
    after: 1,
    times: 2,
    when: "after_commit",
    connection: { truncate: 100 },
  });
  const hits: number = await fault.hits();
  await fault.remove();
  const match: Match = { path: "/api/**", body: { "/username": "ada" } };
  const found: Entry[] = await accountd.requests.find(match);
  await accountd.requests.expect(match, { times: hits + found.length + epoch, wait_ms: 10 });
  await accountd.nextAuthorization({ error: "access_denied" });
  const { users } = await accountd.importState({ users: [] });
  const ids: number[] = users.map((user) => user.id);
  const sandbox: StandIn = await accountd.sandbox("one", { from: "current" });
  await sandbox.stop();
  console.log(url, token, ids, StandIn.connect(url, { token }).url);
  await accountd.reset().catch((error: unknown) => {
    const status: number | undefined = error instanceof AccountdError ? error.status : undefined;
    console.log(status);
  });

  // @ts-expect-error: the end of a word is missing
  await accountd.fail("gitlab.v4.users.create", { when: "after" });
  // @ts-expect-error: no such state
  await accountd.reset("snapshots");
  // @ts-expect-error: either a user or an error
  await accountd.nextAuthorization({});
}

export const setups: ((context: GlobalSetupContext) => unknown)[] = [demo, globalSetup({ strict: true })];

export async function inVitest(): Promise<string> {
  const accountd = await resetBeforeEach();
  return accountd.url + inject("accountd");
}

browserTest.use({ accountdOptions: { clock: "2040-01-01T00:00:00Z" } });
browserTest("signs in", async ({ accountd, context, page }) => {
  await context.addCookies([await accountd.signIn("jane")]);
  await page.goto(accountd.url);
  expect(accountd.url).toBeTruthy();
});

export default defineConfig({
  webServer: { command: "npx accountd stand-in", wait: { stdout: /listening on (?<accountd_url>\S+)/ } },
});
