import { defineConfig } from "@playwright/test";

export default defineConfig({ testMatch: "hang.spec.js", timeout: 0, reporter: "list" });
