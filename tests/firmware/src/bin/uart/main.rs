//! A client that is connected only through the UART of its board. The firmware sees a modem in transparent mode, the
//! server an ordinary client.
//!
//! | file | contents |
//! |---|---|
//! | `main.rs` | the application |
//! | `line.rs` | the UART with the traits of embedded-io |
//! | `clock.rs` | milliseconds from the counter of the board |
//! | `board/` | the registers of each board: its UART and its counter |
//!
//! The program logs over semihosting, one line per event. Events on the private channel are orders: `report` triggers a
//! client event, `end` ends the program.

#![no_std]
#![no_main]

#[cfg_attr(target_board = "microbit", path = "board/microbit.rs")]
#[cfg_attr(all(target_arch = "arm", not(target_board = "microbit")), path = "board/mps2.rs")]
#[cfg_attr(target_arch = "riscv32", path = "board/virt.rs")]
mod board;
mod clock;
mod line;

use core::panic::PanicInfo;

use clock::Clock;
use firmware::{entry, exit, println};
use line::Line;
use pusher_proto::auth::Credentials;
use pusher_proto::client::Config;
use pusher_proto::io::Step;
use pusher_proto::{Channel, Client, Connection, Duration, Endpoint, Event, Instant, Payload};

const PRIVATE: &str = "private-device";
const PRESENCE: &str = "presence-devices";
const CHANNEL_DATA: &str = r#"{"user_id":"device","user_info":{"name":"UART"}}"#;
/// The time in which a modem hangs up, dials and connects. Earlier bytes do not belong to the new connection.
const DIALLING: Duration = Duration::from_millis(1500);

/// The order in an event.
#[derive(Clone, Copy)]
enum Order {
    Report,
    End,
}

#[entry]
fn main() -> ! {
    let mut clock = Clock::start();
    let mut line = Line::start();

    // Without a carrier signal, only an unanswered ping shows that the peer is gone.
    let mut config = Config::new(0x5eed);
    config.activity_timeout = Duration::from_secs(2);
    config.pong_timeout = Duration::from_secs(2);
    config.handshake_timeout = Duration::from_secs(4);
    config.reconnect.cap = Duration::from_secs(2);

    let mut client: Client<2, 32> = Client::new(config);
    let now = clock.now();
    let private = client.subscribe(now, PRIVATE).unwrap();
    client.subscribe(now, PRESENCE).unwrap();
    client.connect(now);
    let name = |channel: Channel| if channel == private { PRIVATE } else { PRESENCE };

    // The modem has the server's address; the endpoint only names the server in the request.
    let endpoint = Endpoint::from_url("ws://127.0.0.1", "app-key").unwrap();
    let mut credentials = Credentials::new("app-key", b"app-secret");
    let (mut rx, mut tx) = ([0; 1024], [0; 512]);
    let mut connection = Connection::new(client, endpoint, random(), &mut rx, &mut tx);
    connection.set_channel_data(Some(CHANNEL_DATA));

    let mut dialling: Option<Instant> = None;
    let mut is_open = false;
    let mut order = None;
    let mut reports = 0;
    loop {
        let now = clock.now();
        if let Some(until) = dialling {
            line.discard();
            if now >= until {
                (dialling, is_open) = (None, true);
            }
        }
        match connection.step(now, is_open.then_some(&mut line), &mut credentials) {
            Step::Open { .. } => dialling = Some(now + DIALLING),
            Step::Close(end) => {
                (dialling, is_open) = (None, false);
                println!("closed: {end}");
            }
            Step::Wait { until: None } => exit(0),
            Step::Event(event) => order = print(event, name).or(order),
            Step::Notice(notice) => println!("notice: {notice:?}"),
            Step::BadEnvelope(error) => println!("bad message: {error}"),
            Step::OutputTooSmall(error) => println!("{error}"),
            _ => {}
        }
        match order {
            // Busy sending a frame, or the connection was lost: retries after the next step.
            Some(Order::Report) => {
                if connection.trigger(now, private, "client-report", data(reports)).is_ok() {
                    println!("sent client-report {}", data(reports).as_str());
                    reports += 1;
                    order = None;
                }
            }
            Some(Order::End) => {
                connection.disconnect(now);
                order = None;
            }
            None => {}
        }
    }
}

/// Prints an event and returns its order.
fn print(event: Event<'_>, name: impl Fn(Channel) -> &'static str) -> Option<Order> {
    match event {
        Event::Connected { socket_id } => println!("connected: {socket_id}"),
        Event::Subscribed { channel, gap_since, presence, .. } => {
            let members = presence.and_then(|presence| presence.count()).unwrap_or(0);
            let gap = if gap_since.is_some() { ", with a gap" } else { "" };
            println!("subscribed {}: {members} members{gap}", name(channel));
        }
        Event::SubscriptionFailed { channel, error, .. } => println!("refused {}: {error}", name(channel)),
        Event::MemberAdded { channel, member, .. } => println!("joined {}: {}", name(channel), member.user_id),
        Event::MemberRemoved { channel, user_id, .. } => println!("left {}: {user_id}", name(channel)),
        Event::Channel(message) => {
            println!("event {} {} {}", message.channel_name, message.event, message.payload.as_str());
            return match message.event {
                "report" => Some(Order::Report),
                "end" => Some(Order::End),
                _ => None,
            };
        }
        Event::Error(error) => println!("error: {error}"),
        _ => {}
    }
    None
}

fn data(reports: u32) -> Payload<'static> {
    Payload::Text(if reports == 0 { r#"{"report":"first"}"# } else { r#"{"report":"further"}"# })
}

/// An xorshift generator with a fixed seed, for tests only: predictable masks protect nothing (RFC
/// 6455 §10.3). A product uses the random number generator of its chip.
fn random() -> impl FnMut(&mut [u8]) {
    let mut state = 0x2545_f491_u32;
    move |bytes| {
        for byte in bytes {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            *byte = (state >> 24) as u8;
        }
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(101)
}
