//! Subscriptions to each kind of channel.

use pusher_proto::encryption::SharedSecret;
use serde_json::json;

use crate::client::{MASTER_KEY, TestClient, client};
use crate::log::Logged;
use crate::support::http::App;
use crate::{Outcome, Peer};

/// Uses signatures of another secret: the client reports the refusals, and the other channel works.
pub fn wrong_secret(peer: &Peer) -> Outcome {
    let server = peer.server();
    let client = client::<8, 64>(&server, App::OPEN, Some(json!({ "id": "ann" })));
    let mut client = client.signing_with(App::OPEN.key, "wrong", &[MASTER_KEY]);
    client.start();
    client.join("wrong-secret");
    for name in ["private-wrong-secret", "presence-wrong-secret", "private-encrypted-wrong-secret"] {
        client.subscribe(name);
        client.until("refused");
    }
    server.api(App::OPEN).trigger(&["wrong-secret"], "after", "{}", None);
    client.finish(peer.expected)
}

/// Returns the data that an encrypting publisher sends.
fn encrypted(channel: &str, number: u8, plaintext: &str) -> String {
    let mut out = vec![0; 2 * plaintext.len() + 128];
    SharedSecret::derive(channel, &MASTER_KEY).encrypt(plaintext, &[number; 24], &mut out).unwrap().to_owned()
}

/// Publishes encrypted events of many sizes, and one in plain text.
pub fn encryption(peer: &Peer) -> Outcome {
    let server = peer.server();
    let channel = "private-encrypted-sizes";
    let mut client = TestClient::connect(&server, App::OPEN);
    client.join(channel);
    let api = server.api(App::OPEN);
    let sizes = [0, 1, 15, 16, 17, 31, 32, 33, 100, 1000, 4000];
    for (number, size) in sizes.into_iter().enumerate() {
        let text =
            format!(r#"{{"text":"{}"}}"#, "ä\\u0022".repeat(size).chars().take(size - size % 7).collect::<String>());
        api.trigger(&[channel], "sized", &encrypted(channel, number as u8, &text), None);
        client.until(&format!("{channel}: sized {text}"));
    }
    let decrypted = client.log().len() - 2;
    assert_eq!(decrypted, sizes.len());
    api.trigger(&[channel], "open", r#"{"id":7}"#, None);
    client.until("undecryptable");
    api.trigger(&[channel], "sized", &encrypted(channel, 99, "after"), None);
    client.until(&format!("{channel}: sized after"));
    client.finish(peer.expected).into_iter().filter(|line| !line.contains(r#"sized {"text""#)).collect()
}

/// Changes the key of the channel after the subscription: the client requests the new one.
pub fn changed_key(peer: &Peer) -> Outcome {
    let server = peer.server();
    let channel = "private-encrypted-changed";
    let client = client::<8, 64>(&server, App::OPEN, None);
    let mut client = client.signing_with(App::OPEN.key, App::OPEN.secret, &[[7; 32], MASTER_KEY]);
    client.start();
    client.join(channel);
    let api = server.api(App::OPEN);
    api.trigger(&[channel], "first", &encrypted(channel, 1, r#"{"n":1}"#), None);
    client.until("undecryptable");
    api.trigger(&[channel], "second", &encrypted(channel, 2, r#"{"n":2}"#), None);
    client.finish(peer.expected)
}

/// Subscribes to an empty cache channel. The server repeats the last event to a second subscriber.
fn cache(peer: &Peer, channel: &str) -> Outcome {
    let server = peer.server();
    let mut first = TestClient::connect_as(&server, App::OPEN, "ann");
    first.subscribe(channel);
    if !peer.expected.iter().any(|line| line.starts_with("subscribed")) {
        return first.finish(peer.expected);
    }
    first.until("nothing cached");
    let data = if channel.contains("encrypted") { encrypted(channel, 1, "{}") } else { "{}".into() };
    for event in ["early", "late"] {
        server.api(App::OPEN).trigger(&[channel], event, &data, None);
        first.until(&format!("{channel}: {event} {{}}"));
    }
    let mut second = TestClient::connect_as(&server, App::OPEN, "ann");
    second.subscribe(channel);
    second.finish(peer.expected)
}

pub fn cache_public(peer: &Peer) -> Outcome {
    cache(peer, "cache-weather")
}

pub fn cache_private(peer: &Peer) -> Outcome {
    cache(peer, "private-cache-weather")
}

pub fn cache_encrypted(peer: &Peer) -> Outcome {
    cache(peer, "private-encrypted-cache-weather")
}

pub fn cache_presence(peer: &Peer) -> Outcome {
    cache(peer, "presence-cache-weather")
}

/// Ann is present; bob joins and leaves.
pub fn two_members(peer: &Peer) -> Outcome {
    let server = peer.server();
    let room = "presence-two";
    let mut ann = TestClient::connect_as(&server, App::OPEN, "ann");
    ann.join(room);
    let mut bob = TestClient::connect_as(&server, App::OPEN, "bob");
    bob.join(room);
    assert_eq!(bob.log().last().unwrap(), "subscribed presence-two with ann, bob");
    ann.until("joined");
    bob.unsubscribe(room);
    bob.join("bob-is-still-connected");
    ann.finish(peer.expected)
}

/// Bob joins twice and leaves twice; ann sees him join once and leave once.
pub fn one_user_twice(peer: &Peer) -> Outcome {
    let server = peer.server();
    let room = "presence-twice";
    let mut ann = TestClient::connect_as(&server, App::OPEN, "ann");
    ann.join(room);
    let mut bobs = [0, 1].map(|_| TestClient::connect_as(&server, App::OPEN, "bob"));
    bobs.iter_mut().for_each(|bob| bob.join(room));
    assert_eq!(bobs[1].log().last().unwrap(), "subscribed presence-twice with ann, bob");
    for mut bob in bobs {
        bob.unsubscribe(room);
        bob.join("bob-has-unsubscribed");
        server.api(App::OPEN).trigger(&[room], "one-has-left", "{}", None);
        ann.until(&format!("{room}: one-has-left"));
    }
    ann.finish(peer.expected)
}

/// Fills a presence channel that is limited to one member.
pub fn full_room(peer: &Peer) -> Outcome {
    let server = peer.server();
    let room = "presence-full";
    let mut ann = TestClient::connect_as(&server, App::FEW, "ann");
    ann.join(room);
    let mut bob = TestClient::connect_as(&server, App::FEW, "bob");
    bob.subscribe(room);
    bob.finish(peer.expected)
}

/// Subscribes to one thousand channels on one connection, and publishes events on some of them.
pub fn thousand_channels(peer: &Peer) -> Outcome {
    let server = peer.server();
    let mut client = Box::new(client::<1000, 32>(&server, App::OPEN, None));
    for number in 0..1000 {
        client.subscribe(&format!("thousand-{number}"));
    }
    client.start();
    for _ in 0..1000 {
        client.until("subscribed thousand-");
    }
    let mut confirmed = client.log()[1..].to_vec();
    confirmed.sort();
    confirmed.dedup();
    assert_eq!(confirmed.len(), 1000);
    for number in [999, 0, 500] {
        let channel = format!("thousand-{number}");
        server.api(App::OPEN).trigger(&[&channel], "found", "{}", None);
        client.until(&format!("{channel}: found"));
    }
    vec![format!("{} subscribed", confirmed.len())]
}

/// Publishes ten thousand events in batches of ten over the HTTP API: every one arrives, in order.
pub fn ten_thousand_events(peer: &Peer) -> Outcome {
    let server = peer.server();
    let mut client = TestClient::connect(&server, App::OPEN);
    client.join("flood");
    let api = server.api(App::OPEN);
    for batch in 0..1000 {
        let event = |number: u32| ("flood", "counted".to_string(), (10 * batch + number).to_string());
        api.trigger_batch(&(0..10).map(event).collect::<Vec<_>>());
        client.step();
    }
    client.until("flood: counted 9999");
    let events = &client.log()[2..];
    let in_order = events.iter().enumerate().take_while(|(n, line)| **line == format!("flood: counted {n}")).count();
    vec![format!("{} events, {in_order} of them in order", events.len())]
}
