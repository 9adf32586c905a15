//! The application: one task owns the connection, others publish through a channel.

use core::fmt::Write;

use embassy_futures::select::{Either3, select3};
use embassy_net::Stack;
use embassy_net::tcp::TcpSocket;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use embassy_time::{Duration, Timer, with_timeout};
use heapless::String;
use pusher_proto::auth::Credentials;
use pusher_proto::client::TriggerError;
use pusher_proto::connection::SendError;
use pusher_proto::io::Step;
use pusher_proto::{Client, Config, Connection, Endpoint, Event, Instant, Payload};

use crate::board::{ADDRESS, URL, entropy, exit, println};

/// A product has its own key, and no secret: an auth server signs for it, as in `examples/remote_auth`.
const KEY: &str = "app-key";
const SECRET: &[u8] = b"app-secret";
const CHANNEL: &str = "private-readings";
/// An attempt to connect that takes longer has failed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// What a task publishes, as the client event `event`.
struct Reading {
    event: &'static str,
    value: u32,
}

/// The way to the connection. On a Cortex-M with one executor in thread mode, `ThreadModeRawMutex` is enough.
static READINGS: Channel<CriticalSectionRawMutex, Reading, 4> = Channel::new();

/// Publishes a reading each `period`. Waits while the channel is full, as it is without a connection.
#[embassy_executor::task(pool_size = 2)]
pub async fn sensor(event: &'static str, period: Duration) {
    for value in 0.. {
        Timer::after(period).await;
        READINGS.send(Reading { event, value }).await;
    }
}

fn now() -> Instant {
    Instant::from_millis(embassy_time::Instant::now().as_millis())
}

/// Waits until `due`, or forever.
async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => Timer::after_millis(due.saturating_duration_since(now()).as_millis().into()).await,
        None => core::future::pending().await,
    }
}

/// Connects, reconnects, prints events, and publishes the readings. Ends the program at an event `end`.
#[embassy_executor::task]
pub async fn connection(stack: Stack<'static>) {
    let (mut tcp_rx, mut tcp_tx) = ([0; 1024], [0; 1024]);
    let mut tcp = TcpSocket::new(stack, &mut tcp_rx, &mut tcp_tx);
    tcp.set_nagle_enabled(false); // the driver writes whole frames, so delaying them gains nothing

    let mut config = Config::new(entropy());
    config.reconnect.base = pusher_proto::Duration::from_millis(200);
    config.reconnect.cap = pusher_proto::Duration::from_millis(500);
    let client: Client<2, 32> = Client::new(config);
    let random = |bytes: &mut [u8]| bytes.fill_with(|| (entropy() >> 24) as u8);
    let mut credentials = Credentials::new(KEY, SECRET);
    let Ok(endpoint) = Endpoint::from_url(URL, KEY) else { panic!("invalid endpoint") };
    let (mut rx, mut tx) = ([0; 1024], [0; 512]);
    let mut connection = Connection::new(client, endpoint, random, &mut rx, &mut tx);
    let Ok(channel) = connection.subscribe(now(), CHANNEL) else { panic!("no room for a channel") };
    connection.connect(now());

    let mut is_open = false;
    let mut is_ending = false;
    // The reading that could not be sent yet, and when to try again.
    let mut unsent: Option<Reading> = None;
    loop {
        let mut due = connection.poll_timeout();
        if let Some(reading) = &unsent {
            let mut data = String::<16>::new();
            let _ = write!(data, "{}", reading.value); // a number has at most 10 digits
            match connection.trigger(now(), channel, reading.event, Payload::Json(&data)) {
                Ok(()) => unsent = None,
                // Another message is being sent, or there is no connection: tried again after the next step.
                Err(SendError::Busy | SendError::Client(TriggerError::NotSubscribed)) => {}
                Err(SendError::Client(TriggerError::RateLimited { retry_at })) => {
                    due = Some(due.map_or(retry_at, |due| due.min(retry_at)));
                }
                Err(error) => {
                    println!("{} is not sent: {error}", reading.event);
                    unsent = None;
                }
            }
        }
        if is_ending {
            connection.disconnect(now());
        }

        let next_reading = async {
            match unsent {
                None => READINGS.receive().await,
                Some(_) => core::future::pending().await,
            }
        };
        let step = connection.step_async(now(), is_open.then_some(&mut tcp), &mut credentials);
        // The losers are dropped. A `TcpSocket` and a `Channel` lose nothing by that.
        let step = match select3(step, next_reading, sleep_until(due)).await {
            Either3::First(step) => step,
            Either3::Second(reading) => {
                unsent = Some(reading);
                continue;
            }
            Either3::Third(()) => continue,
        };
        match step {
            Step::Open { attempt, .. } => {
                let opening = async {
                    // An earlier connection may not have ended at its peer.
                    tcp.abort();
                    let _ = tcp.flush().await;
                    tcp.connect(ADDRESS).await
                };
                is_open = matches!(with_timeout(CONNECT_TIMEOUT, opening).await, Ok(Ok(())));
                println!("{}", if is_open { "open" } else { "refused" });
                if !is_open {
                    connection.handle_open_failed(now(), attempt);
                }
            }
            Step::Close(end) => {
                println!("closed: {end}");
                is_open = false;
                tcp.close();
            }
            Step::Event(event) => {
                is_ending |= matches!(&event, Event::Channel(message) if message.event == "end");
                print(&event);
            }
            Step::Notice(notice) => println!("{notice:?}"),
            Step::BadEnvelope(error) => println!("{error}"),
            Step::OutputTooSmall(error) => panic!("{error}"),
            Step::Wait { until: None } => exit(),
            // Without a socket, the step does not wait by itself.
            Step::Wait { until } => sleep_until(until).await,
            _ => {}
        }
    }
}

fn print(event: &Event<'_>) {
    match event {
        Event::Connected { .. } => println!("connected"),
        Event::Subscribed { gap_since, .. } => {
            println!("subscribed, {}", if gap_since.is_some() { "with a gap" } else { "without gap" });
        }
        Event::Channel(message) => println!("event {} {}", message.event, message.payload.as_str()),
        other => println!("{other:?}"),
    }
}
