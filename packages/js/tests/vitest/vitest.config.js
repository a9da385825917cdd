import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { globalSetup: "setup.js", minWorkers: 2, maxWorkers: 2, pool: process.env.POOL },
});
