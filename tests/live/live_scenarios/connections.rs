//! Disconnecting and reconnecting.

use std::time::Duration;

use serde_json::json;

use crate::client::{TestClient, client};
use crate::line::Gate;
use crate::log::Logged;
use crate::support::http::App;
use crate::support::stream::connect;
use crate::{Outcome, Peer};

const NO_SUCH_APP: App = App { key: "no-such-key", ..App::OPEN };

pub fn wrong_key(peer: &Peer) -> Outcome {
    TestClient::connect(&peer.server(), NO_SUCH_APP).finish(peer.expected)
}

pub fn disabled_app(peer: &Peer) -> Outcome {
    TestClient::connect(&peer.server(), App::DISABLED).finish(peer.expected)
}

/// Opens a second connection of an application limited to one. It succeeds when the first has ended.
pub fn over_quota(peer: &Peer) -> Outcome {
    let server = peer.server();
    let mut first = TestClient::connect(&server, App::LIMITED);
    first.until("connected");
    let mut second = TestClient::connect(&server, App::LIMITED);
    second.until("lost");
    drop(first);
    second.finish(peer.expected)
}

/// Stops the server with SIGTERM and restarts it.
pub fn shut_down(peer: &Peer) -> Outcome {
    let mut server = peer.own();
    let mut client = TestClient::connect(&server, App::OPEN);
    client.join("news");
    server.shut_down();
    client.until("lost");
    server.restart();
    client.finish(peer.expected)
}

/// Kills the server and restarts it. The client restores every kind of subscription.
pub fn killed(peer: &Peer) -> Outcome {
    let mut server = peer.own();
    let mut client = TestClient::connect_as(&server, App::OPEN, "ann");
    client.sign_in();
    client.until("signed in");
    let channels = ["news", "private-news", "presence-news", "private-encrypted-news", "cache-news"];
    channels.iter().for_each(|name| client.join(name));
    client.until("nothing cached");
    let socket_id = client.socket_id();
    server.kill();
    client.until("lost");
    server.restart();
    client.until("signed in");
    let confirmations = channels.map(|name| format!("subscribed {name}"));
    let confirmations: Vec<&str> = confirmations.iter().map(String::as_str).chain(["nothing cached"]).collect();
    client.until_all(&confirmations);
    assert_ne!(client.socket_id(), socket_id);
    for name in &channels[..3] {
        server.api(App::OPEN).trigger(&[name], "after", "{}", None);
        client.until(&format!("{name}: after {{}}"));
    }
    let mut log = client.finish(peer.expected);
    // The server chooses the order of its answers to concurrent requests.
    let lost = log.iter().position(|line| line.starts_with("lost")).unwrap();
    let last = log.iter().position(|line| line.ends_with("after {}")).unwrap();
    log[lost + 3..last].sort();
    log
}

/// Sends the server a subscription without data from another client.
pub fn bad_message_of_another(peer: &Peer) -> Outcome {
    let mut server = peer.own();
    let mut client = TestClient::connect(&server, App::OPEN);
    client.join("news");
    let url = format!("ws://{}/app/{}?protocol=7", server.address(), App::OPEN.key);
    let (mut other, _) = tungstenite::client(url, connect(server.address(), server.client_tls().as_ref())).unwrap();
    other.read().unwrap();
    other.send(json!({ "event": "pusher:subscribe" }).to_string().into()).unwrap();
    if peer.expected.iter().any(|line| line.starts_with("lost")) {
        client.until("lost");
        server.restart();
        client.until("subscribed");
    } else {
        assert!(other.read().unwrap().to_text().unwrap().contains("4000"));
    }
    server.api(App::OPEN).trigger(&["news"], "after", "{}", None);
    client.finish(peer.expected)
}

/// Drops all output of the client: the server misses its pongs and ends the connection, and the client reconnects.
pub fn missed_pong(peer: &Peer) -> Outcome {
    let server = peer.own_impatient();
    let mut client = TestClient::connect(&server, App::FEW);
    client.join("news");
    client.set_gate(Gate::Shut);
    client.finish(peer.expected)
}

/// Drops all output of the client but its pongs, which satisfy the server.
pub fn answered_pings(peer: &Peer) -> Outcome {
    let server = peer.own_impatient();
    let mut client = TestClient::connect(&server, App::FEW);
    client.join("news");
    client.set_gate(Gate::Answers);
    let mut seconds = 0;
    while client.pings() == 0 {
        assert!(seconds < 20, "the server does not ping");
        client.run_for(Duration::from_secs(1));
        seconds += 1;
    }
    client.run_for(Duration::from_secs(32)); // longer than the server waits for a pong
    server.api(App::FEW).trigger(&["news"], "after", "{}", None);
    client.finish(peer.expected)
}

/// Uses an application with users, which closes connections that do not sign in.
pub fn no_sign_in_in_time(peer: &Peer) -> Outcome {
    let server = peer.own_impatient();
    let mut signed_in = client::<8, 64>(&server, App::OPEN, Some(json!({ "id": "ann" })));
    signed_in.sign_in();
    signed_in.start();
    signed_in.until("signed in");
    let log = TestClient::connect(&server, App::OPEN).finish(peer.expected);
    signed_in.run_for(Duration::from_millis(500));
    assert_eq!(signed_in.log(), ["connected", "signed in as ann"]);
    log
}
