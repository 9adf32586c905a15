//! The members of a presence channel, kept up to date from the messages of a server.

use pusher_proto::client::{Authorization, Request};
use pusher_proto::event::Roster;
use pusher_proto::{Channel, Client, Config, Instant};

#[test]
fn a_roster_follows_its_channel() {
    let now = Instant::ZERO;
    let mut client: Client<2, 32> = Client::new(Config::new(1));
    let room = client.subscribe(now, "presence-room").unwrap();
    let mut roster: Roster<8, 16> = Roster::new(room);
    let channel_data = r#"{"user_id":"me"}"#;
    roster.set_me(channel_data);
    client.connect(now);
    let mut message = |client: &mut Client<2, 32>, text: &str| {
        let mut text = text.as_bytes().to_vec();
        if let Some(mut event) = client.handle_text(now, &mut text).unwrap() {
            roster.update(&mut event);
        }
        let mut ids: Vec<String> = roster.ids().map(str::to_owned).collect();
        ids.sort();
        ids.join(" ")
    };
    while let Some(request) = client.poll_request() {
        if let Request::Open { .. } = request {
            client.handle_open(now);
            message(&mut client, r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#);
        } else if let Request::Authorize(ticket) = request {
            let reply = Authorization::from_token("k:s").with_channel_data(channel_data);
            client.authorize(now, ticket, &reply, &mut [0; 256]).unwrap();
        }
    }
    let cases = [
        (
            r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-room","data":"{\"presence\":{\"ids\":[\"me\",7],\"hash\":{\"me\":{}},\"count\":2}}"}"#,
            "7 me",
        ),
        (
            r#"{"event":"pusher_internal:member_added","channel":"presence-room","data":"{\"user_id\":\"ada\"}"}"#,
            "7 ada me",
        ),
        (r#"{"event":"pusher_internal:member_removed","channel":"presence-room","data":"{\"user_id\":7}"}"#, "ada me"),
        (
            r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-room","data":"{\"presence\":{\"ids\":[\"me\"],\"hash\":{},\"count\":1}}"}"#,
            "me",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(message(&mut client, text), expected, "{text}");
    }
    assert_eq!((roster.own_id(), roster.is_complete()), (Some("me"), true));

    // The members are unknown until a server lists them.
    let mut roster: Roster<8, 16> = Roster::new(room);
    assert!(!roster.is_complete());
    for (data, complete) in [(r#"{"presence":{"ids":["a"]}}"#, true), ("null", false)] {
        let mut text = success(data).into_bytes();
        roster.update(&mut client.handle_text(now, &mut text).unwrap().unwrap());
        assert_eq!((roster.is_empty(), roster.is_complete()), (!complete, complete), "{data}");
    }
}

/// Returns a client that waits for the members of `presence-room`.
fn waiting() -> (Client<2, 32>, Channel) {
    let now = Instant::ZERO;
    let mut client = Client::new(Config::new(1));
    let room = client.subscribe(now, "presence-room").unwrap();
    client.connect(now);
    while let Some(request) = client.poll_request() {
        if let Request::Open { .. } = request {
            client.handle_open(now);
            let mut text = br#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#.to_vec();
            client.handle_text(now, &mut text).unwrap();
        } else if let Request::Authorize(ticket) = request {
            let reply = Authorization::from_token("k:s").with_channel_data(r#"{"user_id":"me"}"#);
            client.authorize(now, ticket, &reply, &mut [0; 256]).unwrap();
        }
    }
    (client, room)
}

fn success(data: &str) -> String {
    format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"presence-room","data":{data}}}"#)
}

#[test]
fn a_success_in_any_form_replaces_the_members_and_lists_each_once() {
    let (mut client, room) = waiting();
    let deep = "[".repeat(100) + &"]".repeat(100);
    let many = |suffix: &str| {
        let members: Vec<String> = (0..1000).map(|number| format!("\"{number}\"{suffix}")).collect();
        members.join(",")
    };
    let (listed, described) = (many(""), many(r#":{"n":1}"#));
    let cases = [
        // A duplicate key, and one with two spellings.
        (r#"{"hash":{"a":1,"b":2,"a":3,"\u0062":4},"count":2}"#.to_owned(), 2, "a b"),
        // PHP encodes objects with the keys 0 to n - 1 as lists, and lists with gaps as objects.
        (r#"{"ids":["0","1"],"hash":[{"n":1},{"n":2}],"count":2}"#.to_owned(), 2, "0 1"),
        (r#"{"ids":{"0":"a","2":"b"},"hash":[],"count":2}"#.to_owned(), 2, "a b"),
        // A number is the same id as its text, and keys are always texts.
        (r#"{"ids":[7,8,7],"hash":{"7":{}},"count":2}"#.to_owned(), 2, "7 8"),
        (r#"{"ids":["a","b"]}"#.to_owned(), 2, "a b"),
        (format!(r#"{{"hash":{{"a":{deep},"b":{{"x":{deep}}},"c":1}},"ids":["a","b","c"]}}"#), 3, "a b c"),
        (format!(r#"{{"ids":[{listed}],"hash":{{{described}}}}}"#), 1000, ""),
        (format!(r#"{{"ids":[{listed},{listed}],"hash":{{"5":{{}}}}}}"#), 1000, ""),
        (format!(r#"{{"hash":{{{described},{described}}}}}"#), 1000, ""),
    ];
    for (presence, count, expected) in cases {
        let mut roster: Roster<1000, 8> = Roster::new(room);
        // Within a string, as servers send it. As an object, its depth would be refused.
        let data = format!(r#"{{"presence":{presence}}}"#).replace('\\', r"\\").replace('"', r#"\""#);
        let mut text = success(&format!("\"{data}\"")).into_bytes();
        roster.update(&mut client.handle_text(Instant::ZERO, &mut text).unwrap().unwrap());
        assert_eq!((roster.len(), roster.is_complete()), (count, true), "{presence}");
        let mut ids: Vec<&str> = roster.ids().collect();
        ids.sort_unstable();
        if count < 1000 {
            assert_eq!(ids.join(" "), expected, "{presence}");
        } else {
            assert!((0..1000).all(|number: u32| roster.contains(&number.to_string())));
        }
    }
}
