import { tests } from "./users.js";

await tests();
