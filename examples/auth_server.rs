//! An auth endpoint on `std::net` that holds the secret and signs for clients without it.
//!
//! ```sh
//! PUSHER_SECRET=app-secret cargo run --example auth_server --features encrypted -- app-key 8080 &
//! cargo run --example monitor -- --url ws://127.0.0.1:6001 --key app-key \
//!     --auth-url 'http://127.0.0.1:8080/pusher/auth?user_id=7' private-orders presence-room
//! ```
//!
//! Encrypted channels need `PUSHER_MASTER_KEY`, 32 bytes in base64. This example reads the user's id from `user_id`, in
//! the form or in the URL; a real server takes it from its session.

mod common;

use std::io::{Write, stdout};
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use common::form::{BAD_REQUEST, read_form};
use common::{Failure, http::parameter, timed::Timed};
use pusher_proto::ChannelKind;
use pusher_proto::auth::Credentials;
use pusher_proto::encryption::SharedSecret;
use serde_json::{Value, json};

const PATHS: [&str; 2] = ["/pusher/auth", "/pusher/user-auth"];
const FORBIDDEN: &str = "403 Forbidden";
/// The timeout for receiving a request and for sending the answer.
const TIMEOUT: Duration = Duration::from_secs(5);

struct App<'a> {
    credentials: Credentials<'a>,
    master_key: Option<SharedSecret>,
}

impl App<'_> {
    fn answer(&self, path: &str, form: &str) -> Result<Value, &'static str> {
        let socket_id = parameter(form, "socket_id").ok_or(BAD_REQUEST)?;
        let user_id = parameter(form, "user_id");
        let token = |signature| format!("{}:{signature}", self.credentials.key());
        if path == "/pusher/user-auth" {
            let data = json!({ "id": user_id.ok_or(FORBIDDEN)? }).to_string();
            let signature = self.credentials.sign_user(&socket_id, &data).map_err(|_| BAD_REQUEST)?;
            return Ok(json!({ "auth": token(signature), "user_data": data }));
        }
        let channel = parameter(form, "channel_name").ok_or(BAD_REQUEST)?;
        // The policy of this application: a user's channels are for that user, and rooms need the user's id.
        let (kind, owner) = (ChannelKind::of(&channel), channel.strip_prefix("private-user-"));
        if owner.is_some() && owner != user_id.as_deref() || kind.is_presence() && user_id.is_none() {
            return Err(FORBIDDEN);
        }
        let data = kind.is_presence().then(|| json!({ "user_id": user_id }).to_string());
        let signature = self.credentials.sign_channel(&socket_id, &channel, data.as_deref());
        let mut reply = json!({ "auth": token(signature.map_err(|_| BAD_REQUEST)?) });
        if let Some(data) = data {
            reply["channel_data"] = data.into();
        }
        if kind.is_encrypted() {
            let key = SharedSecret::derive(&channel, self.master_key.as_ref().ok_or(FORBIDDEN)?.as_bytes());
            reply["shared_secret"] = key.to_base64(&mut [0; 44]).map_err(|_| BAD_REQUEST)?.into();
        }
        Ok(reply)
    }

    /// Answers with one object. If the form names several channels, with a line for each: an object, or a status.
    fn answers(&self, path: &str, form: &str) -> Result<String, &'static str> {
        let channels: Vec<&str> = form.split('&').filter(|pair| pair.starts_with("channel_name=")).collect();
        let text = |form: &str| self.answer(path, form).map(|reply| reply.to_string());
        if channels.len() < 2 {
            return text(form);
        }
        let rest: Vec<&str> = form.split('&').filter(|pair| !channels.contains(pair)).collect();
        let line = |pair: &&str| text(&format!("{pair}&{}", rest.join("&"))).unwrap_or_else(str::to_owned);
        Ok(channels.iter().map(line).collect::<Vec<_>>().join("\n"))
    }

    fn serve(&self, mut stream: Timed) {
        let reply = read_form(&mut stream, &PATHS).and_then(|(path, form)| self.answers(&path, &form));
        let (status, body) = reply.map_or_else(|error| (error, "".into()), |reply| ("200 OK", reply));
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        stream.expire_in(TIMEOUT);
        let _ = write!(stream, "{head}Connection: close\r\n\r\n{body}"); // the client may have disconnected
    }
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    let [key, port @ ..] = arguments else { return Err("needs the key of the app, optionally a port".into()) };
    let port = port.first().map_or(Ok(0), |port| port.parse())?;
    let secret = common::secret()?;
    let master_key = common::variable("PUSHER_MASTER_KEY")?;
    let master_key =
        master_key.map(|text| SharedSecret::from_base64(&text).ok_or("PUSHER_MASTER_KEY is not 32 bytes in base64"));
    let app = &App { credentials: Credentials::new(key, secret.as_bytes()), master_key: master_key.transpose()? };
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    writeln!(stdout(), "listening on http://{}/pusher/auth", listener.local_addr()?)?;
    thread::scope(|all| {
        loop {
            match listener.accept() {
                // If no thread can be spawned, the connection is dropped.
                Ok((tcp, _)) => drop(thread::Builder::new().spawn_scoped(all, || app.serve(Timed::new(tcp, TIMEOUT)))),
                // Too many open files: an immediate retry would fail until a request ends.
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
        }
    })
}

fn main() -> ExitCode {
    common::run("auth_server", "KEY [PORT], PUSHER_SECRET, and PUSHER_MASTER_KEY for encrypted channels", run)
}
