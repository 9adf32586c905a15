//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use base64ct::{Base64, Encoding};
use pusher_proto::{ChannelKind, Endpoint};
use serde_json::{Value, json};

use crate::common::{self, Failure};
use crate::http::Url;

/// 23 lines of 80 characters: fits the smallest screen, 24 by 80, with the prompt below.
pub const HELP: &str = "\
Watches channels of a Pusher server and reconnects. Without arguments: a demo.
    monitor --url URL --key KEY [OPTION..] CHANNEL..
  --url URL           ws://HOST[:PORT][/PATH] or wss://HOST[:PORT][/PATH]
  --cluster NAME      a cluster of Pusher, such as eu or mt1, instead of --url
  --key KEY           the key of the application
  --ca FILE           trust only the authorities in this PEM file
  --secret SECRET     sign with it. Others can see arguments: set PUSHER_SECRET
  --master-key KEY    for encrypted channels, base64. Better: PUSHER_MASTER_KEY
  --auth-url URL      use this auth endpoint instead of a secret
  --user-id ID        the user on presence channels (with a secret)
  --user-info JSON    data of this user for other members (with a secret)
  --sign-in           sign this user in (with a secret)
  --send CHANNEL EVENT JSON       send a client event, once subscribed
  --trigger CHANNEL EVENT JSON    publish an event, once all are subscribed
  --app-id ID         the application, for --trigger (with a secret)
  --api-url URL       the HTTP API, if it is not on the host of --url
  --exit-after N      exit after N events, once all are subscribed and sent
  --json              print one JSON object per line
  --help, --version   print this text or the version; -h is --help
--send and --trigger may be repeated. Encrypted channels and --trigger need a
build with --all-features. NO_COLOR disables colours. Exits with status 1 after
invalid arguments, a failed first connection, a wrong key or a denied channel.";

pub enum Command {
    Help,
    Version,
    Demonstrate,
    Watch(Box<Options>),
}

pub struct Options {
    pub server: Server,
    pub key: String,
    /// The certificate authority that replaces the public ones.
    pub ca: Option<PathBuf>,
    pub proof: Proof,
    pub user_id: String,
    pub user_info: Option<Value>,
    pub sign_in: bool,
    pub channels: Vec<String>,
    /// The source of the keys of encrypted channels.
    pub master_key: Option<[u8; 32]>,
    pub outbox: Vec<ClientEvent>,
    pub triggers: Vec<ServerEvent>,
    pub api: Option<HttpApi>,
    pub exit_after: Option<u64>,
    pub json: bool,
}

pub enum Server {
    Url(String),
    Cluster(String),
}

/// The method of authorizing subscriptions.
pub enum Proof {
    Secret(String),
    Endpoint(Url),
    None,
}

pub struct ClientEvent {
    pub channel: String,
    pub event: String,
    /// Valid JSON.
    pub data: String,
}

/// An event to publish over the HTTP API.
#[cfg_attr(not(feature = "rest"), expect(dead_code, reason = "the command line refuses what needs it"))]
pub struct ServerEvent {
    pub channel: String,
    pub event: String,
    /// Valid JSON.
    pub data: String,
}

/// The address of the HTTP API, and the application's credentials.
#[cfg_attr(not(feature = "rest"), expect(dead_code, reason = "the command line refuses what needs it"))]
pub struct HttpApi {
    pub app_id: String,
    pub url: Url,
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
            master_key: None,
            outbox: Vec::new(),
            triggers: Vec::new(),
            api: None,
            exit_after: None,
            json: false,
        }
    }

    pub fn endpoint(&self) -> Result<Endpoint<'_>, Failure> {
        Ok(match &self.server {
            // Omits the URL, which may contain a password.
            Server::Url(url) if url.contains('@') => return Err("a URL with a user name is not supported".into()),
            Server::Url(url) => Endpoint::from_url(url, &self.key).map_err(|error| format!("{url}: {error}"))?,
            Server::Cluster(cluster) => {
                Endpoint::cluster(cluster, &self.key).map_err(|error| format!("{cluster}: {error}"))?
            }
        })
    }

    /// The `user_info` of this user on presence channels.
    pub fn channel_data(&self) -> String {
        match &self.user_info {
            Some(user_info) => json!({ "user_id": self.user_id, "user_info": user_info }),
            None => json!({ "user_id": self.user_id }),
        }
        .to_string()
    }

    /// The user data for signing in.
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
            return Err("--sign-in needs --secret or PUSHER_SECRET".into());
        }
        if matches!(self.proof, Proof::None)
            && let Some(name) = self.channels.iter().find(|name| ChannelKind::of(name).needs_authorization())
        {
            return Err(format!("{name} is not public: use --secret or --auth-url, or set PUSHER_SECRET").into());
        }
        let has_secret = matches!(self.proof, Proof::Secret(_));
        if self.master_key.is_some() && !has_secret {
            return Err("--master-key needs --secret".into());
        }
        let can_publish = has_secret && self.api.is_some();
        if !can_publish && !self.triggers.is_empty() {
            return Err("--trigger needs --secret and --app-id".into());
        }
        let published = self.triggers.iter().map(|event| (event.channel.as_str(), true));
        for (name, is_published) in self.channels.iter().map(|name| (name.as_str(), false)).chain(published) {
            if !ChannelKind::of(name).is_encrypted() {
                continue;
            }
            needs_feature(name, "encrypted", cfg!(feature = "encrypted"))?;
            if self.master_key.is_none() && (has_secret || is_published) {
                return Err(
                    format!("{name} is encrypted: use --master-key, or an --auth-url that returns its key").into()
                );
            }
        }
        self.endpoint()?;
        Ok(self)
    }

    /// Returns the default address of the HTTP API, without --api-url.
    fn default_api(server: &Server) -> Result<Url, Failure> {
        match server {
            // From ws to http and from wss to https.
            Server::Url(url) => Url::parse(&url.replacen("ws", "http", 1)),
            Server::Cluster(cluster) => Url::parse(&format!("https://api-{cluster}.pusher.com")),
        }
    }
}

/// Parses the arguments, without the name of the program.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, Failure> {
    let (mut url, mut cluster, mut key, mut ca) = (None, None, None, None);
    let (mut secret, mut auth_url, mut user_id, mut user_info) = (None, None, None, None);
    let (mut channels, mut outbox, mut exit_after) = (Vec::new(), Vec::new(), None);
    let (mut sign_in, mut is_json) = (false, false);
    let (mut master_key, mut triggers, mut app_id, mut api_url) = (None, Vec::new(), None, None);

    let mut arguments = common::arguments(arguments)?.into_iter().peekable();
    if arguments.peek().is_none() {
        return Ok(Command::Demonstrate);
    }
    while let Some(argument) = arguments.next() {
        let (option, mut inline) = match argument.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value.to_owned())),
            _ => (argument.as_str(), None),
        };
        let mut value = |what: &str| {
            let missing = || format!("{option} needs {what}; see --help");
            inline.take().or_else(|| arguments.next()).ok_or_else(missing)
        };
        match option {
            "--url" => url = Some(value("a URL")?),
            "--cluster" => cluster = Some(value("a name")?),
            "--key" => key = Some(value("a key")?),
            "--ca" => ca = Some(PathBuf::from(value("a file")?)),
            "--secret" => secret = Some(value("a secret")?),
            "--master-key" => {
                needs_feature("--master-key", "encrypted", cfg!(feature = "encrypted"))?;
                master_key = Some(parse_key("--master-key", &value("a key in base64")?)?);
            }
            "--auth-url" => auth_url = Some(Url::parse(&value("a URL")?)?),
            "--user-id" => user_id = Some(value("an id")?),
            "--user-info" => user_info = Some(parse_json("--user-info", &value("JSON")?)?),
            "--send" => {
                let what = "a channel, an event and JSON";
                let event = client_event(value(what)?, value(what)?, value(what)?)?;
                channels.push(event.channel.clone());
                outbox.push(event);
            }
            "--trigger" => {
                needs_feature("--trigger", "rest", cfg!(feature = "rest"))?;
                let what = "a channel, an event and JSON";
                let (channel, event, data) = (value(what)?, value(what)?, value(what)?);
                parse_json("--trigger", &data)?;
                triggers.push(ServerEvent { channel, event, data });
            }
            "--app-id" => app_id = Some(value("an id")?),
            "--api-url" => api_url = Some(Url::parse(&value("a URL")?)?),
            "--exit-after" => {
                let number = value("a number")?;
                let wrong = |_| format!("--exit-after needs a number, not {number}");
                exit_after = Some(number.parse().map_err(wrong)?);
            }
            "--sign-in" => sign_in = true,
            "--json" => is_json = true,
            "--help" | "-h" => return Ok(Command::Help),
            "--version" => return Ok(Command::Version),
            _ if option.starts_with("--") => return Err(format!("unknown option {option}; see --help").into()),
            // Omits the argument: `-sSECRET` may be an option of another program.
            _ if option.starts_with('-') => {
                let option: String = option.chars().take(2).collect();
                return Err(format!("unknown option {option}; see --help").into());
            }
            channel => channels.push(channel.to_owned()),
        }
        if inline.is_some() {
            return Err(format!("{option} takes no value").into());
        }
    }

    let server = match (url, cluster) {
        (Some(url), None) => Server::Url(url),
        (None, Some(cluster)) => Server::Cluster(cluster),
        (None, None) => return Err("missing --url or --cluster".into()),
        (Some(_), Some(_)) => return Err("--url and --cluster exclude each other".into()),
    };
    let key = key.ok_or("the application needs a --key")?;
    if auth_url.is_some() && (user_id.is_some() || user_info.is_some()) {
        return Err("with --auth-url the endpoint determines the user: omit --user-id and --user-info".into());
    }
    // Arguments take precedence over the environment.
    let secret = if auth_url.is_none() && secret.is_none() { common::variable("PUSHER_SECRET")? } else { secret };
    if master_key.is_none() && secret.is_some() && cfg!(feature = "encrypted") {
        let name = "PUSHER_MASTER_KEY";
        master_key = common::variable(name)?.map(|text| parse_key(name, &text)).transpose()?;
    }
    let proof = match (secret, auth_url) {
        (Some(secret), None) => Proof::Secret(secret),
        (None, Some(url)) => Proof::Endpoint(url),
        (None, None) => Proof::None,
        (Some(_), Some(_)) => return Err("--secret and --auth-url exclude each other".into()),
    };
    let api = match (app_id, api_url) {
        (None, None) => None,
        (None, Some(_)) => return Err("--api-url needs --app-id".into()),
        (Some(app_id), Some(url)) => Some(HttpApi { app_id, url }),
        (Some(app_id), None) => Some(HttpApi { app_id, url: Options::default_api(&server)? }),
    };
    let mut options = Options::new(server, key, proof);
    options.user_id = user_id.unwrap_or(options.user_id);
    let options = Options { ca, user_info, sign_in, channels, outbox, exit_after, json: is_json, ..options };
    let options = Options { master_key, triggers, api, ..options };
    Ok(Command::Watch(Box::new(options.check()?)))
}

fn client_event(channel: String, event: String, data: String) -> Result<ClientEvent, Failure> {
    if !ChannelKind::of(&channel).allows_client_events() {
        return Err(
            format!("--send: {channel} is not a channel for client events: use a private or presence channel").into()
        );
    }
    if !event.starts_with("client-") {
        return Err(format!("--send: the name of a client event begins with client-, {event} does not").into());
    }
    parse_json("--send", &data)?;
    Ok(ClientEvent { channel, event, data })
}

/// Checks that the feature an option needs is built.
fn needs_feature(what: &str, feature: &str, is_built: bool) -> Result<(), Failure> {
    if is_built {
        return Ok(());
    }
    Err(format!("{what} needs the feature {feature}: build the monitor with --all-features").into())
}

/// Reads 32 bytes from the option or variable `name`. The error omits the key.
fn parse_key(name: &str, text: &str) -> Result<[u8; 32], Failure> {
    let mut key = [0; 32];
    let length = Base64::decode(text, &mut key).map_or(0, <[u8]>::len);
    if length == key.len() { Ok(key) } else { Err(format!("{name} needs 32 bytes in base64, 44 characters").into()) }
}

fn parse_json(option: &str, text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| format!("{option}: {text} is not JSON: {error}").into())
}
