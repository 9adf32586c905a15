//! A firmware that drives its connection itself and answers authorizations later, as a program in C does: the
//! counterpart of what `capi/tests/size.sh` weighs.

#![no_std]
#![no_main]

use footprint::{Driven, Small, keep};
use pusher_proto::auth::Credentials;
use pusher_proto::client::{Config, Ticket};
use pusher_proto::connection::{Action, Answer, Authorizer, SignInRequest, SubscriptionRequest, UserAnswer};
use pusher_proto::event::Members;
use pusher_proto::{Authorization, Endpoint, Instant};

/// Keeps the request for an answer by `Driven::authorize`.
struct Recorder(Option<Ticket>);

impl Authorizer for Recorder {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        self.0 = Some(request.ticket);
        Answer::Later
    }

    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        self.0 = Some(request.ticket);
        UserAnswer::Later
    }
}

fn poll<'c>(connection: &'c mut Driven<'_>, now: Instant, recorder: &mut Recorder) -> Action<'c> {
    connection.poll(now, recorder)
}

/// What `pusher_config_init` and the settings are in C.
fn config(seed: u32) -> Config {
    Config::new(seed)
}

/// What `pusher_connection_timeout_ms` is in C.
fn timeout_ms(connection: &Driven<'_>, now: Instant) -> u32 {
    connection.poll_timeout().map_or(u32::MAX, |at| at.saturating_duration_since(now).as_millis())
}

/// What `pusher_connection_sign` is in C.
fn sign(connection: &mut Driven<'_>, now: Instant, ticket: Ticket, secret: &str, channel_data: Option<&str>) -> bool {
    let credentials = Credentials::new(connection.endpoint().key(), secret.as_bytes());
    let Some(request) = connection.client().authorization_request(ticket) else { return false };
    let Ok(signature) = credentials.sign_channel(request.socket_id, request.channel_name, channel_data) else {
        return false;
    };
    let mut authorization = Authorization::from_signature(credentials.key(), signature.as_str());
    if let Some(channel_data) = channel_data {
        authorization = authorization.with_channel_data(channel_data);
    }
    connection.authorize(now, ticket, &authorization).is_ok()
}

#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    keep! {
        Endpoint::from_url(_, _);
        Endpoint::cluster(_, _);
        config(_);
        Small::new(_);
        Driven::new(_, _, _, _, _);
        poll(_, _, _);
        sign(_, _, _, _, _);
        timeout_ms(_, _);
        Driven::handle_opened(_, _, _);
        Driven::handle_open_failed(_, _, _);
        Driven::handle_socket_error(_, _, _);
        Driven::handle_write_error(_, _, _);
        Driven::receive_space(_);
        Driven::handle_received(_, _);
        Driven::unsent(_);
        Driven::handle_sent(_, _);
        Driven::deny(_, _, _);
        Driven::trigger(_, _, _, _, _);
        Driven::connect(_, _);
        Driven::disconnect(_, _);
        Driven::ping_now(_, _);
        Driven::subscribe(_, _, _);
        Driven::unsubscribe(_, _, _);
        Small::channel_status(_, _);
        Small::state(_);
        Members::next(_);
    }
}
