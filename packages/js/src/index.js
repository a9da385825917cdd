export { findBinary } from "./binary.js";
export { AccountdError } from "./control.js";
export { StandIn } from "./stand_in.js";
