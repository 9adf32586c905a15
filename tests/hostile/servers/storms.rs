//! Servers that let clients come and go: the number of connections stays limited.

use pusher_proto::client::State;

use crate::server::{Fair, Hostile, Reply, Server, close, established, fair_answers, once, text};
use crate::world::World;

/// The most attempts that the backoff leads to within a minute: two at once, and some ten before its span is long.
const WITHIN_A_MINUTE: usize = 16;

#[track_caller]
fn limited(world: &mut World, seconds: u64) {
    world.run_until(seconds * 1000);
    let most = world.opens_within(60_000);
    assert!(most <= WITHIN_A_MINUTE, "{most} connections within a minute: {:?}", world.results);
    let last = world.opened.iter().filter(|&&at| at + 600_000 > seconds * 1000).count();
    // With a span of 120 s the mean wait is 60 s.
    assert!(last <= 25, "{last} connections in the last ten minutes");
    assert!(world.opened.len() >= 10, "it has stopped trying: {:?}", world.opened);
}

#[test]
fn come_back_at_once_from_every_connection_is_no_storm() {
    for code in [4200, 4201, 4202, 4250, 4299] {
        let mut world = World::new(move || Box::new(Hostile::subscribed(once(close(code)))));
        limited(&mut world, 3600);
        world.saw(&format!("close by server Some({code})"));
        world.works_again();
        let error = format!(r#"{{"event":"pusher:error","data":{{"code":{code},"message":"x"}}}}"#);
        let mut world = World::new(move || Box::new(Hostile::handshaken(once(text(&error)))));
        limited(&mut world, 3600);
        world.works_again();
    }
}

#[test]
fn a_server_that_is_over_capacity_is_tried_again_after_a_second_at_least() {
    let mut world = World::new(|| Box::new(Hostile::subscribed(once(close(4100)))));
    limited(&mut world, 3600);
    assert!(world.opened.windows(2).all(|pair| pair[1] - pair[0] >= 1000), "{:?}", world.opened);
    world.works_again();
}

#[test]
fn connections_that_end_as_soon_as_they_are_up_are_no_storm() {
    let ends: [fn() -> Hostile; 5] = [
        || Hostile::opened(|_, _| Reply::End),
        || Hostile::handshaken(|_, _| Reply::End),
        || Hostile::established(|_, _| Reply::End),
        || Hostile::subscribed(|_, _| Reply::End),
        || Hostile::requested(once(b"HTTP/1.1 302 Found\r\nLocation: ws://other/\r\n\r\n".to_vec())),
    ];
    for server in ends {
        let mut world = World::new(move || Box::new(server()));
        limited(&mut world, 3600);
        world.works_again();
    }
}

#[test]
fn connections_that_end_whenever_they_count_as_stable_are_no_storm() {
    let server = || {
        let mut end = None;
        Hostile::subscribed(move |now, client| {
            let end = *end.get_or_insert(now + 30_100);
            let bytes = fair_answers(&std::mem::take(&mut client.texts));
            match bytes.is_empty() {
                _ if now >= end => Reply::Bytes(close(4200)),
                true => Reply::Wait(Some(end)),
                false => Reply::Bytes(bytes),
            }
        })
    };
    let mut world = World::new(move || Box::new(server()));
    world.run_until(3_600_000);
    // Each connection lasts 30 s.
    assert!(world.opened.len() <= 121, "{} connections in an hour", world.opened.len());
    world.works_again();
}

#[test]
fn final_codes_end_the_attempts_until_the_application_connects_again() {
    for code in [4001, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4099] {
        let mut world = World::new(move || Box::new(Hostile::established(once(close(code)))));
        world.run_until(3_600_000);
        assert_eq!((world.opened.len(), world.connection.client().state()), (1, State::Failed));
        world.works_again();
    }
}

/// A guess at a refusal, then a success for a channel that no slot holds: only a new connection gets rid of it. A
/// server can provoke this on every connection.
#[test]
fn subscriptions_that_only_a_new_connection_undoes_are_no_storm() {
    let server = || {
        Hostile::established(|_, client| {
            if client.texts.len() < crate::world::CHANNELS.len() {
                return Reply::Wait(None);
            }
            let error = text(r#"{"event":"pusher:error","data":{"code":null,"message":"x"}}"#);
            let unwanted = text(r#"{"event":"pusher_internal:subscription_succeeded","channel":"unwanted"}"#);
            let all: Vec<String> = std::mem::take(&mut client.texts);
            let (first, others) = all.split_first().unwrap();
            assert!(first.contains("pusher:subscribe"));
            Reply::Bytes([fair_answers(others), error, unwanted].concat())
        })
    };
    let mut world = World::new(move || Box::new(server()));
    world.run_until(60_000);
    let most = world.opens_within(60_000);
    assert!(most <= WITHIN_A_MINUTE, "{most} connections within a minute");
    assert!(most >= 2, "the server did not provoke it: {:?}", world.results);
    world.works_again();
}

/// A demand for TLS that is not the server's, such as one that was inserted into a connection without TLS, must not
/// outlive what the application starts anew.
#[test]
fn a_demand_for_tls_is_forgotten_when_the_application_starts_again() {
    let mut demands = Some(());
    let mut world = World::new(move || -> Box<dyn Server> {
        match demands.take() {
            Some(()) => Box::new(Hostile::established(once(close(4000)))),
            None => Box::new(Fair::new()),
        }
    });
    world.run_until(10_000);
    assert!(world.secure, "the demand is met");
    // Whatever happens on the way, the demand stays.
    world.run_until(20_000);
    assert!(world.secure);
    let now = world.time();
    world.connection.disconnect(now);
    world.run_until(25_000);
    let now = world.time();
    world.connection.connect(now);
    world.run_until(30_000);
    assert!(!world.secure, "the application's endpoint is without TLS");
    world.works_again();
}

#[test]
fn a_connection_that_is_established_under_a_new_id_each_time_is_no_storm() {
    let mut number = 0;
    let mut world = World::new(move || {
        number += 1;
        let bytes = [established(&format!("1.{number}")), close(1001)].concat();
        Box::new(Hostile::handshaken(once(bytes)))
    });
    limited(&mut world, 3600);
    world.saw("close by server Some(1001)");
    world.works_again();
}
