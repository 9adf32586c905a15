//! Prints the cost of the crate's operations in instructions and bytes of stack, and the sizes of its types.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use embedded_io::{ErrorKind, ErrorType, Read, Write};
use firmware::measure::{Cost, cost};
use firmware::{entry, exit, println};
use pusher_proto::auth::Credentials;
use pusher_proto::io::Step;
use pusher_proto::websocket::{Decoder, Kind, MAX_HEADER_LEN, WebSocket, encode_frame};
use pusher_proto::{Client, Config, Connection, Endpoint, Event, Instant};

const NOW: Instant = Instant::from_millis(1000);
const KEY: &[u8; 16] = b"the sample nonce";
/// The example of RFC 6455 §1.3 answers the key above.
const ACCEPTED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const ESTABLISHED: &[u8] =
    br#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"123.456\",\"activity_timeout\":120}"}"#;
const SUCCEEDED: &[u8] = br#"{"event":"pusher_internal:subscription_succeeded","data":"{}","channel":"readings"}"#;
const SUCCEEDED_PRIVATE: &[u8] =
    br#"{"event":"pusher_internal:subscription_succeeded","data":"{}","channel":"private-readings"}"#;
const EVENT_100: &[u8; 100] =
    br#"{"event":"reading","data":"{\"sensor\":\"a1\",\"value\":21.75,\"unit\":\"C\"}","channel":"readings"}"#;
const EVENT_256: &[u8; 256] = br#"{"event":"reading","data":"{\"sensor\":\"a1\",\"value\":21.75,\"unit\":\"C\",\"history\":[21.5,21.25,21.0,20.75,20.5,20.25],\"site\":{\"name\":\"north\",\"floor\":3,\"room\":\"lab\"},\"status\":\"ok\",\"battery\":98.5,\"signal\":-61}","channel":"readings"}"#;

type Small = Client<8, 64>;

#[entry]
fn main() -> ! {
    protocol();
    signing();
    websocket();
    driver();
    #[cfg(feature = "encrypted")]
    encrypted();
    println!("figure client_4_32 {} B", size_of::<Client<4, 32>>());
    println!("figure client_8_64 {} B", size_of::<Client<8, 64>>());
    println!("figure client_16_200 {} B", size_of::<Client<16, 200>>());
    println!("figure websocket {} B", size_of::<WebSocket>());
    println!("figure connection_8_64 {} B", size_of::<Connection<'_, fn(&mut [u8]), 8, 64>>());
    println!("figure event {} B", size_of::<Event<'_>>());
    println!("figure credentials {} B", size_of::<Credentials<'_>>());
    exit(0)
}

fn print(name: &str, cost: Cost) {
    println!("figure {name}_instructions {} instructions", cost.instructions);
    println!("figure {name}_stack {} B", cost.stack);
}

fn protocol() {
    print("event_100", cost(|| (subscribed("readings"), *EVENT_100), |(client, frame)| is_message(client, frame)));
    print("event_256", cost(|| (subscribed("readings"), *EVENT_256), |(client, frame)| is_message(client, frame)));
    print(
        "subscribe",
        cost(
            || (connected(), [0; 128]),
            |(client, out)| {
                black_box(client.subscribe(NOW, black_box("readings")).is_ok());
                client.poll_transmit(NOW, out).is_ok_and(|frame| frame.is_some())
            },
        ),
    );
}

fn signing() {
    print("credentials", cost(|| (), |()| Credentials::new("app-key", black_box(b"app-secret-app-secret"))));
    print(
        "signature",
        cost(
            || Credentials::new("app-key", b"app-secret-app-secret"),
            |credentials| credentials.sign_channel(black_box("123.456"), black_box("private-readings"), None),
        ),
    );
}

fn websocket() {
    print(
        "frame_in",
        cost(
            || {
                let (mut buffer, mut decoder) = ([0; 128], Decoder::new());
                let space = decoder.receive_space(&mut buffer);
                space[..2].copy_from_slice(&[0x81, 100]);
                space[2..102].copy_from_slice(EVENT_100);
                decoder.handle_received(102);
                (buffer, decoder)
            },
            |(buffer, decoder)| decoder.poll(buffer).is_ok_and(|message| message.is_some()),
        ),
    );
    print(
        "frame_out",
        cost(
            || {
                let mut buffer = [0; MAX_HEADER_LEN + 100];
                buffer[MAX_HEADER_LEN..].copy_from_slice(EVENT_100);
                buffer
            },
            |buffer| encode_frame(Kind::Text, black_box(100), black_box([1, 2, 3, 4]), buffer).is_ok(),
        ),
    );
}

fn driver() {
    const RUN: &[&[u8]] = &[ACCEPTED, ESTABLISHED, SUCCEEDED, EVENT_256];
    const PRIVATE: &[&[u8]] = &[ACCEPTED, ESTABLISHED, SUCCEEDED_PRIVATE];
    print(
        "driver_event_256",
        cost(
            || {
                let mut run = Run::new("readings", RUN);
                assert!(run.until(|event| matches!(event, Event::Subscribed { .. })));
                run
            },
            |run| run.until(|event| matches!(event, Event::Channel(_))),
        ),
    );
    print(
        "driver_subscribe_private",
        cost(
            || {
                let mut run = Run::new("private-readings", PRIVATE);
                assert!(run.until(|event| matches!(event, Event::Connected { .. })));
                run
            },
            |run| run.until(|event| matches!(event, Event::Subscribed { .. })),
        ),
    );
}

/// A 100-byte reading, encrypted.
#[cfg(feature = "encrypted")]
fn encrypted() {
    use pusher_proto::encryption::SharedSecret;
    use pusher_proto::{Authorization, Request};

    const NAME: &str = "private-encrypted-readings";
    const PLAINTEXT: &str =
        r#"{"sensor":"a1","value":21.75,"unit":"C","history":[21.5,21.25,21.0,20.75,20.5,20.25],"status":"ok"}"#;
    fn prepare() -> (Small, [u8; 512], usize) {
        let secret = SharedSecret::new([7; 32]);
        let mut client = connected();
        client.subscribe(NOW, NAME).unwrap();
        let Some(Request::Authorize(ticket)) = client.poll_request() else { panic!("no ticket") };
        let mut base64 = [0; 44];
        let authorization =
            Authorization::from_token("key:signature").with_shared_secret(secret.to_base64(&mut base64).unwrap());
        client.authorize(NOW, ticket, &authorization, &mut [0; 128]).unwrap();
        let mut out = [0; 256];
        let data = secret.encrypt(PLAINTEXT, &[9; 24], &mut out).unwrap();
        let (mut frame, mut length) = ([0; 512], 0);
        let mut write = |text: &str, escape: bool| {
            for byte in text.bytes() {
                if escape && byte == b'"' {
                    frame[length] = b'\\';
                    length += 1;
                }
                frame[length] = byte;
                length += 1;
            }
        };
        write(r#"{"event":"reading","channel":"private-encrypted-readings","data":""#, false);
        write(data, true);
        write(r#""}"#, false);
        (client, frame, length)
    }
    print("event_encrypted", cost(prepare, |(client, frame, length)| is_message(client, &mut frame[..*length])));
}

/// Returns a connected client.
fn connected() -> Small {
    let mut client = Client::new(Config::new(1));
    client.connect(NOW);
    while client.poll_request().is_some() {}
    client.handle_open(NOW);
    assert!(is_event(&mut client, ESTABLISHED));
    client
}

/// Returns a client that is subscribed to a public channel.
fn subscribed(name: &str) -> Small {
    let mut client = connected();
    client.subscribe(NOW, name).unwrap();
    while client.poll_transmit(NOW, &mut [0; 128]).unwrap().is_some() {}
    assert!(is_event(&mut client, SUCCEEDED));
    client
}

fn is_event(client: &mut Small, frame: &[u8]) -> bool {
    let mut text = [0; 128];
    text[..frame.len()].copy_from_slice(frame);
    client.handle_text(NOW, &mut text[..frame.len()]).is_ok_and(|event| event.is_some())
}

/// Runs the measured operation: a frame arrives, and the application reads the event.
fn is_message(client: &mut Small, frame: &mut [u8]) -> bool {
    match client.handle_text(NOW, frame) {
        Ok(Some(Event::Channel(message))) => black_box(message.payload.as_str()).starts_with('{'),
        _ => false,
    }
}

/// A connection to a scripted server.
struct Run {
    connection: Connection<'static, fn(&mut [u8]), 8, 64>,
    credentials: Credentials<'static>,
    script: Script,
    is_open: bool,
}

impl Run {
    fn new(channel: &str, messages: &'static [&'static [u8]]) -> Self {
        static mut BUFFERS: [[u8; 512]; 2] = [[0; 512]; 2];
        // SAFETY: there is one run at a time.
        let [rx, tx] = unsafe { (*(&raw mut BUFFERS)).each_mut() };
        let random: fn(&mut [u8]) = |bytes| bytes.copy_from_slice(&KEY[..bytes.len()]);
        let endpoint = Endpoint::from_url("ws://127.0.0.1:6001", "app-key").unwrap();
        let mut connection = Connection::new(Client::new(Config::new(1)), endpoint, random, rx, tx);
        connection.connect(NOW);
        connection.subscribe(NOW, channel).unwrap();
        let credentials = Credentials::new("app-key", b"app-secret-app-secret");
        Self { connection, credentials, script: Script { messages, sent: 0 }, is_open: false }
    }

    /// Runs the measured operation: the loop of an application until an event arrives.
    fn until(&mut self, wanted: fn(&Event<'_>) -> bool) -> bool {
        loop {
            let socket = if self.is_open { Some(&mut self.script) } else { None };
            match self.connection.step(NOW, socket, &mut self.credentials) {
                Step::Open { .. } => self.is_open = true,
                Step::Event(event) if wanted(&event) => return true,
                Step::Idle { .. } | Step::Wait { .. } | Step::Close(_) => return false,
                _ => {}
            }
        }
    }
}

struct Script {
    messages: &'static [&'static [u8]],
    sent: usize,
}

impl ErrorType for Script {
    type Error = ErrorKind;
}

impl Read for Script {
    /// Returns the head of the handshake, then one message per call, each in a frame.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let message = self.messages.get(self.sent).ok_or(ErrorKind::TimedOut)?;
        let header: &[u8] = match (self.sent, message.len()) {
            (0, _) => &[],
            (_, length @ 0..126) => &[0x81, length as u8],
            (_, length) => &[0x81, 126, (length >> 8) as u8, length as u8],
        };
        self.sent += 1;
        buffer[..header.len()].copy_from_slice(header);
        buffer[header.len()..][..message.len()].copy_from_slice(message);
        Ok(header.len() + message.len())
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        black_box(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(101)
}
