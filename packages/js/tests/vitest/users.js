import { Gitlab } from "@gitbeaker/rest";
import { resetBeforeEach } from "accountd/vitest";
import { beforeEach, expect, inject, test, vi } from "vitest";

/** The tests of both files. They make the same user, at the same time. */
export async function tests() {
  const accountd = await resetBeforeEach();
  const api = new Gitlab({ host: accountd.url, token: "root-token-of-this-suite" });

  // Hooks and tests of a file see what those before them did not clean up.
  beforeEach(async () => {
    expect((await accountd.state()).users.map((user) => user.username)).toEqual(["root"]);
  });

  test.each(Array.from({ length: 20 }, (_, number) => number))("test %i begins after a reset", async () => {
    await api.Users.create({ username: "ada", name: "Ada", email: "ada@example.com", password: "correct-horse" });
    expect((await api.Users.all()).map((user) => user.username)).toContain("ada");
  });

  test("the server of the global setup is provided", () => {
    expect(inject("accountd")).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(accountd.url).not.toBe(inject("accountd"));
  });

  test("neither fake timers nor a replaced fetch stop the calls", async () => {
    vi.useFakeTimers();
    vi.stubGlobal("fetch", () => Promise.reject(new Error("replaced")));
    await accountd.reset();
    await accountd.snapshot("left-behind");
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  test("a snapshot of a file is there until its end", async () => {
    expect(await accountd.snapshots()).toHaveLength(1);
  });
}
