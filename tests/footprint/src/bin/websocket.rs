//! The protocol, with subscriptions signed on the device, over the WebSocket, with the application's own loop.

#![no_std]
#![no_main]

use footprint::{Small, keep};
use pusher_proto::auth::Credentials;
use pusher_proto::event::Members;
use pusher_proto::websocket::{Handshake, WebSocket};

#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    keep! {
        Small::new(_);
        Small::handle_open(_, _);
        Small::handle_text(_, _, _);
        Small::handle_close(_, _, _);
        Small::handle_activity(_, _);
        Small::handle_timeout(_, _);
        Small::connect(_, _);
        Small::disconnect(_, _);
        Small::ping_now(_, _);
        Small::subscribe(_, _, _);
        Small::unsubscribe(_, _, _);
        Small::deny(_, _, _);
        Small::authorize(_, _, _, _, _);
        Small::trigger(_, _, _, _, _, _);
        Small::poll_request(_);
        Small::poll_transmit(_, _, _);
        Small::poll_notice(_);
        Small::poll_timeout(_);
        Small::state(_);
        Small::socket_id(_);
        Small::channel_status(_, _);
        Small::channel_name(_, _);
        Small::authorization_request(_, _);
        Members::next(_);
        Credentials::new(_, _);
        Credentials::sign_channel(_, _, _, _);
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
