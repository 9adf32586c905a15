//! From a text frame of the server to its payload, validated as UTF-8.
//!
//! All entries read the frame from a socket in memory, which costs one copy.

use std::hint::black_box;
use std::io::Read;

use fastwebsockets::Role;
use pusher_proto::websocket::{Decoder, Message};
use tungstenite::protocol::WebSocketConfig;
use wtx::collection::Vector;
use wtx::rng::Xorshift64;
use wtx::web_socket::{WebSocketBuffer, WebSocketOwned, WebSocketPayloadOrigin};

use crate::frames::{Kind, SIZES, frame, websocket};
use crate::measure::Row;
use crate::memory::{Memory, now, placed};

pub fn rows() -> Vec<Row> {
    SIZES.into_iter().map(row).collect()
}

fn row(size: usize) -> Row {
    let payload = frame(Kind::Escaped, size).text;
    Row::new("websocket-in", "text", size)
        .with("pusher-proto", ours(&payload))
        .with("tungstenite", tungstenite(&payload))
        .with("fastwebsockets", fastwebsockets(&payload))
        .less("web-socket", "does not check UTF-8", web_socket(&payload))
        .with("yawc", yawc(&payload))
        .with("wtx", wtx(&payload))
        .bound("one copy and `from_utf8`", bound(&payload))
}

fn ours(payload: &[u8]) -> impl FnMut() + use<> {
    let frame = websocket(payload);
    let (mut socket, mut buffer, mut decoder) = (Memory::new(&frame), vec![0; frame.len() + 1], Decoder::new());
    let len = payload.len();
    move || {
        let received = socket.read(decoder.receive_space(&mut buffer)).unwrap();
        decoder.handle_received(received);
        let Ok(Some(Message::Text(text))) = decoder.poll(&mut buffer) else { panic!("no message") };
        assert_eq!(text.len(), len);
        black_box(text);
        assert_eq!(decoder.poll(&mut buffer), Ok(None));
    }
}

fn tungstenite(payload: &[u8]) -> impl FnMut() + use<> {
    let frame = websocket(payload);
    // tungstenite clears its buffer before each read, by default 128 KiB.
    let config = WebSocketConfig::default().read_buffer_size(frame.len());
    let role = tungstenite::protocol::Role::Client;
    let mut socket = tungstenite::WebSocket::from_raw_socket(Memory::new(&frame), role, Some(config));
    let len = payload.len();
    move || {
        let message = socket.read().unwrap();
        assert_eq!(message.len(), len);
        black_box(message);
    }
}

fn fastwebsockets(payload: &[u8]) -> impl FnMut() + use<> {
    let mut socket = fastwebsockets::WebSocket::after_handshake(Memory::new(&websocket(payload)), Role::Client);
    let len = payload.len();
    move || {
        let frame = now(socket.read_frame()).unwrap();
        assert_eq!(frame.payload.len(), len);
        black_box(frame);
    }
}

fn web_socket(payload: &[u8]) -> impl FnMut() + use<> {
    let mut socket = web_socket::WebSocket::client(Memory::new(&websocket(payload)));
    let len = payload.len();
    move || {
        let Ok(web_socket::Event::Data { data, .. }) = now(socket.recv()) else { panic!("no data") };
        assert_eq!(data.len(), len);
        black_box(data);
    }
}

fn yawc(payload: &[u8]) -> impl FnMut() + use<> {
    let options = yawc::Options::default().without_compression().with_utf8();
    let socket = Memory::new(&websocket(payload));
    let mut socket = yawc::WebSocket::from_stream(socket, yawc::Role::Client, options).unwrap();
    let len = payload.len();
    move || {
        let frame = now(socket.next_frame()).unwrap();
        assert_eq!(frame.payload().len(), len);
        black_box(frame);
    }
}

fn wtx(payload: &[u8]) -> impl FnMut() + use<> {
    let socket = Memory::new(&websocket(payload));
    let mut socket: WebSocketOwned<(), Xorshift64, Memory, true> =
        WebSocketOwned::new((), false, Xorshift64::new(7), socket, WebSocketBuffer::new());
    let mut buffer = Vector::new();
    let len = payload.len();
    move || {
        let frame = now(socket.read_frame(&mut buffer, WebSocketPayloadOrigin::Adaptive)).unwrap();
        assert_eq!(frame.payload().len(), len);
        black_box(frame);
    }
}

fn bound(payload: &[u8]) -> impl FnMut() + use<> {
    let frame = placed(&websocket(payload));
    let mut buffer = frame.to_vec();
    let header = frame.len() - payload.len();
    move || {
        buffer.copy_from_slice(black_box(&frame));
        black_box(str::from_utf8(&buffer[header..]).unwrap());
    }
}
