//! From the bytes of a socket to an event: [`Connection`](pusher_proto::Connection) against pairs of a WebSocket crate
//! and a JSON crate, which do not handle channels, timers and pings.

use std::hint::black_box;
use std::io::Read;

use fastwebsockets::{Payload, Role};
use pusher_proto::connection::{Action, DenyAll};
use pusher_proto::{Event, Instant};
use tungstenite::protocol::WebSocketConfig;

use crate::frames::{CHANNEL, EVENT, Frame, KINDS, Kind, SIZES, frame, websocket};
use crate::json::{Envelopes, JiterOnes, SerdeJson, SonicRs};
use crate::measure::Row;
use crate::memory::{Memory, now, placed};
use crate::ours;

pub fn rows() -> Vec<Row> {
    KINDS.into_iter().flat_map(|kind| SIZES.map(|size| row(kind, size))).collect()
}

fn row(kind: Kind, size: usize) -> Row {
    let frame = frame(kind, size);
    let is_object = kind == Kind::Object;
    Row::new("bytes", kind.name(), size)
        .with("pusher-proto", ours(&frame))
        .with("fastwebsockets + sonic-rs", fastwebsockets(&frame, SonicRs(is_object)))
        .with("tungstenite + serde_json", tungstenite(&frame, SerdeJson(is_object)))
        .with("fastwebsockets + jiter", fastwebsockets(&frame, JiterOnes::default()))
        .bound("one copy and `from_utf8`", bound(&frame))
}

fn ours(frame: &Frame) -> impl FnMut() + use<> {
    let bytes = websocket(&frame.text);
    let mut connection = ours::connection(bytes.len() + 1);
    let (mut socket, data) = (Memory::new(&bytes), frame.data.clone());
    let mut read = move |check: bool| {
        let received = socket.read(connection.receive_space()).unwrap();
        connection.handle_received(received);
        let Action::Event(Event::Channel(message)) = connection.poll(Instant::ZERO, &mut DenyAll) else {
            panic!("no event");
        };
        if check {
            assert_eq!((message.event, message.payload.as_str()), (EVENT, &*data));
        }
        black_box(message);
        assert!(matches!(connection.poll(Instant::ZERO, &mut DenyAll), Action::Read { .. }));
    };
    read(true);
    move || read(false)
}

/// Checks once, then only parses.
fn taken(peer: &mut impl Envelopes, text: &mut [u8], data: Option<&str>) {
    peer.take_apart(text, |parts| {
        if let Some(data) = data {
            assert_eq!(parts, (EVENT, CHANNEL, data));
        }
        black_box(parts);
    });
}

fn fastwebsockets<P: Envelopes>(frame: &Frame, mut peer: P) -> impl FnMut() + use<P> {
    let socket = Memory::new(&websocket(&frame.text));
    let mut socket = fastwebsockets::WebSocket::after_handshake(socket, Role::Client);
    let data = frame.data.clone();
    let mut read = move |check: bool| {
        let mut frame = now(socket.read_frame()).unwrap();
        let text = match &mut frame.payload {
            Payload::Bytes(bytes) => &mut bytes[..],
            payload => payload.to_mut(),
        };
        taken(&mut peer, text, check.then_some(&*data));
    };
    read(true);
    move || read(false)
}

fn tungstenite(frame: &Frame, peer: SerdeJson) -> impl FnMut() + use<> {
    let bytes = websocket(&frame.text);
    let config = WebSocketConfig::default().read_buffer_size(bytes.len());
    let role = tungstenite::protocol::Role::Client;
    let mut socket = tungstenite::WebSocket::from_raw_socket(Memory::new(&bytes), role, Some(config));
    let data = frame.data.clone();
    let mut read = move |check: bool| {
        let tungstenite::Message::Text(text) = socket.read().unwrap() else { panic!("no text") };
        peer.take_apart_str(&text, |parts| {
            if check {
                assert_eq!(parts, (EVENT, CHANNEL, &*data));
            }
            black_box(parts);
        });
    };
    read(true);
    move || read(false)
}

fn bound(frame: &Frame) -> impl FnMut() + use<> {
    let bytes = placed(&websocket(&frame.text));
    let mut buffer = bytes.to_vec();
    let header = bytes.len() - frame.text.len();
    move || {
        buffer.copy_from_slice(black_box(&bytes));
        black_box(str::from_utf8(&buffer[header..]).unwrap());
    }
}
