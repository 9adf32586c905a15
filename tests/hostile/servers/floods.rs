//! Servers that send the same thing for ever, as fast as the client reads.

use crate::server::{Hostile, Reply, endless, established, frame, text};
use crate::world::{MEMBERS, RECEIVE, World};

/// Runs a server for `millis` that sends `bytes` for ever; returns the world for more checks.
///
/// The client takes at most three steps for each message (read, handle, answer), a few for each connection, and
/// sends at most as much as it receives.
#[track_caller]
fn flood(expected: &str, millis: u64, bytes: Vec<u8>, messages: u64) -> World {
    // As many messages as a read holds.
    let repeats = (RECEIVE / bytes.len()).max(1);
    let (bytes, messages) = (bytes.repeat(repeats), messages * repeats as u64);
    let size = bytes.len() as u64;
    let mut world = World::new(move || Box::new(Hostile::subscribed(endless(bytes.clone()))));
    world.run_until(millis);
    if !expected.is_empty() {
        world.saw(expected);
    }
    let handled = world.bytes_in / size * messages;
    let limit = 3 * handled + world.bytes_in / 256 + 60 * world.opened.len() as u64 + 100;
    assert!(world.steps <= limit, "{} steps for {handled} messages", world.steps);
    assert!(world.bytes_in > millis * 100, "only {} bytes were read", world.bytes_in);
    world
}

#[test]
fn events_without_end_are_events_and_timers_are_kept() {
    let world = flood("event x on news", 1000, text(r#"{"event":"x","channel":"news","data":"1"}"#), 1);
    assert_eq!((world.opened.len(), world.count("Disconnected")), (1, 0));
    // A ping is due 30 s after the last frame of the client, whatever the server sends.
    let mut world = World::new(|| {
        let mut next = 0;
        Box::new(Hostile::subscribed(move |now, _| {
            if now < next {
                return Reply::Wait(Some(next));
            }
            next = now + 10;
            Reply::Bytes(text(r#"{"event":"x","channel":"news","data":"1"}"#))
        }))
    });
    world.run_until(29_000);
    let before = world.bytes_out;
    world.run_until(32_000);
    assert!(world.bytes_out > before, "no ping was sent");
    world.works_again();
}

#[test]
fn events_of_other_channels_and_unknown_events_without_end_are_events_of_no_channel() {
    flood("Other", 200, text(r#"{"event":"x","channel":"other","data":"1"}"#), 1).works_again();
    flood("Other", 200, text(r#"{"event":"pusher:unknown","data":{}}"#), 1).works_again();
    flood("Other", 200, text(r#"{"event":"pusher_internal:unknown","channel":"news"}"#), 1).works_again();
}

#[test]
fn every_ping_of_a_flood_has_one_pong_of_its_size() {
    for payload in [&b""[..], &[b'x'; 125]] {
        let mut world = flood("", 200, frame(0x89, payload), 1);
        // The mask of a frame has four bytes.
        let pings = world.bytes_in / (2 + payload.len() as u64);
        assert!(world.bytes_out <= pings * (6 + payload.len() as u64) + 2000, "{} bytes out", world.bytes_out);
        assert_eq!(world.opened.len(), 1);
        world.works_again();
    }
    let mut world = flood("", 200, text(r#"{"event":"pusher:ping","data":{}}"#), 1);
    world.sent_at_most(2, 2000);
    world.works_again();
}

#[test]
fn pongs_for_no_ping_without_end_change_nothing() {
    let mut world = flood("", 200, [frame(0x8a, b"x"), text(r#"{"event":"pusher:pong"}"#)].concat(), 2);
    assert!(world.bytes_out < 2000, "{} bytes out", world.bytes_out);
    assert_eq!(world.connection.client().round_trip(), None);
    world.works_again();
}

#[test]
fn errors_without_end_are_reported_and_change_no_subscription() {
    for data in [
        r#"{"code":4301,"message":"x"}"#,
        r#"{"code":null,"message":"x"}"#,
        r#""text""#,
        "null",
        r#"{"code":4009,"message":"x"}"#,
        r#"{"code":4200,"message":"x"}"#,
        r#"{"code":4000,"message":"x"}"#,
        r#"{"message":"Existing subscription to channel news"}"#,
    ] {
        let mut world = flood("error", 200, text(&format!(r#"{{"event":"pusher:error","data":{data}}}"#)), 1);
        assert_eq!((world.opened.len(), world.count("refused")), (1, 0), "{data}: {:?}", world.results);
        assert!(world.bytes_out < 2000, "{data}: {} bytes out", world.bytes_out);
        world.works_again();
    }
}

#[test]
fn refusals_of_what_is_subscribed_are_answered_with_a_limited_number_of_requests() {
    let refusal =
        r#"{"event":"pusher:subscription_error","channel":"news","data":{"type":"x","error":"x","status":401}}"#;
    let mut world = flood("", 200, text(refusal), 1);
    // Each frame of the client has at most 120 bytes.
    assert!(world.bytes_out < 6000, "{} bytes out", world.bytes_out);
    world.works_again();
}

#[test]
fn successes_for_what_was_never_wanted_are_undone_one_by_one_and_take_no_memory() {
    // All slots are in use, so there is nothing to remember them in.
    let success =
        |name: &str| text(&format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{name}"}}"#));
    let mut number = 0;
    let server = move || {
        Hostile::subscribed(move |_, _| {
            number += 1;
            Reply::Bytes(success(&format!("unwanted-{number}")))
        })
    };
    let mut world = World::new(move || Box::new(server()));
    world.run_until(2000);
    assert_eq!((world.opened.len(), world.connection.client().channels().count()), (1, 3), "{:?}", world.results);
    world.sent_at_most(1, 2000);
    // With a free slot each is unsubscribed before the next one is read.
    let (now, channel) = (world.time(), world.channels[0]);
    world.connection.unsubscribe(now, channel).unwrap();
    world.run_until(4000);
    world.sent_at_most(2, 2000);
    let now = world.time();
    world.channels[0] = world.connection.subscribe(now, "news").unwrap();
    assert_eq!((world.opened.len(), world.connection.client().channels().count()), (1, 3));
    for name in ["", "a b", "#server-to-user-1", &"x".repeat(165), &"x".repeat(300)] {
        flood("", 200, success(name), 1).works_again();
    }
    world.works_again();
}

#[test]
fn successes_for_what_is_subscribed_without_end_are_reported_and_answered_by_nothing() {
    let success = r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-b","data":"{\"presence\":{\"ids\":[\"x\"],\"hash\":{\"x\":null},\"count\":1}}"}"#;
    let mut world = flood("Subscribed", 200, text(success), 1);
    assert!(world.bytes_out < 2000);
    assert!(world.roster.ids().eq(["x"]));
    world.works_again();
}

#[test]
fn members_beyond_the_roster_are_counted_and_not_kept() {
    let mut number = 0;
    let mut world = World::new(move || {
        Box::new(Hostile::subscribed(move |_, _| {
            number += 1;
            let data = format!(r#"{{\"user_id\":\"{number}\",\"user_info\":null}}"#);
            let event = if number % 3 == 0 { "member_removed" } else { "member_added" };
            Reply::Bytes(text(&format!(
                r#"{{"event":"pusher_internal:{event}","channel":"presence-b","data":"{data}"}}"#
            )))
        }))
    });
    world.run_until(2000);
    world.saw("MemberAdded");
    assert_eq!((world.roster.len(), world.roster.is_complete()), (MEMBERS, false));
    world.works_again();
    // The same in one message, and with ids that are too long.
    for id in ["m", "member-with-a-very-long-id-"] {
        let ids: Vec<String> = (0..15).map(|number| format!("{id}{number}")).collect();
        let data = serde_json::json!({ "presence": { "ids": ids, "hash": {}, "count": 4_294_967_295u32 } }).to_string();
        let message = serde_json::json!({
            "event": "pusher_internal:subscription_succeeded", "channel": "presence-b", "data": data
        });
        let message = message.to_string();
        let mut world = flood("Subscribed", 200, text(&message), 1);
        assert_eq!((world.roster.len() <= MEMBERS, world.roster.is_complete()), (true, false));
        world.works_again();
    }
}

#[test]
fn what_is_not_a_message_without_end_is_refused_and_does_not_keep_the_connection() {
    for payload in [&b"x"[..], b"", b"{}", b"[]", b"null", b"{\"event\":1}", &[0; 8]] {
        flood("bad envelope", 200, frame(0x82, payload), 1).works_again();
        // Only messages and pings prove that the server is alive.
        let bytes = frame(0x82, payload).repeat(10);
        let mut world = World::new(move || {
            let (bytes, mut next) = (bytes.clone(), 0);
            Box::new(Hostile::subscribed(move |now, _| {
                if now < next {
                    return Reply::Wait(Some(next));
                }
                next = now + 500;
                Reply::Bytes(bytes.clone())
            }))
        });
        world.run_until(70_000);
        world.saw("PongTimeout");
        world.works_again();
    }
}

#[test]
fn the_connection_is_established_once_and_keeps_its_socket_id() {
    let mut world = flood("Other", 200, established("6.6"), 1);
    assert_eq!((world.count("Connected"), world.connection.client().socket_id()), (1, Some("1.1")));
    world.works_again();
}

#[test]
fn confirmations_of_a_sign_in_that_no_one_asked_for_sign_no_one_in() {
    for message in [
        r#"{"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}"#,
        r##"{"event":"x","channel":"#server-to-user-7","data":"1"}"##,
    ] {
        let mut world = flood("Other", 200, text(message), 1);
        assert!(!world.connection.client().is_signed_in());
        world.works_again();
    }
}

#[test]
fn messages_before_the_connection_is_established_do_not_extend_the_handshake() {
    for message in [
        r#"{"event":"x","channel":"news"}"#,
        r#"{"event":"pusher:error","data":{"message":"x"}}"#,
        "x",
        "{\"event\":\"pusher:ping\"}",
    ] {
        let bytes = text(message);
        let mut world = World::new(move || {
            let (bytes, mut next) = (bytes.clone(), 0);
            Box::new(Hostile::handshaken(move |now, _| {
                if now < next {
                    return Reply::Wait(Some(next));
                }
                next = now + 100;
                Reply::Bytes(bytes.repeat(10))
            }))
        });
        world.run_until(60_000);
        world.saw("HandshakeTimeout");
        world.works_again();
    }
}

#[test]
fn frames_behind_a_close_frame_are_not_read() {
    let bytes = [crate::server::close(1000), text(r#"{"event":"x","channel":"news"}"#)].concat();
    let mut world = World::new(move || Box::new(Hostile::subscribed(endless(bytes.clone()))));
    world.run_until(60_000);
    world.saw("close by server Some(1000)");
    assert_eq!(world.count("event x"), 0);
    world.works_again();
}
