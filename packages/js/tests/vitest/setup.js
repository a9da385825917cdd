import { globalSetup } from "accountd/vitest";

export default globalSetup({ seed: "fixtures/accounts.json" });
