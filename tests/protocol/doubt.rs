//! Ambiguous answers: those that may belong to another request, and those that prove less than they seem to.

#[path = "../support/script.rs"]
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
    client.channel_status(channel)
}

const OK: &str = r#"in {"event":"pusher_internal:subscription_succeeded","channel":"NAME","data":"{}"}"#;
fn ok(name: &str) -> String {
    OK.replace("NAME", name)
}

#[test]
fn a_forgotten_request_still_counts_when_its_channel_is_subscribed_again() {
    // The server answers in order, and pauses from 0 s to 25 s. Its key changes in that time.
    let script = after(
        &[
            "subscribe b",
            &ok("b"),
            "subscribe c",
            &ok("c"),
            "subscribe d",
            &ok("d"),
            "subscribe private-a",
            "authorize private-a k:1",
            "at 10000",
            "unsubscribe private-a",
            // All slots are in use except the one whose answer is late.
            "subscribe e",
            "unsubscribe e",
            "at 20000",
            "subscribe private-a",
            "authorize private-a k:2",
            "unsubscribe b",
            // The server accepts the first, the unsubscribe, e and its unsubscribe, and refuses the second.
            "at 25000",
            &ok("private-a"),
            &ok("e"),
            r#"in {"event":"pusher:error","data":{"code":null,"message":"Invalid signature: Expected HMAC SHA256 hex digest of 1.1:private-a, but got k:2"}}"#,
            "at 60000",
        ]
        .join("\n"),
    );
    assert_ne!(status(&script, "private-a"), Some(ChannelStatus::Subscribed), "{}", script.log());
}

#[test]
fn success_and_refusal_for_every_request_do_not_cause_an_endless_loop() {
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
fn a_subscription_presumed_refused_is_unsubscribed_even_if_all_slots_are_in_use() {
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
fn a_name_within_another_name_does_not_match() {
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
    config.pacing = pusher_proto::client::Pacing { messages: 3, per: pusher_proto::Duration::from_secs(1) };
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
    // The unsubscribe waits for the one pending ticket, and no longer.
    assert!(at <= 16_000, "the unsubscribe came at {at}\n{}", script.log());
}

#[test]
fn an_error_beside_data_is_read() {
    for data in ["", r#","data":null"#, r#","data":{}"#] {
        let script = after(&format!(r#"in {{"event":"pusher:error","code":4301,"message":"slow down"{data}}}"#));
        assert!(script.log().contains("error 4301 slow down"), "{}", script.log());
    }
}

#[test]
fn an_error_beside_data_ends_an_attempt_that_would_end_the_same_way_again() {
    let mut script = Script::new(config());
    for step in ["connect", "open", r#"in {"event":"pusher:error","code":4001,"message":"App key not found"}"#] {
        script.step(step);
    }
    assert_eq!(script.client.state(), pusher_proto::State::Failed, "{}", script.log());
    assert_eq!(script.client.reason(), Some(pusher_proto::client::Reason::Code(4001)));
}

#[test]
fn channel_data_quoted_in_an_error_names_no_channel() {
    let script = after(
        &[
            "subscribe a",
            "subscribe presence-b",
            r#"authorize presence-b k:1 {"user_id":"1"}"#,
            r#"in {"event":"pusher:error","data":{"code":null,"message":"Invalid channel_data: {\"user_id\":\"1\",\"user_info\":{\"at\":\"channel a\"}}"}}"#,
        ]
        .join("\n"),
    );
    assert_eq!(status(&script, "a"), Some(ChannelStatus::Pending), "{}", script.log());
}

#[test]
fn an_error_that_names_one_public_channel_is_not_about_another() {
    for text in [
        "Client event rejected on channel 'a'",
        "Could not unsubscribe from channel gone",
        "a: no such subscription",
        "Room 'a' is full",
        "Too many messages on a.",
    ] {
        let script = after(
            &[
                "subscribe a",
                &ok("a"),
                "subscribe b",
                &format!(r#"in {{"event":"pusher:error","data":{{"code":null,"message":"{text}"}}}}"#),
            ]
            .join("\n"),
        );
        assert_eq!(status(&script, "b"), Some(ChannelStatus::Pending), "{text}: {}", script.log());
    }
}

#[test]
fn an_error_that_mentions_the_public_channel_in_flight_refuses_it() {
    for text in ["Room 'news' is full", "Too many subscribers: news."] {
        let error = format!(r#"in {{"event":"pusher:error","data":{{"code":null,"message":"{text}"}}}}"#);
        let script = after(&["subscribe news", &error].join("\n"));
        assert!(matches!(status(&script, "news"), Some(ChannelStatus::Failed(_))), "{text}: {}", script.log());
    }
}

#[cfg(feature = "embedded-io-async")]
mod connection {
    use std::cell::Cell;
    use std::collections::VecDeque;
    use std::future::{Future, pending};
    use std::rc::Rc;
    use std::task::{Context, Poll, Waker};

    use embedded_io::ErrorKind;
    use pusher_proto::client::Reason;
    use pusher_proto::connection::{Action, Connection, DenyAll, SocketError};
    use pusher_proto::{Client, Config, Endpoint, Instant, State};
    use tungstenite::handshake::derive_accept_key;

    const ESTABLISHED: &str = r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#;

    fn connecting() -> Connection<'static, fn(&mut [u8]), 2, 16> {
        let endpoint = Endpoint::from_url("ws://h", "k").unwrap();
        let random = (|bytes: &mut [u8]| bytes.fill(0)) as fn(&mut [u8]);
        let mut connection =
            Connection::new(Client::new(Config::new(1)), endpoint, random, vec![0; 512].leak(), vec![0; 512].leak());
        connection.connect(Instant::ZERO);
        connection
    }

    fn answer() -> Vec<u8> {
        let accept = derive_accept_key(b"AAAAAAAAAAAAAAAAAAAAAA==");
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        )
        .into_bytes()
    }

    fn frame(text: &str) -> Vec<u8> {
        [&[0x81, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
    }

    /// Polls at `now` until the connection can only read or wait. Accepts all writes.
    fn poll_until_idle(connection: &mut Connection<'static, fn(&mut [u8]), 2, 16>, now: u64) -> String {
        let mut log = String::new();
        let now = Instant::from_millis(now);
        for _ in 0..100 {
            let action = connection.poll(now, &mut DenyAll);
            match action {
                Action::Open { attempt, .. } => connection.handle_opened(now, attempt),
                Action::Write => {
                    let length = connection.unsent().len();
                    connection.handle_sent(length);
                }
                Action::Read { .. } | Action::Wait { .. } => return log,
                Action::Event(event) => log += &format!("{event:?}\n"),
                Action::Notice(notice) => log += &format!("{notice:?}\n"),
                Action::Close(end) => log += &format!("close: {end}\n"),
                _ => {}
            }
        }
        panic!("the run did not end: {log}");
    }

    fn give(connection: &mut Connection<'static, fn(&mut [u8]), 2, 16>, bytes: &[u8]) {
        connection.receive_space()[..bytes.len()].copy_from_slice(bytes);
        connection.handle_received(bytes.len());
    }

    #[test]
    fn an_error_received_after_a_long_read_is_the_reason_for_the_close() {
        let mut connection = connecting();
        poll_until_idle(&mut connection, 0);
        give(&mut connection, &[answer(), frame(ESTABLISHED)].concat());
        let mut log = poll_until_idle(&mut connection, 0);
        // As with Reverb: after a read that waits 60 s, as in `step_async`, the reason arrives and the socket ends.
        give(&mut connection, &frame(r#"{"event":"pusher:error","data":"{\"code\":4009,\"message\":\"no\"}"}"#));
        log += &poll_until_idle(&mut connection, 60_000);
        connection.handle_socket_error(Instant::from_millis(60_000), SocketError::Closed);
        log += &poll_until_idle(&mut connection, 60_000);
        assert_eq!(connection.client().reason(), Some(Reason::Code(4009)), "{log}");
        assert_eq!(connection.client().state(), State::Failed);
    }

    #[test]
    fn a_gap_begins_when_a_websocket_ping_was_received_and_not_when_it_was_decoded() {
        let mut connection = connecting();
        connection.subscribe(Instant::ZERO, "a").unwrap();
        poll_until_idle(&mut connection, 0);
        give(&mut connection, &[answer(), frame(ESTABLISHED)].concat());
        poll_until_idle(&mut connection, 0);
        let succeeded = frame(r#"{"event":"pusher_internal:subscription_succeeded","channel":"a"}"#);
        give(&mut connection, &succeeded);
        poll_until_idle(&mut connection, 1_000);
        poll_until_idle(&mut connection, 5_000);
        give(&mut connection, &[0x89, 0]);
        poll_until_idle(&mut connection, 9_000);
        assert_eq!(connection.client().last_activity(), Some(Instant::from_millis(5_000)));
    }

    #[test]
    fn a_handshake_that_ended_in_an_interim_response_does_not_affect_the_next() {
        for head in ["HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101", "HTTP/1.1 103 Early Hints\r\n\r\n"] {
            let mut connection = connecting();
            poll_until_idle(&mut connection, 0);
            give(&mut connection, head.as_bytes());
            poll_until_idle(&mut connection, 0);
            connection.handle_socket_error(Instant::ZERO, SocketError::Closed);
            let log = poll_until_idle(&mut connection, 0);
            assert!(log.contains("close: "), "{log}");
            poll_until_idle(&mut connection, 2_000);
            give(&mut connection, &[answer(), frame(ESTABLISHED)].concat());
            let log = poll_until_idle(&mut connection, 2_000);
            assert!(log.starts_with("Connected"), "{head:?}: {log}");
        }
    }

    /// A socket that accepts every write. Its flush fails at poll `fails_at`, and its reads never complete.
    struct Dying {
        incoming: VecDeque<u8>,
        polls: u8,
        fails_at: u8,
        has_failed: Rc<Cell<bool>>,
    }

    impl embedded_io::ErrorType for Dying {
        type Error = ErrorKind;
    }

    impl embedded_io_async::Read for Dying {
        async fn read(&mut self, into: &mut [u8]) -> Result<usize, ErrorKind> {
            if self.incoming.is_empty() {
                return pending().await;
            }
            let length = into.len().min(self.incoming.len());
            into.iter_mut().zip(self.incoming.drain(..length)).for_each(|(slot, byte)| *slot = byte);
            Ok(length)
        }
    }

    impl embedded_io_async::Write for Dying {
        async fn write(&mut self, from: &[u8]) -> Result<usize, ErrorKind> {
            Ok(from.len())
        }

        async fn flush(&mut self) -> Result<(), ErrorKind> {
            if !self.incoming.is_empty() {
                return Ok(());
            }
            self.polls += 1;
            if self.polls < self.fails_at {
                return pending().await;
            }
            self.has_failed.set(true);
            Err(ErrorKind::ConnectionReset)
        }
    }

    /// Races steps over a socket whose flush fails at that poll, until the connection ends. Returns the times of the
    /// failure and of the end.
    fn raced_until_the_end(fails_at: u8) -> (Instant, Instant) {
        let has_failed = Rc::new(Cell::new(false));
        let mut connection = connecting();
        connection.subscribe(Instant::ZERO, "a").unwrap();
        let incoming: VecDeque<u8> = [answer(), frame(ESTABLISHED)].concat().into();
        let (mut socket, mut unopened) =
            (None, Some(Dying { incoming, polls: 0, fails_at, has_failed: has_failed.clone() }));
        let (mut now, mut failed_at, mut log) = (Instant::ZERO, None, String::new());
        for _ in 0..100 {
            let until = connection.poll_timeout();
            let mut context = Context::from_waker(Waker::noop());
            // The flush wakes the task once while the step is raced.
            let polled = {
                let mut authorizer = DenyAll;
                let mut step = Box::pin(connection.step_async(now, socket.as_mut(), &mut authorizer));
                match step.as_mut().poll(&mut context) {
                    Poll::Pending => step.as_mut().poll(&mut context).map(|step| format!("{step:?}")),
                    ready => ready.map(|step| format!("{step:?}")),
                }
            };
            if has_failed.get() {
                failed_at.get_or_insert(now);
            }
            match polled {
                Poll::Ready(step) if step.starts_with("Open") => socket = unopened.take(),
                Poll::Ready(step) if step.starts_with("Close") => return (failed_at.expect(&log), now),
                Poll::Ready(step) => log += &format!("{} {step}\n", now.as_millis()),
                Poll::Pending => now = now.max(until.expect("a timer")),
            }
        }
        panic!("the run did not end: {log}");
    }

    #[test]
    fn a_flush_that_fails_while_the_read_waits_ends_the_socket_within_two_seconds() {
        assert!(raced_until_the_end(3).1 <= Instant::from_millis(2_000));
        // Tries every poll of a step: the raced timer may be far away when the flush fails.
        for fails_at in 1..=12 {
            let (failed_at, end) = raced_until_the_end(fails_at);
            let millis = end.as_millis() - failed_at.as_millis();
            assert!(millis <= 2_000, "at poll {fails_at}: {millis} ms from {failed_at:?}");
        }
    }
}

#[test]
fn a_ticket_that_waits_for_a_frame_is_issued_after_it() {
    // After one round of outputs, the ticket that waited for the frame is issued, or `poll_timeout` returns a time for
    // it.
    let mut config = config();
    config.pacing = pusher_proto::client::Pacing { messages: 10, per: pusher_proto::Duration::from_secs(1) };
    let mut script = after_with(config, &["subscribe c", &ok("c"), "at 5000"].join("\n"));
    let channel = script.client.channels().next().unwrap();
    script.client.unsubscribe(script.now, channel).unwrap();
    script.step("subscribe private-a");
    let until = script.client.poll_timeout().unwrap().0;
    assert!(
        script.log().contains("request authorize") || until.as_millis() <= 6_000,
        "the next timer is at {until:?}\n{}",
        script.log()
    );
}

#[test]
fn a_name_that_contains_words_of_an_error_text_is_a_name() {
    let script = after(
        &[
            "subscribe private-unsubscribed",
            "authorize private-unsubscribed k:1",
            r#"in {"event":"pusher:error","data":{"code":null,"message":"Invalid signature: Expected HMAC SHA256 hex digest of 1.1:private-unsubscribed, but got k:1"}}"#,
        ]
        .join("\n"),
    );
    let status = status(&script, "private-unsubscribed");
    assert!(matches!(status, Some(ChannelStatus::Failed(_))), "{status:?} {}", script.log());
}

#[test]
fn an_unnamed_error_answers_no_request_that_an_unsubscribe_followed() {
    // The error concerns something else. The server confirms the first request late, and would refuse the second.
    let script = after(
        &[
            "subscribe a",
            "at 10000",
            "unsubscribe a",
            "subscribe a",
            r#"in {"event":"pusher:error","data":{"code":null,"message":"Something else"}}"#,
            &ok("a"),
        ]
        .join("\n"),
    );
    assert_eq!(status(&script, "a"), Some(ChannelStatus::Pending), "{}", script.log());
}

const REFUSED: &str =
    r#"in {"event":"pusher:subscription_error","channel":"a","data":{"type":"LimitReached","status":4100}}"#;

#[test]
fn a_channel_that_was_refused_after_its_success_may_have_missed_events_since_that_success() {
    let script = after(&["subscribe a", "at 500", &ok("a"), "at 2000", REFUSED, "at 3000", &ok("a")].join("\n"));
    assert!(script.log().contains("< event subscribed a gap since 500\n"), "{}", script.log());
}

#[test]
fn refusals_after_long_active_periods_do_not_accumulate() {
    let mut script = after(&["subscribe a", &ok("a")].join("\n"));
    for minute in 1..=20 {
        script.step(&format!("at {}", minute * 60_000));
        script.step(r#"in {"event":"pusher:pong"}"#);
        script.step(REFUSED);
        script.step(&ok("a"));
        assert_eq!(status(&script, "a"), Some(ChannelStatus::Subscribed), "{minute}: {}", script.log());
    }
}

#[test]
fn an_error_with_any_code_that_names_a_pending_channel_is_its_answer() {
    for code in [4301, 4302] {
        let script = after(
            &[
                "subscribe private-a",
                "authorize private-a k:1",
                &format!(
                    r#"in {{"event":"pusher:error","data":{{"code":{code},"message":"Too many: private-a is refused"}}}}"#
                ),
            ]
            .join("\n"),
        );
        assert!(script.log().contains("< event failed private-a "), "{code}: {}", script.log());
    }
}

#[test]
fn an_error_about_an_unsubscribe_is_no_answer_to_the_subscription_that_follows() {
    let script = after(
        &[
            "subscribe a",
            r#"in {"event":"pusher:error","data":{"code":null,"message":"No current subscription to channel a, or subscription in progress"}}"#,
        ]
        .join("\n"),
    );
    assert_eq!(status(&script, "a"), Some(ChannelStatus::Pending), "{}", script.log());
}

#[test]
fn a_prefix_of_the_name_in_the_text_does_not_match() {
    for text in ["Invalid signature for private-ab", "Auth info required to subscribe to private-ab"] {
        let script = after(
            &[
                "subscribe private-a",
                "authorize private-a k:1",
                &format!(r#"in {{"event":"pusher:error","data":{{"code":null,"message":"{text}"}}}}"#),
            ]
            .join("\n"),
        );
        assert_eq!(status(&script, "private-a"), Some(ChannelStatus::Pending), "{text}: {}", script.log());
    }
}

/// Runs until `end` an application that subscribes again as soon as a subscription has failed.
fn resubscribing(names: [&str; 3], config: pusher_proto::Config, end: u64) -> Script {
    let steps = names.map(|name| format!("subscribe {name}\nretries {name} 0")).join("\n");
    let mut script = after_with(config, &steps);
    for at in (0..end).step_by(500) {
        script.step(&format!("at {at}"));
        script.step(r#"in {"event":"pusher:pong"}"#);
        for name in names {
            if matches!(status(&script, name), Some(ChannelStatus::Failed(_))) {
                script.step(&format!("subscribe {name}"));
            }
        }
    }
    script
}

#[test]
fn paced_tickets_are_issued_for_every_channel_in_turn() {
    let mut config = config();
    config.pacing = pusher_proto::client::Pacing { messages: 3, per: pusher_proto::Duration::from_secs(1) };
    // There is space for one ticket at a time. Each waits 10 s, and none is answered.
    let script = resubscribing(["private-a", "private-b", "private-c"], config, 100_000);
    for name in ["private-a", "private-b", "private-c"] {
        let count = script.log().matches(&format!("request authorize 1.1 {name}")).count();
        assert!((2..=5).contains(&count), "{name}: {count}\n{}", script.log());
    }
}

#[test]
fn paced_subscriptions_are_sent_for_every_channel_in_turn() {
    let mut config = config();
    config.pacing = pusher_proto::client::Pacing { messages: 3, per: pusher_proto::Duration::from_secs(20) };
    // The limit is one frame in a little over 20 s, and the server answers none within 10 s.
    let script = resubscribing(["a", "b", "c"], config, 300_000);
    for name in ["a", "b", "c"] {
        let count = script.log().matches(&format!(r#""pusher:subscribe","data":{{"channel":"{name}"}}"#)).count();
        assert!((3..=6).contains(&count), "{name}: {count}\n{}", script.log());
    }
}

#[test]
fn without_pacing_slots_are_served_in_order() {
    let script = after(
        "subscribe private-a\nsubscribe private-b\nfail private-a 503\nat 1000\nfail private-a 503\nat 2000\n\
         fail private-b 503\nat 3000",
    );
    let end = "> at 3000\n< request authorize 1.1 private-a\n< request authorize 1.1 private-b\n";
    assert!(script.log().ends_with(end), "{}", script.log());
}
