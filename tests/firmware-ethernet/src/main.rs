//! Firmware with its own TCP stack: smoltcp on an Ethernet controller, and the driver of the crate on top of it.
//!
//! Signs and subscribes to a private and a presence channel, prints its events over semihosting, answers each event
//! `press` with a client event, and exits on the event `end`.

#![no_std]
#![no_main]

mod clock;
mod lan9118;
mod socket;

use core::arch::asm;
use core::panic::PanicInfo;
use core::ptr;

use cortex_m_rt::entry;
use lan9118::Lan9118;
use pusher_proto::auth::Credentials;
use pusher_proto::envelope::Payload;
use pusher_proto::io::Step;
use pusher_proto::{Client, Config, Connection, Duration, Endpoint, Event, Instant};
use semihosting::println;
use semihosting::process::exit;
use smoltcp::iface::{SocketSet, SocketStorage};
use smoltcp::socket::tcp;
use socket::{MAC, Socket};

/// Seeds the backoff, TCP, and the keys of the WebSocket. It is fixed, so that runs are reproducible. A product needs a
/// hardware source of entropy for all of these, because the server must not be able to guess them.
const SEED: u32 = 0x5eed_5eed;

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

/// Prints an event of the server. Returns its name if it was published on a channel.
fn print<'c>(event: &Event<'c>) -> Option<&'c str> {
    match event {
        Event::Connected { .. } => println!("connected"),
        Event::Subscribed { gap_since, presence, .. } => {
            let kind = if presence.is_some() { "presence" } else { "private" };
            println!("subscribed {kind}, {}", if gap_since.is_some() { "with a gap" } else { "without gap" });
        }
        Event::MemberAdded { member, .. } => println!("joined {}", member.user_id),
        Event::MemberRemoved { user_id, .. } => println!("left {user_id}"),
        Event::Channel(message) => {
            println!("event {} {}", message.event, message.payload.as_str());
            return Some(message.event);
        }
        other => println!("{other:?}"),
    }
    None
}

fn now() -> Instant {
    Instant::from_millis(clock::milliseconds().into())
}

fn xorshift(state: &mut u32) -> u8 {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    (*state >> 24) as u8
}

const PAINT: u32 = 0x5a5a_a5a5;

unsafe extern "C" {
    /// The end of the static variables, and the start of the stack, which grows towards it. The linker script defines
    /// both.
    static __sheap: u32;
    static _stack_start: u32;
}

#[inline(never)]
fn paint_stack() {
    let top: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, sp", out(reg) top) };
    for at in (&raw const __sheap as usize..top).step_by(4) {
        // SAFETY: the memory between the static variables and the stack of this function is unused.
        unsafe { ptr::write_volatile(at as *mut u32, PAINT) };
    }
}

/// Returns the peak stack usage in bytes since the stack was painted.
fn stack_used() -> usize {
    let (bottom, top) = (&raw const __sheap as usize, &raw const _stack_start as usize);
    // SAFETY: RAM of this board.
    let is_painted = |at: &usize| unsafe { ptr::read_volatile(*at as *const u32) } == PAINT;
    top - bottom - 4 * (bottom..top).step_by(4).take_while(is_painted).count()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(101)
}
