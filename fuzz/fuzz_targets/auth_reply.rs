#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pusher_proto_fuzz::auth_reply::run(data));
