//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use pusher_proto::{ChannelKind, Endpoint};
use serde_json::{Value, json};

use crate::Failure;
use crate::http::Url;

pub const HELP: &str = "\
Watches the channels of a Pusher server until Ctrl-C: one line for everything that happens, with the time in UTC.

    monitor                                       a demonstration that needs no server
    monitor --url URL --key KEY [OPTION..] CHANNEL..

Where to connect
    --url URL                  ws://HOST[:PORT] or wss://HOST[:PORT], with a path prefix if the server has one
    --cluster NAME             Pusher itself, such as eu or mt1, in place of --url
    --key KEY                  the key of the application
    --ca FILE                  trust the authorities of this PEM file alone, for a server with a certificate of its own

How to subscribe to private and presence channels
    --secret SECRET            sign with the secret of the application
    --auth-url URL             ask this auth endpoint, http:// or https://
    --user-id ID               who to be on presence channels; without it, monitor-NUMBER     (with --secret)
    --user-info JSON           what the others see of this user                              (with --secret)

    --sign-in                  sign this user in, to receive events that are for the user alone (with --secret)

What to do
    --send CHANNEL EVENT JSON  send a client event when the channel is subscribed; may be repeated
    --exit-after N             end with status 0 after N events, when all is subscribed and sent
    --json                     one JSON object a line
    --help                     this text

A wrong argument, a server that cannot be reached at first, a wrong key and a denied channel end the monitor with one
sentence and status 1. A connection that is lost later is restored.";

pub enum Command {
    Help,
    Demonstrate,
    Watch(Box<Options>),
}

pub struct Options {
    pub server: Server,
    pub key: String,
    /// Trusted in place of the public certificate authorities.
    pub ca: Option<PathBuf>,
    pub proof: Proof,
    pub user_id: String,
    pub user_info: Option<Value>,
    pub sign_in: bool,
    pub channels: Vec<String>,
    pub outbox: Vec<ClientEvent>,
    pub exit_after: Option<u64>,
    pub json: bool,
}

pub enum Server {
    Url(String),
    Cluster(String),
}

/// How to prove that one may subscribe.
pub enum Proof {
    Secret(String),
    Endpoint(Url),
    None,
}

pub struct ClientEvent {
    pub channel: String,
    pub event: String,
    /// Checked to be JSON.
    pub data: String,
}

impl Options {
    pub fn new(server: Server, key: String, proof: Proof) -> Self {
        Self {
            server,
            key,
            ca: None,
            proof,
            user_id: format!("monitor-{}", crate::seed() % 10_000),
            user_info: None,
            sign_in: false,
            channels: Vec::new(),
            outbox: Vec::new(),
            exit_after: None,
            json: false,
        }
    }

    pub fn endpoint(&self) -> Result<Endpoint<'_>, Failure> {
        Ok(match &self.server {
            Server::Url(url) => Endpoint::from_url(url, &self.key).map_err(|error| format!("{url}: {error}"))?,
            Server::Cluster(cluster) => Endpoint::cluster(cluster, &self.key),
        })
    }

    /// What this user says about itself on presence channels.
    pub fn channel_data(&self) -> String {
        match &self.user_info {
            Some(user_info) => json!({ "user_id": self.user_id, "user_info": user_info }),
            None => json!({ "user_id": self.user_id }),
        }
        .to_string()
    }

    /// Who this user is when it signs in.
    pub fn user_data(&self) -> String {
        match &self.user_info {
            Some(user_info) => json!({ "id": self.user_id, "user_info": user_info }),
            None => json!({ "id": self.user_id }),
        }
        .to_string()
    }

    fn check(self) -> Result<Self, Failure> {
        if self.channels.is_empty() && !self.sign_in {
            return Err("name at least one channel to watch".into());
        }
        if self.sign_in && !matches!(self.proof, Proof::Secret(_)) {
            return Err("--sign-in needs --secret".into());
        }
        if matches!(self.proof, Proof::None)
            && let Some(name) = self.channels.iter().find(|name| ChannelKind::of(name).needs_authorization())
        {
            return Err(format!("{name} is not public: give --secret or --auth-url").into());
        }
        self.endpoint()?;
        Ok(self)
    }
}

/// Reads the arguments, without the name of the program.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, Failure> {
    let (mut url, mut cluster, mut key, mut ca) = (None, None, None, None);
    let (mut secret, mut auth_url, mut user_id, mut user_info) = (None, None, None, None);
    let (mut channels, mut outbox, mut exit_after) = (Vec::new(), Vec::new(), None);
    let (mut sign_in, mut is_json) = (false, false);

    let mut arguments = arguments.map(|argument| {
        argument.into_string().map_err(|argument| format!("the argument {} is not UTF-8", argument.display()))
    });
    let mut is_empty = true;
    while let Some(argument) = arguments.next().transpose()? {
        is_empty = false;
        let mut value = |what: &str| {
            let missing = || format!("{argument} needs {what}; see --help");
            arguments.next().unwrap_or_else(|| Err(missing()))
        };
        match argument.as_str() {
            "--url" => url = Some(value("a URL")?),
            "--cluster" => cluster = Some(value("a name")?),
            "--key" => key = Some(value("a key")?),
            "--ca" => ca = Some(PathBuf::from(value("a file")?)),
            "--secret" => secret = Some(value("a secret")?),
            "--auth-url" => auth_url = Some(Url::parse(&value("a URL")?)?),
            "--user-id" => user_id = Some(value("an id")?),
            "--user-info" => user_info = Some(parse_json("--user-info", &value("JSON")?)?),
            "--send" => {
                let what = "a channel, an event and JSON";
                let event = client_event(value(what)?, value(what)?, value(what)?)?;
                channels.push(event.channel.clone());
                outbox.push(event);
            }
            "--exit-after" => {
                let number = value("a number")?;
                let wrong = |_| format!("--exit-after needs a number, not {number}");
                exit_after = Some(number.parse().map_err(wrong)?);
            }
            "--sign-in" => sign_in = true,
            "--json" => is_json = true,
            "--help" | "-h" => return Ok(Command::Help),
            option if option.starts_with('-') => return Err(format!("there is no option {option}; see --help").into()),
            channel => channels.push(channel.to_owned()),
        }
    }
    if is_empty {
        return Ok(Command::Demonstrate);
    }

    let server = match (url, cluster) {
        (Some(url), None) => Server::Url(url),
        (None, Some(cluster)) => Server::Cluster(cluster),
        (None, None) => return Err("say where to connect: --url or --cluster".into()),
        (Some(_), Some(_)) => return Err("--url and --cluster exclude each other".into()),
    };
    let key = key.ok_or("the application needs a --key")?;
    if auth_url.is_some() && (user_id.is_some() || user_info.is_some()) {
        return Err("with --auth-url the endpoint says who the user is: leave --user-id and --user-info out".into());
    }
    let proof = match (secret, auth_url) {
        (Some(secret), None) => Proof::Secret(secret),
        (None, Some(url)) => Proof::Endpoint(url),
        (None, None) => Proof::None,
        (Some(_), Some(_)) => return Err("--secret and --auth-url exclude each other".into()),
    };
    let mut options = Options::new(server, key, proof);
    options.user_id = user_id.unwrap_or(options.user_id);
    let options = Options { ca, user_info, sign_in, channels, outbox, exit_after, json: is_json, ..options };
    Ok(Command::Watch(Box::new(options.check()?)))
}

fn client_event(channel: String, event: String, data: String) -> Result<ClientEvent, Failure> {
    if !ChannelKind::of(&channel).allows_client_events() {
        return Err(
            format!("--send: {channel} is no channel for client events, only private and presence ones are").into()
        );
    }
    if !event.starts_with("client-") {
        return Err(format!("--send: the name of a client event begins with client-, {event} does not").into());
    }
    parse_json("--send", &data)?;
    Ok(ClientEvent { channel, event, data })
}

fn parse_json(option: &str, text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| format!("{option}: {text} is not JSON: {error}").into())
}
