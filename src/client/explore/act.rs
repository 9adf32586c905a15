//! The effect of each action.

use super::actions::{Action, Of};
use super::server::{Answer, Check, ClientMessage, ServerMessage, TO_USER};
use super::wire;
use super::world::{Link, Log, Subscription, Violation, World, note};
use crate::Authorization;
use crate::channel::{ChannelKind, ChannelStatus};
use crate::client::{Close, State, Ticket, UserAuthentication};

impl World {
    /// Performs `action`; returns `false` if it is not possible now.
    pub(super) fn act(&mut self, action: Action, log: &mut Log<'_>) -> Result<bool, Violation> {
        let now = self.now;
        match action {
            Action::Subscribe(at) => {
                let handle = self.subscriptions[at].channel;
                let may = handle.is_none_or(|channel| {
                    matches!(self.client.channel_status(channel), Some(ChannelStatus::Failed(_)))
                });
                if !may {
                    return Ok(false);
                }
                match self.client.subscribe(now, self.names[at]) {
                    Ok(channel) if handle.is_none_or(|handle| handle == channel) => {
                        self.subscriptions[at].channel = Some(channel);
                    }
                    Ok(_) => return Err("subscribing to a failed channel gives another handle".into()),
                    // The slots of unsubscribed channels and of earlier users stay in use for a moment.
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
                if self.link != Link::Requested {
                    return Ok(false);
                }
                self.link = Link::Up;
                self.server = self.server.renewed();
                self.client.handle_open(now);
                return self.feed(wire::ESTABLISHED, log);
            }
            Action::ToServer(answer) => return self.serve(answer, log),
            Action::ToClient => {
                let Some(message) = self.to_client.pop_front() else { return Ok(false) };
                let text = wire::write(message, &self.names, self.server.user);
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
                if let Some(message) = self.server.finish(check, answer) {
                    self.send_to_client(message)?;
                }
            }
            Action::NextTimer => {
                let Some((at, reason)) = self.client.poll_timeout() else { return Ok(false) };
                self.now = self.now.max(at);
                note!(log, "    {:?} at {} ms", reason, self.now.as_millis() - 1_000_000);
                self.client.clock.advance(self.now);
                if self.denies_output() {
                    return Err(format!("{reason:?} is due, and the client reports nothing due"));
                }
                self.client.handle_timeout(self.now);
            }
        }
        Ok(true)
    }

    /// Ends the transport, or lets it die in silence.
    pub(super) fn cut(&mut self, link: Link) {
        self.link = link;
        self.to_server.clear();
        self.to_client.clear();
        self.server = self.server.renewed();
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

    /// Lets the server handle the next message.
    fn serve(&mut self, answer: Answer, log: &mut Log<'_>) -> Result<bool, Violation> {
        let Some(&message) = self.to_server.front() else { return Ok(false) };
        let request = match message {
            // There is no answer to an unsubscribe.
            ClientMessage::Unsubscribe(channel) if answer == Answer::Accept => Err(channel),
            ClientMessage::Unsubscribe(_) => return Ok(false),
            // The channel of user events has no signature and is a plain channel to the server.
            ClientMessage::Subscribe(TO_USER) if answer != Answer::Accept => return Ok(false),
            // Public channels are not checked.
            ClientMessage::Subscribe(at @ 0..TO_USER)
                if answer == Answer::Later && !ChannelKind::of(self.names[at]).needs_authorization() =>
            {
                return Ok(false);
            }
            ClientMessage::Subscribe(channel) => Ok(Check::Subscribe(channel)),
            ClientMessage::SignIn(user) => Ok(Check::SignIn(user)),
        };
        self.to_server.pop_front();
        note!(log, "    the server takes {message:?}");
        let answer = match request {
            Ok(request) => self.server.answer(request, answer),
            Err(channel) => {
                if let Some(subscription) = self.subscriptions.get_mut(channel)
                    && subscription.is_shown
                {
                    subscription.lost_since.get_or_insert(self.now);
                }
                self.server.unsubscribe(channel)
            }
        };
        match answer {
            Some(message) => self.send_to_client(message).map(|()| true),
            None => Ok(true),
        }
    }

    fn send_to_client(&mut self, message: ServerMessage) -> Result<(), Violation> {
        self.to_client.push_back(message).map_err(|_| "too many messages on their way to the client".into())
    }
}
