#![no_main]

use pusher_proto_fuzz::targets::handshake::{Input, run};

libfuzzer_sys::fuzz_target!(|input: Input| run(input));
