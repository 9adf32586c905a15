//! Timers: the deadlines of the client and what happens when they expire.

use super::liveness::Verdict;
use super::phase::{Input, Phase};
use super::{Client, Reason};
use crate::channel::slots::handle;
use crate::time::{Instant, Tick};

/// The reason for the next call of [`Client::handle_timeout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TimeoutReason {
    /// The next connection attempt is due.
    Reconnect,
    /// The server has not established the connection.
    Handshake,
    /// The connection was idle: a ping is due.
    Ping,
    /// A ping was not answered.
    Pong,
    /// A ticket, a subscription or a sign-in was not answered, or its next retry is due.
    Channel,
    /// The connection has been missing for [`unavailable_after`](super::Config::unavailable_after).
    Unavailable,
    /// A message that [`pacing`](super::Config::pacing) held back may be sent.
    Pacing,
}

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Returns by when to call [`handle_timeout`](Self::handle_timeout), and why; `None` if there is no deadline. It is
    /// a soft deadline: a later call is allowed and delays its effect.
    ///
    /// Call it again after every other call: inputs and commands move the deadline in both directions.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Instant, TimeoutReason)> {
        let mut earliest: Option<(Tick, TimeoutReason)> = None;
        match self.phase {
            Phase::Disconnected | Phase::Failed => {}
            Phase::Opening | Phase::Handshaking => earliest = Some((self.deadline, TimeoutReason::Handshake)),
            Phase::Waiting => earliest = Some((self.deadline, TimeoutReason::Reconnect)),
            Phase::Connected => {
                let (at, verdict) = self.liveness.deadline();
                let is_ping = verdict == Verdict::Alive;
                earliest = Some((at, if is_ping { TimeoutReason::Ping } else { TimeoutReason::Pong }));
            }
        }
        if let Some(since) = self.missing_since {
            sooner(&mut earliest, since + self.config.unavailable_after, TimeoutReason::Unavailable);
        }
        if self.user.has_deadline() {
            sooner(&mut earliest, self.user.subscription.deadline, TimeoutReason::Channel);
        }
        if let Some(at) = self.slots.deadline() {
            sooner(&mut earliest, at, TimeoutReason::Channel);
        }
        if let Some(at) = self.paced_until() {
            sooner(&mut earliest, at, TimeoutReason::Pacing);
        }
        earliest.map(|(at, reason)| (self.clock.instant(at), reason))
    }

    /// Handles expired deadlines. Calls before a deadline have no effect, so the method may be called at any rate.
    #[inline(never)] // size
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.clock.advance(now);
        if self.missing_since.is_some_and(|since| !now.is_before(since + self.config.unavailable_after)) {
            self.missing_since = None;
            self.unavailable_notice = true;
        }
        match self.phase {
            Phase::Disconnected | Phase::Failed => {}
            Phase::Connected => {
                self.reset_backoff_if_stable(now);
                if self.liveness.handle_timeout(now, self.config.pong_timeout) == Verdict::Dead {
                    return self.abandon(now, Reason::PongTimeout);
                }
                self.handle_user_deadline(now);
                self.handle_channel_deadlines(now);
            }
            _ if now.is_before(self.deadline) => {}
            Phase::Opening | Phase::Handshaking => self.abandon(now, Reason::HandshakeTimeout),
            Phase::Waiting => {
                self.step(Input::RetryDue);
                self.deadline = now + self.config.handshake_timeout;
            }
        }
    }

    /// Returns whether [`handle_timeout`](Self::handle_timeout) and the outputs would do nothing at the latest time
    /// seen. Returns `false` if the slots must be searched to find out.
    #[cfg(feature = "websocket")]
    pub(crate) fn has_nothing_due(&self) -> bool {
        let now = self.clock.tick();
        self.phase == Phase::Connected
            && !(self.open_due | self.notice | self.unavailable_notice)
            && self.close_due.is_none()
            && self.missing_since.is_none()
            && self.liveness.has_nothing_due(now)
            && self.user.has_nothing_due(now)
            && self.slots.has_nothing_due(now)
    }

    fn handle_channel_deadlines(&mut self, now: Tick) {
        if self.slots.deadline().is_none_or(|at| now.is_before(at)) {
            return;
        }
        for index in 0..CHANNELS {
            let Some(slot) = self.slots.at_mut(index) else { return };
            let Some(failure) = slot.subscription.expire(now) else { continue };
            slot.subscription.notice = slot.is_desired() && !slot.is_internal();
            let channel = handle(index, slot);
            self.fail(channel, failure);
        }
    }

    fn abandon(&mut self, now: Tick, reason: Reason) {
        self.end(now, reason, Input::Abandon, Input::AbandonForGood);
    }
}

/// Replaces a deadline by an earlier one.
#[inline(never)] // size
fn sooner(earliest: &mut Option<(Tick, TimeoutReason)>, at: Tick, reason: TimeoutReason) {
    if earliest.is_none_or(|(earlier, _)| at.is_before(earlier)) {
        *earliest = Some((at, reason));
    }
}
