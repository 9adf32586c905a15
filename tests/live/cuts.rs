//! A connection to soketi that is cut every second: each time the client subscribes again, with no error in between.
//!
//! `CUT_SECONDS=180` runs for three minutes, as `tests/run.sh --long live` does. `tests/run.sh` installs soketi.

#[path = "../support/socket.rs"]
mod socket;
#[path = "../support/mod.rs"]
mod support;

use std::time::{Duration, Instant as Clock};

use pusher_proto::auth::Credentials;
use pusher_proto::client::{Client, Config};
use pusher_proto::event::Event;
use pusher_proto::io::Step;
use pusher_proto::{ChannelStatus, Connection, Endpoint, Instant};
use socket::Socket;
use support::http::App;
use support::peer::{Kind, Server};

#[test]
fn a_connection_that_is_cut_every_second_comes_back_each_time() {
    let Some(server) = Server::start(Kind::Soketi) else { return };
    let seconds = std::env::var("CUT_SECONDS").map_or(10, |count| count.parse::<u64>().unwrap());
    let mut config = Config::new(1);
    config.reconnect.base = pusher_proto::Duration::ZERO;
    let url = format!("ws://{}", server.address());
    let endpoint = Endpoint::from_url(&url, App::OPEN.key).unwrap();
    let random: fn(&mut [u8]) = |bytes| getrandom::fill(bytes).unwrap();
    let client: Client<3, 32> = Client::new(config);
    let mut connection = Connection::with_buffers(client, endpoint, random, vec![0; 2048], vec![0; 512]);
    connection.set_channel_data(Some(r#"{"user_id":"1"}"#));
    let mut credentials = Credentials::new(App::OPEN.key, App::OPEN.secret.as_bytes());
    let started = Clock::now();
    let now = || Instant::from_millis(started.elapsed().as_millis() as u64);
    let names = ["cuts", "private-cuts", "presence-cuts"];
    let channels = names.map(|name| connection.subscribe(now(), name).unwrap());
    connection.connect(now());

    let (mut socket, mut opened, mut subscribed, mut cuts) = (None::<Socket>, started, 0, 0);
    let end = started + Duration::from_secs(seconds);
    let all = |connection: &Connection<'_, fn(&mut [u8]), 3, 32, Vec<u8>>| {
        channels.iter().all(|&it| connection.client().channel_status(it) == Some(ChannelStatus::Subscribed))
    };
    while Clock::now() < end || !all(&connection) {
        assert!(Clock::now() < end + Duration::from_secs(20), "not subscribed after the last cut");
        if socket.is_some() && Clock::now() < end && opened.elapsed() >= Duration::from_secs(1) {
            // A busy machine may need longer than a second.
            assert!(opened.elapsed() < Duration::from_secs(20), "not subscribed after {cuts} cuts");
            if all(&connection) {
                socket = None; // the driver takes it for the end of the socket
                cuts += 1;
            }
        }
        match connection.step(now(), socket.as_mut(), &mut credentials) {
            Step::Open { attempt, .. } => match Socket::open(server.address()) {
                Ok(open) => (socket, opened) = (Some(open), Clock::now()),
                Err(_) => connection.handle_open_failed(now(), attempt),
            },
            Step::Close(_) => socket = None,
            Step::Event(Event::Subscribed { .. }) => subscribed += 1,
            Step::Event(event @ (Event::Error(_) | Event::SubscriptionFailed { .. })) => panic!("{event:?}"),
            Step::Wait { .. } => std::thread::sleep(Duration::from_millis(1)),
            _ => {}
        }
    }
    assert_eq!(subscribed, 3 * (cuts + 1), "each channel once on each connection");
    assert!(cuts >= seconds / 2, "{cuts} cuts in {seconds} s");
    println!("{cuts} cuts, {subscribed} subscriptions");
}
