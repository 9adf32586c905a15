//! A firmware that drives its connection itself and answers authorizations later, as a program in C does: the
//! counterpart of what `capi/tests/size.sh` weighs.

#![no_std]
#![no_main]

use footprint::{Driven, Small, keep};
use pusher_proto::auth::Credentials;
use pusher_proto::client::{AuthorizationRequest, Ticket};
use pusher_proto::connection::{Action, Answer, Authorizer, SignInRequest, SubscriptionRequest, UserAnswer};
use pusher_proto::event::Members;
use pusher_proto::{Endpoint, Instant};

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

fn request<'c>(connection: &'c Driven<'_>, ticket: Ticket) -> Option<AuthorizationRequest<'c>> {
    connection.client().authorization_request(ticket)
}

#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    keep! {
        Endpoint::from_url(_, _);
        Endpoint::cluster(_, _);
        Credentials::new(_, _);
        Credentials::sign_channel(_, _, _, _);
        Small::new(_);
        Driven::new(_, _, _, _, _);
        poll(_, _, _);
        request(_, _);
        Driven::handle_opened(_, _, _);
        Driven::handle_open_failed(_, _, _);
        Driven::handle_socket_error(_, _, _);
        Driven::handle_write_error(_, _, _);
        Driven::receive_space(_);
        Driven::handle_received(_, _);
        Driven::unsent(_);
        Driven::handle_sent(_, _);
        Driven::poll_timeout(_);
        Driven::authorize(_, _, _, _);
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
