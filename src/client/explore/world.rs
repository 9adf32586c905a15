//! Client, application, network and server together: the actions, and what they do.

use std::fmt::Write as _;
use std::format;
use std::string::String;

use heapless::Deque;

use super::Fingerprint;
use super::server::{Answer, Check, ClientFrame, Server, ServerFrame, TO_USER};
use crate::channel::{Channel, ChannelKind, ChannelStatus};
use crate::client::{Client, Close, Config, Notice, Request, State, Ticket, UserAuthentication};
use crate::event::Event;
use crate::{Authorization, Duration, Instant};

/// Frames on their way in one direction, at most.
const IN_FLIGHT: usize = 16;
/// Calls of the outputs after one input, at most.
const CALLS: usize = 64;

pub(super) type Subject = Client<3, 20>;

/// A rule that does not hold.
pub(super) type Violation = String;

/// Whose ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Channel(usize),
    User,
}

/// One step of the application, the network, the server or the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    // The application.
    Subscribe(usize),
    Unsubscribe(usize),
    SignIn,
    SignOut,
    Connect,
    Disconnect,
    Authorize(Of),
    Deny(Of),
    /// The auth server answers 503.
    DenyForNow(Of),
    // The network.
    /// A new transport is up and the server establishes the connection.
    Establish,
    /// The server takes the next frame of the client, and does this with it.
    ToServer(Answer),
    /// The client takes the next frame of the server.
    ToClient,
    /// The transport ends; what is in flight is lost.
    Close,
    /// The link dies in silence; what is in flight is lost.
    Lose,
    // The server.
    Finish(Check, Answer),
    // The clock.
    NextTimer,
}

/// Every action there is.
pub(super) const ACTIONS: &[Action] = {
    use Action::*;
    use Answer::{Accept, Later, Never, RefuseNamed, RefuseUnnamed};
    use Of::{Channel, User};
    &[
        Subscribe(0),
        Subscribe(1),
        Unsubscribe(0),
        Unsubscribe(1),
        SignIn,
        SignOut,
        Connect,
        Disconnect,
        Authorize(Channel(0)),
        Authorize(Channel(1)),
        Authorize(User),
        Deny(Channel(0)),
        Deny(Channel(1)),
        Deny(User),
        DenyForNow(Channel(0)),
        DenyForNow(Channel(1)),
        DenyForNow(User),
        Establish,
        ToServer(Accept),
        ToServer(RefuseNamed),
        ToServer(RefuseUnnamed),
        ToServer(Later),
        ToServer(Never),
        ToClient,
        Close,
        Lose,
        Finish(Check::Subscribe(0), Accept),
        Finish(Check::Subscribe(0), RefuseNamed),
        Finish(Check::Subscribe(0), RefuseUnnamed),
        Finish(Check::Subscribe(1), Accept),
        Finish(Check::Subscribe(1), RefuseNamed),
        Finish(Check::Subscribe(1), RefuseUnnamed),
        Finish(Check::SignIn(7), Accept),
        Finish(Check::SignIn(7), RefuseNamed),
        Finish(Check::SignIn(7), RefuseUnnamed),
        Finish(Check::SignIn(8), Accept),
        Finish(Check::SignIn(8), RefuseNamed),
        Finish(Check::SignIn(8), RefuseUnnamed),
        NextTimer,
    ]
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// There is none, and none is asked for.
    None,
    /// The client has asked for one.
    Asked,
    Up,
    /// It looks up and carries nothing.
    Dead,
}

/// What the application knows of one channel.
#[derive(Clone, Copy)]
pub(super) struct Subscription {
    /// Its handle, while it wants the channel.
    pub(super) channel: Option<Channel>,
    /// It was told that it is subscribed, and nothing since.
    pub(super) is_shown: bool,
    /// Events may be lost from here on, as the model knows.
    pub(super) lost_since: Option<Instant>,
    pub(super) ticket: Option<Ticket>,
}

/// What is done and said, for a transcript; `None` while nobody reads it.
pub(super) type Log<'a> = Option<&'a mut String>;

macro_rules! note {
    ($log:expr, $($words:tt)*) => {
        if let Some(log) = $log.as_deref_mut() {
            let _ = writeln!(log, $($words)*);
        }
    };
}

#[derive(Clone)]
pub(super) struct World {
    pub(super) client: Subject,
    pub(super) names: [&'static str; 2],
    pub(super) now: Instant,
    pub(super) subscriptions: [Subscription; 2],
    /// The user that the application wants to be.
    pub(super) user: Option<u8>,
    /// The user that it was told that it is.
    pub(super) shown_user: Option<u8>,
    next_user: u8,
    pub(super) user_ticket: Option<Ticket>,
    pub(super) link: Link,
    pub(super) server: Server,
    pub(super) to_server: Deque<ClientFrame, IN_FLIGHT>,
    pub(super) to_client: Deque<ServerFrame, IN_FLIGHT>,
    /// When the last byte came on this connection.
    last_received: Instant,
}

impl World {
    /// The application is connected and wants nothing yet.
    pub(super) fn new(names: [&'static str; 2]) -> Self {
        let mut config = Config::new(1);
        // Every wait before a reconnect is zero, so that jitter makes no states.
        config.reconnect.base = Duration::ZERO;
        config.reconnect.cap = Duration::ZERO;
        config.unavailable_after = Duration::MAX;
        // Timers that are alike leave fewer states.
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
            server: Server::NEW,
            to_server: Deque::new(),
            to_client: Deque::new(),
            last_received: Instant::ZERO,
        };
        for action in [Action::Connect, Action::Establish] {
            assert_eq!(world.apply(action, &mut None), Ok(true));
        }
        world
    }

    /// Does `action`; `false` if it is not possible now.
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

    fn act(&mut self, action: Action, log: &mut Log<'_>) -> Result<bool, Violation> {
        let now = self.now;
        match action {
            Action::Subscribe(at) => {
                let handle = self.subscriptions[at].channel;
                let may =
                    handle.is_none_or(|channel| matches!(self.client.channel(channel), Some(ChannelStatus::Failed(_))));
                if !may {
                    return Ok(false);
                }
                match self.client.subscribe(now, self.names[at]) {
                    Ok(channel) if handle.is_none_or(|handle| handle == channel) => {
                        self.subscriptions[at].channel = Some(channel);
                    }
                    Ok(_) => return Err("subscribing to a failed channel gives another handle".into()),
                    // The slots of channels that are left and of earlier users are in use for a moment.
                    Err(_) => return Ok(false),
                }
            }
            Action::Unsubscribe(at) => {
                let Some(channel) = self.subscriptions[at].channel.take() else { return Ok(false) };
                if self.client.unsubscribe(now, channel).is_err() {
                    return Err("a handle is stale before it is given back".into());
                }
                self.subscriptions[at] =
                    Subscription { channel: None, is_shown: false, lost_since: None, ticket: None };
            }
            Action::SignIn => {
                if self.user.is_some() && !self.has_failed_to_sign_in() {
                    return Ok(false);
                }
                if self.user.is_none() {
                    self.user = Some(self.next_user);
                    self.next_user = 15 - self.next_user;
                }
                self.client.sign_in(now);
            }
            Action::SignOut => {
                if self.user.take().is_none() {
                    return Ok(false);
                }
                self.shown_user = None;
                self.client.sign_out(now);
            }
            Action::Connect => {
                if !matches!(self.client.state(), State::Disconnected | State::Failed) {
                    return Ok(false);
                }
                self.client.connect(now);
            }
            Action::Disconnect => {
                if self.client.state() == State::Disconnected {
                    return Ok(false);
                }
                self.client.disconnect(now);
            }
            Action::Authorize(of) => return self.authorize(of, log),
            Action::Deny(of) => {
                let Some(ticket) = self.ticket(of).take() else { return Ok(false) };
                return self.client.deny(now, ticket).map(|()| true).map_err(|_| "a valid ticket is stale".into());
            }
            Action::DenyForNow(of) => {
                let Some(ticket) = self.ticket(of).take() else { return Ok(false) };
                let denied = self.client.deny_with_status(now, ticket, 503);
                return denied.map(|()| true).map_err(|_| "a valid ticket is stale".into());
            }
            Action::Establish => {
                if self.link != Link::Asked {
                    return Ok(false);
                }
                self.link = Link::Up;
                self.server = Server::NEW;
                self.client.handle_open(now);
                return self.feed(
                    r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\",\"activity_timeout\":10}"}"#,
                    log,
                );
            }
            Action::ToServer(answer) => return self.serve(answer, log),
            Action::ToClient => {
                let Some(frame) = self.to_client.pop_front() else { return Ok(false) };
                let text = self.text(frame);
                return self.feed(&text, log);
            }
            Action::Close => {
                if !matches!(self.link, Link::Up | Link::Dead) {
                    return Ok(false);
                }
                self.cut(Link::None);
                self.client.handle_close(now, Close::Abnormal);
            }
            Action::Lose => {
                if self.link != Link::Up {
                    return Ok(false);
                }
                self.cut(Link::Dead);
            }
            Action::Finish(check, answer) => {
                if self.link != Link::Up || !self.server.is_checking(check) {
                    return Ok(false);
                }
                if let Some(frame) = self.server.finish(check, answer) {
                    self.send_to_client(frame)?;
                }
            }
            Action::NextTimer => {
                let Some((at, reason)) = self.client.poll_timeout() else { return Ok(false) };
                self.now = self.now.max(at);
                note!(log, "    {:?} at {} ms", reason, self.now.as_millis() - 1_000_000);
                self.client.handle_timeout(self.now);
            }
        }
        Ok(true)
    }

    /// The transport is gone, or as good as gone.
    fn cut(&mut self, link: Link) {
        self.link = link;
        self.to_server.clear();
        self.to_client.clear();
        self.server = Server::NEW;
    }

    fn ticket(&mut self, of: Of) -> &mut Option<Ticket> {
        match of {
            Of::Channel(at) => &mut self.subscriptions[at].ticket,
            Of::User => &mut self.user_ticket,
        }
    }

    fn authorize(&mut self, of: Of, log: &mut Log<'_>) -> Result<bool, Violation> {
        let Some(ticket) = self.ticket(of).take() else { return Ok(false) };
        let mut out = [0; 256];
        let written = match of {
            Of::Channel(at) => {
                let mut reply = Authorization::from_token("k:0");
                if ChannelKind::of(self.names[at]).is_presence() {
                    reply = reply.with_channel_data(r#"{"user_id":"7"}"#);
                }
                self.client.authorize(self.now, ticket, &reply, &mut out)
            }
            Of::User => {
                let user_data = if self.user == Some(7) { r#"{"id":"7"}"# } else { r#"{"id":"8"}"# };
                self.client.authenticate(self.now, ticket, &UserAuthentication::from_token("k:0", user_data), &mut out)
            }
        };
        match written {
            Ok(text) => self.transmit(text, log).map(|()| true),
            Err(error) => Err(format!("a valid ticket is refused: {error:?}")),
        }
    }

    /// The server takes the next frame.
    fn serve(&mut self, answer: Answer, log: &mut Log<'_>) -> Result<bool, Violation> {
        let Some(&frame) = self.to_server.front() else { return Ok(false) };
        let request = match frame {
            // There is no answer to an unsubscribe.
            ClientFrame::Unsubscribe(channel) if answer == Answer::Accept => {
                self.server.unsubscribe(channel);
                let now = self.now;
                if let Some(subscription) = self.subscriptions.get_mut(channel)
                    && subscription.is_shown
                {
                    subscription.lost_since.get_or_insert(now);
                }
                None
            }
            ClientFrame::Unsubscribe(_) => return Ok(false),
            // The channel of the user has no signature and is nothing special.
            ClientFrame::Subscribe(TO_USER) if answer != Answer::Accept => return Ok(false),
            // Nothing is checked on public channels.
            ClientFrame::Subscribe(at @ 0..TO_USER)
                if answer == Answer::Later && !ChannelKind::of(self.names[at]).needs_authorization() =>
            {
                return Ok(false);
            }
            ClientFrame::Subscribe(channel) => Some(Check::Subscribe(channel)),
            ClientFrame::SignIn(user) => Some(Check::SignIn(user)),
        };
        self.to_server.pop_front();
        note!(log, "    the server takes {frame:?}");
        match request.and_then(|request| self.server.answer(request, answer)) {
            Some(frame) => self.send_to_client(frame).map(|()| true),
            None => Ok(true),
        }
    }

    fn send_to_client(&mut self, frame: ServerFrame) -> Result<(), Violation> {
        self.to_client.push_back(frame).map_err(|_| "too many frames on their way to the client".into())
    }

    /// The client has written a frame.
    fn transmit(&mut self, text: &str, log: &mut Log<'_>) -> Result<(), Violation> {
        note!(log, "    > {text}");
        let named = |text: &str| {
            let (_, rest) = text.split_once(r#""channel":""#)?;
            let (name, _) = rest.split_once('"')?;
            let known = self.names.iter().position(|&known| known == name);
            known.or(name.starts_with("#server-to-user-").then_some(TO_USER))
        };
        let frame = if text.contains("pusher:subscribe") {
            named(text).map(ClientFrame::Subscribe)
        } else if text.contains("pusher:unsubscribe") {
            named(text).map(ClientFrame::Unsubscribe)
        } else if text.contains("pusher:signin") {
            Some(ClientFrame::SignIn(if text.contains('7') { 7 } else { 8 }))
        } else if text.contains("pusher:ping") {
            // Answered at once: who is silent is not explored, only that a dead link is.
            if self.link == Link::Up {
                self.client.handle_activity(self.now);
                self.last_received = self.now;
            }
            return Ok(());
        } else {
            None
        };
        let Some(frame) = frame else { return Err(format!("the client writes {text}")) };
        match self.link {
            Link::Up => self.to_server.push_back(frame).map_err(|_| "too many frames on their way".into()),
            Link::Dead => Ok(()),
            Link::None | Link::Asked => Err("the client writes without a connection".into()),
        }
    }

    fn text(&self, frame: ServerFrame) -> heapless::String<200> {
        let mut text = heapless::String::new();
        let written = match frame {
            ServerFrame::Succeeded(TO_USER) => {
                let user = self.server.user.unwrap_or(7);
                write!(
                    text,
                    r##"{{"event":"pusher_internal:subscription_succeeded","channel":"#server-to-user-{user}"}}"##
                )
            }
            ServerFrame::Succeeded(at) => write!(
                text,
                r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{}","data":"{{}}"}}"#,
                self.names[at]
            ),
            // As soketi says it.
            ServerFrame::Refused(0) => write!(
                text,
                r#"{{"event":"pusher:subscription_error","channel":"{}","data":{{"error":"no","status":401}}}}"#,
                self.names[0]
            ),
            // As Pusher says it.
            ServerFrame::Refused(at) => write!(
                text,
                r#"{{"event":"pusher:error","data":{{"code":null,"message":"Invalid signature: Expected HMAC SHA256 hex digest of 1.1:{}, but got 0"}}}}"#,
                self.names[at.min(1)]
            ),
            // As Reverb says it.
            ServerFrame::RefusedSomething => write!(
                text,
                r#"{{"event":"pusher:error","data":"{{\"code\":4009,\"message\":\"Connection is unauthorized\"}}"}}"#
            ),
            ServerFrame::SignedIn(user) => {
                write!(text, r#"{{"event":"pusher:signin_success","data":{{"user_data":"{{\"id\":\"{user}\"}}"}}}}"#)
            }
            // As soketi says it.
            ServerFrame::SignInRefused => write!(
                text,
                r#"{{"event":"pusher:error","data":{{"code":4009,"message":"Connection not authorized for signin."}}}}"#
            ),
        };
        assert_eq!(written, Ok(()));
        text
    }

    /// Gives the client a frame, and the application what comes of it.
    fn feed(&mut self, text: &str, log: &mut Log<'_>) -> Result<bool, Violation> {
        note!(log, "    < {text}");
        let mut buffer = [0; 256];
        let buffer = &mut buffer[..text.len()];
        buffer.copy_from_slice(text.as_bytes());
        self.last_received = self.now;
        let event = match self.client.handle_frame(self.now, buffer) {
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

    /// Does what the outputs ask for, until there is nothing more.
    fn drain(&mut self, log: &mut Log<'_>) -> Result<(), Violation> {
        for _ in 0..CALLS {
            if let Some(request) = self.client.poll_request() {
                note!(log, "    {request:?}");
                match request {
                    Request::Open { secure: false } if self.link == Link::None => self.link = Link::Asked,
                    Request::Open { secure: true } => return Err("the client wants TLS".into()),
                    Request::Open { .. } => return Err("a second transport is asked for".into()),
                    Request::Close(_) => self.cut(Link::None),
                    Request::SignIn(ticket) => self.user_ticket = Some(ticket),
                    Request::Authorize(ticket) => {
                        let asked = self.client.authorization_request(ticket).ok_or("a new ticket is stale")?;
                        let at = self.names.iter().position(|&name| name == asked.channel_name);
                        let at = at.ok_or("a ticket for an unknown channel")?;
                        if self.subscriptions[at].channel != Some(asked.channel) {
                            return Err("a ticket for a channel that is not wanted".into());
                        }
                        self.subscriptions[at].ticket = Some(ticket);
                    }
                    #[cfg(feature = "encrypted")]
                    Request::Rekey(_) => return Err("a key is asked for".into()),
                }
                continue;
            }
            let mut out = [0; 20 + 52];
            let text = match self.client.poll_transmit(self.now, &mut out) {
                Ok(text) => text,
                Err(error) => return Err(format!("a frame is longer than promised: {error:?}")),
            };
            if let Some(text) = text {
                self.transmit(text, log)?;
                continue;
            }
            match self.client.poll_notice() {
                None => return Ok(()),
                Some(notice) => {
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

    /// What is due now is done now.
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

    /// Takes notice of a connection that ended, and drops tickets that are not valid any more.
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
        for frame in to_server {
            into.number(match *frame {
                ClientFrame::Subscribe(channel) => 0x10 | channel as u64,
                ClientFrame::Unsubscribe(channel) => 0x20 | channel as u64,
                ClientFrame::SignIn(user) => 0x30 | u64::from(user),
            });
        }
        into.number(0);
        for frame in to_client {
            into.number(match *frame {
                ServerFrame::Succeeded(channel) => 0x10 | channel as u64,
                ServerFrame::Refused(channel) => 0x20 | channel as u64,
                ServerFrame::RefusedSomething => 0x30,
                ServerFrame::SignedIn(user) => 0x40 | u64::from(user),
                ServerFrame::SignInRefused => 0x50,
            });
        }
        if subscriptions.iter().any(|subscription| subscription.is_shown) {
            into.instant(Some(*last_received));
        }
        into.finish()
    }
}
