//! Firmware with its own TCP stack and TLS: smoltcp on an Ethernet controller, embedded-tls above it, the crate's
//! asynchronous driver above that.
//!
//! Subscribes to a private and a presence channel with signatures made on the chip, prints what happens by semihosting,
//! answers each event `press` by a client event, and ends at the event `end`. Each step is dropped after a few
//! milliseconds, as by a program that listens for commands of other tasks: `Pipe` makes that harmless.

#![no_std]
#![no_main]

#[path = "../board.rs"]
mod board;
#[path = "../clock.rs"]
mod clock;
#[path = "../lan9118.rs"]
mod lan9118;
#[path = "../socket.rs"]
mod socket;

use core::cell::RefCell;
use core::pin::pin;
use core::slice;
use core::task::{Context, Poll, Waker};

use board::{SEED, now, paint_stack, print, stack_used, xorshift};
use cortex_m_rt::entry;
use embedded_io_async::{Read, Write};
use embedded_tls::pki::CertVerifier;
use embedded_tls::{
    Aes128GcmSha256, Certificate, CryptoProvider, CryptoRngCore, NoClock, TlsConfig, TlsConnection, TlsContext,
    TlsError, TlsVerifier,
};
use lan9118::Lan9118;
use pusher_proto::auth::Credentials;
use pusher_proto::connection::Attempt;
use pusher_proto::envelope::Payload;
use pusher_proto::io::{Pipe, Shared, Step};
use pusher_proto::{Channel, Client, Config, Connection, Duration, Endpoint, Instant};
use rand_core::{CryptoRng, RngCore};
use semihosting::println;
use semihosting::process::exit;
use smoltcp::iface::{SocketSet, SocketStorage};
use smoltcp::socket::tcp;
use socket::{MAC, Socket};

/// The largest record of TLS 1.3, because soketi does not limit it: 16,384 bytes, and 256 around them.
const RECORD: usize = 16_640;
/// Where the board has the certificate of the authority, in DER: a page of the flash that the image does not use.
const AUTHORITY: *const u8 = 0x0008_0000 as *const u8;
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a step waits at most before it is dropped.
const PATIENCE: Duration = Duration::from_millis(5);

type App<'b, R> = Connection<'b, R, 2, 32>;

#[entry]
fn main() -> ! {
    paint_stack();
    clock::start();
    run();
    println!("figure ethernet_tls_stack {} B", stack_used());
    exit(0)
}

/// Has everything on the stack, the buffers too, so that the stack is all the memory there is.
#[inline(never)]
fn run() {
    let (mut tcp_rx, mut tcp_tx) = ([0; 1024], [0; 1024]);
    let tcp = tcp::Socket::new(tcp::SocketBuffer::new(&mut tcp_rx[..]), tcp::SocketBuffer::new(&mut tcp_tx[..]));
    let mut storage = [SocketStorage::EMPTY];
    let Some(device) = Lan9118::start(MAC) else { panic!("no Ethernet controller") };
    let socket = RefCell::new(Socket::new(device, SocketSet::new(&mut storage[..]), tcp, SEED.into()));
    let (mut record_rx, mut record_tx) = ([0; RECORD], [0; 1024]);

    let mut config = Config::new(SEED);
    config.reconnect.base = Duration::from_millis(20);
    config.reconnect.cap = Duration::from_millis(500);
    let mut credentials = Credentials::new("app-key", b"app-secret");
    let (mut rx, mut tx) = ([0; 1024], [0; 512]);
    let Ok(endpoint) = Endpoint::from_url("wss://localhost:6001", "app-key") else { panic!("a wrong endpoint") };
    let mut state = SEED;
    let random = move |bytes: &mut [u8]| bytes.fill_with(|| xorshift(&mut state));
    let mut connection = App::new(Client::new(config), endpoint, random, &mut rx, &mut tx);
    connection.set_channel_data(Some(r#"{"user_id":"board","user_info":{"core":"m4"}}"#));
    let [Ok(private), Ok(_)] = ["private-readings", "presence-room"].map(|name| connection.subscribe(now(), name))
    else {
        panic!("no room for two channels")
    };
    connection.connect(now());

    let mut tls_random = Random(!SEED);
    let mut is_first = true;
    loop {
        let step = connection.step_async(now(), None::<&mut Shared<'_, Socket<'_>>>, &mut credentials);
        match within(Duration::MAX, step) {
            Some(Step::Open { attempt, .. }) => {
                if !socket.borrow_mut().connect() {
                    println!("refused");
                    connection.handle_open_failed(now(), attempt);
                    continue;
                }
                let mut tls = TlsConnection::new(Shared::new(&socket), &mut record_rx, &mut record_tx);
                if core::mem::take(&mut is_first) {
                    println!("figure ethernet_tls_before_handshake_stack {} B", stack_used());
                    println!("figure ethernet_tls_session {} B", size_of_val(&tls));
                }
                match open(&mut tls, &mut tls_random) {
                    Some(Ok(())) => {
                        println!("open, stack {} B", stack_used());
                        session(&mut connection, attempt, tls.split(), &mut credentials, private);
                    }
                    Some(Err(TlsError::InvalidCertificate)) => panic!("the certificate is not that of the server"),
                    error => {
                        println!("no TLS: {error:?}");
                        connection.handle_open_failed(now(), attempt);
                    }
                }
                let _ = within(PATIENCE, tls.close());
                socket.borrow_mut().close();
            }
            Some(Step::Notice(notice)) => println!("{notice:?}"),
            Some(Step::Wait { until: None }) => return,
            Some(Step::Wait { .. }) => {
                clock::wait();
                socket.borrow_mut().poll();
            }
            _ => {}
        }
    }
}

/// Opens the session and verifies the certificate. `None` if the server takes too long.
#[inline(never)]
fn open(
    tls: &mut TlsConnection<'_, Shared<'_, Socket<'_>>, Aes128GcmSha256>,
    random: &mut Random,
) -> Option<Result<(), TlsError>> {
    // SAFETY: the page of the flash, which is as long as its first bytes state.
    let authority = unsafe {
        let length = u16::from_be_bytes([*AUTHORITY.add(2), *AUTHORITY.add(3)]);
        slice::from_raw_parts(AUTHORITY, 4 + usize::from(length))
    };
    let verifier = CertVerifier::new(Certificate::X509(authority));
    let config = TlsConfig::new().with_server_name("localhost");
    within(HANDSHAKE_TIMEOUT, tls.open(TlsContext::new(&config, Provider { random, verifier })))
}

/// Runs the connection over an open session until it is closed.
#[inline(never)]
fn session<R: FnMut(&mut [u8])>(
    connection: &mut App<'_, R>,
    attempt: Attempt,
    (reader, writer): (impl Read, impl Write),
    credentials: &mut Credentials<'_>,
    private: Channel,
) {
    let (mut rx, mut tx) = ([0; 64], [0; 256]);
    let pipe = Pipe::new(&mut rx, &mut tx);
    let run = pin!(pipe.run(reader, writer));
    let mut socket = pipe.socket(run);
    connection.handle_opened(now(), attempt);
    let (mut is_asked, mut is_over) = (false, false);
    loop {
        match within(PATIENCE, connection.step_async(now(), Some(&mut socket), credentials)) {
            Some(Step::Close(end)) => {
                println!("closed: {end}");
                return;
            }
            Some(Step::Event(event)) => match print(&event) {
                Some("press") => is_asked = true,
                Some("end") => is_over = true,
                _ => {}
            },
            Some(Step::Notice(notice)) => println!("{notice:?}"),
            Some(Step::BadEnvelope(error)) => panic!("{error}"),
            Some(Step::OutputTooSmall(error)) => panic!("{error}"),
            _ => {}
        }
        let data = Payload::Json(r#"{"by":"board"}"#);
        if is_asked && connection.trigger(now(), private, "client-pressed", data).is_ok() {
            is_asked = false;
        }
        if is_over {
            connection.disconnect(now());
        }
    }
}

/// Runs a future, which is polled each millisecond. Drops it after a time, and returns `None`.
fn within<F: Future>(time: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let start = now();
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(output);
        }
        if Instant::saturating_duration_since(now(), start) >= time {
            return None;
        }
        clock::wait();
    }
}

/// What TLS needs from the board.
struct Provider<'a> {
    random: &'a mut Random,
    /// The largest certificate takes 1024 bytes. There is no clock, so its dates are not checked.
    verifier: CertVerifier<'a, Aes128GcmSha256, NoClock, 1024>,
}

impl CryptoProvider for Provider<'_> {
    type CipherSuite = Aes128GcmSha256;
    type Signature = [u8; 0]; // the client has no certificate

    fn rng(&mut self) -> impl CryptoRngCore {
        &mut *self.random
    }

    fn verifier(&mut self) -> Result<&mut impl TlsVerifier<Aes128GcmSha256>, TlsError> {
        Ok(&mut self.verifier)
    }
}

/// Not for use in the field: see [`SEED`].
struct Random(u32);

impl CryptoRng for Random {}

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes([(); 4].map(|()| xorshift(&mut self.0)))
    }

    fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32()) << 32 | u64::from(self.next_u32())
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| xorshift(&mut self.0));
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}
