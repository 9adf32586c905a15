//! The signature of a subscription to a private channel, as text.

use std::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use pusher_proto::auth::Credentials;
use sha2::Sha256;

use crate::measure::Row;

const SECRET: &[u8] = b"7ad3773142a6692b25b8";
const SOCKET_ID: &str = "1234.1234";
const CHANNEL: &str = "private-foobar";
/// From Pusher's documentation, "Auth signatures".
const EXPECTED: &str = "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4";

pub fn rows() -> Vec<Row> {
    vec![Row::new("signing", "channel", SOCKET_ID.len() + 1 + CHANNEL.len()).with("pusher-proto", ours()).noted(
        "hmac + sha2 cloned",
        "checks neither socket id nor channel, wipes nothing",
        theirs(),
    )]
}

fn ours() -> impl FnMut() {
    let credentials = Credentials::new("278d425bdf160c739803", SECRET);
    let sign = move || credentials.sign_channel(black_box(SOCKET_ID), black_box(CHANNEL), None).unwrap();
    assert_eq!(sign().as_str(), EXPECTED);
    move || {
        black_box(sign());
    }
}

fn theirs() -> impl FnMut() {
    let keyed = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
    let sign = move |out: &mut [u8; 64]| {
        let mut mac = black_box(&keyed).clone();
        mac.update(black_box(SOCKET_ID).as_bytes());
        mac.update(b":");
        mac.update(black_box(CHANNEL).as_bytes());
        base16ct::lower::encode(&mac.finalize().into_bytes(), out).unwrap();
    };
    let mut out = [0; 64];
    sign(&mut out);
    assert_eq!(out, EXPECTED.as_bytes());
    move || {
        let mut out = [0; 64];
        sign(&mut out);
        black_box(out);
    }
}
