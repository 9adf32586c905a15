//! The API guidelines for Rust: `Debug` without secrets, `Send`, `Sync`, `Clone` and `Default` where users expect them.
//!
//! The lint `missing_debug_implementations` requires `Debug` for every public type.
#![cfg(all(feature = "embedded-io", feature = "encrypted", feature = "rest", feature = "users"))]

use std::fmt::{Debug, Display};
use std::hash::Hash;

use pusher_proto::auth::rest::{self, Api, ApiRequestError, reply};
use pusher_proto::auth::webhook::{Webhook, WebhookError};
use pusher_proto::auth::{Credentials, Signature, TextToSign};
use pusher_proto::client::{self, Config, Pacing, Reason, Reconnect, Ticket};
use pusher_proto::connection::{Action, Attempt, DenyAll, EncryptedCredentials};
use pusher_proto::encryption::{DecryptError, SharedSecret};
use pusher_proto::envelope::{Envelope, EnvelopeError};
use pusher_proto::event::{Event, Member, Members, Presence, Roster, UserIds, Watchlist, WatchlistChange};
use pusher_proto::io::Step;
use pusher_proto::websocket::{Decoder, Handshake, WebSocket};
use pusher_proto::{Authorization, Channel, Client, Connection, Duration, Endpoint, Instant, Notice, Payload, State};

type Random = fn(&mut [u8]);
type Pusher<'b> = Connection<'b, Random, 4, 48>;

/// Compiles only if each type has all of the traits.
macro_rules! implement {
    (($($bound:tt)+): $($type:ty),+ $(,)?) => {{
        fn all<T: $($bound)+>() {}
        $(all::<$type>();)+
    }};
}

#[test]
fn every_type_that_holds_state_or_a_secret_can_be_printed_and_sent_to_another_thread() {
    implement!((Debug + Send + Sync):
        Client<4, 48>, Pusher<'_>, Config, Endpoint<'_>, WebSocket, Decoder, Handshake,
        Credentials<'_>, EncryptedCredentials<'_>, SharedSecret, Signature, TextToSign<'_>, Authorization<'_>, client::UserAuthentication<'_>,
        Event<'_>, Envelope<'_>, Payload<'_>, Member<'_>, Members<'_>, Presence<'_>, Roster<4, 8>,
        UserIds<'_>, Watchlist<'_>, WatchlistChange<'_>,
        Step<'_>, Action<'_>, Notice, client::Request, Ticket, Attempt, Channel,
        Api<'_>, rest::NewEvent<'_>, rest::ApiRequest<'_>, reply::Batch<'_>, reply::Channels<'_>, reply::Users<'_>, Webhook<'_>,
    );
}

#[test]
fn plain_values_are_copied_compared_and_hashed_where_that_is_meaningful() {
    implement!((Copy + Eq + Debug): State, Reason, Channel, Ticket, Notice, Payload<'_>, Pacing, Reconnect, Endpoint<'_>);
    implement!((Copy + Ord + Hash + Default + Debug): Instant, Duration);
    implement!((Clone): Client<4, 48>, Config, WebSocket, Credentials<'_>, SharedSecret, Roster<4, 8>);
    implement!((Default): DenyAll, Payload<'_>, Decoder, Pacing, Reconnect);
    implement!((std::error::Error + Display): EnvelopeError, WebhookError, ApiRequestError, DecryptError, client::TriggerError);
}

#[test]
fn a_default_is_what_a_new_configuration_has() {
    assert_eq!(Reconnect::default(), Config::new(1).reconnect);
    assert_eq!(Pacing::default(), Config::new(1).pacing);
}

#[test]
fn a_client_prints_its_state_and_its_channels_and_nothing_else() {
    let mut client = Client::<4, 48>::new(Config::new(1));
    client.subscribe(Instant::ZERO, "private-encrypted-a").unwrap();
    client.subscribe(Instant::ZERO, "news").unwrap();
    client.connect(Instant::ZERO);
    assert_eq!(
        format!("{client:?}"),
        "Client { state: Connecting, reason: None, socket_id: None, \
         channels: {\"private-encrypted-a\": Waiting, \"news\": Waiting}, .. }"
    );
}

#[test]
fn a_connection_prints_no_buffer_and_no_header() {
    let (mut rx, mut tx) = (*b"in-hunter2", *b"out-hunter2");
    let headers = [("Authorization", "Bearer hunter2")];
    let endpoint = Endpoint::from_url("wss://example.com", "key").unwrap().with_headers(&headers).unwrap();
    let connection = Pusher::new(Client::new(Config::new(1)), endpoint, |_| {}, &mut rx, &mut tx);
    let printed = format!("{connection:?}");
    assert!(
        printed.starts_with("Connection { endpoint: Endpoint { secure: true, host: Name(\"example.com\")"),
        "{printed}"
    );
    assert!(printed.contains("client: Client { state: Disconnected"), "{printed}");
    assert!(printed.contains("Authorization") && !printed.contains("hunter2"), "{printed}");
    let bytes = b"hunter2".map(|byte| byte.to_string()).join(", ");
    assert!(!printed.contains(&bytes), "{printed}");
}

#[test]
fn an_endpoint_prints_no_query_because_it_may_contain_a_token() {
    let endpoint = Endpoint::from_url("wss://example.com", "key").unwrap();
    assert!(format!("{endpoint:?}").contains("extra_query: none"), "{endpoint:?}");
    let endpoint = endpoint.with_query("token=hunter2").unwrap();
    let printed = format!("{endpoint:?}");
    assert!(printed.contains("extra_query: ..") && !printed.contains("hunter2"), "{printed}");
}

#[test]
fn what_is_not_read_yet_of_a_reply_is_not_printed() {
    let mut body = *br#"{"channels":{"hunter2":{}},"batch":[{"cache":"hunter2"}],"users":[{"id":"hunter2"}]}"#;
    let printed = [
        format!("{:?}", reply::channels(200, &mut body.clone()).unwrap()),
        format!("{:?}", reply::batch(200, &mut body.clone()).unwrap()),
        format!("{:?}", reply::users(200, &mut body).unwrap()),
    ];
    assert_eq!(printed, ["Channels(..)", "Batch(..)", "Users(..)"]);
}
