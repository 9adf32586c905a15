#![no_main]

use pusher_proto_fuzz::targets::rest_reply::{Input, run};

libfuzzer_sys::fuzz_target!(|input: Input| run(input));
