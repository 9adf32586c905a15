//! The protocol alone: the application has its own WebSocket and uses an auth server.

#![no_std]
#![no_main]

use footprint::{Small, keep};
use pusher_proto::client::Authorization;
use pusher_proto::event::Members;

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
        Authorization::from_json(_);
    }
}
