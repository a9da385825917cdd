import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);

/** The path of the program: `ACCOUNTD_BINARY`, or the one in the package for this platform. */
export function findBinary() {
  if (process.env.ACCOUNTD_BINARY) {
    return process.env.ACCOUNTD_BINARY;
  }
  const name = `@accountd/${process.platform}-${process.arch}`;
  try {
    return join(require.resolve(`${name}/package.json`), "../bin/accountd");
  } catch {
    throw new Error(
      `there is no accountd for this platform: npm has not installed ${name}. Install it without --omit=optional, ` +
        "or build accountd with cargo and set ACCOUNTD_BINARY to its path",
    );
  }
}
