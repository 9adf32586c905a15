//! The demonstration: a small server on a free port of the loopback interface, and the options to watch it.
//!
//! The server follows a script. It shows the features on the first connection and drops it without a close frame. On
//! the second one, the monitor reports a gap, receives one more event and ends.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use pusher_proto::ChannelKind;
use pusher_proto::auth::{Credentials, Signature};
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::args::{ClientEvent, Options, Proof, Server};
use crate::print::Printer;
use crate::{Failure, fail};

const KEY: &str = "demo-key";
const SECRET: &str = "demo-secret";
const PUBLIC: &str = "prices";
const PRIVATE: &str = "private-orders";
const PRESENCE: &str = "presence-room";

/// The number of events that [`run_script`] publishes, after which the monitor ends.
const EVENTS: u64 = 4;

/// Starts the server and returns the options to watch it.
pub fn start() -> Result<Options, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("ws://{}", listener.local_addr()?);
    Printer::new(false).line(
        "demo",
        None,
        "with a built-in server; --help describes how to watch a real one",
        json!({}),
    )?;
    thread::spawn(move || {
        if let Err(failure) = run_script(&listener) {
            // The monitor may have ended, for a reason that it reports itself.
            thread::sleep(Duration::from_secs(1));
            fail(&format!("the demonstration server failed: {failure}"));
        }
    });
    let greeting = json!({ "text": "hello" }).to_string();
    let mut options = Options::new(Server::Url(url), KEY.into(), Proof::Secret(SECRET.into()));
    options.channels = [PUBLIC, PRIVATE, PRESENCE].map(String::from).into();
    options.user_id = "ann".into();
    options.user_info = Some(json!({ "name": "Ann" }));
    options.outbox = vec![ClientEvent { channel: PRESENCE.into(), event: "client-greeting".into(), data: greeting }];
    options.exit_after = Some(EVENTS);
    Ok(options)
}

/// Runs the script of the demonstration.
fn run_script(listener: &TcpListener) -> Result<(), Failure> {
    let mut guest = Guest::welcome(listener, "1.1")?;
    guest.confirm(PUBLIC, json!({}))?;
    guest.event(PUBLIC, "changed", json!({ "apple": 120 }))?;
    guest.confirm(PRIVATE, json!({}))?;
    guest.event(PRIVATE, "created", json!({ "id": 7, "item": "apple" }))?;
    guest.confirm(
        PRESENCE,
        json!({ "presence": { "count": 1, "ids": ["ann"], "hash": { "ann": { "name": "Ann" } } } }),
    )?;
    let bob = json!({ "user_id": "bob", "user_info": { "name": "Bob" } });
    guest.send("pusher_internal:member_added", PRESENCE, bob)?;
    guest.wait_for("client-greeting")?;
    let answer = json!({ "event": "client-greeting", "channel": PRESENCE, "user_id": "bob", "data": { "text": "hi" } });
    guest.write(answer)?;
    drop(guest); // without a close frame, as in a network failure

    let mut guest = Guest::welcome(listener, "1.2")?;
    guest.confirm(PUBLIC, json!({}))?;
    guest.confirm(PRIVATE, json!({}))?;
    let hash = json!({ "ann": { "name": "Ann" }, "bob": { "name": "Bob" } });
    guest.confirm(PRESENCE, json!({ "presence": { "count": 2, "ids": ["ann", "bob"], "hash": hash } }))?;
    guest.event(PRIVATE, "shipped", json!({ "id": 7 }))?;
    while guest.read().is_ok() {} // until the monitor closes the connection
    Ok(())
}

/// The monitor's connection, as the server sees it.
struct Guest {
    websocket: WebSocket<TcpStream>,
}

impl Guest {
    /// Accepts a connection and waits until all channels are requested, with valid signatures where required.
    fn welcome(listener: &TcpListener, socket_id: &str) -> Result<Self, Failure> {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let websocket = tungstenite::accept(stream).map_err(|error| error.to_string())?;
        let mut guest = Self { websocket };
        let data = json!({ "socket_id": socket_id, "activity_timeout": 120 }).to_string();
        guest.write(json!({ "event": "pusher:connection_established", "data": data }))?;

        let mut requested = BTreeSet::new();
        while requested.len() < 3 {
            let data = guest.wait_for("pusher:subscribe")?["data"].take();
            let channel = data["channel"].as_str().unwrap_or_default().to_owned();
            if !is_authorized(socket_id, &channel, &data) {
                return Err(format!("{channel} was requested with an invalid signature").into());
            }
            requested.insert(channel);
        }
        Ok(guest)
    }

    fn confirm(&mut self, channel: &str, data: Value) -> Result<(), Failure> {
        self.send("pusher_internal:subscription_succeeded", channel, data)
    }

    fn event(&mut self, channel: &str, event: &str, data: Value) -> Result<(), Failure> {
        self.send(event, channel, data)
    }

    /// Sends an event as servers do, with its data encoded again as a string.
    fn send(&mut self, event: &str, channel: &str, data: Value) -> Result<(), Failure> {
        self.write(json!({ "event": event, "channel": channel, "data": data.to_string() }))
    }

    fn write(&mut self, message: Value) -> Result<(), Failure> {
        thread::sleep(Duration::from_millis(80)); // slow enough to be watched
        Ok(self.websocket.send(Message::text(message.to_string()))?)
    }

    fn wait_for(&mut self, event: &str) -> Result<Value, Failure> {
        loop {
            let message = self.read()?;
            if message["event"] == event {
                return Ok(message);
            }
        }
    }

    fn read(&mut self) -> Result<Value, Failure> {
        loop {
            if let Message::Text(text) = self.websocket.read()? {
                return Ok(serde_json::from_str(&text)?);
            }
        }
    }
}

/// Checks the signature of a subscription to a private or presence channel, as every server does.
fn is_authorized(socket_id: &str, channel: &str, data: &Value) -> bool {
    if !ChannelKind::of(channel).needs_authorization() {
        return true;
    }
    let Some((KEY, signature)) = data["auth"].as_str().and_then(|auth| auth.split_once(':')) else { return false };
    let Ok(signature) = Signature::from_hex(signature) else { return false };
    Credentials::new(KEY, SECRET.as_bytes()).verify_channel(
        socket_id,
        channel,
        data["channel_data"].as_str(),
        &signature,
    )
}
