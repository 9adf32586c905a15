//! The WebSocket.

use footprint::keep;
use pusher_proto::websocket::{
    self, CloseCode, Decoder, Error, Handshake, HandshakeError, ProtocolError, RequestError, WebSocket, WriteError,
};

use crate::keep_texts;

pub fn keep() {
    keep! {
        WebSocket::new(_);
        WebSocket::handshake(_);
        WebSocket::state(_);
        WebSocket::reply_due(_);
        WebSocket::receive_space(_, _);
        WebSocket::handle_received(_, _);
        WebSocket::poll(_, _);
        WebSocket::poll_reply(_, _, _);
        WebSocket::encode_frame(_, _, _, _, _);
        WebSocket::ping(_, _, _, _);
        WebSocket::close(_, _, _, _, _);
        Handshake::new(_);
        Handshake::write_request(_, _, _, _, _);
        Handshake::read_response(_, _, _);
        Decoder::new();
        Decoder::receive_space(_, _);
        Decoder::handle_received(_, _);
        Decoder::poll(_, _);
        websocket::encode_frame(_, _, _, _);
        websocket::ping(_, _, _);
        websocket::pong(_, _, _);
        websocket::close(_, _, _, _);
        CloseCode::new(_);
        CloseCode::as_u16(_);
        ProtocolError::close_code(_);
    }
    #[cfg(feature = "date")]
    keep! {
        Handshake::server_date(_);
    }
    keep_texts!(Error, HandshakeError, ProtocolError, RequestError, WriteError);
}
