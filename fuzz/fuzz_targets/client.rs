#![no_main]

use pusher_proto_fuzz::targets::client::{Input, run};

libfuzzer_sys::fuzz_target!(|input: Input| run(input));
