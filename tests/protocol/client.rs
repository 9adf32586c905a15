//! The connection: establishment, keep-alive, close and reconnect. Scripts in virtual time; see `support/script.rs`.

#[path = "../support/script.rs"]
mod script;

use pusher_proto::client::{Close, Notice, Reason, Request};
use pusher_proto::{Client, Duration, Instant, State};
use script::{Script, TestClient, config, connected, connected_with, run, run_with};

#[test]
fn a_connection_is_requested_opened_and_established() {
    run(r#"
        > state
        < state Disconnected None
        > connect
        < request open
        > connect
        > state
        < state Connecting None
        > open
        > timeout
        < timeout 10000 Unavailable
        > in {"event":"pusher:connection_established","data":"{\"socket_id\":\"123.456\",\"activity_timeout\":30}"}
        < event connected 123.456
        > state
        < state Connected Some("123.456")
        > timeout
        < timeout 30000 Ping
        > disconnect
        < request close 1000
        > state
        < state Disconnected None
        > timeout
        < timeout never
    "#);
}

#[test]
fn the_handshake_data_may_be_an_object_and_may_miss_its_timeout() {
    // protocol checklist 1: a missing timeout and 0 mean 120 s; the configured one, 120 s here, is the upper limit
    let cases = [
        (r#""{\"socket_id\":\"1.1\"}""#, 120_000),
        (r#"{"socket_id":"1.1"}"#, 120_000),
        (r#"{"socket_id":"1.1","activity_timeout":0}"#, 120_000),
        (r#"{"socket_id":"1.1","activity_timeout":null}"#, 120_000),
        (r#"{"socket_id":"1.1","activity_timeout":-3}"#, 120_000),
        (r#"{"socket_id":"1.1","activity_timeout":7}"#, 7_000),
        (r#"{"activity_timeout":"7","socket_id":"1.1"}"#, 7_000),
        (r#"{"socket_id":"1.1","activity_timeout":86400}"#, 120_000),
        (r#"{"socket_id":"1.1","activity_timeout":99999999999}"#, 120_000),
    ];
    for (data, timeout) in cases {
        run(&format!(
            r#"
            > connect
            < request open
            > open
            > in {{"event":"pusher:connection_established","data":{data}}}
            < event connected 1.1
            > timeout
            < timeout {timeout} Ping
        "#
        ));
    }
}

#[test]
fn a_handshake_without_a_usable_socket_id_is_an_error_and_the_next_message_works() {
    let long = "9".repeat(65);
    run(&format!(
        r#"
        > connect
        < request open
        > in {{"event":"pusher:ping"}}
        < error a message arrived while no connection is open; report the open transport first
        > open
        > in {{"event":"pusher:ping"}}
        < error the server's first message does not establish the connection
        > in {{"event":"pusher:connection_established"}}
        < error the server sent a protocol event without the data it must carry
        > in {{"event":"pusher:connection_established","data":"{{}}"}}
        < error the server sent a protocol event without the data it must carry
        > in {{"event":"pusher:connection_established","data":{{"socket_id":""}}}}
        < error the server sent a protocol event without the data it must carry
        > in {{"event":"pusher:connection_established","data":{{"socket_id":"{long}"}}}}
        < error the server sent a socket id of 65 bytes; the limit is 64
        > in nonsense
        < error the server sent a message that is not JSON at byte 1
        > in {{"event":"pusher:connection_established","data":{{"socket_id":"8d6e-uuid"}}}}
        < event connected 8d6e-uuid
    "#
    ));
}

#[test]
fn a_silent_server_is_given_up_after_the_handshake_timeout() {
    run(r#"
        > connect
        < request open
        > at 9999
        > at 10000
        < notice unavailable
        > at 14999
        > at 15000
        < request close 1000
        < notice lost HandshakeTimeout retry at 15000
        > at 15001
        < request open
        > open
        > at 30000
        > at 30001
        < request close 1000
        < notice lost HandshakeTimeout retry at 30001
    "#);
}

#[test]
fn silence_leads_to_a_ping_and_an_unanswered_ping_to_a_new_connection() {
    connected(
        r#"
        > at 119999
        > at 120000
        < out {"event":"pusher:ping","data":{}}
        > timeout
        < timeout 150000 Pong
        > at 149999
        > at 150000
        < request close 1000
        < notice lost PongTimeout retry at 150000
        > at 150001
        < request open
    "#,
    );
}

#[test]
fn anything_that_arrives_counts_as_an_answer_to_a_ping() {
    for answer in [
        r#"in {"event":"pusher:pong"}"#,
        r#"in {"event":"pusher:pong","data":{}}"#,
        r#"in {"event":"pusher:pong","data":"{}"}"#,
        "activity",
    ] {
        connected(&format!(
            r#"
            > at 120000
            < out {{"event":"pusher:ping","data":{{}}}}
            > at 140000
            > {answer}
            > at 150000
            > timeout
            < timeout 240000 Ping
        "#
        ));
    }
}

#[test]
fn a_client_that_only_listens_pings_all_the_same() {
    // soketi closes 120 s after its own last message on a socket, and other servers expect messages from the client.
    connected(
        r#"
        > at 60000
        > in {"event":"pusher:pong"}
        > at 119000
        > in {"event":"pusher:pong"}
        > at 120000
        < out {"event":"pusher:ping","data":{}}
    "#,
    );
}

#[test]
fn pings_are_answered() {
    connected(
        r#"
        > in {"event":"pusher:ping"}
        < out {"event":"pusher:pong","data":{}}
        > in {"event":"pusher:ping","data":"{}"}
        < out {"event":"pusher:pong","data":{}}
    "#,
    );
}

#[test]
fn ping_now_pings_at_once_and_only_once() {
    connected(
        r#"
        > at 5000
        > check
        < out {"event":"pusher:ping","data":{}}
        > check
        > timeout
        < timeout 35000 Pong
        > in {"event":"pusher:pong"}
        > check
        < out {"event":"pusher:ping","data":{}}
        > close
        < notice lost Abnormal retry at 5000
        > check
        < request open
    "#,
    );
}

#[test]
fn a_clock_that_jumps_forward_fires_each_timer_once_and_one_that_goes_back_stands_still() {
    connected(
        r#"
        > at 9000000
        < out {"event":"pusher:ping","data":{}}
        > timeout
        < timeout 9030000 Pong
        > at 100
        > timeout
        < timeout 9030000 Pong
        > in {"event":"pusher:pong"}
        > timeout
        < timeout 9120000 Ping
    "#,
    );
}

#[test]
fn a_clock_that_jumps_by_weeks_or_years_fires_the_timers_in_between() {
    const DAY: u64 = 86_400_000;
    for days in [12, 13, 24, 25, 30, 49, 50, 60, 4000] {
        let now = days * DAY;
        connected(&format!(
            r#"
            > subscribe private-a
            < request authorize 1.1 private-a
            > at {now}
            < out {{"event":"pusher:ping","data":{{}}}}
            < notice failed private-a AuthorizationTimeout retry at {}
            > timeout
            < timeout {} Channel
            > at {}
            < request close 1000
            < notice lost PongTimeout retry at {}
            > at {}
            < request open
            < notice unavailable
        "#,
            now + 1000,
            now + 1000,
            now + 31_000 + 20 * DAY,
            now + 31_000 + 20 * DAY,
            now + 31_001 + 80 * DAY,
        ));
    }
}

#[test]
fn no_timer_waits_longer_than_twelve_days() {
    let mut config = config();
    config.activity_timeout = Duration::MAX;
    run_with(
        config,
        r#"
        > connect
        < request open
        > open
        > in {"event":"pusher:connection_established","data":{"socket_id":"1.1","activity_timeout":4000000}}
        < event connected 1.1
        > timeout
        < timeout 1073741824 Ping
        > at 1073741823
        > at 1073741824
        < out {"event":"pusher:ping","data":{}}
    "#,
    );
}

/// Creates a client that gives up before its connection has been stable, and returns it with the time.
fn established_at_the_last_attempt() -> (TestClient, Instant) {
    let mut config = config();
    config.reconnect.limit = Some(1);
    let mut client = TestClient::new(config);
    let now = Instant::from_millis(1);
    client.connect(now);
    assert_eq!(client.poll_request(), Some(Request::Open { secure: false }));
    client.handle_close(now, Close::OpenFailed); // the only consecutive failure that is allowed
    client.handle_timeout(now);
    assert_eq!(client.poll_request(), Some(Request::Open { secure: false }));
    client.handle_open(now);
    let mut established = *br#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#;
    client.handle_text(now, &mut established).unwrap();
    (client, now)
}

#[test]
fn a_connection_that_lasted_until_the_ticks_wrapped_was_stable() {
    let (mut client, mut now) = established_at_the_last_attempt();
    let end = now + Duration::MAX + Duration::from_secs(1);
    while now < end {
        now = end.min(now + Duration::from_secs(60));
        client.handle_timeout(now);
        client.handle_activity(now);
        while client.poll_transmit(now, &mut [0; 64]).unwrap().is_some() {}
    }
    assert_eq!(client.state(), State::Connected);
    client.handle_close(now, Close::Abnormal);
    assert_eq!(client.state(), State::Waiting { retry_at: now });
}

#[test]
fn a_stable_connection_counts_even_if_no_timer_ever_expired() {
    let (mut client, mut now) = established_at_the_last_attempt();
    let end = now + Duration::from_secs(30 * 86_400);
    while now < end {
        now = now + Duration::from_secs(20);
        client.handle_text(now, &mut br#"{"event":"pusher:ping"}"#.to_vec()).unwrap();
        assert!(client.poll_transmit(now, &mut [0; 64]).unwrap().is_some());
        assert!(client.poll_timeout().is_some_and(|(at, _)| at > now));
    }
    client.handle_close(now, Close::Abnormal);
    assert_eq!(client.state(), State::Waiting { retry_at: now });
}

#[test]
fn at_the_largest_instant_every_timer_has_expired() {
    let end = Instant::from_millis(u64::MAX);
    let mut client = TestClient::new(config());
    client.connect(end);
    assert_eq!(client.poll_request(), Some(Request::Open { secure: false }));
    assert_eq!(client.poll_timeout().map(|(at, _)| at), Some(end));
    client.handle_timeout(end);
    assert_eq!(client.state(), State::Waiting { retry_at: end });
}

#[cfg(not(feature = "users"))]
#[test]
fn without_the_feature_users_events_about_users_are_ordinary_events() {
    connected(
        r##"
        > in {"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":\\\"7\\\"}\"}"}
        < event other pusher:signin_success - text {"user_data":"{\"id\":\"7\"}"}
        > in {"event":"pusher_internal:watchlist_events","data":{"events":[]}}
        < event other pusher_internal:watchlist_events - json {"events":[]}
        > in {"event":"hello","channel":"#server-to-user-7","data":{}}
        < event other hello #server-to-user-7 json {}
        > in {"event":"online","data":{"user_ids":["8"]}}
        < event other online - json {"user_ids":["8"]}
        > in {"event":"pusher:error","data":{"code":4009,"message":"user"}}
        < event error 4009 user
    "##,
    );
}

#[test]
fn close_codes_decide_about_a_reconnect() {
    let cases = [
        ("", "Abnormal retry at 0", "request open"),
        ("1000", "1000 retry at 0", "request open"),
        ("1006", "Abnormal retry at 0", "request open"),
        ("1009", "1009 retry at 0", "request open"),
        ("4000", "4000 retry at 0", "request open secure"),
        ("4100", "4100 retry at 1000", "request open"),
        ("4200", "4200 retry at 0", "request open"),
        ("4201", "4201 retry at 0", "request open"),
        ("4300", "4300 retry at 0", "request open"),
    ];
    for (code, notice, request) in cases {
        connected(&format!(
            "
            > {}
            < notice lost {notice}
            > at 1000
            < {request}
        ",
            format!("close {code}").trim()
        ));
    }
    for code in [4001, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4099] {
        connected(&format!(
            "
            > close {code}
            < notice lost {code} for good
            > at 900000
            > state
            < state Failed None
            > timeout
            < timeout never
            > connect
            < request open
        "
        ));
    }
}

#[test]
fn demanding_tls_on_a_tls_connection_ends_it() {
    connected(
        "
        > close 4000
        < notice lost 4000 retry at 0
        > at 1
        < request open secure
        > open
        > close 4000
        < notice lost 4000 for good
    ",
    );
}

#[test]
fn immediate_reconnects_are_limited_to_two_in_a_row_until_a_connection_is_stable() {
    let mut config = config();
    config.reconnect.base = Duration::from_secs(1);
    connected_with(
        config,
        r#"
        > close 4200
        < notice lost 4200 retry at 0
        > at 0
        < request open
        > close 4200
        < notice lost 4200 retry at 0
        > at 0
        < request open
        > close 4200
        < notice lost 4200 retry at 88
        > at 1000
        < request open
        > open
        > in {"event":"pusher:connection_established","data":{"socket_id":"2.2"}}
        < event connected 2.2
        > at 31000
        > close 4200
        < notice lost 4200 retry at 31000
    "#,
    );
}

#[test]
fn the_last_error_before_a_close_without_a_code_is_its_reason() {
    // protocol checklist 7 and 14: Reverb reports in-band and then only closes the TCP connection.
    connected(
        r#"
        > in {"event":"pusher:error","data":"{\"code\":4009,\"message\":\"Connection not authorized\"}"}
        < event error 4009 Connection not authorized
        > close
        < notice lost 4009 for good
    "#,
    );
    connected(
        r#"
        > in {"event":"pusher:error","data":{"code":4200,"message":"Invalid message format"}}
        < event error 4200 Invalid message format
        > in {"event":"pusher:pong"}
        > close
        < notice lost Abnormal retry at 0
    "#,
    );
    connected(
        r#"
        > in {"event":"pusher:error","data":{"code":4009,"message":"x"}}
        < event error 4009 x
        > close 4200
        < notice lost 4200 retry at 0
    "#,
    );
}

#[test]
fn an_error_followed_by_websocket_pings_is_not_the_reason_for_a_close() {
    connected(
        r#"
        > in {"event":"pusher:error","data":{"code":4009,"message":"x"}}
        < event error 4009 x
        > at 1000
        > activity
        > close
        < notice lost Abnormal retry at 1000
    "#,
    );
}

#[test]
fn an_error_of_an_earlier_connection_does_not_affect_the_next() {
    connected(
        r#"
        > in {"event":"pusher:error","data":{"code":4009,"message":"x"}}
        < event error 4009 x
        > disconnect
        < request close 1000
        > connect
        < request open
        > close
        < notice lost Abnormal retry at 0
    "#,
    );
}

#[test]
fn no_missing_connection_is_reported_after_a_disconnect() {
    let mut script = Script::new(config());
    script.client.connect(Instant::ZERO);
    script.client.handle_timeout(Instant::from_millis(10_000));
    script.client.disconnect(Instant::from_millis(10_000));
    assert_eq!(script.client.poll_notice(), None);
}

#[test]
fn an_error_in_band_never_ends_an_established_connection() {
    for code in [4000, 4001, 4009, 4100, 4200, 4201, 4301] {
        connected(&format!(
            r#"
            > in {{"event":"pusher:error","data":{{"code":{code},"message":"x"}}}}
            < event error {code} x
            > state
            < state Connected Some("1.1")
        "#
        ));
    }
}

#[test]
fn an_old_or_unrelated_error_is_not_the_reason_for_a_close() {
    // sockudo answers subscriptions with 4009 and keeps the connection; a failure an hour later must be retried.
    connected(
        r#"
        > in {"event":"pusher:error","data":{"code":4009,"message":"Authentication error"}}
        < event error 4009 Authentication error
        > at 5001
        > close
        < notice lost Abnormal retry at 5001
    "#,
    );
    // sockudo sends 4000 for unreadable messages. It does not demand TLS.
    connected(
        r#"
        > in {"event":"pusher:error","data":{"code":4000,"message":"Invalid event name"}}
        < event error 4000 Invalid event name
        > close
        < notice lost Abnormal retry at 0
    "#,
    );
}

#[test]
fn an_error_before_the_connection_is_established_ends_the_attempt() {
    run(r#"
        > connect
        < request open
        > open
        > in {"event":"pusher:error","data":{"code":4001,"message":"App key x not in this cluster"}}
        < event error 4001 App key x not in this cluster
        < request close 1000
        < notice lost 4001 for good
        > close 4001
        > state
        < state Failed None
    "#);
}

#[test]
fn an_error_without_a_code_ends_nothing() {
    // protocol checklist 4
    connected(
        r#"
        > in {"event":"pusher:error","data":{"code":null,"message":"Invalid client event"}}
        < event error - Invalid client event
        > in {"event":"pusher:error","data":"not json"}
        < event error - not json
        > in {"event":"pusher:error"}
        < event error -
        > state
        < state Connected Some("1.1")
    "#,
    );
}

#[test]
fn late_and_repeated_inputs_are_harmless() {
    run(r#"
        > close
        > open
        < request close 1000
        > activity
        > at 5
        > disconnect
        > connect
        < request open
        > close refused
        < notice lost ConnectFailed retry at 5
        > close
        > open
        < request close 1000
        > disconnect
        > state
        < state Disconnected None
    "#);
}

#[test]
fn a_connection_that_is_missing_for_ten_seconds_is_reported_once() {
    connected(
        "
        > at 1000
        > close
        < notice lost Abnormal retry at 1000
        > at 1001
        < request open
        > timeout
        < timeout 11000 Unavailable
        > at 11000
        < notice unavailable
        > at 12000
        > timeout
        < timeout 16001 Handshake
    ",
    );
}

#[test]
fn attempts_are_limited_if_the_application_sets_a_limit() {
    let mut config = config();
    config.reconnect.limit = Some(1);
    run_with(
        config,
        "
        > connect
        < request open
        > close refused
        < notice lost ConnectFailed retry at 0
        > at 0
        < request open
        > close refused
        < notice lost ConnectFailed for good
    ",
    );
}

#[test]
fn a_notice_polled_late_does_not_report_a_client_that_is_retrying_as_failed() {
    let now = Instant::from_millis(1);
    let mut script = Script::new(config());
    script.client.connect(now);
    let _ = script.client.poll_request();
    script.client.handle_close(now, Close::Code(4200));
    script.client.handle_timeout(now); // the next attempt begins at once
    let expected = Notice::Disconnected { reason: Reason::Code(4200), retry_at: Some(now) };
    assert_eq!(script.client.poll_notice(), Some(expected));
}

#[test]
fn a_report_about_an_earlier_transport_does_not_count_for_the_next() {
    let mut script = Script::new(config());
    for close in [Close::Abnormal, Close::OpenFailed, Close::Code(4001)] {
        script.client.connect(script.now);
        script.client.handle_open(script.now);
        script.client.handle_close(script.now, close);
        assert_eq!(script.client.state(), State::Connecting);
        assert_eq!(script.client.poll_request(), Some(Request::Open { secure: false }));
        script.client.disconnect(script.now);
        assert_eq!(script.client.poll_request(), Some(Request::Close(1000)));
    }
}

#[test]
fn a_client_that_has_failed_is_not_reported_as_unavailable() {
    let mut client: Client<1, 16> = Client::new(config());
    let at = Instant::from_millis;
    client.connect(at(0));
    let _ = client.poll_request();
    // The notice has not been polled yet when the server forbids another attempt.
    client.handle_timeout(at(10_000));
    client.handle_close(at(10_001), Close::Code(4001));
    assert_eq!(client.state(), State::Failed);
    let lost = Notice::Disconnected { reason: Reason::Code(4001), retry_at: None };
    assert_eq!(client.poll_notice(), Some(lost));
    assert_eq!(client.poll_notice(), None);
}

#[test]
fn a_loss_is_reported_even_if_the_next_connection_is_faster_than_the_poll() {
    let mut client: Client<1, 16> = Client::new(config());
    let at = Instant::from_millis;
    let established = br#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#;
    client.connect(at(0));
    for time in 0..2 {
        client.handle_timeout(at(time));
        let _ = client.poll_request();
        client.handle_open(at(time));
        client.handle_text(at(time), &mut established.to_vec()).unwrap();
        if time == 0 {
            client.handle_close(at(0), Close::Code(4200));
        }
    }
    assert_eq!((client.state(), client.reason()), (State::Connected, None));
    let lost = Notice::Disconnected { reason: Reason::Code(4200), retry_at: Some(at(1)) };
    assert_eq!(client.poll_notice(), Some(lost));
    assert_eq!(client.poll_notice(), None);
    // Later actions of the application are unaffected.
    client.disconnect(at(2));
    assert_eq!(client.reason(), None);
}

#[test]
fn numbers_may_be_written_with_a_fraction_or_an_exponent() {
    for (timeout, code) in [("30.0", "4001.0"), ("3e1", "4.001e3"), ("0.3E+2", "40010e-1")] {
        run(&format!(
            r#"
            > connect
            < request open
            > open
            > in {{"event":"pusher:connection_established","data":{{"socket_id":"1.1","activity_timeout":{timeout}}}}}
            < event connected 1.1
            > timeout
            < timeout 30000 Ping
            > in {{"event":"pusher:error","data":{{"code":{code},"message":"No"}}}}
            < event error 4001 No
        "#
        ));
    }
}
