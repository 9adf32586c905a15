//! A fleet of clients that lose their server at once, in virtual time: their connects are spread over the recovery.
//!
//! `FLEET_PLOT=FILE` also writes the connects per second of each case, for benches/fleet.py.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt::Write as _;

use pusher_proto::client::{Client, Close, Config, Pacing, Request, State};
use pusher_proto::{ChannelStatus, Duration, Instant};

const CLIENTS: u32 = 100_000;
/// When the server is lost; all connections are stable by then.
const LOSS: u64 = 100_000;

type Member = Client<1, 16>;

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn establish<const CHANNELS: usize, const NAME: usize>(client: &mut Client<CHANNELS, NAME>, now: u64) {
    client.handle_open(at(now));
    let mut established = *br#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}"#;
    client.handle_text(at(now), &mut established).unwrap();
}

/// Returns the connects in each `bucket` ms from the return of the server on, and the length of the recovery in ms,
/// until the last connect. The server is away for `outage` ms after it has closed all connections with `close`, and
/// refuses every attempt meanwhile.
fn recovery(clients: u32, close: Close, outage: u64, bucket: u64) -> (Vec<u32>, u64) {
    let mut fleet: Vec<Member> = (0..clients).map(|serial| Client::new(Config::new(serial))).collect();
    let mut due = BinaryHeap::new();
    for (client, serial) in fleet.iter_mut().zip(0usize..) {
        client.connect(at(0));
        assert!(matches!(client.poll_request(), Some(Request::Open { .. })));
        establish(client, 0);
        client.handle_close(at(LOSS), close);
        let State::Waiting { retry_at } = client.state() else { panic!("{:?}", client.state()) };
        due.push(Reverse((retry_at.as_millis(), serial)));
    }
    let back = LOSS + outage;
    let mut seconds: BTreeMap<usize, u32> = BTreeMap::new();
    let mut length = 0;
    while let Some(Reverse((now, serial))) = due.pop() {
        let client = &mut fleet[serial];
        client.handle_timeout(at(now));
        assert!(matches!(client.poll_request(), Some(Request::Open { .. })), "{:?}", client.state());
        if now < back {
            client.handle_close(at(now), Close::OpenFailed);
            let State::Waiting { retry_at } = client.state() else { panic!("{:?}", client.state()) };
            due.push(Reverse((retry_at.as_millis(), serial)));
        } else {
            length = now - back;
            *seconds.entry((length / bucket) as usize).or_default() += 1;
            establish(client, now);
        }
    }
    let last = *seconds.keys().last().unwrap();
    ((0..=last).map(|second| seconds.get(&second).copied().unwrap_or(0)).collect(), length)
}

/// Checks one case, and prints its figure.
fn check(name: &str, clients: u32, close: Close, outage: u64, bucket: u64, limit: f64) {
    let (recovery, length) = recovery(clients, close, outage, bucket);
    let peak = f64::from(*recovery.iter().max().unwrap());
    // Of a recovery shorter than a bucket, all are in one.
    let mean = f64::from(clients) * bucket as f64 / length.max(bucket) as f64;
    println!("figure fleet-{name} {:.2}", peak / mean);
    if let Ok(file) = std::env::var("FLEET_PLOT") {
        let mut text = std::fs::read_to_string(&file).unwrap_or_default();
        writeln!(text, "{name}\t{clients}\t{bucket}\t{recovery:?}").unwrap();
        std::fs::write(file, text).unwrap();
    }
    assert!(peak <= limit * mean, "{name}: peak {peak}, mean {mean:.0}: {:.2} times", peak / mean);
}

/// The number of clients where each makes many attempts.
fn many() -> u32 {
    std::env::var("FLEET_CLIENTS").map_or(10_000, |count| count.parse().unwrap())
}

#[test]
fn a_server_that_returns_at_once_gets_its_clients_back_evenly() {
    // In tenths of a second, because the span of the first wait is a second.
    check("abnormal-0", CLIENTS, Close::Abnormal, 0, 100, 2.0);
    // Over capacity: a second later, and as evenly.
    check("4100-0", CLIENTS, Close::Code(4100), 1000, 100, 2.0);
    // What a server wants back at once comes at once.
    check("4200-0", CLIENTS, Close::Code(4200), 0, 1000, 2.0);
}

#[test]
fn a_server_that_returns_after_minutes_gets_its_clients_back_evenly() {
    for outage in [200, 300, 600] {
        check(&format!("abnormal-{outage}"), many(), Close::Abnormal, outage * 1000, 1000, 2.0);
    }
    check("4200-300", many(), Close::Code(4200), 300_000, 1000, 2.0);
}

#[test]
fn a_server_that_returns_earlier_gets_its_clients_back_evenly() {
    for outage in [1, 2, 5, 10, 20, 30, 60, 90, 110, 130] {
        // In tenths of a second where the whole recovery takes a few.
        let bucket = if outage < 10 { 100 } else { 1000 };
        check(&format!("abnormal-{outage}"), many(), Close::Abnormal, outage * 1000, bucket, 2.0);
        check(&format!("4200-{outage}"), many(), Close::Code(4200), outage * 1000, bucket, 2.0);
    }
}

/// Subscribes 100 channels on a new connection; returns when each message was sent.
fn messages(pacing: Pacing) -> Vec<u64> {
    let mut config = Config::new(1);
    config.pacing = pacing;
    let mut client: Client<100, 16> = Client::new(config);
    for number in 0..100 {
        client.subscribe(at(0), &format!("news-{number}")).unwrap();
    }
    client.connect(at(0));
    let _ = client.poll_request();
    establish(&mut client, 0);
    let (mut now, mut sent, mut out) = (0, Vec::new(), [0; 128]);
    while now < 300_000 {
        while let Some(message) = client.poll_transmit(at(now), &mut out).unwrap() {
            sent.push(now);
            let answer = match message.split('"').nth(9) {
                Some(name) => format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{name}"}}"#),
                None => r#"{"event":"pusher:pong"}"#.into(),
            };
            client.handle_text(at(now), &mut answer.into_bytes()).unwrap();
        }
        now = client.poll_timeout().unwrap().0.as_millis();
        client.handle_timeout(at(now));
    }
    let subscribed = |&channel: &_| client.channel_status(channel) == Some(ChannelStatus::Subscribed);
    assert_eq!(client.channels().filter(subscribed).count(), 100);
    sent
}

/// Returns the most messages in any window of a minute.
fn most_in_a_minute(sent: &[u64]) -> usize {
    sent.iter().map(|&from| sent.iter().filter(|&&at| (from..from + 60_000).contains(&at)).count()).max().unwrap()
}

#[test]
fn with_the_limit_of_reverb_no_client_is_cut_off_while_it_subscribes_to_100_channels() {
    let paced = messages(Pacing { messages: 60, per: Duration::from_secs(60) });
    assert!(most_in_a_minute(&paced) <= 60, "{} messages in a minute", most_in_a_minute(&paced));
    let last = paced[99];
    assert!(last <= 70_000, "the last subscription after {last} ms");
    // Without pacing, as by default, such a server would cut the client off.
    let unpaced = messages(Pacing::NONE);
    assert!(most_in_a_minute(&unpaced) > 60);
}
