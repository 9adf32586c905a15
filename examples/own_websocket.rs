//! A client over another WebSocket library: tungstenite carries the messages, and this crate provides only [`Client`].
//!
//! ```sh
//! PUSHER_SECRET=app-secret cargo run --example own_websocket -- ws://127.0.0.1:6001 app-key private-orders
//! ```
//!
//! The optional fourth argument limits the number of events. Only private channels need the secret.

mod common;

use std::io::{ErrorKind, Write, stdout};
use std::process::ExitCode;
use std::time::{self, Duration};

use common::{Failure, timed::Timed};
use pusher_proto::{Authorization, Client, Close, Config, Endpoint, Event, Instant, Request, State, auth::Credentials};
use tungstenite::{Message, WebSocket};

fn run(arguments: &[String]) -> Result<(), Failure> {
    let [url, key, channel, count @ ..] = arguments else { return Err("needs URL KEY CHANNEL [COUNT]".into()) };
    let mut left: u32 = count.first().map_or(Ok(u32::MAX), |count| count.parse())?;
    let secret = common::variable("PUSHER_SECRET")?;
    let credentials = secret.as_ref().map(|secret| Credentials::new(key, secret.as_bytes()));
    let endpoint = Endpoint::from_url(url, key)?;

    let started = time::Instant::now();
    let now = || Instant::from_millis(started.elapsed().as_millis() as u64);
    let mut client: Client<4, 200> = Client::new(Config::new(getrandom::u32()?));
    client.subscribe(now(), channel)?;
    client.connect(now());

    let (mut socket, mut out) = (None::<WebSocket<Timed>>, [0; 1024]);
    loop {
        // Drain the outputs.
        while let Some(request) = client.poll_request() {
            match request {
                Request::Open { secure: false } if !endpoint.is_secure() => match open(&endpoint) {
                    Ok(opened) => {
                        socket = Some(opened);
                        client.handle_open(now());
                    }
                    Err(_) => client.handle_close(now(), Close::OpenFailed), // a notice follows
                },
                Request::Close(_) => socket = None, // a production program would send a close frame first
                Request::Authorize(ticket) => {
                    let credentials = credentials.as_ref().ok_or("needs the secret of the app in PUSHER_SECRET")?;
                    let request = client.authorization_request(ticket).ok_or("a new ticket is not valid")?;
                    let signature = credentials.sign_channel(request.socket_id, request.channel_name, None)?;
                    let authorization = Authorization::from_signature(key, signature.as_str());
                    send(&mut socket, client.authorize(now(), ticket, &authorization, &mut out)?);
                }
                other => return Err(format!("this example does not support {other:?}").into()),
            }
        }
        while let Some(message) = client.poll_transmit(now(), &mut out)? {
            send(&mut socket, message);
        }
        while let Some(notice) = client.poll_notice() {
            writeln!(stdout(), "{notice:?}")?;
        }
        match (client.state(), client.reason()) {
            (State::Failed, Some(reason)) => return Err(reason.to_string().into()),
            (State::Disconnected, _) => return Ok(()),
            _ => {}
        }

        // Wait for the server, until the next timer expires.
        let wait = client.poll_timeout().map(|(at, _)| at.saturating_duration_since(now()).into());
        let wait: Duration = wait.unwrap_or(Duration::from_secs(1));
        if let Some(websocket) = &mut socket {
            websocket.get_mut().expire_in(wait); // for the whole message, so that a slow one delays no timer
            let _ = websocket.flush(); // the next read reports the error
            let mut end = None;
            match websocket.read() {
                Ok(Message::Text(text)) => match client.handle_text(now(), &mut text.as_bytes().to_vec()) {
                    Ok(Some(event)) => {
                        writeln!(stdout(), "{event:?}")?; // escapes control characters for the terminal
                        left = left.saturating_sub(matches!(event, Event::Channel(_)).into());
                    }
                    Ok(None) => {}
                    Err(error) => writeln!(stdout(), "{error}")?,
                },
                Ok(Message::Ping(_) | Message::Pong(_)) => client.handle_activity(now()),
                Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
                Ok(Message::Close(Some(frame))) => end = Some(Close::Code(frame.code.into())),
                Ok(_) | Err(_) => end = Some(Close::Abnormal),
            }
            if let Some(end) = end {
                socket = None; // every read of it would fail at once
                client.handle_close(now(), end);
            }
        } else {
            std::thread::sleep(wait);
        }
        client.handle_timeout(now());
        if left == 0 {
            client.disconnect(now());
        }
    }
}

/// Opens a WebSocket within 5 s in total.
fn open(endpoint: &Endpoint<'_>) -> Result<WebSocket<Timed>, Failure> {
    let (mut host, mut header, mut target) = ([0; 256], [0; 264], [0; 512]);
    let stream = Timed::connect(endpoint.host(&mut host)?, endpoint.port(), Duration::from_secs(5))?;
    let url = format!("ws://{}{}", endpoint.host_header(&mut header)?, endpoint.request_target(&mut target)?);
    Ok(tungstenite::client(url, stream)?.0)
}

/// Queues a message, to be sent before the next read.
fn send(socket: &mut Option<WebSocket<Timed>>, message: &str) {
    if let Some(websocket) = socket {
        let _ = websocket.write(Message::text(message));
    }
}

fn main() -> ExitCode {
    common::run("own_websocket", "URL KEY CHANNEL [COUNT], and PUSHER_SECRET for private channels", run)
}
