//! The invariants: of every state, of every quiet state, and of the final state in fair weather.

use std::format;

use super::actions::{Action, Of};
use super::server::{Answer, Check, TO_USER};
use super::world::{Link, Log, Violation, World};
use crate::channel::table::Actual;
use crate::channel::{ChannelKind, ChannelStatus};
use crate::client::State;

/// The number of steps in fair weather after which the world must be at rest.
const TIMEOUT: usize = 200;

impl World {
    pub(super) fn has_failed_to_sign_in(&self) -> bool {
        self.client.user.actual() == Actual::Failed
    }

    /// Returns whether nothing is in flight: both sides have received all messages.
    fn is_quiet(&self) -> bool {
        self.link == Link::Up && self.to_server.is_empty() && self.to_client.is_empty() && self.server.is_idle()
    }

    pub(super) fn check(&self) -> Result<(), Violation> {
        if self.client.state() == State::Failed {
            return Err("the client gives up, but the server never required it".into());
        }
        if self.is_quiet() { self.check_quiet() } else { Ok(()) }
    }

    fn check_quiet(&self) -> Result<(), Violation> {
        for (at, subscription) in self.subscriptions.iter().enumerate() {
            let name = self.names[at];
            let status = subscription.channel.and_then(|channel| self.client.channel_status(channel));
            let is_here = status == Some(ChannelStatus::Subscribed);
            let is_there = self.server.subscribed[at];
            if subscription.channel.is_some() != status.is_some() {
                return Err(format!("{name}: the handle is stale"));
            }
            if is_here && !is_there {
                return Err(format!("{name}: shown as subscribed, and the server does not have it"));
            }
            if is_there && status.is_none() && !self.is_ending(name) {
                return Err(format!("{name}: the server has it, and the application does not want it"));
            }
            if is_there && matches!(status, Some(ChannelStatus::Failed(_))) {
                return Err(format!("{name}: the server has it, and it is shown as failed"));
            }
            if is_here != subscription.is_shown {
                return Err(format!("{name}: the status is {status:?}, which contradicts the events"));
            }
            // Only a presence channel waits, and only for the sign-in.
            let waits = ChannelKind::of(name).is_presence() && self.is_signing_in();
            let on_its_way = match status {
                Some(ChannelStatus::Waiting) => waits,
                Some(ChannelStatus::Authorizing) => subscription.ticket.is_some(),
                _ => true,
            };
            if !on_its_way {
                return Err(format!("{name}: {status:?}, and nothing is pending"));
            }
        }
        let user_here = self.client.is_signed_in().then_some(self.user).flatten();
        if self.client.is_signed_in() && self.user.is_none() {
            return Err("signed in, and the application does not want it".into());
        }
        if user_here.is_some() && self.server.user != user_here {
            return Err("signed in here, and not there".into());
        }
        if self.server.user.is_some() && self.server.user != self.user {
            return Err("the server has a user that is not the application's".into());
        }
        if self.server.user.is_some() && self.has_failed_to_sign_in() {
            return Err("the server has the user, and signing in is shown as failed".into());
        }
        if user_here != self.shown_user {
            return Err("the user contradicts the events".into());
        }
        let is_asked = self.user_ticket.is_some() || self.client.user.has_deadline();
        if self.is_signing_in() && !is_asked {
            return Err("the user is to be signed in, and nothing is pending".into());
        }
        if self.server.subscribed[TO_USER] && user_here.is_none() {
            return Err("user events arrive, but no user is signed in".into());
        }
        Ok(())
    }

    /// Returns whether the client no longer wants the channel and waits for an answer before it unsubscribes.
    fn is_ending(&self, name: &str) -> bool {
        self.client.slots.iter().any(|(_, slot)| slot.name() == name && slot.subscription.has_deadline())
    }

    /// Returns whether the sign-in is still undecided.
    fn is_signing_in(&self) -> bool {
        self.user.is_some() && !self.client.is_signed_in() && !self.has_failed_to_sign_in()
    }

    /// Returns whether both sides agree and only pings will follow.
    fn is_at_rest(&self) -> bool {
        let decided = self.subscriptions.iter().all(|subscription| match subscription.channel {
            Some(channel) => {
                matches!(
                    self.client.channel_status(channel),
                    Some(ChannelStatus::Subscribed | ChannelStatus::Failed(_))
                )
            }
            None => true,
        });
        let left = (0..2).all(|at| self.subscriptions[at].channel.is_some() || !self.server.subscribed[at]);
        self.is_quiet() && self.client.state() == State::Connected && decided && left && !self.is_signing_in()
    }

    /// Checks that the world recovers once the link is stable and every request is granted. Both sides must agree soon,
    /// and a failed channel must recover when the application subscribes again.
    pub(super) fn check_fair_weather(&self, log: &mut Log<'_>) -> Result<(), Violation> {
        let mut world = self.clone();
        for again in [false, true] {
            for step in 0.. {
                if world.is_at_rest() {
                    break;
                }
                if step == TIMEOUT {
                    return Err("in fair weather the two sides do not come to agree".into());
                }
                let action = world.fair_action();
                if !world.apply(action, log)? {
                    return Err(format!("without faults no action makes progress ({action:?})"));
                }
            }
            if again {
                break;
            }
            for action in [Action::SignIn, Action::Subscribe(0), Action::Subscribe(1)] {
                let wanted = match action {
                    Action::Subscribe(at) => world.subscriptions[at].channel.is_some(),
                    _ => world.user.is_some(),
                };
                if wanted {
                    world.apply(action, log)?;
                }
            }
        }
        let failed =
            world.subscriptions.iter().any(|subscription| subscription.channel.is_some() != subscription.is_shown);
        if failed || world.user != world.shown_user {
            return Err("in fair weather not everything is granted".into());
        }
        Ok(())
    }

    fn fair_action(&self) -> Action {
        if self.client.state() == State::Disconnected {
            return Action::Connect;
        }
        match self.link {
            Link::Requested => return Action::Establish,
            Link::None | Link::Dead => return Action::NextTimer,
            Link::Up => {}
        }
        if self.user_ticket.is_some() {
            return Action::Authorize(Of::User);
        }
        if let Some(at) = (0..2).find(|&at| self.subscriptions[at].ticket.is_some()) {
            return Action::Authorize(Of::Channel(at));
        }
        if !self.to_server.is_empty() {
            return Action::ToServer(Answer::Accept);
        }
        if !self.to_client.is_empty() {
            return Action::ToClient;
        }
        let checks = [Check::Subscribe(0), Check::Subscribe(1), Check::SignIn(7), Check::SignIn(8)];
        match checks.into_iter().find(|&check| self.server.is_checking(check)) {
            Some(check) => Action::Finish(check, Answer::Accept),
            None => Action::NextTimer,
        }
    }
}
