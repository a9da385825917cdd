#![no_main]

#[path = "../../targets/mod.rs"]
#[allow(dead_code)] // Each program runs one of them.
mod targets;

libfuzzer_sys::fuzz_target!(|input: &[u8]| targets::fixtures::check(input));
