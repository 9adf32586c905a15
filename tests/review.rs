//! Confirmed by the review.

#[path = "support/script.rs"]
mod script;

use pusher_proto::ChannelStatus;
use script::{Script, config};

#[track_caller]
fn after_with(config: pusher_proto::Config, steps: &str) -> Script {
    let mut script = Script::new(config);
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

fn after(steps: &str) -> Script {
    after_with(config(), steps)
}

fn status(script: &Script, name: &str) -> Option<ChannelStatus> {
    let client = &script.client;
    let channel = client.channels().find(|channel| client.channel_name(*channel) == Some(name))?;
    client.channel(channel)
}

const OK: &str = r#"in {"event":"pusher_internal:subscription_succeeded","channel":"NAME","data":"{}"}"#;
fn ok(name: &str) -> String {
    OK.replace("NAME", name)
}

#[test]
fn a_forgotten_request_is_not_forgotten_when_its_channel_comes_back() {
    let script = after(&[
        "subscribe private-a", "authorize private-a k:1", "subscribe b", &ok("b"), "subscribe c", &ok("c"), "subscribe d", &ok("d"),
        "at 10000", "unsubscribe private-a",
        // All slots are in use but the one whose answer is late.
        "subscribe e", &ok("e"), "unsubscribe e",
        "subscribe private-a", "authorize private-a k:2",
        // The server takes the first, then the unsubscribe, and refuses the second.
        &ok("private-a"),
        r#"in {"event":"pusher:error","data":{"code":null,"message":"Invalid signature: Expected HMAC SHA256 hex digest of 1.1:private-a, but got k:2"}}"#,
        "at 60000",
    ].join("\n"));
    assert_ne!(status(&script, "private-a"), Some(ChannelStatus::Subscribed), "{}", script.log());
}

#[test]
fn success_and_refusal_for_every_request_is_no_endless_loop() {
    let mut script = after("subscribe a");
    for _ in 0..200 {
        if !script.log().lines().last().unwrap().starts_with("< out {\"event\":\"pusher:subscribe") {
            break;
        }
        script.step(&ok("a"));
        script.step(
            r#"in {"event":"pusher:subscription_error","channel":"a","data":{"type":"LimitReached","status":4100}}"#,
        );
    }
    let count = script.log().matches("pusher:subscribe\"").count();
    assert!(count < 50, "{count} requests at one instant\n{}", &script.log()[..2000]);
}

#[test]
fn what_was_refused_by_mistake_is_taken_back_though_all_slots_are_in_use() {
    let script = after(
        &[
            "subscribe a",
            r#"in {"event":"pusher:error","data":{"code":null,"message":"Something else"}}"#,
            "unsubscribe a",
            "subscribe b",
            &ok("b"),
            "subscribe c",
            &ok("c"),
            "subscribe d",
            &ok("d"),
            "subscribe e",
            &ok("e"),
            &ok("a"),
            "at 1000",
        ]
        .join("\n"),
    );
    let log = script.log();
    assert!(
        log.contains(r#"{"event":"pusher:unsubscribe","data":{"channel":"a"}}"#) || log.contains("request close"),
        "{log}"
    );
}

#[test]
fn a_name_within_another_name_is_not_named() {
    for (text, wrong) in
        [("Cannot subscribe: presence-private-a is full", "private-a"), ("Cannot join x-private-a", "private-a")]
    {
        let script = after(
            &[
                "subscribe private-a",
                "authorize private-a k:1",
                "subscribe presence-private-a",
                "authorize presence-private-a k:1 {\"user_id\":\"1\"}",
                "subscribe x-private-a",
                &format!(r#"in {{"event":"pusher:error","data":{{"code":null,"message":"{text}"}}}}"#),
            ]
            .join("\n"),
        );
        assert_eq!(status(&script, wrong), Some(ChannelStatus::Pending), "{text}\n{}", script.log());
    }
}

#[test]
fn a_gap_of_a_channel_that_was_active_for_a_month_begins_in_the_past() {
    const DAY: u64 = 86_400_000;
    let mut script = after(&["subscribe a", &ok("a")].join("\n"));
    for day in (1..=30).step_by(5) {
        script.step(&format!("at {}", day as u64 * DAY));
        script.step(r#"in {"event":"pusher:pong"}"#);
    }
    script.step(&format!("at {}", 26 * DAY + 1000));
    script
        .step(r#"in {"event":"pusher:subscription_error","channel":"a","data":{"type":"LimitReached","status":4100}}"#);
    script.step(&ok("a"));
    let line = script.log().lines().rfind(|line| line.contains("gap since")).unwrap_or("").to_string();
    let since: u64 = line.rsplit(' ').next().and_then(|w| w.parse().ok()).unwrap_or(0);
    assert!(since <= 26 * DAY + 1000, "{line}: {}", script.log());
}

#[test]
fn tickets_that_are_not_answered_do_not_starve_an_unsubscribe() {
    let mut config = config();
    config.pacing = pusher_proto::client::Pacing { frames: 3, per: pusher_proto::Duration::from_secs(1) };
    let mut script = after_with(
        config,
        &["subscribe c", &ok("c"), "subscribe private-a", "subscribe private-b", "subscribe private-d"].join("\n"),
    );
    for name in ["private-a", "private-b", "private-d"] {
        script.step(&format!("retries {name} 200"));
    }
    script.step("at 5000");
    script.step("unsubscribe c");
    let mut at = 5000;
    while at < 600_000 && !script.log().contains("pusher:unsubscribe") {
        let next = script.client.poll_timeout().map_or(at + 1000, |(t, _)| t.as_millis().max(at + 1));
        at = next;
        script.step(&format!("at {at}"));
        if script.log().lines().rev().take(5).any(|l| l.contains("pusher:ping")) {
            script.step(r#"in {"event":"pusher:pong"}"#);
        }
    }
    assert!(at <= 12_000, "the unsubscribe came at {at}\n{}", script.log());
}
