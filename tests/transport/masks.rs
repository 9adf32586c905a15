//! Each frame has a mask of its own, which comes from the random source of the application (RFC 6455 §5.3).
#![cfg(feature = "websocket")]

use std::cell::RefCell;
use std::collections::BTreeSet;

use pusher_proto::auth::Credentials;
use pusher_proto::connection::{Action, SendError, SocketError};
use pusher_proto::websocket::CloseCode;
use pusher_proto::{Client, Config, Connection, Duration, Endpoint, Event, Instant, Payload};
use tungstenite::handshake::derive_accept_key;

const ESTABLISHED: &str = r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#;
const SUCCEEDED: &str = r#"{"event":"pusher_internal:subscription_succeeded","channel":"private-a","data":{}}"#;

/// Splits what a client sent after its request into frames: opcode, mask and unmasked payload.
fn frames(mut bytes: &[u8]) -> Vec<(u8, [u8; 4], Vec<u8>)> {
    let mut frames = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        assert_eq!(second & 0x80, 0x80, "an unmasked frame");
        let (length, rest) = match second & 0x7f {
            126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
            length => (usize::from(length), rest),
        };
        let mask = *rest.first_chunk().unwrap();
        // The end of a connection cuts its last frame.
        let payload = &rest[4..(4 + length).min(rest.len())];
        let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        frames.push((first & 0x0f, mask, payload));
        bytes = rest.get(4 + length..).unwrap_or_default();
    }
    frames
}

/// Runs three connections that send subscriptions, client events, pings, pongs and a close, and take at most `piece`
/// bytes at once. Returns the masks that were drawn, and the bytes that each connection sent after its request.
fn run(piece: usize, fill: impl Fn(u32, &mut [u8])) -> (Vec<[u8; 4]>, Vec<Vec<u8>>) {
    let drawn = RefCell::new(Vec::new());
    let random = |bytes: &mut [u8]| match bytes.len() {
        4 => {
            let number = drawn.borrow().len() as u32;
            fill(number, bytes);
            drawn.borrow_mut().push(*bytes.first_chunk().unwrap());
        }
        _ => bytes.fill(7),
    };
    let mut config = Config::new(1);
    config.reconnect.base = Duration::ZERO;
    let (mut rx, mut tx) = ([0; 512], [0; 512]);
    let endpoint = Endpoint::from_url("ws://h", "key").unwrap();
    let client: Client<4, 32> = Client::new(config);
    let mut connection = Connection::new(client, endpoint, random, &mut rx, &mut tx);
    let mut credentials = Credentials::new("key", b"secret");
    let (mut now, mut sent) = (Instant::ZERO, Vec::new());
    let channel = connection.subscribe(now, "private-a").unwrap();
    connection.subscribe(now, "news").unwrap();
    connection.connect(now);
    for session in 0..3 {
        let accept = derive_accept_key(b"BwcHBwcHBwcHBwcHBwcHBw==");
        let mut server = format!(
            "HTTP/1.1 101 .\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        )
        .into_bytes();
        for text in [ESTABLISHED, SUCCEEDED] {
            server.extend([0x81, text.len() as u8]);
            server.extend(text.bytes());
        }
        server.extend(b"\x89\x02hi\x89\x00");
        let (mut server, mut bytes, mut triggers) = (server.into_iter(), Vec::new(), 0);
        loop {
            match connection.poll(now, &mut credentials) {
                Action::Open { attempt, .. } => connection.handle_opened(now, attempt),
                Action::Write => {
                    // A frame in progress stays as it is, whatever the application wants to send meanwhile.
                    let before = connection.unsent().to_vec();
                    let masks = drawn.borrow().len();
                    let busy = connection.trigger(now, channel, "client-x", Payload::Json("{}"));
                    if triggers > 0 {
                        assert!(matches!(busy, Err(SendError::Busy)), "{busy:?}");
                    }
                    assert_eq!((connection.unsent(), drawn.borrow().len()), (&before[..], masks));
                    let length = before.len().min(piece);
                    bytes.extend(&before[..length]);
                    connection.handle_sent(length);
                }
                Action::Read { .. } => match server.next() {
                    Some(byte) => {
                        connection.receive_space()[0] = byte;
                        connection.handle_received(1);
                    }
                    None if triggers < 3 => {
                        connection.trigger(now, channel, "client-x", Payload::Json(r#"{"a":1}"#)).unwrap();
                        triggers += 1;
                    }
                    // One connection ends inside a frame, one after a ping without an answer, one with a close frame.
                    None => match session {
                        0 => connection.handle_socket_error(now, SocketError::ConnectionReset),
                        1 => now = connection.poll_timeout().unwrap(),
                        _ => {
                            connection.disconnect(now);
                            server = vec![0x88, 0].into_iter();
                        }
                    },
                },
                Action::Event(Event::Error(error)) => panic!("{error:?}"),
                Action::Close(_) => break,
                Action::Wait { until } => match until {
                    Some(until) => now = until,
                    None => break,
                },
                _ => {}
            }
        }
        let end = bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
        sent.push(bytes.split_off(end));
    }
    (drawn.into_inner(), sent)
}

/// Fills in a mask that no other number has.
fn mask(number: u32, bytes: &mut [u8]) {
    bytes.copy_from_slice(&(number + 1).wrapping_mul(0x9e37_79b1).to_be_bytes());
}

#[test]
fn no_mask_is_used_twice_however_frames_are_cut_and_connections_end() {
    for piece in [1, 2, 3, 7, 512] {
        let (drawn, sent) = run(piece, mask);
        let frames: Vec<_> = sent.iter().flat_map(|bytes| frames(bytes)).collect();
        let used: Vec<_> = frames.iter().map(|(_, mask, _)| *mask).collect();
        assert_eq!(used.iter().collect::<BTreeSet<_>>().len(), used.len(), "a mask was used twice: {used:x?}");
        // In the order in which they were drawn. Masks of frames that were never sent are dropped.
        let mut rest = drawn.iter();
        assert!(used.iter().all(|mask| rest.any(|drawn| drawn == mask)), "{used:x?} of {drawn:x?}");
        let count = |opcode| frames.iter().filter(|frame| frame.0 == opcode).count();
        assert!(count(1) >= 3 * 5 && count(10) == 3 * 2 && count(8) >= 1, "{frames:?}");
        // Unmasked with its own mask, each is what it should be.
        for (opcode, _, payload) in &frames {
            match opcode {
                1 => drop(serde_json::from_slice::<serde_json::Value>(payload).unwrap()),
                8 => assert!(CloseCode::new(u16::from_be_bytes([payload[0], payload[1]])).is_some()),
                _ => {}
            }
        }
    }
}

#[test]
fn a_random_source_that_fails_to_fill_leaves_a_mask_of_zeros_and_no_old_one() {
    let (_, sent) = run(512, |_, _| ());
    assert!(sent.iter().flat_map(|bytes| frames(bytes)).all(|(_, mask, _)| mask == [0; 4]));
}
