import type {
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  PlaywrightWorkerArgs,
  PlaywrightWorkerOptions,
  TestType,
} from "@playwright/test";
import type { StandIn, StartOptions } from "accountd";

export { expect } from "@playwright/test";

export interface AccountdFixtures {
  /** A stand-in that was reset before the test. */
  accountd: StandIn;
}

export interface AccountdWorkerFixtures {
  /** How each worker starts its server. Seeds are relative to the directory of Playwright's configuration. */
  accountdOptions: StartOptions;
  /** The server of the worker, or the one that `ACCOUNTD_URL` names. */
  accountdServer: StandIn;
}

/** Playwright's `test` with the fixture `accountd`. */
export declare const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & AccountdFixtures,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions & AccountdWorkerFixtures
>;
