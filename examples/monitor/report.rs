//! Reports of the connection's events, and the members of presence channels.

use std::collections::{BTreeMap, HashMap};
use std::io;

use pusher_proto::connection::CloseReason;
use pusher_proto::envelope::EnvelopeError;
use pusher_proto::event::{ChannelEvent, Member, UserEvent};
use pusher_proto::{Channel, Endpoint, Event, Instant, Notice};
use serde_json::{Value, json};

use crate::Failure;
use crate::print::{Printer, data};

/// Prints the connection's events, and ends the monitor on a permanent failure.
pub struct Report<'o> {
    printer: Printer,
    names: HashMap<Channel, &'o str>,
    /// The members of each presence channel: ids and their data.
    rooms: HashMap<Channel, BTreeMap<String, Value>>,
    events: u64,
    /// Whether a connection was established before: later failures may be transient.
    has_been_connected: bool,
}

impl<'o> Report<'o> {
    pub fn new(printer: Printer) -> Self {
        Self { printer, names: HashMap::new(), rooms: HashMap::new(), events: 0, has_been_connected: false }
    }

    /// Adds the name of a channel, because events carry only its handle.
    pub fn add(&mut self, channel: Channel, name: &'o str) {
        self.names.insert(channel, name);
    }

    /// Returns the number of events published on the channels.
    pub fn events(&self) -> u64 {
        self.events
    }

    pub fn connecting(&self, endpoint: &Endpoint<'_>, secure: bool) -> Result<(), Failure> {
        let endpoint = if secure { endpoint.with_tls() } else { *endpoint };
        let scheme = if endpoint.is_secure() { "wss" } else { "ws" };
        let mut host = [0; 512];
        let url = format!("{scheme}://{}", endpoint.host_header(&mut host)?);
        Ok(self.printer.line("connecting", None, &format!("to {url}"), json!({ "url": url }))?)
    }

    /// Handles a failure to open the socket.
    pub fn unreachable(&self, failure: Failure) -> Result<(), Failure> {
        if !self.has_been_connected {
            return Err(failure);
        }
        Ok(self.error("unreachable", &failure.to_string())?)
    }

    /// Handles the end of the connection. Before the first success, its reason shows what is wrong with the server.
    pub fn closed(&self, end: CloseReason<'_>) -> Result<(), Failure> {
        match end {
            CloseReason::Requested => Ok(self.printer.line("closed", None, "", json!({}))?),
            CloseReason::Server { code: Some(_), .. } => Ok(()), // a notice gives the reason
            CloseReason::Socket { .. } if self.has_been_connected => Ok(()), // transient
            // sockudo closes the connection this way when it does not know the key.
            CloseReason::Socket { opened: true, .. } => {
                Err("the server closed the connection without an error; check the key".into())
            }
            end if !self.has_been_connected => Err(format!("not a Pusher server: {end}").into()),
            end => Ok(self.error("closed", &end.to_string())?),
        }
    }

    pub fn bad_message(&self, error: EnvelopeError) -> io::Result<()> {
        self.error("bad_message", &error.to_string())
    }

    pub fn notice(&self, now: Instant, notice: Notice) -> Result<(), Failure> {
        match notice {
            Notice::Disconnected { reason, retry_at: None } => Err(reason.to_string().into()),
            Notice::Disconnected { reason, retry_at: Some(retry_at) } => {
                let retry = retry_at.saturating_duration_since(now).as_millis();
                let words = format!("{reason}; next attempt in {}", seconds(retry));
                let fields = json!({ "reason": reason.to_string(), "retry_in_ms": retry });
                Ok(self.printer.line("disconnected", None, &words, fields)?)
            }
            Notice::Unavailable => Ok(self.error("unavailable", "not connected for a while")?),
            Notice::SubscriptionFailed { channel, failure, retry_at } => {
                self.subscription_failed(now, channel, &failure.to_string(), retry_at)
            }
            Notice::SignInFailed { failure, retry_at } => self.sign_in_failed(now, &failure.to_string(), retry_at),
            _ => Ok(()),
        }
    }

    pub fn event(&mut self, now: Instant, event: Event<'_>) -> Result<(), Failure> {
        let printer = self.printer;
        Ok(match event {
            Event::Connected { socket_id } => {
                self.has_been_connected = true;
                let fields = json!({ "socket_id": socket_id });
                printer.line("connected", None, &format!("with the socket id {socket_id}"), fields)
            }
            Event::Subscribed { channel, gap_since, presence, .. } => {
                let name = self.name(channel);
                printer.line("subscribed", Some(name), "", json!({}))?;
                if let Some(presence) = presence {
                    let room = self.rooms.entry(channel).or_default();
                    room.clear();
                    for Member { user_id, user_info, .. } in presence.members() {
                        room.entry(user_id.to_owned()).or_insert_with(|| data(user_info));
                    }
                    printer.line("members", Some(name), &list(room), json!({ "members": room }))?;
                }
                let Some(gap_since) = gap_since else { return Ok(()) };
                let gap = now.saturating_duration_since(gap_since).as_millis();
                let words = format!("events of the last {} may be missing", seconds(gap));
                printer.line("gap", Some(name), &words, json!({ "gap_ms": gap }))
            }
            Event::SubscriptionFailed { channel, error, retry_at, .. } => {
                return self.subscription_failed(now, channel, &format!("the server reports: {error}"), retry_at);
            }
            Event::Channel(message) => {
                self.events += 1;
                self.message(message)
            }
            Event::MemberAdded { channel, member: Member { user_id, user_info, .. }, .. } => {
                let (name, info) = (self.name(channel), data(user_info));
                let room = self.rooms.entry(channel).or_default();
                room.insert(user_id.to_owned(), info.clone());
                let fields = json!({ "user_id": user_id, "user_info": info, "members": room });
                printer.line("joined", Some(name), &format!("{user_id}; now {}", list(room)), fields)
            }
            Event::MemberRemoved { channel, user_id, .. } => {
                let name = self.name(channel);
                let room = self.rooms.entry(channel).or_default();
                room.remove(user_id);
                let fields = json!({ "user_id": user_id, "members": room });
                printer.line("left", Some(name), &format!("{user_id}; now {}", list(room)), fields)
            }
            Event::SubscriptionCount { channel, count, .. } => {
                let words = format!("{count} connections");
                printer.line("count", Some(self.name(channel)), &words, json!({ "count": count }))
            }
            Event::CacheMiss { channel, .. } => {
                printer.line("cache_miss", Some(self.name(channel)), "no last event", json!({}))
            }
            #[cfg(feature = "encrypted")]
            Event::DecryptionFailed { channel, event, error, .. } => {
                let words = format!("{event} is lost: {error}");
                let fields = json!({ "event": event, "reason": error.to_string() });
                printer.line("undecryptable", Some(self.name(channel)), &words, fields)
            }
            Event::SignedIn { user_id, .. } => {
                printer.line("signed_in", None, &format!("as {user_id}"), json!({ "user_id": user_id }))
            }
            Event::SignInFailed { error, retry_at } => {
                return self.sign_in_failed(now, &format!("the server reports: {error}"), retry_at);
            }
            Event::User(UserEvent { event, payload, .. }) => {
                self.events += 1;
                let fields = json!({ "event": event, "data": data(payload) });
                printer.line("user_event", None, &format!("{event} {}", payload.as_str()), fields)
            }
            Event::Watchlist(changes) => {
                for change in changes {
                    let status = change.status();
                    let ids: Vec<&str> = change.user_ids().collect();
                    let fields = json!({ "status": status, "user_ids": ids });
                    printer.line("watchlist", None, &format!("{status}: {}", ids.join(", ")), fields)?;
                }
                Ok(())
            }
            Event::Error(error) => {
                let fields = json!({ "code": error.code, "message": error.message });
                printer.line("error", None, &format!("the server reports: {error}"), fields)
            }
            Event::Other(other) => {
                let words = format!("{} {}", other.event, other.payload.as_str());
                let fields = json!({ "event": other.event, "data": data(other.payload) });
                printer.line("other", other.channel_name, &words, fields)
            }
            _ => Ok(()),
        }?)
    }

    fn message(&self, message: ChannelEvent<'_>) -> io::Result<()> {
        let ChannelEvent { channel, event, payload, user_id, .. } = message;
        let from = user_id.map(|user_id| format!(" from {user_id}")).unwrap_or_default();
        let words = format!("{event}{from} {}", payload.as_str());
        let mut fields = json!({ "event": event, "data": data(payload) });
        if let Some(user_id) = user_id {
            fields["user_id"] = json!(user_id);
        }
        self.printer.line("event", Some(self.name(channel)), &words, fields)
    }

    fn subscription_failed(
        &self,
        now: Instant,
        channel: Channel,
        why: &str,
        retry_at: Option<Instant>,
    ) -> Result<(), Failure> {
        let name = self.name(channel);
        let Some(retry_at) = retry_at else { return Err(format!("{name} cannot be subscribed: {why}").into()) };
        Ok(self.failed(now, Some(name), why, retry_at)?)
    }

    fn sign_in_failed(&self, now: Instant, why: &str, retry_at: Option<Instant>) -> Result<(), Failure> {
        let Some(retry_at) = retry_at else { return Err(format!("the user cannot sign in: {why}").into()) };
        Ok(self.failed(now, None, why, retry_at)?)
    }

    fn failed(&self, now: Instant, channel: Option<&str>, why: &str, retry_at: Instant) -> io::Result<()> {
        let retry = retry_at.saturating_duration_since(now).as_millis();
        let words = format!("{why}; next attempt in {}", seconds(retry));
        self.printer.line("failed", channel, &words, json!({ "reason": why, "retry_in_ms": retry }))
    }

    fn error(&self, kind: &str, reason: &str) -> io::Result<()> {
        self.printer.line(kind, None, reason, json!({ "reason": reason }))
    }

    fn name(&self, channel: Channel) -> &'o str {
        self.names.get(&channel).copied().unwrap_or_default()
    }
}

fn seconds(millis: u32) -> String {
    format!("{}.{} s", millis / 1000, millis % 1000 / 100)
}

/// Formats the ids of the members, shortened after the first few.
fn list(room: &BTreeMap<String, Value>) -> String {
    const SHOWN: usize = 10;
    let ids: Vec<&str> = room.keys().take(SHOWN).map(String::as_str).collect();
    let more = if room.len() > SHOWN { ", .." } else { "" };
    format!("{}{more} ({})", ids.join(", "), room.len())
}
