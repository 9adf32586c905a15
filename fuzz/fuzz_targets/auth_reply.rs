#![no_main]

pusher_proto_fuzz::fuzz!(auth_reply);
