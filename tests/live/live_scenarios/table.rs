//! The rows of the table.

use crate::support::peer::Kind;
use crate::{Cell, Row, channels, check, connections, users};

macro_rules! expected_log {
    (none) => {
        None
    };
    ([$($line:literal)*]) => {
        Some(&[$($line),*])
    };
}

/// Defines the table, with a test for each row and server, plain and behind TLS.
macro_rules! scenarios {
    ($($module:ident::$name:ident $feature:literal
        soketi: $soketi:tt $soketi_words:literal
        sockudo: $sockudo:tt $sockudo_words:literal
    )*) => {
        pub const ROWS: &[Row] = &[$(Row {
            name: stringify!($name),
            feature: $feature,
            run: $module::$name,
            soketi: Cell { log: expected_log!($soketi), words: $soketi_words },
            sockudo: Cell { log: expected_log!($sockudo), words: $sockudo_words },
        }),*];

        scenarios!(@tests soketi Soketi false $(($name $soketi))*);
        scenarios!(@tests sockudo Sockudo false $(($name $sockudo))*);
        over_tls! {
            scenarios!(@tests soketi_tls Soketi true $(($name $soketi))*);
            scenarios!(@tests sockudo_tls Sockudo true $(($name $sockudo))*);
        }
    };
    (@tests $server:ident $kind:ident $tls:literal $(($name:ident $log:tt))*) => {
        mod $server {
            use super::*;
            $(scenarios!(@test $name $kind $tls $log);)*
        }
    };
    (@test $name:ident $kind:ident $tls:literal none) => {};
    (@test $name:ident $kind:ident $tls:literal $log:tt) => {
        #[test]
        fn $name() {
            check(ROWS.iter().find(|row| row.name == stringify!($name)).unwrap(), Kind::$kind, $tls);
        }
    };
}

scenarios! {
    connections::wrong_key "an unknown key"
        soketi: [
            "error: App key no-such-key does not exist. (4001)"
            "lost: the server has no application with this key (4001), for good"
        ]
            "closes with 4001: final"
        sockudo: ["lost: the connection ended without a close code"]
            "ends the connection without an error, so the client keeps retrying; the text of `CloseReason::Socket` mentions \
            that the key may be wrong"
    connections::disabled_app "a disabled application"
        soketi: ["error: The app is not enabled. (4003)" "lost: the application is disabled (4003), for good"]
            "closes with 4003: final"
        sockudo: ["lost: the connection ended without a close code"] "as with a wrong key"
    connections::over_quota "more connections than the application's limit"
        soketi: [
            "error: The current concurrent connections quota has been reached. (4100)"
            "lost: the server is over capacity (4100)" "connected"
        ]
            "closes with 4100, where Pusher uses 4004: the client connects once there is capacity"
        sockudo: ["lost: the connection ended without a close code" "connected"]
            "ends the connection without an error: the client connects once there is capacity"
    connections::shut_down "the server is shut down and restarted"
        soketi: [
            "connected" "subscribed news" "error: Server closed. Please reconnect shortly. (4200)"
            "lost: the server requested a reconnect (4200)" "connected" "subscribed news after a gap"
        ]
            "closes with 4200, also every new connection, because it does not exit by itself: the client reconnects"
        sockudo: [
            "connected" "subscribed news" "error: Server shutting down (4200)"
            "lost: the server requested a reconnect (4200)" "connected" "subscribed news after a gap"
        ]
            "closes with 4200, then answers with HTTP 503: the client reconnects"
    connections::killed "the server is killed and restarted"
        soketi: [
            "connected" "signed in as ann" "subscribed news" "subscribed private-news"
            "subscribed presence-news with ann" "subscribed private-encrypted-news" "subscribed cache-news"
            "nothing cached cache-news" "lost: the connection ended without a close code" "connected" "signed in as ann"
            "nothing cached cache-news" "subscribed cache-news after a gap" "subscribed news after a gap"
            "subscribed presence-news with ann after a gap" "subscribed private-encrypted-news after a gap"
            "subscribed private-news after a gap" "news: after {}" "private-news: after {}" "presence-news: after {}"
        ]
            "the client restores everything, and reports a gap for each channel"
        sockudo: [
            "connected" "signed in as ann" "subscribed news" "subscribed private-news"
            "subscribed presence-news with ann" "subscribed private-encrypted-news" "subscribed cache-news"
            "nothing cached cache-news" "lost: the connection ended without a close code" "connected" "signed in as ann"
            "nothing cached cache-news" "subscribed cache-news after a gap" "subscribed news after a gap"
            "subscribed presence-news with ann after a gap" "subscribed private-encrypted-news after a gap"
            "subscribed private-news after a gap" "news: after {}" "private-news: after {}" "presence-news: after {}"
        ]
            "the client restores everything, and reports a gap for each channel"
    connections::bad_message_of_another "another client sends a subscription without `data`"
        soketi: [
            "connected" "subscribed news" "error: Server closed. Please reconnect shortly. (4200)"
            "lost: the server requested a reconnect (4200)" "connected" "subscribed news after a gap" "news: after {}"
        ]
            "**closes every connection with 4200** and must be restarted: the client reconnects"
        sockudo: ["connected" "subscribed news" "news: after {}"] "reports 4000 to that client only"
    connections::missed_pong "pongs of the client are lost"
        soketi: none "closes with 4201 after 120 s, without a preceding error (from a recording)"
        sockudo: [
            "connected" "subscribed news" "error: Pong reply not received in time (4201)"
            "lost: the server did not receive a pong (4201)" "connected" "subscribed news after a gap"
        ]
            "closes with 4201 after 30 s: the client reconnects at once"
    connections::answered_pings "keep-alive of the server"
        soketi: none "WebSocket pings (from a recording), never `pusher:ping`"
        sockudo: ["connected" "subscribed news" "news: after {}"] "`pusher:ping`: the client's pong is sufficient"
    connections::no_sign_in_in_time "no sign-in in time, where the application requires one"
        soketi: [
            "connected" "error: Connection not authorized within timeout. (4009)"
            "lost: the connection is not authorized (4009), for good"
        ]
            "closes with 4009: final"
        sockudo: [
            "connected" "error: Connection not authorized within timeout. (4009)"
            "lost: the connection is not authorized (4009), for good"
        ]
            "closes with 4009: final"
    channels::wrong_secret "signatures with a wrong secret"
        soketi: [
            "connected" "subscribed wrong-secret" "refused private-wrong-secret: The connection is unauthorized. (401)"
            "refused presence-wrong-secret: The connection is unauthorized. (401)"
            "refused private-encrypted-wrong-secret: The connection is unauthorized. (401)" "wrong-secret: after {}"
        ]
            "`pusher:subscription_error` with status 401"
        sockudo: [
            "connected" "subscribed wrong-secret"
            "refused private-wrong-secret: Authentication error: Channel requires authentication (4009)"
            "refused presence-wrong-secret: Authentication error: Channel requires authentication (4009)"
            "refused private-encrypted-wrong-secret: Authentication error: Channel requires authentication (4009)"
            "wrong-secret: after {}"
        ]
            "`pusher:error` 4009 without a channel: the client attributes it to the only pending subscription; the \
            connection stays open"
    channels::encryption "encrypted channels"
        soketi: [
            "connected" "subscribed private-encrypted-sizes"
            "undecryptable private-encrypted-sizes: open: Malformed"
            "private-encrypted-sizes: sized after"
        ]
            "works"
        sockudo: [
            "connected" "subscribed private-encrypted-sizes"
            "undecryptable private-encrypted-sizes: open: Malformed"
            "private-encrypted-sizes: sized after"
        ]
            "works"
    channels::changed_key "an encrypted channel whose key has changed"
        soketi: [
            "connected" "subscribed private-encrypted-changed"
            "undecryptable private-encrypted-changed: first: NotAuthentic"
            "private-encrypted-changed: second {\"n\":2}"
        ]
            "the client requests the new key"
        sockudo: [
            "connected" "subscribed private-encrypted-changed"
            "undecryptable private-encrypted-changed: first: NotAuthentic"
            "private-encrypted-changed: second {\"n\":2}"
        ]
            "the client requests the new key"
    channels::cache_public "`cache-` channels"
        soketi: ["connected" "subscribed cache-weather" "cache-weather: late {}"] "works"
        sockudo: ["connected" "subscribed cache-weather" "cache-weather: late {}"] "works"
    channels::cache_private "`private-cache-` channels"
        soketi: ["connected" "subscribed private-cache-weather" "private-cache-weather: late {}"] "works"
        sockudo: ["connected" "subscribed private-cache-weather" "private-cache-weather: late {}"]
            "works, but **no signature is checked** (from a recording)"
    channels::cache_encrypted "`private-encrypted-cache-` channels"
        soketi: ["connected" "subscribed private-encrypted-cache-weather" "private-encrypted-cache-weather: late {}"]
            "works"
        sockudo: ["connected" "subscribed private-encrypted-cache-weather" "private-encrypted-cache-weather: late {}"]
            "works, but **no signature is checked** (from a recording)"
    channels::cache_presence "`presence-cache-` channels"
        soketi: ["connected" "subscribed presence-cache-weather with ann" "presence-cache-weather: late {}"] "works"
        sockudo: [
            "connected"
            "refused presence-cache-weather: Invalid message format: Missing channel_data for presence channel (4000)"
        ]
            "**cannot be subscribed**: refused with 4000, as if there were no `channel_data`"
    channels::two_members "presence with two members"
        soketi: [
            "connected" "subscribed presence-two with ann" "joined presence-two: bob {\"name\":\"bob\"}"
            "left presence-two: bob"
        ]
            "works"
        sockudo: [
            "connected" "subscribed presence-two with ann" "joined presence-two: bob {\"name\":\"bob\"}"
            "left presence-two: bob"
        ]
            "works"
    channels::one_user_twice "presence with one user on two connections"
        soketi: [
            "connected" "subscribed presence-twice with ann" "joined presence-twice: bob {\"name\":\"bob\"}"
            "presence-twice: one-has-left {}" "left presence-twice: bob" "presence-twice: one-has-left {}"
        ]
            "the user joins once and leaves once"
        sockudo: [
            "connected" "subscribed presence-twice with ann" "joined presence-twice: bob {\"name\":\"bob\"}"
            "presence-twice: one-has-left {}" "left presence-twice: bob" "presence-twice: one-has-left {}"
        ]
            "the user joins once and leaves once"
    channels::full_room "a presence channel that is full"
        soketi: [
            "connected"
            "refused presence-full: The maximum members per presence channel limit was reached (4100); again later"
        ]
            "refused with 4100: retried with exponential backoff"
        sockudo: ["connected" "refused presence-full: Over capacity (4100); again later"]
            "`pusher:error` 4100 without a channel: as with soketi"
    channels::thousand_channels "1,000 channels on one connection"
        soketi: ["1000 subscribed"] "works"
        sockudo: ["1000 subscribed"] "works"
    channels::ten_thousand_events "10,000 events in a row"
        soketi: ["10000 events, 10000 of them in order"] "all, in order"
        sockudo: ["10000 events, 10000 of them in order"] "all, in order"
    users::client_events "client events"
        soketi: [
            "connected" "subscribed private-talk" "subscribed presence-talk with ann"
            "joined presence-talk: bob {\"name\":\"bob\"}" "private-talk: client-said {\"text\":\"hi\"}"
            "presence-talk: client-said from bob {\"text\":\"hi\"}"
        ]
            "works"
        sockudo: [
            "connected" "subscribed private-talk" "subscribed presence-talk with ann"
            "joined presence-talk: bob {\"name\":\"bob\"}" "private-talk: client-said {\"text\":\"hi\"}"
            "presence-talk: client-said {\"text\":\"hi\"}"
        ]
            "works, but on presence channels **without the `user_id`** of the sender"
    users::rate_limit "client events above the rate limit"
        soketi: [
            "connected" "subscribed private-slow"
            "error: The rate limit for sending client events exceeded the quota. (4301)"
            "error: The rate limit for sending client events exceeded the quota. (4301)" "private-slow: after {}"
        ]
            "4301 for each; the connection stays open"
        sockudo: [
            "connected" "subscribed private-slow" "error: Client event rejected due to rate limit (4301)"
            "error: Client event rejected due to rate limit (4301)" "private-slow: after {}"
        ]
            "4301 for each; the connection stays open"
    users::no_client_events "client events where they are disabled"
        soketi: [
            "connected" "subscribed private-quiet" "error: The app does not have client messaging enabled. (4301)"
            "private-quiet: after {}"
        ]
            "4301; the connection stays open"
        sockudo: [
            "connected" "subscribed private-quiet"
            "error: Client event error: Client events are not enabled for this app (4301)" "private-quiet: after {}"
        ]
            "4301; the connection stays open"
    users::long_event_name "a client event with too long a name"
        soketi: [
            "connected" "subscribed private-long" "error: Event name is too long. Maximum allowed size is 20. (4301)"
            "private-long: after {}"
        ]
            "4301; the connection stays open"
        sockudo: [
            "connected" "subscribed private-long"
            "error: Invalid event name: Event name exceeds maximum length of 20 (4000)" "private-long: after {}"
        ]
            "4000, which is final as a close code: as an error it ends nothing, and the connection stays open"
    users::user_events "sign-in, and user events"
        soketi: ["connected" "signed in as eve" "to the user: alert {\"n\":1}"] "works"
        sockudo: ["connected" "signed in as eve" "to the user: alert {\"n\":1}"] "works"
    users::refused_sign_in "sign-in with a wrong secret"
        soketi: [
            "connected" "subscribed after-sign-in" "not signed in: Connection not authorized. (4009)"
            "lost: the connection is not authorized (4009), for good"
        ]
            "4009, then closes with 4009: final"
        sockudo: [
            "connected" "subscribed after-sign-in"
            "not signed in: Authentication error: Connection not authorized for signin. (4009)"
            "after-sign-in: after {}"
        ]
            "4009; the connection stays open"
    users::terminated "the application terminates the connections of a user"
        soketi: [
            "connected" "signed in as mallet" "error: You got disconnected by the app. (4009)"
            "lost: the connection is not authorized (4009), for good"
        ]
            "closes with 4009: final"
        sockudo: [
            "connected" "signed in as mallet" "error: You got disconnected by the app. (4009)"
            "lost: the connection is not authorized (4009), for good"
        ]
            "closes with 4009: final"
    users::watchlist "watchlists"
        soketi: ["connected" "signed in as walter"] "none"
        sockudo: ["connected" "offline: wendy" "signed in as walter" "online: wendy"]
            "as bare events `online` and `offline`, the first **before** the sign-in is confirmed; **it does not report that a user went \
            offline**, nor that one without a watchlist came online"
}
