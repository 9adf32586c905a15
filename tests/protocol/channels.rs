//! Subscriptions to every kind of channel, and every race. Scripts in virtual time; see `support/script.rs`.

#[path = "../support/script.rs"]
mod script;

use pusher_proto::channel::SubscribeError;
use pusher_proto::client::{Pacing, Request};
use pusher_proto::{Authorization, Channel, ChannelStatus, Client, Config, Duration, Instant, Payload};
use script::{Script, config, connected, connected_with, run};

#[test]
fn a_public_channel_is_subscribed_and_its_events_arrive() {
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > status news
        < status Some(Pending)
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}
        < event subscribed news
        > status news
        < status Some(Subscribed)
        > in {"event":"posted","channel":"news","data":"{\"id\":7}"}
        < event message news posted text {"id":7}
        > unsubscribe news
        < out {"event":"pusher:unsubscribe","data":{"channel":"news"}}
        > status news
        < status None
    "#,
    );
}

#[test]
fn a_success_without_data_is_a_success() {
    // protocol checklist 3: soketi sends no data, Pusher "{}", others an object
    for data in ["", r#","data":"{}""#, r#","data":{}"#, r#","data":null"#, r#","data":"""#, r#","data":7"#] {
        connected(&format!(
            r#"
            > subscribe news
            < out {{"event":"pusher:subscribe","data":{{"channel":"news"}}}}
            > in {{"event":"pusher_internal:subscription_succeeded","channel":"news"{data}}}
            < event subscribed news
        "#
        ));
    }
}

#[test]
fn a_private_channel_needs_an_authorization_first() {
    connected(
        r#"
        > subscribe private-orders
        < request authorize 1.1 private-orders
        > status private-orders
        < status Some(Authorizing)
        > authorize private-orders key:abc
        < out {"event":"pusher:subscribe","data":{"channel":"private-orders","auth":"key:abc"}}
        > authorize private-orders key:abc
        < error the ticket is stale; ignore it, the client issues a new one if needed
        > in {"event":"pusher_internal:subscription_succeeded","channel":"private-orders"}
        < event subscribed private-orders
    "#,
    );
}

#[test]
fn a_presence_channel_needs_channel_data_which_is_sent_as_it_was_signed() {
    connected(
        r#"
        > subscribe presence-room
        < request authorize 1.1 presence-room
        > authorize presence-room key:abc
        < error no channel_data for the presence channel; add it to the authorization
        > authorize presence-room key:abc {"user_id":"\u00e9\/"}
        < out {"event":"pusher:subscribe","data":{"channel":"presence-room","auth":"key:abc","channel_data":"{\"user_id\":\"\\u00e9\\/\"}"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"presence-room","data":"{\"presence\":{\"ids\":[\"1\",\"2\"],\"hash\":{\"1\":{\"name\":\"a\"},\"2\":null},\"count\":2}}"}
        < event subscribed presence-room count Some(2) 1={"name":"a"} 2=
        > in {"event":"pusher_internal:member_added","channel":"presence-room","data":"{\"user_id\":3,\"user_info\":{\"name\":\"\\u00e9\"}}"}
        < event added presence-room 3={"name":"\u00e9"}
        > in {"event":"pusher_internal:member_removed","channel":"presence-room","data":"{\"user_id\":\"2\"}"}
        < event removed presence-room 2
        > in {"event":"client-typing","channel":"presence-room","data":{"on":true},"user_id":3}
        < event message presence-room client-typing from 3 json {"on":true}
    "#,
    );
}

#[test]
fn presence_data_is_parsed_in_every_form_that_servers_send() {
    let cases = [
        (r#"{\"presence\":{\"ids\":[\"1\"],\"hash\":{\"1\":{\"n\":1}},\"count\":1}}"#, r#"count Some(1) 1={"n":1}"#),
        (r#"{\"presence\":{\"ids\":[1,2],\"hash\":[],\"count\":2}}"#, "count Some(2) 1= 2="),
        (r#"{\"presence\":{\"ids\":[0,1],\"hash\":[{\"n\":0},null],\"count\":2}}"#, r#"count Some(2) 0={"n":0} 1="#),
        (r#"{\"presence\":{\"hash\":{\"a\":null,\"b\":{}},\"count\":2}}"#, "count Some(2) a= b={}"),
        (r#"{\"presence\":{\"ids\":[],\"hash\":{},\"count\":0}}"#, "count Some(0)"),
        (r#"{\"presence\":{}}"#, "count None"),
        // The answer does not list the members.
        ("", ""),
    ];
    for (data, expected) in cases {
        connected(&format!(
            r#"
            > subscribe presence-a
            < request authorize 1.1 presence-a
            > authorize presence-a k:1 {{}}
            < out {{"event":"pusher:subscribe","data":{{"channel":"presence-a","auth":"k:1","channel_data":"{{}}"}}}}
            > in {{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":"{data}"}}
            < event subscribed presence-a {expected}
        "#
        ));
    }
}

#[test]
fn a_member_whose_information_is_nested_too_deeply_is_reported_without_it() {
    let deep = "[".repeat(80) + &"]".repeat(80);
    connected(&format!(
        r#"
        > subscribe presence-a
        < request authorize 1.1 presence-a
        > authorize presence-a k:1 {{}}
        < out {{"event":"pusher:subscribe","data":{{"channel":"presence-a","auth":"k:1","channel_data":"{{}}"}}}}
        > in {{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":"{{\"presence\":{{\"ids\":[\"1\",\"2\",\"3\"],\"hash\":{{\"1\":{{}},\"2\":{{\"x\":{deep}}},\"3\":7}},\"count\":3}}}}"}}
        < event subscribed presence-a count Some(3) 1={{}} 2= 3=7
        > in {{"event":"pusher_internal:member_added","channel":"presence-a","data":"{{\"user_id\":\"4\",\"user_info\":{deep}}}"}}
        < event added presence-a 4=
        > in {{"event":"pusher_internal:member_added","channel":"presence-a","data":"{{\"user_id\":\"5\",\"user_info\":null}}"}}
        < event added presence-a 5=
    "#
    ));
}

#[test]
fn a_member_whose_information_is_nested_too_deeply_in_data_that_is_an_object_hides_no_one() {
    let deep = "[".repeat(80) + &"]".repeat(80);
    let presence = format!(r#"{{"presence":{{"ids":["1","2"],"hash":{{"1":{{"x":{deep}}},"2":7}},"count":2}}}}"#);
    let member = format!(r#"{{"user_info":{deep},"user_id":"3"}}"#);
    // In each order of the keys.
    for (succeeded, added) in [
        (
            format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":{presence}}}"#),
            format!(r#"{{"event":"pusher_internal:member_added","channel":"presence-a","data":{member}}}"#),
        ),
        (
            format!(r#"{{"data":{presence},"channel":"presence-a","event":"pusher_internal:subscription_succeeded"}}"#),
            format!(r#"{{"data":{member},"channel":"presence-a","event":"pusher_internal:member_added"}}"#),
        ),
    ] {
        connected(&format!(
            r#"
            > subscribe presence-a
            < request authorize 1.1 presence-a
            > authorize presence-a k:1 {{}}
            < out {{"event":"pusher:subscribe","data":{{"channel":"presence-a","auth":"k:1","channel_data":"{{}}"}}}}
            > in {succeeded}
            < event subscribed presence-a count Some(2) 1= 2=7
            > in {added}
            < event added presence-a 3=
        "#
        ));
    }
}

#[test]
fn an_event_whose_data_is_nested_too_deeply_is_refused_as_a_whole() {
    let deep = "[".repeat(80) + &"]".repeat(80);
    connected(&format!(
        r#"
        > subscribe news
        < out {{"event":"pusher:subscribe","data":{{"channel":"news"}}}}
        > in {{"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{{}}"}}
        < event subscribed news
        > in {{"event":"e","channel":"news","data":{deep}}}
        < error the server sent a message nested more than 64 levels deep at byte 101
    "#
    ));
}

#[test]
fn an_existing_subscription_lists_no_members() {
    connected(
        r#"
        > subscribe presence-a
        < request authorize 1.1 presence-a
        > authorize presence-a k:1 {}
        < out {"event":"pusher:subscribe","data":{"channel":"presence-a","auth":"k:1","channel_data":"{}"}}
        > in {"event":"pusher:error","data":{"code":null,"message":"Existing subscription to channel presence-a"}}
        < event subscribed presence-a
    "#,
    );
}

#[test]
fn data_of_every_type_is_passed_on_unchanged() {
    // protocol checklist 6 and 15
    let cases = [
        (r#"{"event":"e","channel":"news"}"#, "absent"),
        (r#"{"event":"e","channel":"news","data":null}"#, "json null"),
        (r#"{"event":"e","channel":"news","data":"plain, no JSON"}"#, "text plain, no JSON"),
        (r#"{"event":"e","channel":"news","data":""}"#, "text "),
        (r#"{"event":"e","channel":"news","data":{"a":[1,"\u00e9"]}}"#, r#"json {"a":[1,"\u00e9"]}"#),
        (r#"{"event":"e","channel":"news","data":[1, 2]}"#, "json [1, 2]"),
        (r#"{"event":"e","channel":"news","data":-1.5e3}"#, "json -1.5e3"),
        (r#"{"event":"e","channel":"news","data":true}"#, "json true"),
        (r#"{"data":"http:\/\/x\/\ud83d\ude00","channel":"news","event":"e"}"#, "text http://x/😀"),
        (r#"{"event":"e","channel":"news","data":"\ud83d"}"#, "text \u{fffd}"),
        (r#"{"event":"x","event":"e","channel":"news","data":1,"data":"2","extra":{"a":{}}}"#, "text 2"),
    ];
    for (message, expected) in cases {
        connected(
            &format!(
                r#"
            > subscribe news
            < out {{"event":"pusher:subscribe","data":{{"channel":"news"}}}}
            > in {{"event":"pusher_internal:subscription_succeeded","channel":"news"}}
            < event subscribed news
            > in {message}
            < event message news e {expected}
        "#
            )
            .replace("text \n", "text\n"),
        );
    }
}

#[test]
fn subscribing_twice_is_one_subscription() {
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > subscribe news
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < event subscribed news
        > subscribe news
        > status news
        < status Some(Subscribed)
    "#,
    );
}

#[test]
fn unsubscribing_while_authorizing_invalidates_the_ticket() {
    // protocol checklist 8
    connected(
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > unsubscribe private-a
        > authorize private-a key:abc
        < error the ticket is stale; ignore it, the client issues a new one if needed
        > deny private-a
        < error the ticket is stale; ignore it, the client issues a new one if needed
    "#,
    );
}

#[test]
fn unsubscribing_while_pending_waits_for_the_answer() {
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > unsubscribe news
        > in {"event":"early","channel":"news","data":"{}"}
        < event other early news text {}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < out {"event":"pusher:unsubscribe","data":{"channel":"news"}}
        > in {"event":"late","channel":"news","data":"{}"}
        < event other late news text {}
    "#,
    );
}

#[test]
fn subscribing_again_before_the_answer_keeps_the_pending_subscription() {
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > unsubscribe news
        > subscribe news
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < event subscribed news
    "#,
    );
}

#[test]
fn an_unanswered_subscription_is_unsubscribed_as_a_precaution() {
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > unsubscribe news
        > at 10000
        < out {"event":"pusher:unsubscribe","data":{"channel":"news"}}
    "#,
    );
}

#[test]
fn a_handle_is_stale_after_unsubscribe_and_a_slot_can_be_used_again() {
    connected(
        r#"
        > subscribe a
        < out {"event":"pusher:subscribe","data":{"channel":"a"}}
        > subscribe b
        < out {"event":"pusher:subscribe","data":{"channel":"b"}}
        > subscribe c
        < out {"event":"pusher:subscribe","data":{"channel":"c"}}
        > subscribe d
        < out {"event":"pusher:subscribe","data":{"channel":"d"}}
        > subscribe e
        < error all channel slots are in use; unsubscribe from a channel or increase CHANNELS
        > in {"event":"pusher_internal:subscription_succeeded","channel":"b"}
        < event subscribed b
        > unsubscribe b
        < out {"event":"pusher:unsubscribe","data":{"channel":"b"}}
        > unsubscribe b
        < error the channel handle is stale: the channel was unsubscribed; subscribe again
        > subscribe e
        < out {"event":"pusher:subscribe","data":{"channel":"e"}}
        > status b
        < status None
        > in {"event":"x","channel":"b"}
        < event other x b absent
    "#,
    );
}

#[test]
fn the_error_of_an_invalid_name_states_the_reason() {
    let long = "n".repeat(49);
    run(&format!(
        "
        > subscribe a:b
        < error the channel name has a character at byte 1 other than A-Z a-z 0-9 _ - = @ , . ;
        > subscribe {long}
        < error the channel name has 49 bytes, more than 48
        > subscribe #server-to-user-1
        < error channel names that begin with #server-to-user- belong to the server
    "
    ));
}

#[test]
fn after_a_reconnect_every_channel_is_subscribed_again_with_a_new_authorization_and_a_gap() {
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > subscribe private-a
        < request authorize 1.1 private-a
        > authorize private-a key:1
        < out {"event":"pusher:subscribe","data":{"channel":"private-a","auth":"key:1"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"private-a"}
        < event subscribed private-a
        > at 2000
        > close
        < notice lost Abnormal retry at 2000
        > status private-a
        < status Some(Waiting)
        > at 2500
        < request open
        > open
        > in {"event":"pusher:connection_established","data":{"socket_id":"2.2"}}
        < event connected 2.2
        < request authorize 2.2 private-a
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > authorize private-a key:2
        < out {"event":"pusher:subscribe","data":{"channel":"private-a","auth":"key:2"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < event subscribed news
        > in {"event":"pusher_internal:subscription_succeeded","channel":"private-a"}
        < event subscribed private-a gap since 0
    "#,
    );
}

#[test]
fn a_gap_begins_with_the_last_byte_before_the_loss_however_late_the_loss_is_noticed() {
    // The last byte arrives at 5 s. Each case is a way for a connection to end, with all steps until the next attempt.
    let ends = [
        // The link fails silently.
        r#"
        > at 125000
        < out {"event":"pusher:ping","data":{}}
        > at 155000
        < request close 1000
        < notice lost PongTimeout retry at 155000
        > at 155001
        < request open
        "#,
        // The device sleeps for 40 days, longer than the range of the tick counter.
        r#"
        > at 3456000000
        < out {"event":"pusher:ping","data":{}}
        > close
        < notice lost Abnormal retry at 3456000000
        > at 3456000001
        < request open
        "#,
        // The application disconnects and reconnects.
        r#"
        > at 60000
        > disconnect
        < request close 1000
        > at 90000
        > connect
        < request open
        "#,
        // The next connection is lost before the channel is subscribed again: the gap continues.
        r#"
        > at 60000
        > close 4200
        < notice lost 4200 retry at 60000
        > at 60001
        < request open
        > open
        > in {"event":"pusher:connection_established","data":{"socket_id":"2.2"}}
        < event connected 2.2
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > at 61000
        > close 4200
        < notice lost 4200 retry at 61000
        > at 61001
        < request open
        "#,
    ];
    let start = r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > at 1000
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < event subscribed news
        > at 4000
        > in {"event":"posted","channel":"news"}
        < event message news posted absent
        > at 5000
        > activity
    "#;
    let again = r#"
        > open
        > in {"event":"pusher:connection_established","data":{"socket_id":"3.3"}}
        < event connected 3.3
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < event subscribed news gap since 5000
    "#;
    for end in ends {
        connected(&format!("{start}{end}{again}"));
    }
}

#[test]
fn the_last_activity_is_known_after_any_length_of_sleep() {
    let mut client: Client<1, 16> = Client::new(Config::new(1));
    let at = Instant::from_millis;
    client.connect(at(0));
    let _ = client.poll_request();
    client.handle_open(at(0));
    assert_eq!(client.last_activity(), None);
    let mut message = br#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#.to_vec();
    client.handle_text(at(7), &mut message).unwrap();
    client.ping_now(at(1 << 40));
    assert_eq!(client.last_activity(), Some(at(7)));
}

#[test]
fn late_authorization_is_refused_after_reconnect() {
    // protocol checklist 9
    connected(
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > close
        < notice lost Abnormal retry at 0
        > authorize private-a key:old
        < error the ticket is stale; ignore it, the client issues a new one if needed
        > at 1
        < request open
        > open
        > authorize private-a key:old
        < error the ticket is stale; ignore it, the client issues a new one if needed
    "#,
    );
}

#[test]
fn many_tickets_are_drained_before_the_first_is_answered_in_any_order() {
    connected(
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > subscribe private-b
        < request authorize 1.1 private-b
        > subscribe private-c
        < request authorize 1.1 private-c
        > authorize private-c key:3
        < out {"event":"pusher:subscribe","data":{"channel":"private-c","auth":"key:3"}}
        > deny private-a
        < notice failed private-a Denied for good
        > authorize private-b key:2
        < out {"event":"pusher:subscribe","data":{"channel":"private-b","auth":"key:2"}}
    "#,
    );
}

#[test]
fn a_channel_may_have_its_own_number_of_retries() {
    connected(
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > retries private-a 0
        > at 10000
        < notice failed private-a AuthorizationTimeout for good
    "#,
    );
}

#[test]
fn a_denied_channel_stays_denied_until_it_is_subscribed_again() {
    connected(
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > deny private-a
        < notice failed private-a Denied for good
        > status private-a
        < status Some(Failed(Denied))
        > at 90000
        > subscribe private-a
        < request authorize 1.1 private-a
    "#,
    );
}

#[test]
fn a_transient_failure_of_the_auth_server_is_retried_and_a_refusal_is_not() {
    connected(
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > fail private-a 503
        < notice failed private-a AuthorizationFailed(503) retry at 1000
        > at 1000
        < request authorize 1.1 private-a
        > fail private-a 403
        < notice failed private-a AuthorizationFailed(403) for good
        > fail private-a 403
        < error the ticket is stale; ignore it, the client issues a new one if needed
    "#,
    );
}

#[test]
fn a_reused_slot_reports_nothing_about_its_previous_channel() {
    use pusher_proto::Instant;
    use pusher_proto::channel::SubscriptionFailure;
    use pusher_proto::client::Request;

    let now = Instant::ZERO;
    let mut client = script::TestClient::new(config());
    let channel = client.subscribe(now, "private-a").unwrap();
    client.connect(now);
    let _ = client.poll_request();
    client.handle_open(now);
    let mut message = *br#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#;
    client.handle_text(now, &mut message).unwrap();
    let Some(Request::Authorize(ticket)) = client.poll_request() else { panic!("no ticket") };
    client.deny(now, ticket).unwrap();
    let denied = pusher_proto::ChannelStatus::Failed(SubscriptionFailure::Denied);
    assert_eq!(client.channel_status(channel), Some(denied));
    client.unsubscribe(now, channel).unwrap();
    client.subscribe(now, "b").unwrap();
    assert_eq!(client.poll_notice(), None);
}

#[test]
fn a_failed_channel_that_is_subscribed_again_has_all_its_retries() {
    connected(
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > retries private-a 1
        > fail private-a 503
        < notice failed private-a AuthorizationFailed(503) retry at 1000
        > at 1000
        < request authorize 1.1 private-a
        > fail private-a 503
        < notice failed private-a AuthorizationFailed(503) for good
        > subscribe private-a
        < request authorize 1.1 private-a
        > fail private-a 503
        < notice failed private-a AuthorizationFailed(503) retry at 2000
    "#,
    );
}

#[test]
fn a_refused_signature_is_reported_and_not_retried() {
    connected(
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > authorize private-a key:bad
        < out {"event":"pusher:subscribe","data":{"channel":"private-a","auth":"key:bad"}}
        > in {"event":"pusher:subscription_error","channel":"private-a","data":{"type":"AuthError","error":"The connection is unauthorized.","status":401}}
        < event failed private-a 401 The connection is unauthorized. for good
        > status private-a
        < status Some(Failed(Rejected(Some(401))))
        > timeout
        < timeout 120000 Ping
    "#,
    );
}

#[test]
fn errors_without_a_channel_find_their_subscription() {
    let cases = [
        // by the name in the text
        (r#""{\"code\":null,\"message\":\"Auth info required to subscribe to private-a\"}""#, "private-a"),
        (r#"{"code":4009,"message":"no such channel private-b."}"#, "private-b"),
        (
            r#"{"message":"Invalid signature: Expected HMAC SHA256 hex digest of 1.1:private-b, but got 00"}"#,
            "private-b",
        ),
        (
            r#"{"message":"Invalid signature: Expected HMAC SHA256 hex digest of 1.1:private-a:{\"user_id\":1}, but got 00"}"#,
            "private-a",
        ),
    ];
    for (data, channel) in cases {
        let message = serde_json::from_str::<serde_json::Value>(data).unwrap();
        let message = match message {
            serde_json::Value::String(text) => serde_json::from_str(&text).unwrap(),
            message => message,
        };
        let code = message["code"].as_u64().map_or("-".into(), |code| code.to_string());
        let text = message["message"].as_str().unwrap();
        connected(&format!(
            r#"
            > subscribe private-a
            < request authorize 1.1 private-a
            > authorize private-a k:1
            < out {{"event":"pusher:subscribe","data":{{"channel":"private-a","auth":"k:1"}}}}
            > subscribe private-b
            < request authorize 1.1 private-b
            > authorize private-b k:1
            < out {{"event":"pusher:subscribe","data":{{"channel":"private-b","auth":"k:1"}}}}
            > in {{"event":"pusher:error","data":{data}}}
            < event failed {channel} {code} {text} for good
        "#
        ));
    }
    // otherwise it belongs to the only pending subscription; with two pending, to none
    connected(
        r#"
        > subscribe a
        < out {"event":"pusher:subscribe","data":{"channel":"a"}}
        > subscribe b
        < out {"event":"pusher:subscribe","data":{"channel":"b"}}
        > in {"event":"pusher:error","data":{"code":4009,"message":"Unauthorized"}}
        < event error 4009 Unauthorized
        > in {"event":"pusher_internal:subscription_succeeded","channel":"a"}
        < event subscribed a
        > in {"event":"pusher:error","data":{"code":4301,"message":"Too many client events"}}
        < event error 4301 Too many client events
        > in {"event":"pusher:error","data":{"code":4009,"message":"Unauthorized"}}
        < event failed b 4009 Unauthorized for good
    "#,
    );
}

#[test]
fn an_existing_subscription_is_a_subscription() {
    // protocol checklist 10
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > in {"event":"pusher:error","data":{"code":null,"message":"Existing subscription to channel news"}}
        < event subscribed news
        > status news
        < status Some(Subscribed)
    "#,
    );
}

#[test]
fn an_error_about_a_subscribed_channel_changes_nothing() {
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < event subscribed news
        > in {"event":"pusher:error","channel":"news","data":{"code":4301,"message":"no client events"}}
        < event error 4301 no client events
        > status news
        < status Some(Subscribed)
    "#,
    );
}

#[test]
fn a_ticket_that_is_not_answered_in_time_is_issued_again_with_exponential_backoff() {
    let mut config = config();
    config.subscription_retries = 2;
    connected_with(
        config,
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > timeout
        < timeout 10000 Channel
        > at 10000
        < notice failed private-a AuthorizationTimeout retry at 11000
        > status private-a
        < status Some(Retrying(AuthorizationTimeout))
        > authorize private-a key:late
        < error the ticket is stale; ignore it, the client issues a new one if needed
        > at 11000
        < request authorize 1.1 private-a
        > at 21000
        < notice failed private-a AuthorizationTimeout retry at 23000
        > at 23000
        < request authorize 1.1 private-a
        > at 33000
        < notice failed private-a AuthorizationTimeout for good
        > timeout
        < timeout 120000 Ping
    "#,
    );
}

#[test]
fn a_subscription_that_is_not_answered_in_time_is_sent_again_and_a_late_success_counts() {
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > at 10000
        < notice failed news SubscriptionTimeout retry at 11000
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < event subscribed news
        > timeout
        < timeout 120000 Ping
    "#,
    );
}

#[test]
fn refusals_for_limits_of_the_server_are_retried() {
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > in {"event":"pusher:subscription_error","channel":"news","data":{"type":"LimitReached","error":"full","status":4100}}
        < event failed news 4100 full retry at 1000
        > at 1000
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
    "#,
    );
}

#[test]
fn cache_channels_report_a_miss_or_repeat_the_last_event() {
    for data in ["", r#","data":"{}""#, r#","data":"null""#] {
        connected(&format!(
            r#"
            > subscribe cache-x
            < out {{"event":"pusher:subscribe","data":{{"channel":"cache-x"}}}}
            > in {{"event":"pusher_internal:subscription_succeeded","channel":"cache-x","data":"{{}}"}}
            < event subscribed cache-x
            > in {{"event":"pusher:cache_miss","channel":"cache-x"{data}}}
            < event cache miss cache-x
        "#
        ));
    }
}

#[test]
fn subscription_counts_and_unknown_protocol_events_are_reported() {
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < event subscribed news
        > in {"event":"pusher_internal:subscription_count","channel":"news","data":"{\"subscription_count\":42}"}
        < event count news 42
        > in {"event":"pusher_internal:subscription_count","channel":"news","data":"{}"}
        < error the server sent a protocol event without the data it must carry
        > in {"event":"pusher:delta","channel":"news","data":"{\"seq\":1}"}
        < event other pusher:delta news text {"seq":1}
        > in {"event":"pusher:something_new","data":{}}
        < event other pusher:something_new - json {}
        > in {"event":"","channel":"news","data":"{}"}
        < event message news  text {}
    "#,
    );
}

#[test]
fn client_events_are_sent_only_where_they_are_allowed() {
    connected(
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > trigger private-a client-x {}
        < error the channel is not subscribed; wait for Event::Subscribed
        > authorize private-a k:1
        < out {"event":"pusher:subscribe","data":{"channel":"private-a","auth":"k:1"}}
        > trigger private-a client-x {}
        < error the channel is not subscribed; wait for Event::Subscribed
        > in {"event":"pusher_internal:subscription_succeeded","channel":"private-a"}
        < event subscribed private-a
        > trigger private-a client-x {"a":1}
        < out {"event":"client-x","channel":"private-a","data":{"a":1}}
        > trigger private-a client-x {"a":1
        < error the data of the event is not JSON
        > trigger private-a x {}
        < error the name of a client event begins with client- and has at most 200 bytes
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > trigger news client-x {}
        < error clients may send events on private and presence channels only
        > unsubscribe private-a
        < out {"event":"pusher:unsubscribe","data":{"channel":"private-a"}}
        > trigger private-a client-x {}
        < error the channel handle is stale: the channel was unsubscribed; subscribe again
    "#,
    );
}

#[test]
fn no_second_has_more_client_events_than_the_server_accepts() {
    let mut client: Client<1, 16> = Client::new(Config::new(1));
    let at = Instant::from_millis;
    client.connect(at(0));
    let _ = client.poll_request();
    client.handle_open(at(0));
    let message = |client: &mut Client<1, 16>, text: &str| {
        client.handle_text(at(0), &mut text.as_bytes().to_vec()).unwrap();
    };
    message(&mut client, r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#);
    let channel = client.subscribe(at(0), "private-a").unwrap();
    let Some(Request::Authorize(ticket)) = client.poll_request() else { panic!() };
    client.authorize(at(0), ticket, &Authorization::from_token("k:1"), &mut [0; 128]).unwrap();
    message(&mut client, r#"{"event":"pusher_internal:subscription_succeeded","channel":"private-a"}"#);

    let mut sent: Vec<u64> = Vec::new();
    for now in 0..10_000 {
        while client.trigger(at(now), channel, "client-x", Payload::Absent, &mut [0; 128]).is_ok() {
            sent.push(now);
        }
    }
    assert_eq!(sent[9], 0, "a burst is sent at once");
    for &begin in &sent {
        let in_second = sent.iter().filter(|&&event| (begin..=begin + 1000).contains(&event)).count();
        assert!(in_second <= 10, "{in_second} from {begin} ms on");
    }
    assert!(sent.len() >= 80, "{} in ten seconds", sent.len());
}

#[test]
fn client_events_are_limited_to_the_rate_and_size_that_servers_allow() {
    let mut config = config();
    config.client_events_per_second = 2;
    config.client_event_limit = 8;
    config.activity_timeout = Duration::from_secs(120);
    connected_with(
        config,
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > authorize private-a k:1
        < out {"event":"pusher:subscribe","data":{"channel":"private-a","auth":"k:1"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"private-a"}
        < event subscribed private-a
        > trigger private-a client-x {"a":12}
        < out {"event":"client-x","channel":"private-a","data":{"a":12}}
        > trigger private-a client-x {"a":123}
        < error the data of the event has 9 bytes, more than 8
        > trigger private-a client-x []
        < out {"event":"client-x","channel":"private-a","data":[]}
        > trigger private-a client-x []
        < error too many client events; the next may be sent at 1125 ms
        > at 1125
        > trigger private-a client-x []
        < out {"event":"client-x","channel":"private-a","data":[]}
    "#,
    );
}

#[test]
fn a_subscription_given_up_unanswered_is_unsubscribed_once_it_is_unwanted() {
    // During the delay before the next retry, and after the last one: a slow server may still subscribe.
    for (retries, status) in [(5, "Retrying(SubscriptionTimeout)"), (0, "Failed(SubscriptionTimeout)")] {
        let mut config = config();
        config.subscription_retries = retries;
        let again = if retries == 0 { "for good" } else { "retry at 11000" };
        connected_with(
            config,
            &format!(
                r#"
            > subscribe news
            < out {{"event":"pusher:subscribe","data":{{"channel":"news"}}}}
            > at 10000
            < notice failed news SubscriptionTimeout {again}
            > status news
            < status Some({status})
            > unsubscribe news
            < out {{"event":"pusher:unsubscribe","data":{{"channel":"news"}}}}
            > in {{"event":"pusher_internal:subscription_succeeded","channel":"news"}}
            < out {{"event":"pusher:unsubscribe","data":{{"channel":"news"}}}}
            > status news
            < status None
        "#
            ),
        );
    }
}

#[test]
fn an_unwanted_subscription_is_unsubscribed_after_the_last_retry_too() {
    let mut config = config();
    config.subscription_retries = 0;
    connected_with(
        config,
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > unsubscribe news
        > at 10000
        < out {"event":"pusher:unsubscribe","data":{"channel":"news"}}
    "#,
    );
}

#[test]
fn no_unsubscribe_is_sent_for_a_request_that_was_never_sent() {
    connected(
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > at 10000
        < notice failed private-a AuthorizationTimeout retry at 11000
        > unsubscribe private-a
        > subscribe private-a
        < request authorize 1.1 private-a
        > authorize private-a k:s
        < out {"event":"pusher:subscribe","data":{"channel":"private-a","auth":"k:s"}}
        > in {"event":"pusher:subscription_error","channel":"private-a","data":{"status":429}}
        < event failed private-a 429  retry at 11000
        > unsubscribe private-a
    "#,
    );
}

#[test]
fn an_error_about_an_unreadable_message_answers_the_pending_subscription() {
    // sockudo, for channel data that is not JSON.
    connected(
        r#"
        > subscribe presence-a
        < request authorize 1.1 presence-a
        > authorize presence-a k:s x
        < out {"event":"pusher:subscribe","data":{"channel":"presence-a","auth":"k:s","channel_data":"x"}}
        > in {"event":"pusher:error","data":{"code":4000,"message":"Invalid event name: too long"}}
        < event error 4000 Invalid event name: too long
        > in {"event":"pusher:error","data":{"code":4000,"message":"Invalid message format: Invalid channel_data JSON for presence"}}
        < event failed presence-a 4000 Invalid message format: Invalid channel_data JSON for presence for good
    "#,
    );
}

#[test]
fn an_error_that_names_one_channel_does_not_answer_another() {
    connected(
        r#"
        > subscribe a
        < out {"event":"pusher:subscribe","data":{"channel":"a"}}
        > at 10000
        < notice failed a SubscriptionTimeout retry at 11000
        > at 11000
        < out {"event":"pusher:subscribe","data":{"channel":"a"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"a","data":"{}"}
        < event subscribed a
        > subscribe b
        < out {"event":"pusher:subscribe","data":{"channel":"b"}}
        > in {"event":"pusher:error","data":{"code":null,"message":"Existing subscription to channel a"}}
        < event error - Existing subscription to channel a
        > unsubscribe a
        < out {"event":"pusher:unsubscribe","data":{"channel":"a"}}
        > in {"event":"pusher:error","data":{"code":null,"message":"No current subscription to channel a, or subscription in progress"}}
        < event error - No current subscription to channel a, or subscription in progress
        > status b
        < status Some(Pending)
    "#,
    );
}

#[derive(serde::Serialize)]
struct Typing {
    on: bool,
    who: &'static str,
}

#[test]
fn a_value_is_serialized_straight_into_the_message() {
    use pusher_proto::client::{Authorization, Request, TriggerError};
    use pusher_proto::{Close, Instant};

    let now = Instant::ZERO;
    let mut client = script::TestClient::new(config());
    let channel = client.subscribe(now, "private-a").unwrap();
    client.connect(now);
    assert_eq!(client.poll_request(), Some(Request::Open { secure: false }));
    client.handle_open(now);
    let mut message = *br#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#;
    client.handle_text(now, &mut message).unwrap();
    let mut out = [0; 128];
    let value = Typing { on: true, who: "Ada \"A\"" };
    let mut trigger = |client: &mut script::TestClient, size: usize| {
        let text = client.trigger_value(now, channel, "client-typing", &value, &mut out[..size]);
        text.map(str::to_owned)
    };
    assert_eq!(trigger(&mut client, 128), Err(TriggerError::NotSubscribed));
    while let Some(request) = client.poll_request() {
        if let Request::Authorize(ticket) = request {
            client.authorize(now, ticket, &Authorization::from_token("k:s"), &mut [0; 128]).unwrap();
        }
    }
    let mut message = *br#"{"event":"pusher_internal:subscription_succeeded","channel":"private-a"}"#;
    client.handle_text(now, &mut message).unwrap();
    let expected = r#"{"event":"client-typing","channel":"private-a","data":{"on":true,"who":"Ada \"A\""}}"#;
    assert_eq!(trigger(&mut client, 128).as_deref(), Ok(expected));
    assert_eq!(trigger(&mut client, expected.len()).as_deref(), Ok(expected));
    for size in 0..expected.len() {
        let error = trigger(&mut client, size).unwrap_err();
        assert!(matches!(error, TriggerError::ValueTooLarge | TriggerError::OutputTooSmall(_)), "{size}: {error:?}");
    }

    // Characters that other serializers do not escape, or panic on.
    use serde::Serialize;
    use serde::ser::{SerializeMap, Serializer};
    use std::collections::BTreeMap;

    struct Bytes(&'static [u8]);

    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }

    struct ValueWithoutKey;

    impl Serialize for ValueWithoutKey {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_value(&1)?;
            map.end()
        }
    }

    fn data<T: Serialize>(
        client: &mut script::TestClient,
        channel: Channel,
        value: &T,
    ) -> Result<String, TriggerError> {
        let mut out = [0; 256];
        let text = client.trigger_value(Instant::ZERO, channel, "client-x", value, &mut out)?;
        let message: serde_json::Value = serde_json::from_str(text).expect(text);
        Ok(message["data"].to_string())
    }

    assert_eq!(data(&mut client, channel, &'\n').as_deref(), Ok(r#""\n""#));
    assert_eq!(data(&mut client, channel, &BTreeMap::from([(7, 'x')])).as_deref(), Ok(r#"{"7":"x"}"#));
    assert_eq!(data(&mut client, channel, &Bytes(b"\"}")).as_deref(), Ok("[34,125]"));
    assert_eq!(data(&mut client, channel, &Bytes(b"\xff")).as_deref(), Ok("[255]"));
    assert_eq!(data(&mut client, channel, &BTreeMap::from([([1], 1)])), Err(TriggerError::NotJson));
    assert_eq!(data(&mut client, channel, &ValueWithoutKey), Err(TriggerError::NotJson));

    client.handle_close(now, Close::Abnormal);
    assert_eq!(trigger(&mut client, 128), Err(TriggerError::NotSubscribed));
}

#[test]
fn only_presence_channels_report_senders_and_members() {
    // The server does not validate this event. pusher-js reports it in the same way.
    connected(
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > authorize private-a k:s
        < out {"event":"pusher:subscribe","data":{"channel":"private-a","auth":"k:s"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"private-a"}
        < event subscribed private-a
        > in {"event":"client-x","channel":"private-a","data":1,"user_id":"7"}
        < event message private-a client-x json 1
        > in {"event":"pusher_internal:member_added","channel":"private-a","data":{"user_id":"7"}}
        < event other pusher_internal:member_added private-a json {"user_id":"7"}
    "#,
    );
}

#[test]
fn a_refusal_without_a_pending_subscription_is_reported() {
    connected(
        r#"
        > in {"event":"pusher:subscription_error","channel":"a","data":{"error":"no","status":401}}
        < event other pusher:subscription_error a json {"error":"no","status":401}
    "#,
    );
}

#[test]
fn the_late_answer_to_a_withdrawn_subscription_confirms_no_other() {
    connected(
        r#"
        > subscribe private-a
        < request authorize 1.1 private-a
        > authorize private-a k:s
        < out {"event":"pusher:subscribe","data":{"channel":"private-a","auth":"k:s"}}
        > at 10000
        < notice failed private-a SubscriptionTimeout retry at 11000
        > unsubscribe private-a
        < out {"event":"pusher:unsubscribe","data":{"channel":"private-a"}}
        > subscribe private-a
        < request authorize 1.1 private-a
        > at 20000
        < notice failed private-a AuthorizationTimeout retry at 21000
        > in {"event":"pusher_internal:subscription_succeeded","channel":"private-a"}
        > status private-a
        < status Some(Retrying(AuthorizationTimeout))
        > at 21000
        < request authorize 1.1 private-a
    "#,
    );
}

#[test]
fn messages_are_paced_where_the_server_limits_their_rate() {
    let mut config = config();
    config.pacing = Pacing { messages: 4, per: Duration::from_secs(8) };
    connected_with(
        config,
        r#"
        > subscribe a
        < out {"event":"pusher:subscribe","data":{"channel":"a"}}
        > timeout
        < timeout 10000 Channel
        > subscribe private-b
        < request authorize 1.1 private-b
        > subscribe c
        > subscribe private-d
        > timeout
        < timeout 9000 Pacing
        > at 100
        > authorize private-b k:1
        < out {"event":"pusher:subscribe","data":{"channel":"private-b","auth":"k:1"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"a"}
        < event subscribed a
        > in {"event":"pusher_internal:subscription_succeeded","channel":"private-b"}
        < event subscribed private-b
        > trigger private-b client-x {}
        < error too many client events; the next may be sent at 9000 ms
        > in {"event":"pusher:ping"}
        < out {"event":"pusher:pong","data":{}}
        > timeout
        < timeout 9000 Pacing
        > at 8999
        > at 9000
        < out {"event":"pusher:subscribe","data":{"channel":"c"}}
        > unsubscribe a
        < out {"event":"pusher:unsubscribe","data":{"channel":"a"}}
        > timeout
        < timeout 18000 Pacing
        > at 18000
        < request authorize 1.1 private-d
        > deny private-d
        < notice failed private-d Denied for good
    "#,
    );
}

#[test]
fn a_reconnect_with_many_channels_stays_within_a_servers_limit_on_messages() {
    let mut config = config();
    config.pacing = Pacing { messages: 10, per: Duration::from_secs(10) };
    config.activity_timeout = Duration::from_secs(9);
    let mut client: Client<40, 16> = Client::new(config);
    let mut now = Instant::ZERO;
    for number in 0..20 {
        client.subscribe(now, &format!("news-{number}")).unwrap();
        client.subscribe(now, &format!("private-{number}")).unwrap();
    }
    client.connect(now);
    let _ = client.poll_request();
    client.handle_open(now);
    let mut established = br#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#.to_vec();
    client.handle_text(now, &mut established).unwrap();

    let (mut sent, mut pings) = (Vec::new(), 0);
    let mut out = [0; 128];
    let mut tickets = Vec::new();
    for _ in 0..500 {
        while let Some(request) = client.poll_request() {
            let Request::Authorize(ticket) = request else { panic!("{request:?}") };
            tickets.push((now + Duration::from_millis(1500 * (tickets.len() as u32 % 4)), ticket));
        }
        let mut messages: Vec<String> = Vec::new();
        for &(_, ticket) in tickets.iter().filter(|(at, _)| *at <= now) {
            let reply = Authorization::from_token("k:1");
            messages.push(client.authorize(now, ticket, &reply, &mut out).unwrap().into());
        }
        tickets.retain(|(at, _)| *at > now);
        while let Some(message) = client.poll_transmit(now, &mut out).unwrap() {
            messages.push(message.into());
        }
        for message in messages {
            sent.push(now.as_millis());
            let answer = match message.split('"').nth(9) {
                Some(name) => format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{name}"}}"#),
                None => {
                    pings += 1;
                    r#"{"event":"pusher:pong"}"#.into()
                }
            };
            client.handle_text(now, &mut answer.into_bytes()).unwrap();
        }
        // Advances to the client's next timer, or to the next answer of the application.
        let timeout = client.poll_timeout().unwrap().0;
        now = tickets.iter().map(|&(at, _)| at).min().map_or(timeout, |at| at.min(timeout));
        client.handle_timeout(now);
        if now > Instant::from_millis(120_000) {
            break;
        }
    }
    let subscribed =
        client.channels().filter(|&channel| client.channel_status(channel) == Some(ChannelStatus::Subscribed));
    assert_eq!(subscribed.count(), 40);
    assert!(pings > 0, "pings are not delayed");
    for &begin in &sent {
        let in_window = sent.iter().filter(|&&at| (begin..=begin + 10_000).contains(&at)).count();
        assert!(in_window <= 10, "{in_window} from {begin} ms on");
    }
}

#[test]
fn a_new_handle_inherits_neither_retries_nor_a_gap_from_the_previous_one() {
    // The slot stays in use, because the server has not answered the first subscription.
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < event subscribed news
        > close 4200
        < notice lost 4200 retry at 0
        > at 1
        < request open
        > open
        > in {"event":"pusher:connection_established","data":{"socket_id":"2.2"}}
        < event connected 2.2
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > retries news 0
        > unsubscribe news
        > subscribe news
        > at 10001
        < notice failed news SubscriptionTimeout retry at 11001
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < event subscribed news
    "#,
    );
}

#[test]
fn no_notice_names_a_handle_that_is_stale() {
    let mut script = Script::new(config());
    for line in [
        "connect",
        "open",
        r#"in {"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#,
        "subscribe news",
    ] {
        script.step(line);
    }
    let news = script.client.channels().next().unwrap();
    let late = Instant::from_millis(10_000);
    script.client.handle_timeout(late);
    script.client.unsubscribe(late, news).unwrap();
    assert_eq!(script.client.poll_notice(), None);
}

#[test]
fn a_slot_is_free_again_as_soon_as_its_unsubscription_is_written() {
    let mut script = Script::new(config());
    for line in [
        "connect",
        "open",
        r#"in {"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#,
        "subscribe a",
        "subscribe b",
        "subscribe c",
        "subscribe d",
        r#"in {"event":"pusher_internal:subscription_succeeded","channel":"a"}"#,
    ] {
        script.step(line);
    }
    let (now, client) = (script.now, &mut script.client);
    let channel = client.channels().next().unwrap();
    client.unsubscribe(now, channel).unwrap();
    assert_eq!(client.subscribe(now, "e"), Err(SubscribeError::TooManyChannels));
    let unsubscription = client.poll_transmit(now, &mut [0; 128]).unwrap().map(String::from);
    assert_eq!(unsubscription.unwrap(), r#"{"event":"pusher:unsubscribe","data":{"channel":"a"}}"#);
    assert!(client.subscribe(now, "e").is_ok());
}

#[test]
fn messages_are_counted_per_connection() {
    let mut config = config();
    config.pacing = Pacing { messages: 3, per: Duration::from_secs(60) };
    connected_with(
        config,
        r#"
        > subscribe a
        < out {"event":"pusher:subscribe","data":{"channel":"a"}}
        > subscribe b
        > close 1006
        < notice lost Abnormal retry at 0
        > at 1
        < request open
        > open
        > in {"event":"pusher:connection_established","data":"{\"socket_id\":\"2.2\"}"}
        < event connected 2.2
        < out {"event":"pusher:subscribe","data":{"channel":"a"}}
    "#,
    );
}
