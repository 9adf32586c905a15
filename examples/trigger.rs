//! Publishes an event through the signed HTTP API, and asks whether anybody listens.
//!
//! ```sh
//! PUSHER_SECRET=app-secret cargo run --example trigger --features rest -- \
//!     http://127.0.0.1:6001 app-id app-key news headline '{"text":"hello"}'
//! ```
//!
//! It speaks plain HTTP. Over TLS, the same request goes to `https://api-CLUSTER.pusher.com`.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write, stdout};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pusher_proto::auth::Credentials;
use pusher_proto::auth::rest::{Api, Event, Request, reply};

type Failure = Box<dyn Error>;

/// The largest answer in bytes that is read.
const LARGEST: u64 = 1 << 16;

fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, app_id, key, channel, name, data] = &arguments[..] else {
        return Err("needs URL APP_ID KEY CHANNEL EVENT DATA".into());
    };
    let host = url.strip_prefix("http://").ok_or("the URL does not begin with http://")?.trim_end_matches('/');
    let secret = std::env::var("PUSHER_SECRET").map_err(|_| "needs the secret of the app in PUSHER_SECRET")?;
    let credentials = Credentials::new(key, secret.as_bytes());
    let api = Api::new(app_id, &credentials);
    let mut out = vec![0; 2 * data.len() + 2048];

    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map(|time| time.as_secs());
    let event = Event::new(name, data);
    let (status, mut body) = send(host, &api.trigger(now()?, &event, &[channel], &mut out)?)?;
    reply::accepted(status, &mut body).map_err(|error| error.to_string())?;
    writeln!(stdout(), "accepted")?;

    let (status, mut body) = send(host, &api.channel(now()?, channel, &[], &mut out)?)?;
    let info = reply::channel(status, &mut body).map_err(|error| error.to_string())?;
    writeln!(stdout(), "{}", if info.occupied() == Some(true) { "somebody listens" } else { "nobody listens" })?;
    Ok(())
}

/// Sends `request` over a connection of its own and returns the status and the body of the answer.
fn send(host: &str, request: &Request<'_>) -> Result<(u16, Vec<u8>), Failure> {
    let mut stream = TcpStream::connect(host).map_err(|error| format!("{host} cannot be reached: {error}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut text = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", request.method().as_str(), request.target());
    for (name, value) in request.headers() {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("Content-Length: {}\r\nConnection: close\r\n\r\n{}", request.body().len(), request.body());
    stream.write_all(text.as_bytes())?;
    receive(stream).map_err(|error| format!("{host} does not answer in HTTP: {error}").into())
}

fn receive(stream: TcpStream) -> Result<(u16, Vec<u8>), Failure> {
    let mut reader = BufReader::new(stream.take(LARGEST));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).ok_or("there is no status")?.parse()?;
    let mut length = None;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse()?);
        }
    }
    let mut body = Vec::new();
    // Some servers keep the connection open even when asked to close it.
    reader.take(length.unwrap_or(LARGEST)).read_to_end(&mut body)?;
    Ok((status, body))
}

fn main() -> ExitCode {
    let Err(failure) = run() else { return ExitCode::SUCCESS };
    eprintln!("trigger: {failure}");
    ExitCode::FAILURE
}
