//! A client over somebody else's WebSocket: tungstenite carries the frames, and only [`Client`] of this crate is used.
//!
//! ```sh
//! PUSHER_SECRET=app-secret cargo run --example own_websocket -- ws://127.0.0.1:6001 app-key private-orders
//! ```
//!
//! A fourth argument is the number of events after which it ends. The secret is only needed for private channels.

use std::error::Error;
use std::io::{ErrorKind, Write, stdout};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time;

use pusher_proto::auth::Credentials;
use pusher_proto::{Authorization, Client, Close, Config, Endpoint, Event, Instant, Request, State};
use tungstenite::{Message, WebSocket};

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, key, channel, count @ ..] = &arguments[..] else { return Err("needs URL KEY CHANNEL [COUNT]".into()) };
    let mut left: u32 = count.first().map_or(Ok(u32::MAX), |count| count.parse())?;
    let credentials = Credentials::new(key, std::env::var("PUSHER_SECRET").unwrap_or_default().as_bytes());
    let endpoint = Endpoint::from_url(url, key)?;

    let started = time::Instant::now();
    let now = || Instant::from_millis(started.elapsed().as_millis() as u64);
    let mut client: Client<4, 200> = Client::new(Config::new(getrandom::u32()?));
    client.subscribe(now(), channel)?;
    client.connect(now());

    let mut socket: Option<WebSocket<TcpStream>> = None;
    let mut out = [0; 1024];
    loop {
        // Drain the outputs: what to do, what to send, what to know.
        while let Some(request) = client.poll_request() {
            match request {
                Request::Open { secure: false } if !endpoint.is_secure() => match open(&endpoint) {
                    Ok(opened) => {
                        socket = Some(opened);
                        client.handle_open(now());
                    }
                    Err(_) => client.handle_close(now(), Close::Refused), // a notice follows
                },
                Request::Close(_) => socket = None, // a friendlier program would send a close frame first
                Request::Authorize(ticket) => {
                    let asked = client.authorization_request(ticket).ok_or("a fresh ticket is not valid")?;
                    let signature = credentials.sign_channel(asked.socket_id, asked.channel_name, None)?;
                    let authorization = Authorization::from_signature(key, signature.as_str());
                    send(&mut socket, client.authorize(now(), ticket, &authorization, &mut out)?);
                }
                other => return Err(format!("this example cannot do what is asked of it: {other:?}").into()),
            }
        }
        while let Some(frame) = client.poll_transmit(now(), &mut out)? {
            send(&mut socket, frame);
        }
        while let Some(notice) = client.poll_notice() {
            writeln!(stdout(), "{notice:?}")?;
        }
        match (client.state(), client.reason()) {
            (State::Failed, Some(reason)) => return Err(reason.to_string().into()),
            (State::Disconnected, _) => return Ok(()),
            _ => {}
        }

        // Wait for the server, until the next timer is due.
        let wait = client.poll_timeout().map_or(1000, |(at, _)| at.saturating_duration_since(now()).as_millis());
        let wait = time::Duration::from_millis(wait.max(1).into());
        if let Some(websocket) = &mut socket {
            websocket.get_ref().set_read_timeout(Some(wait))?;
            match websocket.read() {
                Ok(Message::Text(text)) => match client.handle_frame(now(), &mut text.as_bytes().to_vec()) {
                    Ok(Some(event)) => {
                        writeln!(stdout(), "{event:?}")?;
                        left = left.saturating_sub(matches!(event, Event::Message(_)).into());
                    }
                    Ok(None) => {}
                    Err(error) => writeln!(stdout(), "{error}")?,
                },
                Ok(Message::Close(Some(frame))) => client.handle_close(now(), Close::Code(frame.code.into())),
                Ok(Message::Ping(_) | Message::Pong(_)) => client.handle_activity(now()),
                Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
                Ok(_) | Err(_) => client.handle_close(now(), Close::Abnormal),
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

fn open(endpoint: &Endpoint<'_>) -> Result<WebSocket<TcpStream>, Box<dyn Error>> {
    let (mut host, mut header, mut target) = ([0; 256], [0; 264], [0; 512]);
    let stream = TcpStream::connect((endpoint.host(&mut host)?, endpoint.port()))?;
    stream.set_read_timeout(Some(time::Duration::from_secs(10)))?;
    let url = format!("ws://{}{}", endpoint.host_header(&mut header)?, endpoint.request_target(&mut target)?);
    Ok(tungstenite::client(url, stream)?.0)
}

/// A socket that takes nothing any more says so at the next read.
fn send(socket: &mut Option<WebSocket<TcpStream>>, frame: &str) {
    if let Some(websocket) = socket {
        let _ = websocket.send(Message::text(frame));
    }
}

fn main() -> ExitCode {
    let Err(failure) = run() else { return ExitCode::SUCCESS };
    eprintln!("own_websocket: {failure}");
    ExitCode::FAILURE
}
