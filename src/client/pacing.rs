//! Pacing: frames are held back where the server takes a limited number of them.
//!
//! Nothing is queued. What is held back is state, as everything that the client sends, and `poll_timeout` says when it
//! can go on. Pings and pongs are counted and never held back.

use super::Client;
use super::connection::Phase;
use crate::channel::table::Actual;
use crate::time::Tick;

/// Frames of each window that are kept for pings and pongs.
const KEEP_ALIVE: u8 = 2;

/// Where the search for what is due begins: 0 without pacing, because nothing is held back then. A byte each, so a client
/// with more than 256 channels begins somewhere in the first 256.
#[derive(Clone, Copy)]
pub(super) struct Turns {
    /// For a ticket.
    pub(super) ticket: u8,
    /// For a subscription that needs none. No unsubscription comes twice without one in between.
    pub(super) frame: u8,
}

impl Turns {
    pub(super) const FIRST: Self = Self { ticket: 0, frame: 0 };
}

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Whether a frame may be sent, or a ticket handed out for one, or when that may be so.
    pub(super) fn pace(&self) -> Result<(), Tick> {
        let pacing = &self.config.pacing;
        if pacing.frames == 0 {
            return Ok(());
        }
        let mut limit = pacing.frames.saturating_sub(KEEP_ALIVE).max(1);
        // Each ticket is a frame to come: its room is taken until it is answered, or its time is over.
        let tickets = self.slots.iter().filter(|(_, slot)| slot.actual() == Actual::Authorizing);
        let deadlines = tickets.map(|(_, slot)| slot.subscription.deadline);
        for deadline in deadlines.chain(self.user.ticket_deadline()) {
            limit = limit.saturating_sub(1);
            if limit == 0 {
                return Err(deadline);
            }
        }
        self.frames.check(self.clock.tick(), limit, pacing.per)
    }

    /// Whether no ticket may be handed out now: each takes the room of a frame, and frames that need no ticket go first.
    pub(super) fn are_tickets_held_back(&self) -> bool {
        self.config.pacing.frames != 0 && (self.next_to_write().is_some() || self.pace().is_err())
    }

    /// When the next of the frames and tickets that are held back may go out, if any is. At once, if a ticket waits behind a
    /// frame: it was asked for before the frame was.
    pub(super) fn paced_until(&self) -> Option<Tick> {
        if self.config.pacing.frames == 0 || self.phase != Phase::Connected {
            return None;
        }
        let is_waiting = self.user.wants_ticket() || self.next_to_authorize().or(self.next_to_write()).is_some();
        is_waiting.then(|| self.pace().err().unwrap_or(self.clock.tick()))
    }

    /// A frame has been written.
    #[inline(never)] // size
    pub(super) fn frame_sent(&mut self, now: Tick) {
        self.liveness.sent(now);
        self.frames.count(now, self.config.pacing.per);
    }

    /// Where the next search begins after the slot at `index` had its turn. What is held back is given out in turn, or a
    /// channel that is asked for again and again would keep the others out.
    pub(super) fn behind(&self, index: usize) -> u8 {
        if self.config.pacing.frames == 0 { 0 } else { (index as u8).wrapping_add(1) }
    }

    /// The next slot for which an authorization has to be asked.
    pub(super) fn next_to_authorize(&self) -> Option<usize> {
        let unknown_user = self.user.is_under_way();
        self.slots.due(self.turns.ticket, |slot| {
            // The server may take the signed-in user for the member, so presence waits until it is known who that is.
            let kind = slot.kind();
            slot.subscription.is_due() && kind.needs_authorization() && !(unknown_user && kind.is_presence())
        })
    }

    /// The next slot that the client can write about without an authorization. Unsubscriptions first: a slot that is left
    /// and wanted again subscribes afterwards.
    pub(super) fn next_to_write(&self) -> Option<usize> {
        let signed_in = self.user.is_signed_in();
        self.slots.due(0, |slot| slot.subscription.is_unsubscribe_due()).or_else(|| {
            self.slots.due(self.turns.frame, |slot| {
                slot.subscription.is_due() && !slot.kind().needs_authorization() && (signed_in || !slot.is_internal())
            })
        })
    }
}
