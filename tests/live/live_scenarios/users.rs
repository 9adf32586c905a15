//! Client events, user sign-in, and user events.

use serde_json::json;

use crate::client::{MASTER_KEY, TestClient, client};
use crate::log::Logged;
use crate::support::http::App;
use crate::{Outcome, Peer};

/// Sends a client event to another client.
pub fn client_events(peer: &Peer) -> Outcome {
    let server = peer.server();
    let channels = ["private-talk", "presence-talk"];
    let [mut ann, mut bob] = ["ann", "bob"].map(|user| TestClient::connect_as(&server, App::OPEN, user));
    for name in channels {
        ann.join(name);
        bob.join(name);
    }
    ann.until("joined");
    for name in channels {
        bob.trigger(name, "client-said", r#"{"text":"hi"}"#);
        ann.until(&format!("{name}: client-said"));
    }
    ann.finish(peer.expected)
}

/// Sends five events at once where the limit is one per second; the connection stays open.
pub fn rate_limit(peer: &Peer) -> Outcome {
    let server = peer.server();
    let mut client = TestClient::connect(&server, App::SLOW);
    client.join("private-slow");
    for _ in 0..3 {
        client.trigger("private-slow", "client-a", "{}");
    }
    client.until("error");
    client.until("error");
    server.api(App::SLOW).trigger(&["private-slow"], "after", "{}", None);
    client.finish(peer.expected)
}

/// Uses an application without client events; the connection stays open.
pub fn no_client_events(peer: &Peer) -> Outcome {
    let server = peer.server();
    let mut client = TestClient::connect(&server, App::NO_CLIENT_EVENTS);
    client.join("private-quiet");
    client.trigger("private-quiet", "client-a", "{}");
    client.until("error");
    server.api(App::NO_CLIENT_EVENTS).trigger(&["private-quiet"], "after", "{}", None);
    client.finish(peer.expected)
}

/// Sends a name that is too long for the application; the connection stays open.
pub fn long_event_name(peer: &Peer) -> Outcome {
    let server = peer.server();
    let mut client = TestClient::connect(&server, App::SLOW);
    client.join("private-long");
    client.trigger("private-long", "client-a-name-of-more-than-20-bytes", "{}");
    client.until("error");
    server.api(App::SLOW).trigger(&["private-long"], "after", "{}", None);
    client.finish(peer.expected)
}

/// Sends events to the user, who is signed in on a connection without channels.
pub fn user_events(peer: &Peer) -> Outcome {
    let server = peer.server();
    let mut client = TestClient::connect_as(&server, App::OPEN, "eve");
    client.sign_in();
    client.until("signed in");
    server.api(App::OPEN).trigger(&["#server-to-user-eve"], "alert", r#"{"n":1}"#, None);
    client.finish(peer.expected)
}

/// Signs in with the wrong secret.
pub fn refused_sign_in(peer: &Peer) -> Outcome {
    let server = peer.server();
    let client = client::<8, 64>(&server, App::OPEN, Some(json!({ "id": "mallory" })));
    let mut client = client.signing_with(App::OPEN.key, "wrong", &[MASTER_KEY]);
    client.start();
    client.join("after-sign-in");
    client.sign_in();
    client.until("not signed in");
    if !peer.expected.iter().any(|line| line.starts_with("lost")) {
        server.api(App::OPEN).trigger(&["after-sign-in"], "after", "{}", None);
    }
    client.finish(peer.expected)
}

/// Terminates all connections of a user over the HTTP API.
pub fn terminated(peer: &Peer) -> Outcome {
    let server = peer.server();
    let mut client = TestClient::connect_as(&server, App::OPEN, "mallet");
    client.sign_in();
    client.until("signed in");
    server.api(App::OPEN).terminate_user("mallet");
    client.finish(peer.expected)
}

/// Walter watches wendy, who comes online and goes offline; the server does not announce the latter.
pub fn watchlist(peer: &Peer) -> Outcome {
    let server = peer.server();
    let user = json!({ "id": "walter", "watchlist": ["wendy"] });
    let mut walter = client::<8, 64>(&server, App::OPEN, Some(user));
    walter.sign_in();
    walter.start();
    walter.until("signed in");
    // sockudo only reports users who have a watchlist themselves.
    let user = json!({ "id": "wendy", "watchlist": ["walter"] });
    let mut wendy = client::<8, 64>(&server, App::OPEN, Some(user));
    wendy.sign_in();
    wendy.start();
    wendy.until("signed in");
    if peer.expected.contains(&"online: wendy") {
        walter.until("online: wendy");
    }
    drop(wendy);
    walter.finish(peer.expected)
}
