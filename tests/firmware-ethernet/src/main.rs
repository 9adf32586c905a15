//! Firmware with its own TCP stack: smoltcp on an Ethernet controller, and the driver of the crate on top of it.
//!
//! Signs and subscribes to a private and a presence channel, prints its events over semihosting, answers each event
//! `press` with a client event, and exits on the event `end`.

#![no_std]
#![no_main]

mod board;
mod clock;
mod lan9118;
mod socket;

use board::{SEED, now, paint_stack, print, stack_used, xorshift};
use cortex_m_rt::entry;
use lan9118::Lan9118;
use pusher_proto::auth::Credentials;
use pusher_proto::envelope::Payload;
use pusher_proto::io::Step;
use pusher_proto::{Client, Config, Connection, Duration, Endpoint};
use semihosting::println;
use semihosting::process::exit;
use smoltcp::iface::{SocketSet, SocketStorage};
use smoltcp::socket::tcp;
use socket::{MAC, Socket};

#[entry]
fn main() -> ! {
    paint_stack();
    clock::start();
    run();
    println!("figure ethernet_stack {} B", stack_used());
    exit(0)
}

/// Runs with all buffers on the stack, so that its size is the total memory.
#[inline(never)]
fn run() {
    let (mut tcp_rx, mut tcp_tx) = ([0; 1024], [0; 1024]);
    let tcp = tcp::Socket::new(tcp::SocketBuffer::new(&mut tcp_rx[..]), tcp::SocketBuffer::new(&mut tcp_tx[..]));
    let mut storage = [SocketStorage::EMPTY];
    let Some(device) = Lan9118::start(MAC) else { panic!("no Ethernet controller") };
    let mut socket = Socket::new(device, SocketSet::new(&mut storage[..]), tcp, SEED.into());

    let mut config = Config::new(SEED);
    config.reconnect.base = Duration::from_millis(200);
    config.reconnect.cap = Duration::from_millis(500);
    let mut credentials = Credentials::new("app-key", b"app-secret");
    let (mut rx, mut tx) = ([0; 1024], [0; 512]);
    let Ok(endpoint) = Endpoint::from_url("ws://10.0.2.100:6001", "app-key") else { panic!("invalid endpoint") };
    let mut state = SEED;
    let random = move |bytes: &mut [u8]| bytes.fill_with(|| xorshift(&mut state));
    let client: Client<2, 32> = Client::new(config);
    let mut connection = Connection::new(client, endpoint, random, &mut rx, &mut tx);
    connection.set_channel_data(Some(r#"{"user_id":"board","user_info":{"core":"m4"}}"#));
    let [Ok(private), Ok(_)] = ["private-readings", "presence-room"].map(|name| connection.subscribe(now(), name))
    else {
        panic!("no room for two channels")
    };
    connection.connect(now());

    let (mut is_open, mut is_pressed, mut is_ending) = (false, false, false);
    loop {
        match connection.step(now(), is_open.then_some(&mut socket), &mut credentials) {
            Step::Open { attempt, .. } => {
                is_open = socket.connect();
                println!("{}", if is_open { "open" } else { "refused" });
                if !is_open {
                    connection.handle_open_failed(now(), attempt);
                }
            }
            Step::Close(end) => {
                println!("closed: {end}");
                is_open = false;
                socket.close();
            }
            Step::Event(event) => match print(&event) {
                Some("press") => is_pressed = true,
                Some("end") => is_ending = true,
                _ => {}
            },
            Step::Notice(notice) => println!("{notice:?}"),
            Step::BadEnvelope(error) => panic!("{error}"),
            Step::OutputTooSmall(error) => panic!("{error}"),
            Step::Wait { until: None } => return,
            Step::Idle { .. } | Step::Wait { .. } => {
                clock::wait();
                socket.poll();
            }
            _ => {}
        }
        let data = Payload::Json(r#"{"by":"board"}"#);
        if is_pressed && connection.trigger(now(), private, "client-pressed", data).is_ok() {
            is_pressed = false;
        }
        if is_ending {
            connection.disconnect(now());
        }
    }
}
