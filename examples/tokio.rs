//! The asynchronous driver in a tokio task, racing each step against the next timer.
//!
//! ```sh
//! PUSHER_SECRET=app-secret cargo run --example tokio --features embedded-io-async -- \
//!     ws://127.0.0.1:6001 app-key private-orders
//! ```
//!
//! The optional fourth argument limits the number of events. Only private channels need the secret.

mod common;

use std::io::{Write, stdout};
use std::process::ExitCode;

use common::Failure;
use embedded_io_adapters::tokio_1::FromTokio;
use pusher_proto::auth::Credentials;
use pusher_proto::io::Step;
use pusher_proto::{ChannelKind, Client, Config, Connection, Endpoint, Event, Instant, State};
use tokio::net::TcpStream;
use tokio::time::{self, timeout};

async fn run(arguments: &[String]) -> Result<(), Failure> {
    let [url, key, channel, count @ ..] = arguments else { return Err("needs URL KEY CHANNEL [COUNT]".into()) };
    let mut left: u32 = count.first().map_or(Ok(u32::MAX), |count| count.parse())?;
    let secret = common::variable("PUSHER_SECRET")?;
    if secret.is_none() && ChannelKind::of(channel).needs_authorization() {
        return Err("needs the secret of the app in PUSHER_SECRET".into());
    }
    let mut credentials = Credentials::new(key, secret.unwrap_or_default().as_bytes());
    let endpoint = Endpoint::from_url(url, key)?;
    if endpoint.is_secure() {
        return Err("this example does not support TLS: use a stream of tokio-rustls".into());
    }

    let started = time::Instant::now();
    let now = || Instant::from_millis(started.elapsed().as_millis() as u64);
    let mut client: Client<4, 200> = Client::new(Config::new(getrandom::u32()?));
    client.subscribe(now(), channel)?;
    client.connect(now());

    let (mut rx, mut tx) = ([0; 16384], [0; 1024]);
    let random = |bytes: &mut [u8]| getrandom::fill(bytes).expect("the system has random numbers");
    let mut connection = Connection::new(client, endpoint, random, &mut rx, &mut tx);
    connection.set_channel_data(Some(r#"{"user_id":"tokio"}"#));
    let mut socket = None;
    loop {
        // Without a timer, the connection is idle, and a read would never return.
        let due = connection.poll_timeout().unwrap_or(now());
        let wait = due.saturating_duration_since(now()).into();
        let step = connection.step_async(now(), socket.as_mut(), &mut credentials);
        // A step cancelled in the middle of a frame resumes at the same byte in the next step.
        let Ok(step) = timeout(wait, step).await else { continue };
        match step {
            Step::Open { secure: true, .. } => {
                return Err("the server demands TLS, which this example does not support".into());
            }
            Step::Open { attempt, .. } => match open(&endpoint).await {
                Ok(stream) => socket = Some(FromTokio::new(stream)),
                Err(error) => {
                    writeln!(stdout(), "{url}: {error}")?;
                    connection.handle_open_failed(now(), attempt);
                }
            },
            Step::Close(end) => {
                writeln!(stdout(), "{end:?}")?; // `{:?}` escapes control characters for the terminal
                socket = None;
            }
            Step::Event(event) => {
                writeln!(stdout(), "{event:?}")?;
                left = left.saturating_sub(matches!(event, Event::Channel(_)).into());
            }
            Step::Notice(notice) => writeln!(stdout(), "{notice:?}")?,
            Step::BadEnvelope(error) => writeln!(stdout(), "{error}")?,
            Step::OutputTooSmall(error) => return Err(error.into()),
            Step::Wait { until: Some(until) } => time::sleep(until.saturating_duration_since(now()).into()).await,
            Step::Wait { until: None } => break,
            _ => {}
        }
        if left == 0 {
            connection.disconnect(now());
        }
    }
    match (connection.client().state(), connection.client().reason()) {
        (State::Failed, Some(reason)) => Err(reason.to_string().into()),
        _ => Ok(()),
    }
}

async fn open(endpoint: &Endpoint<'_>) -> Result<TcpStream, Failure> {
    let mut host = [0; 256];
    let address = (endpoint.host(&mut host)?, endpoint.port());
    let stream = timeout(time::Duration::from_secs(10), TcpStream::connect(address)).await??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn main() -> ExitCode {
    common::run("tokio", "URL KEY CHANNEL [COUNT], and PUSHER_SECRET for private channels", |arguments| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(run(arguments))
    })
}
