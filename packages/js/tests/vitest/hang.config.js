import { defineConfig } from "vitest/config";

export default defineConfig({ test: { globalSetup: "accountd/vitest", include: ["hang.js"], testTimeout: 0 } });
