//! From a text to a masked frame, written to a socket in memory that accepts everything.
//!
//! The text of the application must not change, so each entry copies it before masking it in place. Masks come from a
//! fast generator in this crate and wtx, and from `rand` in the others, which depend on it.

use std::hint::black_box;
use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use fastwebsockets::{Payload, Role};
use futures::Sink;
use pusher_proto::websocket::{Kind, MAX_HEADER_LEN, encode_frame};
use wtx::rng::Xorshift64;
use wtx::web_socket::{Frame, OpCode, WebSocketBuffer, WebSocketOwned};

use crate::frames::{SIZES, frame};
use crate::measure::Row;
use crate::memory::{Memory, now, placed};
use crate::ours;

pub fn rows() -> Vec<Row> {
    SIZES.into_iter().map(row).collect()
}

fn row(size: usize) -> Row {
    let text = String::from_utf8(frame(crate::frames::Kind::Escaped, size).text).unwrap();
    Row::new("websocket-out", "text", size)
        .with("pusher-proto", ours(&text))
        .with("tungstenite", tungstenite(&text))
        .with("fastwebsockets", fastwebsockets(&text))
        .with("web-socket", web_socket(&text))
        .with("yawc", yawc(&text))
        .with("wtx", wtx(&text))
        .bound("one copy", bound(&text))
}

fn owned(text: &str) -> String {
    String::from_utf8(placed(text.as_bytes())).unwrap()
}

fn ours(text: &str) -> impl FnMut() + use<> {
    let (text, mut tx, mut socket) = (owned(text), vec![0; MAX_HEADER_LEN + text.len()], Memory::sink());
    let mut random = ours::random();
    move || {
        tx[MAX_HEADER_LEN..].copy_from_slice(black_box(text.as_bytes()));
        let mut mask = [0; 4];
        random(&mut mask);
        socket.write_all(encode_frame(Kind::Text, text.len(), mask, &mut tx).unwrap()).unwrap();
    }
}

fn tungstenite(text: &str) -> impl FnMut() + use<> {
    let text = owned(text);
    let role = tungstenite::protocol::Role::Client;
    let mut socket = tungstenite::WebSocket::from_raw_socket(Memory::sink(), role, None);
    move || socket.send(tungstenite::Message::text(black_box(&text).as_str())).unwrap()
}

fn fastwebsockets(text: &str) -> impl FnMut() + use<> {
    let (text, mut buffer) = (owned(text), vec![0; text.len()]);
    let mut socket = fastwebsockets::WebSocket::after_handshake(Memory::sink(), Role::Client);
    move || {
        buffer.copy_from_slice(black_box(text.as_bytes()));
        let frame = fastwebsockets::Frame::text(Payload::BorrowedMut(&mut buffer));
        now(socket.write_frame(frame)).unwrap();
    }
}

fn web_socket(text: &str) -> impl FnMut() + use<> {
    let text = owned(text);
    let mut socket = web_socket::WebSocket::client(Memory::sink());
    move || now(socket.send(black_box(text.as_str()))).unwrap()
}

fn yawc(text: &str) -> impl FnMut() + use<> {
    let text = owned(text);
    let options = yawc::Options::default().without_compression();
    let mut socket = yawc::WebSocket::from_stream(Memory::sink(), yawc::Role::Client, options).unwrap();
    move || {
        let mut context = Context::from_waker(Waker::noop());
        let mut socket = Pin::new(&mut socket);
        assert!(matches!(socket.as_mut().poll_ready(&mut context), Poll::Ready(Ok(()))));
        socket.as_mut().start_send(yawc::frame::Frame::text(black_box(&text).clone())).unwrap();
        assert!(matches!(socket.as_mut().poll_flush(&mut context), Poll::Ready(Ok(()))));
    }
}

fn wtx(text: &str) -> impl FnMut() + use<> {
    let (text, mut buffer) = (owned(text), vec![0; text.len()]);
    let mut socket: WebSocketOwned<(), Xorshift64, Memory, true> =
        WebSocketOwned::new((), false, Xorshift64::new(7), Memory::sink(), WebSocketBuffer::new());
    move || {
        buffer.copy_from_slice(black_box(text.as_bytes()));
        now(socket.write_frame(&mut Frame::new_fin(OpCode::Text, &mut buffer[..]))).unwrap();
    }
}

fn bound(text: &str) -> impl FnMut() + use<> {
    let (text, mut buffer) = (owned(text), vec![0; text.len()]);
    move || {
        buffer.copy_from_slice(black_box(text.as_bytes()));
        black_box(&buffer);
    }
}
