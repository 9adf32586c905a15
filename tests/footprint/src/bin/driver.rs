//! A typical firmware: the driver over a socket, with subscriptions signed on the device.

#![no_std]
#![no_main]

use footprint::{Driven, Small, Socket, keep};
use pusher_proto::auth::Credentials;
use pusher_proto::event::Members;
use pusher_proto::io::Step;
use pusher_proto::{Endpoint, Instant};

/// With encrypted channels, the credentials hold the master key.
#[cfg(feature = "encrypted")]
type Authorizer<'a> = pusher_proto::connection::EncryptedCredentials<'a>;
#[cfg(not(feature = "encrypted"))]
type Authorizer<'a> = Credentials<'a>;

fn step<'c>(
    connection: &'c mut Driven<'_>,
    now: Instant,
    socket: Option<&mut Socket>,
    authorizer: &mut Authorizer<'_>,
) -> Step<'c> {
    connection.step(now, socket, authorizer)
}

#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    keep! {
        Endpoint::from_url(_, _);
        Credentials::new(_, _);
        Small::new(_);
        Driven::new(_, _, _, _, _);
        Driven::set_channel_data(_, _);
        step(_, _, _, _);
        Driven::trigger(_, _, _, _, _);
        Small::connect(_, _);
        Small::disconnect(_, _);
        Small::ping_now(_, _);
        Small::subscribe(_, _, _);
        Small::unsubscribe(_, _, _);
        Small::channel_status(_, _);
        Small::state(_);
        Members::next(_);
    }
    #[cfg(feature = "encrypted")]
    keep! {
        Authorizer::new(_, _);
    }
}
