//! Client, frames, channels, events, endpoint, time.

use core::time::Duration as CoreDuration;

use footprint::{Small, keep};
use pusher_proto::channel::{NameError, SubscribeError, SubscriptionFailure};
use pusher_proto::client::{
    AuthorizeError, Reason, ReplyError, StaleChannel, StaleTicket, TriggerError, UserAuthentication,
};
use pusher_proto::endpoint::{HeaderError, UrlError};
use pusher_proto::envelope::{Envelope, EnvelopeError, ParseError};
use pusher_proto::event::{Members, Presence, ServerError, UserIds, Watchlist, WatchlistChange};
use pusher_proto::{Authorization, Channel, ChannelKind, Config, Duration, Endpoint, Instant, OutputTooSmall, Payload};

use crate::keep_texts;

type Roster = pusher_proto::event::Roster<8, 32>;

fn channels(client: &Small, each: fn(Channel)) {
    client.channels().for_each(each);
}

fn ids(roster: &Roster, each: fn(&str)) {
    roster.ids().for_each(each);
}

pub fn keep() {
    #[cfg(feature = "users")]
    keep! {
        Small::sign_in(_, _);
        Small::sign_out(_, _);
    }
    keep! {
        Config::new(_);
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
        Small::set_retries(_, _, _);
        Small::authorize(_, _, _, _, _);
        Small::authenticate(_, _, _, _, _);
        Small::deny(_, _, _);
        Small::deny_with_status(_, _, _, _);
        Small::trigger(_, _, _, _, _, _);
        Small::poll_request(_);
        Small::poll_transmit(_, _, _);
        Small::poll_notice(_);
        Small::poll_timeout(_);
        Small::state(_);
        Small::reason(_);
        Small::socket_id(_);
        Small::is_signed_in(_);
        Small::channel_status(_, _);
        Small::channel_name(_, _);
        Small::authorization_request(_, _);
        Small::last_activity(_);
        Small::round_trip(_);
        channels(_, _);

        Authorization::from_token(_);
        Authorization::from_signature(_, _);
        Authorization::from_json(_);
        Authorization::with_channel_data(_, _);
        Authorization::with_shared_secret(_, _);
        Authorization::token(_);
        Authorization::channel_data(_);
        Authorization::shared_secret(_);
        UserAuthentication::from_token(_, _);
        UserAuthentication::from_signature(_, _, _);
        UserAuthentication::from_json(_);
        UserAuthentication::token(_);
        UserAuthentication::user_data(_);

        Envelope::decode(_);
        Envelope::event(_);
        Envelope::channel(_);
        Envelope::user_id(_);
        Envelope::payload(_);
        Payload::as_str(_);

        ChannelKind::of(_);
        ChannelKind::needs_authorization(_);
        ChannelKind::is_presence(_);
        ChannelKind::is_encrypted(_);
        ChannelKind::is_cache(_);
        ChannelKind::allows_client_events(_);

        Presence::count(_);
        Presence::members(_);
        Members::next(_);
        Watchlist::next(_);
        WatchlistChange::status(_);
        WatchlistChange::user_ids(_);
        UserIds::next(_);
        Roster::new(_);
        Roster::set_me(_, _);
        Roster::set_my_id(_, _);
        Roster::own_id(_);
        ids(_, _);
        Roster::contains(_, _);
        Roster::len(_);
        Roster::is_empty(_);
        Roster::is_complete(_);
        Roster::update(_, _);

        Endpoint::cluster(_, _);
        Endpoint::from_url(_, _);
        Endpoint::with_query(_, _);
        Endpoint::with_tls(_);
        Endpoint::with_headers(_, _);
        Endpoint::headers(_);
        Endpoint::is_secure(_);
        Endpoint::port(_);
        Endpoint::key(_);
        Endpoint::host(_, _);
        Endpoint::host_header(_, _);
        Endpoint::request_target(_, _);

        Instant::from_millis(_);
        Instant::as_millis(_);
        Instant::saturating_duration_since(_, _);
        Duration::from_millis(_);
        Duration::from_secs(_);
        Duration::as_millis(_);
        Duration::as_secs(_);
        OutputTooSmall::needed(_);
    }
    core::hint::black_box::<fn(Instant, Duration) -> Instant>(core::ops::Add::add);
    core::hint::black_box::<fn(CoreDuration) -> Duration>(From::from);
    core::hint::black_box::<fn(Duration) -> CoreDuration>(From::from);
    keep_texts!(
        AuthorizeError,
        EnvelopeError,
        NameError,
        OutputTooSmall,
        ParseError,
        Reason,
        ReplyError,
        ServerError,
        StaleChannel,
        StaleTicket,
        SubscribeError,
        SubscriptionFailure,
        TriggerError,
        UrlError,
        HeaderError,
    );
}
