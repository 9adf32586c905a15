//! Who is on a presence channel, kept up to date from the frames of a server.

use pusher_proto::client::{Authorization, Request};
use pusher_proto::event::Roster;
use pusher_proto::{Client, Config, Instant};

#[test]
fn a_roster_follows_its_channel() {
    let now = Instant::ZERO;
    let mut client: Client<2, 32> = Client::new(Config::new(1));
    let room = client.subscribe(now, "presence-room").unwrap();
    let mut roster: Roster<8, 16> = Roster::new(room);
    let channel_data = r#"{"user_id":"me"}"#;
    roster.set_own(channel_data);
    client.connect(now);
    let mut frame = |client: &mut Client<2, 32>, text: &str| {
        let mut text = text.as_bytes().to_vec();
        if let Some(mut event) = client.handle_frame(now, &mut text).unwrap() {
            roster.update(&mut event);
        }
        let mut ids: Vec<String> = roster.ids().map(str::to_owned).collect();
        ids.sort();
        ids.join(" ")
    };
    while let Some(request) = client.poll_request() {
        if let Request::Open { .. } = request {
            client.handle_open(now);
            frame(&mut client, r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#);
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
        assert_eq!(frame(&mut client, text), expected, "{text}");
    }
    assert_eq!((roster.own_id(), roster.is_complete()), (Some("me"), true));

    // Until a server has said who is there, it is not known.
    let mut roster: Roster<8, 16> = Roster::new(room);
    assert!(!roster.is_complete());
    let success = |data: &str| {
        format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"presence-room","data":{data}}}"#)
    };
    for (data, complete) in [(r#"{"presence":{"ids":["a"]}}"#, true), ("null", false)] {
        let mut text = success(data).into_bytes();
        roster.update(&mut client.handle_frame(now, &mut text).unwrap().unwrap());
        assert_eq!((roster.is_empty(), roster.is_complete()), (!complete, complete), "{data}");
    }
}
