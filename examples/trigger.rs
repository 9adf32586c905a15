//! Publishes an event through the signed HTTP API, and queries whether the channel has subscribers.
//!
//! ```sh
//! PUSHER_SECRET=app-secret cargo run --example trigger --features rest -- \
//!     http://127.0.0.1:6001 app-id app-key news headline '{"text":"hello"}'
//! ```
//!
//! It speaks plain HTTP. Over TLS, the same request goes to `https://api-CLUSTER.pusher.com`.

mod common;

use std::io::{Write, stdout};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::http::{self, Url};
use common::{Failure, timed::Timed};
use pusher_proto::auth::Credentials;
use pusher_proto::auth::rest::{Api, ApiRequest, NewEvent, reply};

fn run(arguments: &[String]) -> Result<(), Failure> {
    let [url, app_id, key, channel, name, data] = arguments else {
        return Err("needs URL APP_ID KEY CHANNEL EVENT DATA".into());
    };
    let url = Url::parse(url)?;
    if url.secure {
        return Err("the URL does not begin with http://, and this example does not support TLS".into());
    }
    let secret = common::secret()?;
    let credentials = Credentials::new(key, secret.as_bytes());
    let api = Api::new(app_id, &credentials);
    let mut out = vec![0; 2 * data.len() + 2048];

    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map(|time| time.as_secs());
    let event = NewEvent::new(name, data);
    let (status, mut body) = send(&url, &api.trigger(now()?, &event, &[channel], &mut out)?)?;
    reply::accepted(status, &mut body).map_err(|error| error.to_string())?;
    writeln!(stdout(), "accepted")?;

    let (status, mut body) = send(&url, &api.channel(now()?, channel, &[], &mut out)?)?;
    let info = reply::channel(status, &mut body).map_err(|error| error.to_string())?;
    writeln!(stdout(), "{}", if info.occupied() == Some(true) { "subscribers present" } else { "no subscribers" })?;
    Ok(())
}

/// Sends `request` over a new connection. Returns the status and the body of the answer, within 5 s in total.
fn send(url: &Url, request: &ApiRequest<'_>) -> Result<(u16, Vec<u8>), Failure> {
    let Url { host, port, .. } = url;
    let stream = Timed::connect(host, *port, Duration::from_secs(5));
    let stream = stream.map_err(|error| format!("{host} port {port} cannot be reached: {error}"))?;
    // A path in the URL is a prefix of the API's path, and is not signed.
    let url = url.join(request.target());
    http::exchange(stream, &url, request.method().as_str(), request.headers().iter().copied(), request.body())
}

fn main() -> ExitCode {
    common::run("trigger", "URL APP_ID KEY CHANNEL EVENT DATA, and PUSHER_SECRET", run)
}
