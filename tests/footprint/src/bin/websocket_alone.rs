//! The WebSocket alone.

#![no_std]
#![no_main]

use footprint::keep;
use pusher_proto::websocket::{Handshake, WebSocket};

#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    keep! {
        WebSocket::new(_);
        Handshake::write_request(_, _, _, _, _);
        WebSocket::poll_reply(_, _, _);
        WebSocket::poll(_, _);
        WebSocket::receive_space(_, _);
        WebSocket::handle_received(_, _);
        WebSocket::encode_frame(_, _, _, _, _);
        WebSocket::close(_, _, _, _, _);
    }
}
