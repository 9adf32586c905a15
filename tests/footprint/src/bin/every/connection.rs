//! The connection and its blocking driver.

use footprint::{Driven, Socket, keep};
use pusher_proto::Instant;
use pusher_proto::client::{AuthorizeError, TriggerError};
use pusher_proto::connection::{
    Action, Answer, Authorizer, CloseReason, DenyAll, SendError, SignInRequest, SubscriptionRequest, UserAnswer,
};
use pusher_proto::io::Step;

use crate::keep_texts;

/// An authorizer that is opaque to the compiler.
pub struct AnyAuthorizer {
    authorize: fn(&SubscriptionRequest<'_>) -> Answer<'static>,
    authenticate: fn(&SignInRequest<'_>) -> UserAnswer<'static>,
}

impl Authorizer for AnyAuthorizer {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        (self.authorize)(request)
    }

    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        (self.authenticate)(request)
    }
}

fn poll<'c>(connection: &'c mut Driven<'_>, now: Instant, authorizer: &mut AnyAuthorizer) -> Action<'c> {
    connection.poll(now, authorizer)
}

fn step<'c>(
    connection: &'c mut Driven<'_>,
    now: Instant,
    socket: Option<&mut Socket>,
    authorizer: &mut AnyAuthorizer,
) -> Step<'c> {
    connection.step(now, socket, authorizer)
}

fn sign<'a>(credentials: &'a mut pusher_proto::auth::Credentials<'_>, channel: &SubscriptionRequest<'_>) -> Answer<'a> {
    credentials.authorize(channel)
}

fn sign_in<'a>(
    credentials: &'a mut pusher_proto::auth::Credentials<'_>,
    request: &SignInRequest<'_>,
) -> UserAnswer<'a> {
    credentials.authenticate(request)
}

fn deny<'a>(deny_all: &'a mut DenyAll, channel: &SubscriptionRequest<'_>) -> Answer<'a> {
    deny_all.authorize(channel)
}

pub fn keep() {
    keep! {
        Driven::new(_, _, _, _, _);
        Driven::with_buffers(_, _, _, _, _);
        Driven::set_channel_data(_, _);
        Driven::set_user_data(_, _);
        Driven::client(_);
        Driven::connect(_, _);
        Driven::disconnect(_, _);
        Driven::ping_now(_, _);
        Driven::subscribe(_, _, _);
        Driven::unsubscribe(_, _, _);
        Driven::set_retries(_, _, _);
        Driven::sign_in(_, _);
        Driven::sign_out(_, _);
        Driven::endpoint(_);
        Driven::handle_opened(_, _, _);
        Driven::is_opening(_, _);
        Driven::handle_open_failed(_, _, _);
        Driven::handle_socket_error(_, _, _);
        Driven::handle_received(_, _);
        Driven::handle_sent(_, _);
        Driven::handle_write_error(_, _, _);
        Driven::set_headers(_, _);
        Driven::authorize(_, _, _, _);
        Driven::authenticate(_, _, _, _);
        Driven::deny(_, _, _);
        Driven::deny_with_status(_, _, _, _);
        SubscriptionRequest::new(_, _);
        SubscriptionRequest::with_channel_data(_, _);
        SubscriptionRequest::text_to_sign(_);
        SignInRequest::new(_, _);
        SignInRequest::text_to_sign(_);
        Driven::trigger(_, _, _, _, _);
        Driven::poll_timeout(_);
        Driven::unsent(_);
        Driven::receive_space(_);
        poll(_, _, _);
        step(_, _, _, _);
        sign(_, _);
        sign_in(_, _);
        deny(_, _);
    }
    #[cfg(feature = "date")]
    keep! {
        Driven::server_date(_);
    }
    keep_texts!(CloseReason);
    type NotAuthorized = SendError<AuthorizeError>;
    type NotTriggered = SendError<TriggerError>;
    keep_texts!(NotAuthorized, NotTriggered);
}
