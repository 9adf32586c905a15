//! The channels that a client knows: a fixed number of slots, each with its name, state and deadline.

use super::kind::{ChannelKind, NameError, check};
use super::name::Name;
use super::table::{self, Actual, Desired, Input};
use super::{Channel, SubscriptionFailure, USERS};
use crate::time::{Instant, Tick};

/// One channel. About thirty bytes beside the name, and fifty more for the key of an encrypted one.
// In this order: a Cortex-M0 reaches bytes up to offset 31 in one instruction, others in three.
#[repr(C)]
pub(crate) struct Slot<const NAME: usize> {
    gap_since: Instant,
    /// When the state ends by itself: the authorization, the answer to a subscription, the wait before the next try.
    pub(crate) deadline: Tick,
    /// Why it failed last; [`NONE`](SubscriptionFailure::NONE) if it has not.
    pub(crate) failure: SubscriptionFailure,
    /// Tells this use of the slot from earlier ones; see [`Channel`].
    generation: u16,
    /// Counts the tickets handed out, so that an answer to an old one is known.
    pub(crate) ticket: u16,
    kind: ChannelKind,
    desired: Desired,
    actual: Actual,
    /// Failures since the last success, for the back-off.
    pub(crate) failures: u8,
    /// One more than how many failures are followed by another try; 0, as for other channels.
    retries: u8,
    /// A subscription was given up that the server may still answer.
    pub(crate) unanswered: bool,
    /// The application has not yet been told of `failure`.
    pub(crate) notice: bool,
    /// Events may have been missed since `gap_since`. An `Option` would be padded.
    gap: bool,
    name: Name<NAME>,
    #[cfg(feature = "encrypted")]
    pub(crate) key: super::key::ChannelKey,
}

impl<const NAME: usize> Slot<NAME> {
    /// All zeros, which cost an image less than anything else.
    const FREE: Self = Self {
        name: Name::EMPTY,
        kind: ChannelKind::Public,
        desired: Desired::Nothing,
        actual: Actual::Idle,
        generation: 0,
        ticket: 0,
        failures: 0,
        failure: SubscriptionFailure::NONE,
        unanswered: false,
        notice: false,
        deadline: Tick::ZERO,
        retries: 0,
        gap: false,
        gap_since: Instant::ZERO,
        #[cfg(feature = "encrypted")]
        key: super::key::ChannelKey::NONE,
    };

    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }

    pub(crate) fn kind(&self) -> ChannelKind {
        self.kind
    }

    pub(crate) fn actual(&self) -> Actual {
        self.actual
    }

    /// Whether the application wants this channel.
    pub(crate) fn is_desired(&self) -> bool {
        self.desired == Desired::Subscribed
    }

    pub(crate) fn is_free(&self) -> bool {
        self.desired == Desired::Nothing && self.actual == Actual::Idle
    }

    /// Takes `input` to the table; `false` if it changes nothing.
    pub(crate) fn apply(&mut self, input: Input) -> bool {
        let Some((desired, actual)) = table::next((self.desired, self.actual), input) else { return false };
        self.desired = desired;
        self.actual = actual;
        self.unanswered &= !matches!(input, Input::Succeeded | Input::Left);
        #[cfg(feature = "encrypted")]
        if actual == Actual::Idle {
            self.key = super::key::ChannelKey::NONE; // dropping the old one wipes it
        }
        true
    }

    /// Whether the server may have something to confirm. Where the application has not authorized anything since, it
    /// can only be a subscription that was taken back, whose answer is late.
    pub(crate) fn awaits_answer(&self) -> bool {
        let not_said = matches!(
            self.failure,
            SubscriptionFailure::Denied
                | SubscriptionFailure::MissingChannelData
                | SubscriptionFailure::MissingSharedSecret
                | SubscriptionFailure::AuthorizationTimeout
        );
        self.unanswered || !not_said || !matches!(self.actual, Actual::Backoff | Actual::Failed)
    }

    /// The application does not want it any more.
    pub(crate) fn unsubscribe(&mut self) {
        self.apply(if self.unanswered { Input::Withdraw } else { Input::Unsubscribe });
    }

    /// Whether the client keeps this channel for itself: the one for events to the signed-in user.
    pub(crate) fn is_internal(&self) -> bool {
        USERS && self.name.begins_with(b'#')
    }

    /// How many failures are followed by another try, of a channel of which nobody said anything else.
    pub(crate) fn retries(&self, others: u8) -> u8 {
        self.retries.checked_sub(1).unwrap_or(others)
    }

    pub(crate) fn set_retries(&mut self, retries: u8) {
        self.retries = retries.saturating_add(1);
    }

    /// Events may be missed from `now` on, if they have not been for longer.
    pub(crate) fn open_gap(&mut self, now: Instant) {
        if !self.gap {
            self.gap = true;
            self.gap_since = now;
        }
    }

    /// Since when events may have been missed; told once.
    pub(crate) fn take_gap(&mut self) -> Option<Instant> {
        core::mem::take(&mut self.gap).then_some(self.gap_since)
    }

    /// Whether the state ends by itself at [`deadline`](Self::deadline).
    pub(crate) fn has_deadline(&self) -> bool {
        matches!(self.actual, Actual::Authorizing | Actual::Pending | Actual::Backoff)
    }
}

/// All slots of a client.
pub(crate) struct Slots<const CHANNELS: usize, const NAME: usize> {
    slots: [Slot<NAME>; CHANNELS],
}

/// Why no slot could be taken.
#[derive(Debug)]
pub(crate) enum SlotError {
    Name(NameError),
    Full,
}

impl<const CHANNELS: usize, const NAME: usize> Slots<CHANNELS, NAME> {
    pub(crate) const fn new() -> Self {
        Self { slots: [const { Slot::FREE }; CHANNELS] }
    }

    /// The slot of the channel called `name`, or a free one that is made its slot. `name` may have `limit` bytes.
    pub(crate) fn claim(&mut self, name: &str, limit: usize) -> Result<(usize, &mut Slot<NAME>), SlotError> {
        check(name, limit.min(NAME)).map_err(SlotError::Name)?;
        self.claim_unchecked(name)
    }

    /// The same for a name that is the server's.
    pub(crate) fn claim_unchecked(&mut self, name: &str) -> Result<(usize, &mut Slot<NAME>), SlotError> {
        let too_long = SlotError::Name(NameError::TooLong { length: name.len(), limit: NAME });
        let known = self.slots.iter().position(|slot| !slot.is_free() && slot.name.is(name.as_bytes()));
        let index = match known.or_else(|| self.slots.iter().position(Slot::is_free)) {
            Some(index) if index < usize::from(u16::MAX) => index,
            _ => return Err(SlotError::Full),
        };
        let slot = self.slots.get_mut(index).ok_or(SlotError::Full)?;
        if known.is_none() {
            if !slot.name.set(name) {
                return Err(too_long);
            }
            slot.kind = ChannelKind::of(name);
            slot.retries = 0;
            slot.gap = false;
        }
        if !slot.is_desired() {
            slot.generation = slot.generation.wrapping_add(1);
            slot.failures = 0;
            slot.failure = SubscriptionFailure::NONE;
            slot.notice = false;
        }
        Ok((index, slot))
    }

    /// The slot that the application's handle names, if it still names one.
    #[inline(never)] // for one copy of it in an image
    pub(crate) fn get(&self, channel: Channel) -> Option<&Slot<NAME>> {
        self.slots
            .get(usize::from(channel.slot))
            .filter(|slot| slot.is_desired() && slot.generation == channel.generation)
    }

    pub(crate) fn get_mut(&mut self, channel: Channel) -> Option<&mut Slot<NAME>> {
        self.slots
            .get_mut(usize::from(channel.slot))
            .filter(|slot| slot.is_desired() && slot.generation == channel.generation)
    }

    pub(crate) fn at(&self, index: usize) -> Option<&Slot<NAME>> {
        self.slots.get(index)
    }

    pub(crate) fn at_mut(&mut self, index: usize) -> Option<&mut Slot<NAME>> {
        self.slots.get_mut(index)
    }

    /// The slot with this name, wanted or on its way out.
    pub(crate) fn named(&mut self, name: &[u8]) -> Option<(Channel, &mut Slot<NAME>)> {
        let (index, slot) =
            self.slots.iter_mut().enumerate().find(|(_, slot)| !slot.is_free() && slot.name.is(name))?;
        Some((handle(index, slot), slot))
    }

    /// The first slot for which `wanted` holds.
    pub(crate) fn find(&self, wanted: impl Fn(&Slot<NAME>) -> bool) -> Option<usize> {
        self.slots.iter().position(wanted)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Channel, &Slot<NAME>)> {
        self.slots.iter().enumerate().filter(|(_, slot)| !slot.is_free()).map(|(at, slot)| (handle(at, slot), slot))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (Channel, &mut Slot<NAME>)> {
        let used = self.slots.iter_mut().enumerate().filter(|(_, slot)| !slot.is_free());
        used.map(|(at, slot)| (handle(at, slot), slot))
    }
}

/// The handle that names `slot` in its present use.
pub(crate) fn handle<const NAME: usize>(index: usize, slot: &Slot<NAME>) -> Channel {
    // `claim` gives out no index of `u16::MAX` or above, so nothing is cut off.
    Channel { slot: index as u16, generation: slot.generation }
}
