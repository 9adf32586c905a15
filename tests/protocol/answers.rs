//! Late, repeated and missing answers: which request an answer belongs to, and what the client may conclude from it.
//!
//! Each script is a violation that `tests/random/weather` found. The tests check the required result and not every
//! message: the client may choose how to reach it.

#[path = "../support/script.rs"]
mod script;

use pusher_proto::ChannelStatus;
use script::{Script, config};

/// Establishes a connection with the socket id 1.1 and runs `steps`, one per line.
#[track_caller]
fn after(steps: &str) -> Script {
    let mut script = Script::new(config());
    let start = r#"
        connect
        open
        in {"event":"pusher:connection_established","data":{"socket_id":"1.1"}}
    "#;
    for line in start.lines().chain(steps.lines()).map(str::trim).filter(|line| !line.is_empty()) {
        script.step(line);
    }
    script
}

fn status(script: &Script, name: &str) -> Option<ChannelStatus> {
    let client = &script.client;
    let channel = client.channels().find(|channel| client.channel_name(*channel) == Some(name))?;
    client.channel_status(channel)
}

/// Returns the event of the last message about `name` that the client sent.
fn last_message<'s>(script: &'s Script, name: &str) -> &'s str {
    let name = format!(r#""channel":"{name}""#);
    let message = script.log().lines().rfind(|line| line.starts_with("< out ") && line.contains(&name));
    let message = message.unwrap_or_else(|| panic!("no message with {name}:\n{}", script.log()));
    message.split('"').nth(3).unwrap()
}

#[track_caller]
fn assert_not_subscribed(script: &Script, name: &str) {
    assert_ne!(status(script, name), Some(ChannelStatus::Subscribed), "{}", script.log());
}

#[track_caller]
fn assert_subscribed(script: &Script, name: &str) {
    assert_eq!(status(script, name), Some(ChannelStatus::Subscribed), "{}", script.log());
}

/// Checks that the client ended the subscription on the server.
#[track_caller]
fn assert_unsubscribed(script: &Script, name: &str) {
    assert_eq!(last_message(script, name), "pusher:unsubscribe", "{}", script.log());
}

#[test]
fn a_late_success_after_unsubscribe_and_resubscribe_is_not_the_answer_to_the_second() {
    // The server processes the first subscription and the unsubscribe, and refuses the second subscription.
    let script = after(
        r#"
        subscribe a
        at 10000
        unsubscribe a
        subscribe a
        in {"event":"pusher_internal:subscription_succeeded","channel":"a","data":"{}"}
        in {"event":"pusher:subscription_error","channel":"a","data":{"type":"LimitReached","status":4100}}
    "#,
    );
    assert_not_subscribed(&script, "a");
}

#[test]
fn each_of_two_unanswered_subscriptions_has_an_answer_of_its_own_before_the_third() {
    // Both are answered before the unsubscribe. The key has changed when the third is sent, so it is refused.
    let script = after(
        r#"
        subscribe private-a
        authorize private-a k:1
        at 10000
        at 11000
        authorize private-a k:1
        in {"event":"pusher_internal:subscription_succeeded","channel":"private-a","data":"{}"}
        unsubscribe private-a
        subscribe private-a
        authorize private-a k:1
        in {"event":"pusher:error","data":{"code":null,"message":"Existing subscription to channel private-a"}}
        in {"event":"pusher:error","data":{"code":null,"message":"Invalid signature: Expected HMAC SHA256 hex digest of 1.1:private-a, but got k:1"}}
    "#,
    );
    assert_not_subscribed(&script, "private-a");
}

#[test]
fn a_late_success_after_unsubscribe_does_not_count_while_the_next_authorization_fails() {
    let script = after(
        r#"
        subscribe private-a
        authorize private-a k:1
        at 10000
        unsubscribe private-a
        subscribe private-a
        fail private-a 503
        in {"event":"pusher_internal:subscription_succeeded","channel":"private-a","data":"{}"}
    "#,
    );
    assert_not_subscribed(&script, "private-a");
}

#[test]
fn a_late_success_of_an_unwanted_channel_is_answered_with_an_unsubscribe() {
    // The server processes the unsubscribe first, because it still checks the signature of the subscription.
    let script = after(
        r#"
        subscribe private-a
        authorize private-a k:1
        at 5000
        unsubscribe private-a
        at 13000
        in {"event":"pusher_internal:subscription_succeeded","channel":"private-a","data":"{}"}
        at 40000
    "#,
    );
    assert_eq!(script.log().matches("pusher:unsubscribe").count(), 2, "{}", script.log());
    assert_unsubscribed(&script, "private-a");
}

#[test]
fn a_late_success_is_unsubscribed_even_if_its_slot_has_another_channel() {
    let script = after(
        r#"
        subscribe private-a
        authorize private-a k:1
        at 10000
        unsubscribe private-a
        subscribe b
        subscribe c
        subscribe d
        subscribe e
        in {"event":"pusher_internal:subscription_succeeded","channel":"private-a","data":"{}"}
        at 40000
    "#,
    );
    // The end of the connection would undo every subscription.
    if !script.log().contains("< request close") {
        assert_eq!(script.log().matches("pusher:unsubscribe").count(), 2, "{}", script.log());
        assert_unsubscribed(&script, "private-a");
    }
}

#[test]
fn one_refusal_answers_one_subscription() {
    // Two subscriptions are unanswered. The first is refused, and the second succeeds after the unsubscribe.
    let script = after(
        r#"
        subscribe private-a
        authorize private-a k:1
        at 10000
        at 11000
        authorize private-a k:1
        in {"event":"pusher:subscription_error","channel":"private-a","data":{"type":"AuthError","status":401}}
        unsubscribe private-a
        in {"event":"pusher_internal:subscription_succeeded","channel":"private-a","data":"{}"}
        at 40000
    "#,
    );
    assert_unsubscribed(&script, "private-a");
}

#[test]
fn a_late_success_counts_while_the_next_authorization_is_pending() {
    let script = after(
        r#"
        subscribe private-a
        authorize private-a k:1
        at 10000
        at 11000
        in {"event":"pusher_internal:subscription_succeeded","channel":"private-a","data":"{}"}
    "#,
    );
    assert_subscribed(&script, "private-a");
}

#[test]
fn missing_answers_do_not_prevent_a_later_subscription() {
    // The server ignores a subscription and all its retries, as Reverb does above its rate limit: its error names no
    // channel. Later it confirms every request at once.
    let mut script = after("subscribe a");
    for second in 1..200 {
        script.step(&format!("at {}", second * 1_000));
        if second % 100 == 0 {
            script.step(r#"in {"event":"pusher:pong"}"#);
        }
    }
    script.step("unsubscribe a");
    script.step("subscribe a");
    let mut answered = script.log().matches("pusher:subscribe").count() - 1;
    for second in 200..400 {
        let sent = script.log().matches("pusher:subscribe").count();
        for _ in answered..sent {
            script.step(r#"in {"event":"pusher_internal:subscription_succeeded","channel":"a","data":"{}"}"#);
        }
        answered = sent;
        script.step(&format!("at {}", second * 1_000));
    }
    assert_subscribed(&script, "a");
}

#[test]
fn an_existing_subscription_does_not_empty_a_presence_channel() {
    let script = after(
        r#"
        subscribe presence-a
        authorize presence-a k:1 {"user_id":"me"}
        in {"event":"pusher:error","data":{"code":null,"message":"Existing subscription to channel presence-a"}}
    "#,
    );
    assert!(script.log().lines().any(|line| line == "< event subscribed presence-a"), "{}", script.log());
}

#[test]
fn a_gap_begins_at_the_last_byte_received_and_not_when_the_loss_is_reported() {
    for (end, news) in [
        ("a close", "at 60000\nclose"),
        ("a dead link", "at 120000\nat 150000"),
        ("a sleep", "at 3600000\nclose"),
        ("a disconnect", "at 60000\ndisconnect\nconnect"),
    ] {
        let script = after(&format!(
            r#"
            subscribe a
            in {{"event":"pusher_internal:subscription_succeeded","channel":"a","data":"{{}}"}}
            at 500
            in {{"event":"pusher:pong"}}
            {news}
            at 4000000
            at 4100000
            connect
            open
            in {{"event":"pusher:connection_established","data":{{"socket_id":"2.1"}}}}
            in {{"event":"pusher_internal:subscription_succeeded","channel":"a","data":"{{}}"}}
        "#
        ));
        assert!(script.log().contains("< event subscribed a gap since 500\n"), "{end}:\n{}", script.log());
    }
}

#[cfg(feature = "users")]
#[test]
fn signing_out_after_an_unanswered_sign_in_makes_a_new_connection() {
    let script = after(
        r#"
        sign_in
        authenticate k:1 {"id":"7"}
        at 10000
        sign_out
    "#,
    );
    assert!(script.log().contains("< request close"), "{}", script.log());
}

#[cfg(feature = "users")]
#[test]
fn signing_out_as_one_user_and_in_as_another_never_ends_as_the_first() {
    let script = after(
        r#"
        sign_in
        authenticate k:1 {"id":"7"}
        at 10000
        sign_out
        sign_in
        authenticate k:1 {"id":"8"}
        in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}
    "#,
    );
    assert!(!script.client.is_signed_in(), "{}", script.log());
}

#[cfg(feature = "users")]
#[test]
fn a_late_sign_in_counts_while_the_next_authentication_is_pending() {
    let script = after(
        r#"
        sign_in
        authenticate k:1 {"id":"7"}
        at 10000
        at 11000
        in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}
    "#,
    );
    assert!(script.client.is_signed_in(), "{}", script.log());
}

#[cfg(feature = "users")]
#[test]
fn an_event_to_another_user_is_not_reported_as_a_user_event() {
    let event = r##"in {"event":"e","channel":"#server-to-user-9","data":"x"}"##;
    let script = after(event);
    assert!(!script.log().contains("< event user"), "{}", script.log());
    let script = after(&format!(
        "sign_in\nauthenticate k:1 {{\"id\":\"7\"}}\n\
        in {{\"event\":\"pusher:signin_success\",\"data\":{{\"user_data\":\"{{\\\"id\\\":\\\"7\\\"}}\"}}}}\n{event}"
    ));
    assert!(script.client.is_signed_in() && !script.log().contains("< event user"), "{}", script.log());
}

#[cfg(feature = "users")]
#[test]
fn a_refused_user_channel_does_not_end_the_attempts() {
    let script = after(
        r#"
        sign_in
        authenticate k:1 {"id":"7"}
        in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}
        in {"event":"pusher:error","data":{"code":4009,"message":"Invalid signature"}}
        close
    "#,
    );
    assert_ne!(script.client.state(), pusher_proto::State::Failed, "{}", script.log());
}

#[cfg(feature = "users")]
const IN_AS_7: &str = r#"in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}"#;

#[cfg(feature = "users")]
#[test]
fn a_user_channel_that_reuses_the_slot_of_a_late_answer_forces_a_new_connection() {
    // All slots are in use except that of private-a, whose answer is late. The server may hold that subscription.
    let mut script = after("sign_in\nauthenticate k:1 {\"id\":\"7\"}");
    for name in ["b", "c", "d"] {
        script.step(&format!("subscribe {name}"));
        script.step(&format!(
            r#"in {{"event":"pusher_internal:subscription_succeeded","channel":"{name}","data":"{{}}"}}"#
        ));
    }
    for step in ["subscribe private-a", "authorize private-a k:1", "at 10000", "unsubscribe private-a", IN_AS_7] {
        script.step(step);
    }
    assert!(script.log().contains("< request close"), "{}", script.log());
    assert!(!script.log().contains("< event signed in") && !script.client.is_signed_in(), "{}", script.log());
    // The client repeats the sign-in on the new connection.
    script.step("at 10000");
    script.step("open");
    script.step(r#"in {"event":"pusher:connection_established","data":{"socket_id":"2.1"}}"#);
    script.step("authenticate k:1 {\"id\":\"7\"}");
    script.step(IN_AS_7);
    assert!(script.log().contains("< event signed in 7\n") && script.client.is_signed_in(), "{}", script.log());
    assert_eq!(last_message(&script, "#server-to-user-7"), "pusher:subscribe", "{}", script.log());
    assert!(script.log().contains("< request sign in 2.1\n"), "{}", script.log());
}

#[cfg(feature = "users")]
#[test]
fn the_channel_of_the_previous_user_is_unsubscribed_and_its_slot_free_after_the_next_sign_in() {
    let succeeded = |name: &str| {
        format!(r#"in {{"event":"pusher_internal:subscription_succeeded","channel":"{name}","data":"{{}}"}}"#)
    };
    let mut script = after("sign_in\nauthenticate k:1 {\"id\":\"7\"}\nat 10000\nat 11000");
    script.step("authenticate k:1 {\"id\":\"8\"}");
    script.step(IN_AS_7);
    script.step(&succeeded("#server-to-user-7"));
    script.step(&IN_AS_7.replace('7', "8"));
    script.step(&succeeded("#server-to-user-8"));
    assert_unsubscribed(&script, "#server-to-user-7");
    assert_eq!(last_message(&script, "#server-to-user-8"), "pusher:subscribe", "{}", script.log());
    for (id, is_own) in [("7", false), ("8", true)] {
        script.step(&format!(r##"in {{"event":"to-{id}","channel":"#server-to-user-{id}","data":"x"}}"##));
        assert_eq!(script.log().contains(&format!("< event user to-{id}")), is_own, "{}", script.log());
    }
    // There are four slots, and the user channel has one.
    for name in ["b", "c", "d"] {
        script.step(&format!("subscribe {name}"));
    }
    assert!(!script.log().contains("< error") && !script.log().contains("< request close"), "{}", script.log());
}
