import type { StandIn, StartOptions } from "accountd";

declare module "vitest" {
  interface ProvidedContext {
    /** The URL of the server that the global setup has started. */
    accountd: string;
  }
}

interface Project {
  config: { root: string };
  provide(key: "accountd", url: string): void;
}

type GlobalSetup = (project: Project) => Promise<() => Promise<void>>;

/** Makes vitest's global setup: it starts a server, and provides its URL as `accountd`. */
export declare function globalSetup(options?: StartOptions): GlobalSetup;

/** The global setup with the accounts of the demo. */
declare const demo: GlobalSetup;
export default demo;

/** Makes a stand-in for the tests of one file, and resets it before each of them. */
export declare function resetBeforeEach(): Promise<StandIn>;
