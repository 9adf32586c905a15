//! Servers that send or take a byte a second, in every phase.

use crate::server::{Hostile, Reply, Silent, drip, frame, once, text};
use crate::world::World;

/// Each attempt is given up within twice the handshake timeout of 15 s, and the backoff has a cap of 120 s.
#[track_caller]
fn gives_up_each_attempt(world: &mut World) {
    world.run_until(600_000);
    world.saw("notice Disconnected { reason: HandshakeTimeout");
    assert!(world.opened.len() >= 4, "{:?}", world.opened);
    let longest = world.opened.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest <= 150_000, "{longest} ms between two attempts");
    // A byte a second, and a few steps for each: the waits cost nothing.
    assert!(world.steps <= 5 * 600 + 20 * world.opened.len() as u64, "{} steps", world.steps);
    world.works_again();
}

#[test]
fn a_socket_that_never_opens_is_given_up() {
    gives_up_each_attempt(&mut World::new(|| Box::new(Silent)));
}

#[test]
fn an_answer_to_the_handshake_of_a_byte_a_second_is_given_up() {
    let head = "HTTP/1.1 101 Switching Protocols\r\nX: x".as_bytes();
    gives_up_each_attempt(&mut World::new(move || Box::new(Hostile::requested(drip(head.to_vec())))));
}

#[test]
fn interim_answers_of_a_byte_a_second_are_given_up() {
    let head = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100);
    gives_up_each_attempt(&mut World::new(move || Box::new(Hostile::opened(drip(head.clone().into_bytes())))));
}

#[test]
fn a_first_message_of_a_byte_a_second_is_given_up() {
    let bytes = frame(0x81, &[b' '; 900]);
    gives_up_each_attempt(&mut World::new(move || Box::new(Hostile::handshaken(drip(bytes.clone())))));
}

#[test]
fn pings_in_place_of_the_first_message_do_not_extend_the_handshake() {
    // Two bytes a second are a ping a second.
    gives_up_each_attempt(&mut World::new(|| Box::new(Hostile::handshaken(drip([0x89, 0].repeat(5000))))));
}

#[test]
fn a_server_that_takes_a_byte_of_the_request_a_second_is_given_up() {
    let slow = || {
        let mut last = 0;
        Hostile::opened(|_, _| Reply::Wait(None)).accepting(move |now| {
            let takes = now >= last + 1000;
            last = if takes { now } else { last };
            takes.into()
        })
    };
    gives_up_each_attempt(&mut World::new(move || Box::new(slow())));
}

#[test]
fn a_message_of_a_byte_a_second_does_not_keep_the_connection() {
    let bytes = frame(0x81, &[b' '; 900]);
    let mut world = World::new(move || Box::new(Hostile::subscribed(drip(bytes.clone()))));
    world.run_until(600_000);
    world.saw("notice Disconnected { reason: PongTimeout");
    // The server's activity timeout is 30 s, the pong timeout 30 s, and the backoff has a cap of 120 s.
    let longest = world.opened.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest <= 60_000 + 120_000 + 1000, "{longest} ms between two attempts");
    assert!(world.steps < 5000, "{} steps", world.steps);
    world.works_again();
}

#[test]
fn a_header_of_a_byte_a_second_does_not_keep_the_connection() {
    let mut world = World::new(|| Box::new(Hostile::subscribed(drip(vec![0x81, 126, 0x03, 0xff, b' ']))));
    world.run_until(300_000);
    world.saw("notice Disconnected { reason: PongTimeout");
    world.works_again();
}

#[test]
fn a_close_frame_of_a_byte_a_second_does_not_keep_the_connection() {
    // The frame is complete only after 127 s.
    let mut world =
        World::new(|| Box::new(Hostile::subscribed(drip(frame(0x88, &[&[0x0f, 0xa0][..], &[b'x'; 123]].concat())))));
    world.run_until(300_000);
    world.saw("notice Disconnected { reason: PongTimeout");
    world.works_again();
}

#[test]
fn fragments_of_nothing_for_ever_are_no_message_and_do_not_keep_the_connection() {
    // One message begins and never ends.
    let bytes = [frame(0x01, b"{"), frame(0x00, b"").repeat(2000)].concat();
    let mut world = World::new(move || Box::new(Hostile::subscribed(drip(bytes.clone()))));
    world.run_until(300_000);
    world.saw("notice Disconnected { reason: PongTimeout");
    world.works_again();
}

#[test]
fn a_server_that_sends_pings_and_takes_nothing_does_not_keep_the_connection() {
    let server = || {
        let mut written = 0;
        let mut next = 0;
        let pings = move |now: u64, _: &mut crate::server::Client| {
            if now < next {
                return Reply::Wait(Some(next));
            }
            next = now + 1000;
            Reply::Bytes(frame(0x89, b"ping"))
        };
        // Takes the request and three subscriptions, but no pong.
        Hostile::subscribed(pings).accepting(move |_| {
            written += 1;
            if written <= 4 { usize::MAX } else { 0 }
        })
    };
    let mut world = World::new(move || Box::new(server()));
    world.run_until(300_000);
    world.saw("notice Disconnected { reason: PongTimeout");
    assert!(world.steps < 10_000, "{} steps", world.steps);
    world.works_again();
}

#[test]
fn disconnecting_ends_within_two_seconds_though_the_server_takes_a_byte_a_second() {
    let server = || {
        let (mut written, mut last) = (0, 0);
        Hostile::subscribed(|_, _| Reply::Wait(None)).accepting(move |now| {
            written += 1;
            let takes = now >= last + 1000;
            last = if takes { now } else { last };
            if written <= 4 { usize::MAX } else { takes.into() }
        })
    };
    let mut world = World::new(move || Box::new(server()));
    world.run_until(1000);
    let now = world.time();
    world.connection.disconnect(now);
    world.run_until(2999);
    assert_eq!(world.count("close Requested"), 0, "{:?}", world.results);
    world.run_until(3001);
    world.saw("close Requested");
    let now = world.time();
    world.connection.connect(now);
    world.works_again();
}

#[test]
fn a_close_of_the_server_is_done_within_two_seconds_though_it_takes_nothing() {
    let server = || {
        let mut written = 0;
        Hostile::subscribed(once([crate::server::close(4200), text(r#"{"event":"x"}"#).repeat(9)].concat())).accepting(
            move |_| {
                written += 1;
                if written <= 4 { usize::MAX } else { 0 }
            },
        )
    };
    let mut world = World::new(move || Box::new(server()));
    world.run_until(1900);
    assert_eq!(world.count("close by server"), 0, "{:?}", world.results);
    world.run_until(2100);
    world.saw("close by server Some(4200)");
    world.works_again();
}
