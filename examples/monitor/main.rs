//! Watches the channels of a Pusher server and prints one line for each event.
//!
//! ```sh
//! cargo run --example monitor            # a demonstration that needs no server
//! cargo run --example monitor -- --help
//! cargo install pusher-proto --example monitor --all-features
//! PUSHER_SECRET=app-secret cargo run --example monitor -- \
//!     --url ws://127.0.0.1:6001 --key app-key private-orders presence-room
//! ```
//!
//! | file | contents |
//! |---|---|
//! | `main.rs` | the run loop: [`watch`] |
//! | `args.rs` | the command line |
//! | `../common` | code shared by all examples |
//! | `socket.rs`, `tls.rs` | TCP and TLS sockets for the driver |
//! | `authorizer.rs` | authorization: with the secret, by an auth endpoint, or none |
//! | `http.rs` | HTTP requests over TCP or TLS, for the auth endpoint and the HTTP API |
//! | `outbox.rs` | client events that wait for their subscription |
//! | `publisher.rs` | events to publish over the HTTP API |
//! | `report.rs` | reports of the connection's events and of the members of presence channels |
//! | `print.rs` | lines for people, or JSON for programs |
//! | `demo.rs` | the demonstration and its server |

mod args;
mod authorizer;
#[path = "../common/mod.rs"]
mod common;
mod demo;
mod http;
mod outbox;
mod print;
#[cfg(feature = "rest")]
mod publisher;
mod report;
mod socket;
mod tls;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time;

use args::{Command, Options};
use authorizer::Authority;
use common::{Failure, is_broken_pipe};
use outbox::Outbox;
use print::Printer;
use pusher_proto::io::Step;
use pusher_proto::{ChannelStatus, Client, Config, Connection, Instant};
use report::Report;
use socket::Socket;

/// Up to 64 channels with names of up to 200 bytes, the maximum of the servers.
type Pusher<'b> = Connection<'b, fn(&mut [u8]), 64, 200>;

/// Opens a socket when the connection requests one, passes it to every step, and reports the outcome of each step.
fn watch(options: &Options) -> Result<(), Failure> {
    let endpoint = options.endpoint()?;
    let tls = tls::configuration(options.ca.as_deref())?;
    let (channel_data, user_data) = (options.channel_data(), options.user_data());
    let printer = Printer::new(options.json);
    let mut authority = Authority::new(options, &tls, printer);
    let mut outbox = Outbox::new(&options.outbox, printer);
    #[cfg(feature = "rest")]
    let mut publisher = publisher::Publisher::new(options, &tls, printer);
    let mut report = Report::new(printer);

    // Buffers for the largest message to receive and the largest to send.
    let (mut rx, mut tx) = (vec![0; 1 << 20], vec![0; 1 << 16]);
    let clock = Clock::start();
    let mut connection = Pusher::new(Client::new(Config::new(seed())), endpoint, random, &mut rx, &mut tx);
    connection.set_channel_data(Some(&channel_data));
    connection.set_user_data(Some(&user_data));
    for name in &options.channels {
        let channel = connection.subscribe(clock.now(), name);
        report.add(channel.map_err(|error| format!("{name}: {error}"))?, name);
    }
    if options.sign_in {
        connection.sign_in(clock.now());
    }
    connection.connect(clock.now());

    let mut socket = None;
    loop {
        let now = clock.now();
        match connection.step(now, socket.as_mut(), &mut authority) {
            Step::Open { secure, attempt } => {
                report.connecting(&endpoint, secure)?;
                match Socket::open(&endpoint, secure, &tls) {
                    Ok(opened) => socket = Some(opened),
                    Err(failure) => {
                        report.unreachable(failure)?;
                        connection.handle_open_failed(clock.now(), attempt);
                    }
                }
            }
            Step::Close(end) => {
                report.closed(end)?;
                socket = None;
            }
            Step::Event(event) => report.event(now, event)?,
            Step::Notice(notice) => report.notice(now, notice)?,
            Step::BadEnvelope(error) => report.bad_message(error)?,
            Step::OutputTooSmall(error) => return Err(error.into()),
            Step::Wait { until: Some(until) } => std::thread::sleep(until.saturating_duration_since(now).into()),
            Step::Wait { until: None } => return Ok(()), // disconnected, as requested below
            _ => {}
        }
        authority.check()?;
        outbox.send(clock.now(), &mut connection)?;
        if !is_set_up(connection.client(), options) {
            continue;
        }
        #[cfg(feature = "rest")]
        publisher.publish()?;
        if options.exit_after.is_some_and(|events| report.events() >= events) && outbox.is_empty() {
            connection.disconnect(clock.now());
        }
    }
}

/// Returns whether the user is signed in and all channels are subscribed.
fn is_set_up<const CHANNELS: usize, const NAME: usize>(client: &Client<CHANNELS, NAME>, options: &Options) -> bool {
    let is_subscribed = |channel| client.channel_status(channel) == Some(ChannelStatus::Subscribed);
    client.is_signed_in() == options.sign_in && client.channels().all(is_subscribed)
}

/// The clock of the program; the library has none.
struct Clock(time::Instant);

impl Clock {
    fn start() -> Self {
        Self(time::Instant::now())
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.0.elapsed().as_millis() as u64)
    }
}

/// Fills `bytes` with random numbers for handshakes and masks; the library has no generator.
fn random(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        fail(&format!("the system returns no random numbers: {error}"));
    }
}

fn seed() -> u32 {
    let mut bytes = [0; 4];
    random(&mut bytes);
    u32::from_ne_bytes(bytes)
}

fn main() -> ExitCode {
    let outcome = match args::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => writeln!(io::stdout(), "{}", args::HELP).map_err(Failure::from),
        Ok(Command::Version) => writeln!(io::stdout(), "{}", common::version("monitor")).map_err(Failure::from),
        Ok(Command::Demonstrate) => demo::start().and_then(|options| watch(&options)),
        Ok(Command::Watch(options)) => watch(&options),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the output has closed it, as `head` does.
        Err(failure) if is_broken_pipe(&failure) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure.to_string()),
    }
}

/// Ends the process with one sentence and status 1.
fn fail(sentence: &str) -> ! {
    common::report("monitor", sentence);
    std::process::exit(1)
}
