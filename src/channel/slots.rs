//! The channels that a client knows: a fixed number of slots, each with its name, state and deadline.

use heapless::String;

use super::kind::{ChannelKind, NameError, check};
use super::table::{self, Actual, Desired, Input};
use super::{Channel, SubscriptionFailure};
use crate::time::Instant;

/// One channel. Forty bytes beside the name.
pub(crate) struct Slot<const NAME: usize> {
    name: String<NAME, u8>,
    kind: ChannelKind,
    desired: Desired,
    actual: Actual,
    /// Tells this use of the slot from earlier ones; see [`Channel`].
    generation: u16,
    /// Counts the tickets handed out, so that an answer to an old one is known.
    pub(crate) ticket: u16,
    /// Failures since the last success, for the back-off.
    pub(crate) failures: u8,
    pub(crate) failure: Option<SubscriptionFailure>,
    /// The application has not yet been told of `failure`.
    pub(crate) notice: bool,
    /// When the state ends by itself: the authorization, the answer to a subscription, the wait before the next try.
    pub(crate) deadline: Instant,
    /// Since when events may have been missed.
    pub(crate) gap_since: Option<Instant>,
}

impl<const NAME: usize> Slot<NAME> {
    const FREE: Self = Self {
        name: String::new(),
        kind: ChannelKind::Public,
        desired: Desired::Nothing,
        actual: Actual::Idle,
        generation: 0,
        ticket: 0,
        failures: 0,
        failure: None,
        notice: false,
        deadline: Instant::ZERO,
        gap_since: None,
    };

    pub(crate) fn name(&self) -> &str {
        &self.name
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
        true
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
        let known = self.slots.iter().position(|slot| !slot.is_free() && slot.name == name);
        let index = match known.or_else(|| self.slots.iter().position(Slot::is_free)) {
            Some(index) if index <= usize::from(u16::MAX) => index,
            _ => return Err(SlotError::Full),
        };
        let slot = self.slots.get_mut(index).ok_or(SlotError::Full)?;
        if known.is_none() {
            slot.name.clear();
            // The length was checked against NAME above; 255 is the most that the length field holds.
            slot.name.push_str(name).map_err(|_| SlotError::Full)?;
            slot.kind = ChannelKind::of(name);
            slot.gap_since = None;
        }
        if !slot.is_desired() {
            slot.generation = slot.generation.wrapping_add(1);
            slot.failures = 0;
        }
        Ok((index, slot))
    }

    /// The slot that the application's handle names, if it still names one.
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
    pub(crate) fn named(&mut self, name: &str) -> Option<(Channel, &mut Slot<NAME>)> {
        let (index, slot) = self.slots.iter_mut().enumerate().find(|(_, slot)| !slot.is_free() && slot.name == name)?;
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
    // `claim` gives out no index above `u16::MAX`, so nothing is cut off.
    Channel { slot: index as u16, generation: slot.generation }
}
