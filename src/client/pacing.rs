//! Pacing: holds messages back if the server limits their number.
//!
//! Nothing is queued. Pending messages are state, and `poll_timeout` returns when the next one may be sent. Pings and
//! pongs are counted but never held back.

use super::Client;
use super::phase::Phase;
use crate::channel::table::Actual;
use crate::time::Tick;

/// Messages in each window that are reserved for pings and pongs.
const KEEP_ALIVE: u8 = 2;

/// Where the search for the next due slot begins. Always 0 without pacing, because nothing is held back then. The
/// positions are bytes: in a client with more than 256 channels the search begins in the first 256.
#[derive(Clone, Copy)]
pub(super) struct Turns {
    /// The position for tickets.
    pub(super) ticket: u8,
    /// The position for subscriptions without a ticket. No slot unsubscribes twice without a subscription in between.
    pub(super) message: u8,
}

impl Turns {
    pub(super) const FIRST: Self = Self { ticket: 0, message: 0 };
}

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Returns whether a message may be sent or a ticket issued for one, or else when that may be so.
    pub(super) fn pace(&self) -> Result<(), Tick> {
        let pacing = &self.config.pacing;
        if pacing.messages == 0 {
            return Ok(());
        }
        let mut limit = pacing.messages.saturating_sub(KEEP_ALIVE).max(1);
        // Each ticket is a future message: it counts until it is answered or expires.
        let tickets = self.slots.iter().filter(|(_, slot)| slot.actual() == Actual::Authorizing);
        let deadlines = tickets.map(|(_, slot)| slot.subscription.deadline);
        for deadline in deadlines.chain(self.user.ticket_deadline()) {
            limit = limit.saturating_sub(1);
            if limit == 0 {
                return Err(deadline);
            }
        }
        self.messages.check(self.clock.tick(), limit, pacing.per)
    }

    /// Returns whether tickets are held back: each reserves a message, and messages without a ticket go first.
    pub(super) fn are_tickets_held_back(&self) -> bool {
        self.config.pacing.messages != 0 && (self.next_to_write().is_some() || self.pace().is_err())
    }

    /// Returns when the next held-back message or ticket may go out, if there is one. If a ticket waits behind a
    /// message, that is now, because the message became due after the last poll for tickets.
    pub(super) fn paced_until(&self) -> Option<Tick> {
        if self.config.pacing.messages == 0 || self.phase != Phase::Connected {
            return None;
        }
        let is_waiting = self.user.wants_ticket() || self.next_to_authorize().or(self.next_to_write()).is_some();
        is_waiting.then(|| self.pace().err().unwrap_or(self.clock.tick()))
    }

    /// Records that a message was written.
    #[inline(never)] // size
    pub(super) fn message_sent(&mut self, now: Tick) {
        self.liveness.sent(now);
        if self.config.pacing.messages != 0 {
            self.messages.count(now, self.config.pacing.per);
        }
    }

    /// Returns where the next search begins after the slot at `index` had its turn. Held-back messages take turns;
    /// otherwise a channel that is requested again and again would starve the others.
    pub(super) fn turn_after(&self, index: usize) -> u8 {
        if self.config.pacing.messages == 0 { 0 } else { (index as u8).wrapping_add(1) }
    }

    /// Returns the next slot that needs an authorization.
    pub(super) fn next_to_authorize(&self) -> Option<usize> {
        let unknown_user = self.user.is_under_way();
        self.slots.due(self.turns.ticket, |slot| {
            // The server may take the signed-in user for the member, so presence channels wait until the sign-in is
            // decided.
            let kind = slot.kind();
            slot.subscription.is_due() && kind.needs_authorization() && !(unknown_user && kind.is_presence())
        })
    }

    /// Returns the next slot with a message that needs no authorization. Unsubscriptions go first: a slot that is left
    /// and wanted again subscribes afterwards.
    pub(super) fn next_to_write(&self) -> Option<usize> {
        let signed_in = self.user.is_signed_in();
        self.slots.due(0, |slot| slot.subscription.is_unsubscribe_due()).or_else(|| {
            self.slots.due(self.turns.message, |slot| {
                slot.subscription.is_due() && !slot.kind().needs_authorization() && (signed_in || !slot.is_internal())
            })
        })
    }
}
