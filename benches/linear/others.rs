//! Everything else that a peer sends: bytes of a WebSocket, lists of members for a roster, webhooks and replies.

use std::hint::black_box;

use pusher_proto::auth::Credentials;
use pusher_proto::auth::rest::reply;
use pusher_proto::auth::webhook::Webhook;
use pusher_proto::client::{Client, Config, UserAuthentication};
use pusher_proto::connection::{Action, DenyAll};
use pusher_proto::encryption::SharedSecret;
use pusher_proto::websocket::{Decoder, Handshake};
use pusher_proto::{Authorization, Connection, Endpoint, Instant};
use tungstenite::handshake::derive_accept_key;

use super::messages::{items, list, roster};
use super::{Build, Work};

const NOW: Instant = Instant::ZERO;

/// The inputs, by the part that grows.
pub const CASES: [(&str, Build); 35] = [
    ("roster of 16: members", |size| roster::<16>(&ids(size, |at| format!("u{at}")))),
    ("roster of 64: members", |size| roster::<64>(&ids(size, |at| format!("u{at}")))),
    ("roster of 64: the same member", |size| roster::<64>(&ids(size, |_| "u".into()))),
    ("roster of 64: equal hashes", |size| roster::<64>(&ids(size, equal_hash))),
    ("roster of 1024: members", |size| roster::<1024>(&ids(size, |at| format!("u{at}")))),
    ("roster of 1024: equal hashes", |size| roster::<1024>(&ids(size, equal_hash))),
    ("frame: one, a byte at a time", |size| decoded(frame(0x81, "é".repeat(size / 2).as_bytes()), 1)),
    ("frame: one, at once", |size| decoded(frame(0x81, "é".repeat(size / 2).as_bytes()), usize::MAX)),
    ("frames: empty texts", |size| decoded(frame(0x81, b"").repeat(size / 2), usize::MAX)),
    ("frames: texts of a byte", |size| decoded(frame(0x81, b"x").repeat(size / 3), usize::MAX)),
    ("frames: empty fragments", |size| decoded(fragments(size / 2, b""), usize::MAX)),
    ("frames: fragments of a byte", |size| decoded(fragments(size / 3, b"x"), usize::MAX)),
    ("frames: fragments of half a character", |size| {
        decoded(
            [frame(0x01, b""), [frame(0, b"\xc3"), frame(0, b"\xa9")].concat().repeat(size / 6)].concat(),
            usize::MAX,
        )
    }),
    ("frames: fragments and pings in turn", |size| {
        let pair = [frame(0x00, b"x"), frame(0x89, b"x")].concat();
        decoded([frame(0x01, b""), pair.repeat(size / 6)].concat(), usize::MAX)
    }),
    ("frames: empty pings", |size| decoded(frame(0x89, b"").repeat(size / 2), usize::MAX)),
    ("frames: pings of 125 bytes", |size| decoded(frame(0x89, &[b'x'; 125]).repeat(size / 127), usize::MAX)),
    ("connection: empty pings", |size| connected(frame(0x89, b"").repeat(size / 2))),
    ("connection: empty texts", |size| connected(frame(0x81, b"").repeat(size / 2))),
    ("connection: events", |size| connected(frame(0x81, br#"{"event":"x","channel":"y"}"#).repeat(size / 29))),
    ("connection: confirmations of unwanted channels", |size| {
        let success = |at| {
            frame(0x81, format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"x{at}"}}"#).as_bytes())
        };
        connected((0..size / 75).flat_map(success).collect())
    }),
    ("head: many headers", |size| head("X: y\r\n".repeat(size / 6), usize::MAX)),
    ("head: one long header", |size| head(format!("X: {}\r\n", "y".repeat(size)), usize::MAX)),
    ("head: a byte at a time", |size| head("X: y\r\n".repeat(size / 6), 1)),
    ("head: many tokens", |size| head(format!("Connection: {}\r\n", "a, ".repeat(size / 3)), usize::MAX)),
    ("head: spaces", |size| head(format!("X: {}y\r\n", " ".repeat(size)), usize::MAX)),
    ("head: answers to the key", |size| {
        head(format!("Sec-WebSocket-Accept: {}\r\n", answer()).repeat(size / 52), usize::MAX)
    }),
    ("head: interim answers", |size| interim("HTTP/1.1 103 x\r\n\r\n".repeat(size / 18))),
    ("webhook: many events", |size| {
        webhook(&list(size, |at| format!(r#"{{"name":"channel_occupied","channel":"c{at}"}}"#)))
    }),
    ("webhook: one long event", |size| {
        webhook(&format!(r#"[{{"name":"client_event","data":"{}"}}]"#, r"\n".repeat(size / 2)))
    }),
    ("reply: channels", |size| {
        let mut body =
            format!(r#"{{"channels":{{{}}}}}"#, items(size, |at| format!(r#""c{at}":{{"user_count":{at}}}"#)))
                .into_bytes();
        (
            body.len(),
            Box::new(move || {
                black_box(reply::channels(200, &mut body).unwrap().count());
            }),
        )
    }),
    ("reply: users", |size| {
        let mut body = format!(r#"{{"users":{}}}"#, list(size, |at| format!(r#"{{"id":"u{at}"}}"#))).into_bytes();
        (
            body.len(),
            Box::new(move || {
                black_box(reply::users(200, &mut body).unwrap().count());
            }),
        )
    }),
    ("reply: batch", |size| {
        let mut body = format!(r#"{{"batch":{}}}"#, list(size, |at| format!(r#"{{"user_count":{at}}}"#))).into_bytes();
        (
            body.len(),
            Box::new(move || {
                black_box(reply::batch(200, &mut body).unwrap().count());
            }),
        )
    }),
    ("auth server: long fields", |size| {
        let text = format!(r#"{{"auth":"{0}","channel_data":"{0}","user_data":"{0}"}}"#, r"\u0041".repeat(size / 18));
        let (mut first, mut second) = (text.clone().into_bytes(), text.into_bytes());
        (
            first.len(),
            Box::new(move || {
                black_box(Authorization::from_json(&mut first).unwrap());
                black_box(UserAuthentication::from_json(&mut second).unwrap());
            }),
        )
    }),
    ("encrypted: a long ciphertext", |size| {
        // A tag that does not fit is found after all of the text was read.
        let text = format!(r#"{{"nonce":"{}","ciphertext":"{}"}}"#, "A".repeat(32), "AAAA".repeat(size / 4));
        (
            text.len(),
            Box::new(move || {
                let mut bytes = text.into_bytes();
                black_box(SharedSecret::derive("private-encrypted-a", &[7; 32]).decrypt(&mut bytes).unwrap_err());
            }),
        )
    }),
    ("signature: long channel data", |size| {
        let credentials = Credentials::new("key", b"secret");
        let data = "x".repeat(size);
        (
            size,
            Box::new(move || {
                black_box(credentials.sign_channel("1.1", "presence-a", Some(&data)).unwrap());
            }),
        )
    }),
];

fn ids(size: usize, id: impl Fn(usize) -> String) -> String {
    format!(r#"{{"presence":{{"hash":{{}},"ids":{}}}}}"#, list(size, |at| format!("\"{}\"", id(at))))
}

/// Returns the id number `at` of those whose hash in a roster is the same; they repeat after 1,024.
fn equal_hash(at: usize) -> String {
    let at = at % 1024;
    // The roster keeps 8 bits of the hash, so one id in 256 fits.
    thread_local!(static FOUND: std::cell::RefCell<(u32, Vec<String>)> = const { std::cell::RefCell::new((0, Vec::new())) });
    FOUND.with_borrow_mut(|(next, found)| {
        while found.len() <= at {
            let id = format!("{next:x}");
            let hash = id.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte));
            if (hash ^ hash >> 15) as u8 == 0 {
                found.push(id);
            }
            *next += 1;
        }
        found[at].clone()
    })
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(length as u8),
        length @ 126..0x1_0000 => frame.extend([&[126], &(length as u16).to_be_bytes()[..]].concat()),
        length => frame.extend([&[127], &(length as u64).to_be_bytes()[..]].concat()),
    }
    frame.extend(payload);
    frame
}

fn fragments(count: usize, payload: &[u8]) -> Vec<u8> {
    [frame(0x01, b""), frame(0x00, payload).repeat(count), frame(0x80, b"")].concat()
}

/// The work of decoding frames that arrive in pieces.
fn decoded(bytes: Vec<u8>, piece: usize) -> (usize, Work) {
    let size = bytes.len();
    let mut buffer = vec![0; size + 2];
    let work = move || {
        let mut decoder = Decoder::new();
        for piece in bytes.chunks(piece.min(bytes.len())) {
            decoder.receive_space(&mut buffer)[..piece.len()].copy_from_slice(piece);
            decoder.handle_received(piece.len());
            while let Ok(Some(message)) = decoder.poll(&mut buffer) {
                black_box(message);
            }
        }
    };
    (size, Box::new(work))
}

/// The work of a connection on bytes that arrive 1 KB at a time.
fn connected(bytes: Vec<u8>) -> (usize, Work) {
    let size = bytes.len();
    let client: Client<4, 64> = Client::new(Config::new(1));
    let endpoint = Endpoint::from_url("ws://host", "key").unwrap();
    let random: fn(&mut [u8]) = |bytes| bytes.fill(0);
    let mut connection = Connection::with_buffers(client, endpoint, random, vec![0; 1024], vec![0; 512]);
    connection.connect(NOW);
    let established = frame(0x81, br#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#);
    run(&mut connection, &[head_of("").as_bytes(), &established].concat());
    let work = move || run(&mut connection, &bytes);
    (size, Box::new(work))
}

/// Runs a connection until `incoming` is read, and all that follows is written.
fn run(connection: &mut Connection<'static, fn(&mut [u8]), 4, 64, Vec<u8>>, mut incoming: &[u8]) {
    loop {
        match connection.poll(NOW, &mut DenyAll) {
            Action::Open { attempt, .. } => connection.handle_opened(NOW, attempt),
            Action::Write => {
                let length = connection.unsent().len();
                connection.handle_sent(length);
            }
            Action::Read { .. } => {
                let space = connection.receive_space();
                let length = space.len().min(incoming.len());
                if length == 0 {
                    return;
                }
                space[..length].copy_from_slice(&incoming[..length]);
                connection.handle_received(length);
                incoming = &incoming[length..];
            }
            other => drop(black_box(other)),
        }
    }
}

/// The value of `Sec-WebSocket-Accept` for a key of zeros.
fn answer() -> String {
    derive_accept_key(b"AAAAAAAAAAAAAAAAAAAAAA==")
}

fn head_of(headers: &str) -> String {
    let start = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    format!("{start}{headers}Sec-WebSocket-Accept: {}\r\n\r\n", answer())
}

/// The work of reading an answer to the handshake that arrives in pieces.
fn head(headers: String, piece: usize) -> (usize, Work) {
    read(head_of(&headers).into_bytes(), piece)
}

fn interim(answers: String) -> (usize, Work) {
    read((answers + &head_of("")).into_bytes(), usize::MAX)
}

fn read(bytes: Vec<u8>, piece: usize) -> (usize, Work) {
    let (size, mut buffer) = (bytes.len(), bytes);
    buffer.push(0);
    let work = move || {
        let mut handshake = Handshake::new([0; 16]);
        let mut filled = 0;
        while filled < size {
            filled = filled.saturating_add(piece).min(size);
            if black_box(handshake.read_response(&buffer, filled)).unwrap().is_some() {
                assert_eq!(filled, size);
                return;
            }
        }
        panic!("no answer");
    };
    (size, Box::new(work))
}

fn webhook(events: &str) -> (usize, Work) {
    let credentials = Credentials::new("key", b"secret");
    let mut body = format!(r#"{{"time_ms":1,"events":{events}}}"#).into_bytes();
    let size = body.len();
    let mac = {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"secret").unwrap();
        mac.update(&body);
        base16ct::lower::encode_string(&mac.finalize().into_bytes())
    };
    let work = move || {
        let webhook = Webhook::open(&credentials, "key", &mac, &mut body).unwrap();
        assert_ne!(webhook.fold(0, |sum, event| sum + event.name().len()), 0);
    };
    (size, Box::new(work))
}
