//! Every number of the protocol at its limits.

use crate::server::{Hostile, Reply, close, established, fair_answers, frame, text};
use crate::world::World;

/// Numbers at the limits of their types, and what is no number.
const NUMBERS: [&str; 26] = [
    "0",
    "-0",
    "1",
    "-1",
    "0.5",
    "1e0",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "4294967",
    "4294968",
    "4294967289",
    "4294967290",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "1e308",
    "1e99999999999999999999",
    "0.000000000000000000001e21",
    "1e-4294967296",
    "\"7\"",
    "\"\"",
    "null",
    "[1]",
];

fn fair(client: &mut crate::server::Client) -> Reply {
    let bytes = fair_answers(&std::mem::take(&mut client.texts));
    if bytes.is_empty() { Reply::Wait(None) } else { Reply::Bytes(bytes) }
}

#[test]
fn any_activity_timeout_leads_to_pings_at_least_a_second_and_at_most_two_minutes_apart() {
    for number in NUMBERS {
        let mut world = World::new(move || {
            let data = format!(r#"{{"socket_id":"1.1","activity_timeout":{number}}}"#);
            let mut bytes = Some(text(&format!(r#"{{"event":"pusher:connection_established","data":{data}}}"#)));
            Box::new(Hostile::handshaken(move |_, client| bytes.take().map_or_else(|| fair(client), Reply::Bytes)))
        });
        world.run_until(600_000);
        world.saw("Connected");
        // The server answers every ping. A ping has 39 bytes, and all else fewer than 2000.
        let pings = world.bytes_out / 39;
        assert!((4..=660).contains(&pings), "{number}: {pings} pings in ten minutes");
        assert_eq!(world.opened.len(), 1, "{number}");
        world.works_again();
    }
}

#[test]
fn any_close_code_is_a_result() {
    for code in
        (0..=1100).step_by(11).chain(997..=1016).chain(2990..=3001).chain(3998..=4304).chain([4999, 5000, 65535])
    {
        let mut world = World::new(move || Box::new(Hostile::subscribed(crate::server::once(close(code)))));
        world.run_until(3000);
        let is_valid = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        let expected = if is_valid {
            format!("close by server Some({code})")
        } else {
            format!("close Protocol(InvalidCloseCode({code}))")
        };
        world.saw(&expected);
        assert!(world.opened.len() < 15, "{code}: {} connections in 3 s", world.opened.len());
        if code % 50 == 0 {
            world.works_again();
        }
    }
}

#[test]
fn any_length_in_the_header_of_a_frame_is_a_frame_or_an_error() {
    for second in 0..=255u8 {
        for extended in
            [[0; 8], [0xff; 8], [0, 0, 0, 0, 0, 0, 0xff, 0xff], [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]]
        {
            let mut header = vec![0x81, second];
            match second & 0x7f {
                126 => header.extend(&extended[6..]),
                127 => header.extend(extended),
                _ => {}
            }
            let mut world = World::new(move || Box::new(Hostile::subscribed(crate::server::once(header.clone()))));
            world.run_until(1000);
            let is_refused = world.count("close Protocol(") != 0;
            assert_eq!(is_refused, second >= 126, "{second} {extended:?}: {:?}", world.results);
        }
    }
}

#[test]
fn any_number_in_an_event_is_a_number_or_an_error() {
    for number in NUMBERS {
        let messages = [
            format!(
                r#"{{"event":"pusher_internal:subscription_count","channel":"news","data":{{"subscription_count":{number}}}}}"#
            ),
            format!(r#"{{"event":"pusher:error","data":{{"code":{number},"message":"x"}}}}"#),
            format!(r#"{{"event":"pusher:error","code":{number},"message":"x"}}"#),
            format!(
                r#"{{"event":"pusher_internal:subscription_succeeded","channel":"presence-b","data":{{"presence":{{"count":{number},"ids":[{number}]}}}}}}"#
            ),
            format!(
                r#"{{"event":"pusher_internal:member_added","channel":"presence-b","data":{{"user_id":{number}}}}}"#
            ),
            format!(r#"{{"event":"x","channel":"news","data":{number},"user_id":{number}}}"#),
            format!(r#"{{"event":"x","channel":{number},"data":"1"}}"#),
            r#"{"event":"last","channel":"news","data":"1"}"#.to_string(),
        ];
        let bytes: Vec<u8> = messages.iter().flat_map(|message| text(message)).collect();
        let mut world = World::new(move || Box::new(Hostile::subscribed(crate::server::once(bytes.clone()))));
        world.run_until(1000);
        world.saw("event last on news");
        world.saw("error ");
        assert!(world.count("count ") + world.count("bad envelope MissingData") > 0, "{number}: {:?}", world.results);
        world.works_again();
    }
}

#[test]
fn any_status_of_a_refusal_is_a_refusal() {
    for number in NUMBERS.into_iter().chain(["401", "429", "500", "599", "600", "4099", "4100", "4299", "4300", "4301"])
    {
        let mut world = World::new(move || {
            Box::new(Hostile::established(move |_, client| {
                let refusal = format!(
                    r#"{{"event":"pusher:subscription_error","channel":"news","data":{{"type":"x","error":"x","status":{number}}}}}"#
                );
                let news = |text: &String| text.contains("\"news\"") && text.contains("pusher:subscribe");
                let refused = client.texts.iter().filter(|text| news(text)).count();
                client.texts.retain(|text| !news(text));
                let bytes = [text(&refusal).repeat(refused), fair_answers(&std::mem::take(&mut client.texts))].concat();
                if bytes.is_empty() { Reply::Wait(None) } else { Reply::Bytes(bytes) }
            }))
        });
        world.run_until(300_000);
        // The first request, and five retries at most.
        let refusals = world.count("refused");
        assert!((1..=6).contains(&refusals), "{number}: {refusals} refusals");
        assert_eq!(world.opened.len(), 1, "{number}");
        world.works_again();
    }
}

#[test]
fn any_code_of_an_error_before_the_connection_is_established_is_a_result() {
    for code in (3990..4310).step_by(3).chain([0, 1, 65535]) {
        let mut world = World::new(move || {
            let error = format!(r#"{{"event":"pusher:error","data":{{"code":{code},"message":"x"}}}}"#);
            Box::new(Hostile::handshaken(crate::server::once(text(&error))))
        });
        world.run_until(3000);
        world.saw(&format!("error Some({code})"));
        world.saw(&format!("notice Disconnected {{ reason: Code({code})"));
        assert!(world.opened.len() < 15, "{code}: {} connections in 3 s", world.opened.len());
        world.works_again();
    }
}

#[test]
fn a_ping_of_any_length_has_a_pong_or_is_refused() {
    for length in 0..=130 {
        let mut world =
            World::new(move || Box::new(Hostile::subscribed(crate::server::once(frame(0x89, &vec![b'x'; length])))));
        world.run_until(100);
        assert_eq!(world.count("close Protocol(ControlTooLong)") != 0, length > 125, "{length}");
    }
    let mut world = World::new(|| Box::new(Hostile::handshaken(crate::server::once(established("1.1")))));
    world.run_until(100);
    world.works_again();
}
