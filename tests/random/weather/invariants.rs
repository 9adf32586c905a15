//! The invariants at every idle moment, and at the end.

use pusher_proto::{ChannelStatus, State};

use super::application::NAMES;
use super::end::End;
use super::world::{Verdict, World, violation};

/// After this long without work for the server, an unsent unsubscribe will never be sent.
const TIMEOUT: u64 = 30_000;

/// The longest delay between two attempts is 64 s, and a deadline is 10 s.
const LONG_TIMEOUT: u64 = 90_000;

impl<E: End> World<E> {
    /// Returns the status of each channel that the client reports.
    fn shown(&mut self) -> Vec<(&'static str, ChannelStatus)> {
        let client = self.end.client();
        let name = |name: Option<&str>| NAMES.iter().copied().find(|known| Some(*known) == name).unwrap_or("?");
        client
            .channels()
            .filter_map(|channel| Some((name(client.channel_name(channel)), client.channel_status(channel)?)))
            .collect()
    }

    /// Checks the invariants that hold at any time.
    pub fn check(&mut self) -> Verdict {
        let invalid = self.link.as_ref().and_then(|link| link.session.as_ref()?.violation.clone());
        if let Some(detail) = invalid {
            return violation("the client sends only valid messages", detail);
        }
        let shown = self.shown();
        if !shown.iter().map(|(name, _)| name).eq(self.wanted_in_order(&shown).iter()) {
            return violation("the client shows exactly the wanted channels", format!("{shown:?}"));
        }
        if !self.is_quiet() {
            return Ok(());
        }
        let silence = self.real - self.last_move;
        let has_tickets = self.has_tickets();
        let signed_in = self.end.client().is_signed_in();
        let Some(session) = self.link.as_ref().and_then(|link| link.session.as_ref()) else { return Ok(()) };
        for (name, status) in &shown {
            let is_there = session.subscriptions.contains_key(*name);
            match status {
                ChannelStatus::Subscribed if !is_there => {
                    return violation("a channel shown as subscribed is subscribed on the server", *name);
                }
                ChannelStatus::Subscribed | ChannelStatus::Failed(_) => {}
                _ if silence > LONG_TIMEOUT && !has_tickets => {
                    return violation(
                        "a wanted channel is subscribed, failed or pending",
                        format!("{name} {status:?}"),
                    );
                }
                _ => {}
            }
        }
        for name in session.subscriptions.keys().filter(|name| !name.starts_with('#')) {
            if silence > TIMEOUT && !shown.iter().any(|(shown, _)| shown == name) {
                return violation("the server has no unwanted subscription", name);
            }
        }
        let (there, wanted) = (session.user.as_deref(), self.application.user);
        if there.is_some() && there != wanted {
            return violation("the server has no user but the wanted one", format!("{there:?}, wanted {wanted:?}"));
        }
        if signed_in && (there.is_none() || there != self.application.reported_user.as_deref()) {
            return violation(
                "client and server have the same user",
                format!("{there:?}, reported {:?}", self.application.reported_user),
            );
        }
        for (name, wanted) in &self.application.wanted {
            let is_shown = shown.contains(&(*name, ChannelStatus::Subscribed));
            if is_shown && let Some(number) = wanted.ledger.missing() {
                return violation("every lost event is reported", format!("event {number} on {name}"));
            }
            let there = session.members(name, &self.rooms);
            if is_shown && wanted.members.is_some() && wanted.members != there {
                return violation(
                    "client and server have the same members",
                    format!("{name}: {:?}, on the server {there:?}", wanted.members),
                );
            }
        }
        Ok(())
    }

    /// Returns the wanted channels in the order of `shown`.
    fn wanted_in_order(&self, shown: &[(&'static str, ChannelStatus)]) -> Vec<&'static str> {
        let mut wanted: Vec<&'static str> = self.application.wanted.keys().copied().collect();
        wanted.sort_by_key(|name| shown.iter().position(|(shown, _)| shown == name));
        wanted
    }

    /// Checks that client, server and application agree exactly, after a period without faults.
    pub fn agree(&mut self) -> Verdict {
        let state = self.end.client().state();
        if state != State::Connected || !self.is_quiet() {
            return violation("in the end the client is connected", format!("{state:?}"));
        }
        let shown = self.shown();
        let signed_in = self.end.client().is_signed_in();
        let Some(session) = self.link.as_ref().and_then(|link| link.session.as_ref()) else { return Ok(()) };
        for (name, status) in &shown {
            if *status != ChannelStatus::Subscribed {
                return violation("in the end every wanted channel is subscribed", format!("{name} {status:?}"));
            }
            if !session.subscriptions.contains_key(*name) {
                return violation(
                    "in the end both sides have the same subscriptions",
                    format!("{name} is only on the client"),
                );
            }
        }
        for name in session.subscriptions.keys() {
            let own = self.application.user.is_some_and(|user| name.strip_prefix("#server-to-user-") == Some(user));
            if !own && !shown.iter().any(|(shown, _)| shown == name) {
                return violation(
                    "in the end both sides have the same subscriptions",
                    format!("{name} is only on the server"),
                );
            }
        }
        let expected = self.application.user.filter(|_| self.dialect.has_sign_in());
        if session.user.as_deref() != expected || signed_in != expected.is_some() {
            return violation(
                "in the end both sides have the same user",
                format!("wanted {expected:?}, on the server {:?}, signed in {signed_in}", session.user),
            );
        }
        Ok(())
    }
}
