import { defineConfig } from "@playwright/test";

export default defineConfig({ testMatch: "failure.spec.js", reporter: "json", outputDir: process.env.OUTPUT });
