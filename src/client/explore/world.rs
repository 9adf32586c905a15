//! Client, application, network and server together.

use std::format;
use std::string::String;

use heapless::Deque;

use super::actions::Action;
use super::server::{ClientMessage, Manner, Server, ServerMessage};
use super::{Fingerprint, wire};
use crate::channel::Channel;
use crate::client::{Client, Config, Notice, Request, State, Ticket};
use crate::event::Event;
use crate::{Duration, Instant};

/// The maximum number of messages in flight in one direction.
const IN_FLIGHT: usize = 16;
/// The maximum number of calls of the outputs after one input.
const CALLS: usize = 64;

pub(super) type Subject = Client<3, 20>;

/// A violated rule.
pub(super) type Violation = String;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// There is no transport, and none is requested.
    None,
    /// The client has requested a transport.
    Requested,
    Up,
    /// The transport appears to be open but transfers nothing.
    Dead,
}

/// The application's view of one channel.
#[derive(Clone, Copy)]
pub(super) struct Subscription {
    /// Its handle, while the application wants the channel.
    pub(super) channel: Option<Channel>,
    /// The last report was that the channel is subscribed.
    pub(super) is_shown: bool,
    /// Since when events may have been lost, according to the model.
    pub(super) lost_since: Option<Instant>,
    pub(super) ticket: Option<Ticket>,
}

/// The transcript of actions and messages; `None` if it is not needed.
pub(super) type Log<'a> = Option<&'a mut String>;

macro_rules! note {
    ($log:expr, $($words:tt)*) => {
        if let Some(log) = $log.as_deref_mut() {
            use std::fmt::Write as _;
            let _ = writeln!(log, $($words)*);
        }
    };
}
pub(super) use note;

#[derive(Clone)]
pub(super) struct World {
    pub(super) client: Subject,
    pub(super) names: [&'static str; 2],
    pub(super) now: Instant,
    pub(super) subscriptions: [Subscription; 2],
    /// The user that the application wants to be.
    pub(super) user: Option<u8>,
    /// The user that was reported as signed in.
    pub(super) shown_user: Option<u8>,
    pub(super) next_user: u8,
    pub(super) user_ticket: Option<Ticket>,
    pub(super) link: Link,
    pub(super) server: Server,
    pub(super) to_server: Deque<ClientMessage, IN_FLIGHT>,
    pub(super) to_client: Deque<ServerMessage, IN_FLIGHT>,
    /// When the last byte arrived on this connection.
    pub(super) last_received: Instant,
}

impl World {
    /// Creates a world whose application is connected and has no subscriptions.
    pub(super) fn new(names: [&'static str; 2], manner: Manner) -> Self {
        let mut config = Config::new(1);
        // Every wait before a reconnect is zero, so that jitter adds no states.
        config.reconnect.base = Duration::ZERO;
        config.reconnect.cap = Duration::ZERO;
        config.unavailable_after = Duration::MAX;
        // Equal timers lead to fewer states.
        config.activity_timeout = Duration::from_secs(10);
        config.pong_timeout = Duration::from_secs(10);
        config.subscription_retries = 2;
        let none = Subscription { channel: None, is_shown: false, lost_since: None, ticket: None };
        let mut world = Self {
            client: Client::new(config),
            names,
            now: Instant::from_millis(1_000_000),
            subscriptions: [none; 2],
            user: None,
            shown_user: None,
            next_user: 7,
            user_ticket: None,
            link: Link::None,
            server: Server::new(manner),
            to_server: Deque::new(),
            to_client: Deque::new(),
            last_received: Instant::ZERO,
        };
        for action in [Action::Connect, Action::Establish] {
            assert_eq!(world.apply(action, &mut None), Ok(true));
        }
        world
    }

    /// Performs `action`; returns `false` if it is not possible now.
    pub(super) fn apply(&mut self, action: Action, log: &mut Log<'_>) -> Result<bool, Violation> {
        note!(log, "{action:?}");
        if !self.act(action, log)? {
            return Ok(false);
        }
        self.drain(log)?;
        self.expire(log)?;
        self.forget_what_ended();
        self.check()?;
        Ok(true)
    }

    /// Handles a message that the client has written.
    pub(super) fn transmit(&mut self, text: &str, log: &mut Log<'_>) -> Result<(), Violation> {
        note!(log, "    > {text}");
        let message = match wire::read(text, &self.names) {
            wire::Written::Ping => {
                // Answered at once: slow answers to pings are not explored.
                if self.link == Link::Up {
                    self.client.handle_activity(self.now);
                    self.last_received = self.now;
                }
                return Ok(());
            }
            wire::Written::Request(message) => message,
            wire::Written::Unknown => return Err(format!("the client writes {text}")),
        };
        match self.link {
            Link::Up => self.to_server.push_back(message).map_err(|_| "too many messages on their way".into()),
            Link::Dead => Ok(()),
            Link::None | Link::Requested => Err("the client writes without a connection".into()),
        }
    }

    /// Passes a message to the client, and the resulting event to the application.
    pub(super) fn feed(&mut self, text: &str, log: &mut Log<'_>) -> Result<bool, Violation> {
        note!(log, "    < {text}");
        let mut buffer = [0; 256];
        let buffer = &mut buffer[..text.len()];
        buffer.copy_from_slice(text.as_bytes());
        self.last_received = self.now;
        let event = match self.client.handle_text(self.now, buffer) {
            Ok(event) => event,
            Err(error) => return Err(format!("the client cannot read {text}: {error:?}")),
        };
        if let Some(event) = &event {
            note!(log, "    {event:?}");
        }
        match event {
            Some(Event::Subscribed { channel, gap_since, .. }) => self.on_subscribed(channel, gap_since)?,
            Some(Event::SubscriptionFailed { channel, .. }) => self.on_failed(channel)?,
            Some(Event::SignedIn { user_id, .. }) => self.shown_user = user_id.parse().ok(),
            Some(Event::SignInFailed { .. }) => self.shown_user = None,
            _ => {}
        }
        Ok(true)
    }

    fn subscription(&mut self, channel: Channel) -> Option<&mut Subscription> {
        self.subscriptions.iter_mut().find(|subscription| subscription.channel == Some(channel))
    }

    fn on_subscribed(&mut self, channel: Channel, gap_since: Option<Instant>) -> Result<(), Violation> {
        let subscription = self.subscription(channel).ok_or("an event with a stale handle")?;
        subscription.is_shown = true;
        if let Some(lost) = subscription.lost_since.take()
            && gap_since.is_none_or(|since| since > lost)
        {
            return Err(match gap_since {
                Some(_) => "`gap_since` is later than the last byte received before the loss".into(),
                None => "a loss is not reported".into(),
            });
        }
        Ok(())
    }

    fn on_failed(&mut self, channel: Channel) -> Result<(), Violation> {
        self.subscription(channel).ok_or("a failure with a stale handle")?.is_shown = false;
        Ok(())
    }

    /// Carries out the outputs until there are none.
    fn drain(&mut self, log: &mut Log<'_>) -> Result<(), Violation> {
        for _ in 0..CALLS {
            let denied = if self.denies_output() {
                Err("there is an output, and the client reports nothing due")
            } else {
                Ok(())
            };
            if let Some(request) = self.client.poll_request() {
                denied?;
                note!(log, "    {request:?}");
                match request {
                    Request::Open { secure: false } if self.link == Link::None => self.link = Link::Requested,
                    Request::Open { secure: true } => return Err("the client wants TLS".into()),
                    Request::Open { .. } => return Err("a second transport is requested".into()),
                    Request::Close(_) => self.cut(Link::None),
                    Request::SignIn(ticket) => self.user_ticket = Some(ticket),
                    Request::Authorize(ticket) => {
                        let request = self.client.authorization_request(ticket).ok_or("a new ticket is stale")?;
                        let at = self.names.iter().position(|&name| name == request.channel_name);
                        let at = at.ok_or("a ticket for an unknown channel")?;
                        if self.subscriptions[at].channel != Some(request.channel) {
                            return Err("a ticket for a channel that is not wanted".into());
                        }
                        self.subscriptions[at].ticket = Some(ticket);
                    }
                    #[cfg(feature = "encrypted")]
                    Request::Rekey(_) => return Err("a key is requested".into()),
                }
                continue;
            }
            let mut out = [0; 20 + 52];
            let text = match self.client.poll_transmit(self.now, &mut out) {
                Ok(text) => text,
                Err(error) => return Err(format!("a message is longer than promised: {error:?}")),
            };
            if let Some(text) = text {
                denied?;
                self.transmit(text, log)?;
                continue;
            }
            match self.client.poll_notice() {
                None => return Ok(()),
                Some(notice) => {
                    denied?;
                    note!(log, "    {notice:?}");
                    match notice {
                        Notice::SubscriptionFailed { channel, .. } => self.on_failed(channel)?,
                        Notice::SignInFailed { .. } => self.shown_user = None,
                        _ => {}
                    }
                }
            }
        }
        Err("the outputs do not come to an end".into())
    }

    /// Returns whether the client reports that nothing is due, so that drivers skip its outputs.
    pub(super) fn denies_output(&self) -> bool {
        #[cfg(feature = "websocket")]
        let denies = self.client.has_nothing_due();
        #[cfg(not(feature = "websocket"))]
        let denies = false;
        denies
    }

    /// Handles expired deadlines.
    fn expire(&mut self, log: &mut Log<'_>) -> Result<(), Violation> {
        for _ in 0..8 {
            match self.client.poll_timeout() {
                Some((at, _)) if at <= self.now => {
                    self.client.handle_timeout(self.now);
                    self.drain(log)?;
                }
                _ => return Ok(()),
            }
        }
        Err("a timer is due for ever".into())
    }

    /// Notes the end of a connection, and drops tickets that are no longer valid.
    fn forget_what_ended(&mut self) {
        let is_connected = self.client.state() == State::Connected;
        for subscription in &mut self.subscriptions {
            if subscription.is_shown && !is_connected {
                subscription.is_shown = false;
                let earlier = subscription.lost_since.unwrap_or(self.last_received);
                subscription.lost_since = Some(earlier.min(self.last_received));
            }
            if subscription.ticket.is_some_and(|ticket| self.client.authorization_request(ticket).is_none()) {
                subscription.ticket = None;
            }
        }
        if !is_connected {
            self.shown_user = None;
        }
        if self.user_ticket.is_some_and(|ticket| self.client.clone().deny(self.now, ticket).is_err()) {
            self.user_ticket = None;
        }
    }

    pub(super) fn fingerprint(&self) -> u64 {
        let Self {
            client,
            names: _,
            now: _, // times are relative to it
            subscriptions,
            user,
            shown_user,
            next_user,
            user_ticket,
            link,
            server,
            to_server,
            to_client,
            last_received,
        } = self;
        let mut into = Fingerprint::new(client.clock.now(), client.clock.tick());
        client.fingerprint(&mut into);
        for Subscription { channel, is_shown, lost_since, ticket } in subscriptions {
            into.flags(&[channel.is_some(), *is_shown, ticket.is_some()]);
            into.instant(*lost_since);
        }
        into.number(user.map_or(0, u64::from));
        into.number(shown_user.map_or(0, u64::from));
        into.number((*next_user).into());
        into.flags(&[user_ticket.is_some()]);
        into.number(*link as u64);
        server.fingerprint(&mut into);
        for message in to_server {
            into.number(match *message {
                ClientMessage::Subscribe(channel) => 0x10 | channel as u64,
                ClientMessage::Unsubscribe(channel) => 0x20 | channel as u64,
                ClientMessage::SignIn(user) => 0x30 | u64::from(user),
            });
        }
        into.number(0);
        for message in to_client {
            into.number(match *message {
                ServerMessage::Succeeded(channel) => 0x10 | channel as u64,
                ServerMessage::Refused(channel) => 0x20 | channel as u64,
                ServerMessage::RefusedSomething => 0x30,
                ServerMessage::SignedIn(user) => 0x40 | u64::from(user),
                ServerMessage::SignInRefused => 0x50,
                ServerMessage::Existing(channel) => 0x60 | channel as u64,
                ServerMessage::NotSubscribed(channel) => 0x70 | channel as u64,
            });
        }
        if subscriptions.iter().any(|subscription| subscription.is_shown) {
            into.instant(Some(*last_received));
        }
        into.finish()
    }
}
