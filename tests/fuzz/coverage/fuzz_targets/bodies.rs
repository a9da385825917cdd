#![no_main]

use accountd_fuzz::targets;

libfuzzer_sys::fuzz_target!(|input: &[u8]| targets::bodies::check(input));
