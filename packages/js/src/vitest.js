import { summary } from "./requests.js";
import { StandIn } from "./stand_in.js";

/** Makes vitest's global setup: it starts a server, and provides its URL as `accountd`. */
export function globalSetup(options = {}) {
  return async (project) => {
    const server = await StandIn.start({ root: project.config.root, ...options });
    project.provide("accountd", server.url);
    return () => server.stop();
  };
}

/** The global setup with the accounts of the demo. */
export default globalSetup();

/**
 * Makes a stand-in for the tests of one file, and resets it before each of them. Vitest runs files at the same time, so
 * each worker has a sandbox of its own.
 */
export async function resetBeforeEach() {
  // Not at the top: vitest throws an error if the module of the global setup imports it.
  const { afterAll, beforeEach, inject } = await import("vitest");
  const standIn = await sandbox(StandIn.connect(inject("accountd")), `vitest-${process.env.VITEST_POOL_ID}`);
  beforeEach(async ({ onTestFailed }) => {
    await standIn.reset();
    onTestFailed(() => report(standIn));
  });
  afterAll(() => standIn.stop());
  return standIn;
}

/** Prints the requests of a failed test, unless there is no journal. */
async function report({ requests }) {
  const entries = await requests.list().catch(() => []);
  if (entries.length > 0) {
    console.log(["Requests to accountd:", ...entries.map(summary)].join("\n"));
  }
}

async function sandbox(server, name) {
  try {
    return await server.sandbox(name);
  } catch (error) {
    if (error.code !== "conflict") {
      throw error;
    }
    // Of a file whose worker was killed.
    await server.deleteSandbox(name);
    return server.sandbox(name);
  }
}
