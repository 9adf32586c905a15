//! The channels that a client knows: a fixed number of slots, each with its name, state and deadline.

use super::Channel;
use super::USERS;
use super::kind::{ChannelKind, NameError, check};
use super::name::Name;
use super::subscription::Subscription;
use super::table::Actual;
use crate::time::Instant;

/// One channel. About thirty bytes beside the name, and fifty more for the key of an encrypted one.
// In this order: a Cortex-M0 reaches bytes up to offset 31 in one instruction, others in three.
#[derive(Clone)]
#[repr(C)]
pub(crate) struct Slot<const NAME: usize> {
    gap_since: Instant,
    pub(crate) subscription: Subscription,
    kind: ChannelKind,
    /// Events may have been missed since `gap_since`. An `Option` would be padded.
    gap: bool,
    name: Name<NAME>,
    #[cfg(feature = "encrypted")]
    pub(crate) key: super::key::ChannelKey,
}

impl<const NAME: usize> Slot<NAME> {
    /// All zeros, which cost an image less than anything else.
    const FREE: Self = Self {
        gap_since: Instant::ZERO,
        subscription: Subscription::FREE,
        kind: ChannelKind::Public,
        gap: false,
        name: Name::EMPTY,
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
        self.subscription.actual()
    }

    /// Whether the application wants this channel.
    pub(crate) fn is_desired(&self) -> bool {
        self.subscription.is_desired()
    }

    pub(crate) fn is_free(&self) -> bool {
        self.subscription.is_free()
    }

    /// Whether the client keeps this channel for itself: the one for events to the signed-in user.
    pub(crate) fn is_internal(&self) -> bool {
        USERS && self.name.begins_with(b'#')
    }

    /// Events may be missed from `since` on, if they have not been for longer.
    pub(crate) fn open_gap(&mut self, since: Instant) {
        if !self.gap {
            self.gap = true;
            self.gap_since = since;
        }
    }

    /// Since when events may have been missed; told once.
    pub(crate) fn take_gap(&mut self) -> Option<Instant> {
        core::mem::take(&mut self.gap).then_some(self.gap_since)
    }

    /// Changes the subscription, and wipes the key of one that has ended.
    pub(crate) fn update<T>(&mut self, change: impl FnOnce(&mut Subscription) -> T) -> T {
        let result = change(&mut self.subscription);
        #[cfg(feature = "encrypted")]
        if self.actual() == Actual::Idle && !self.subscription.in_flight().may_hold() {
            self.key = super::key::ChannelKey::NONE; // dropping the old one wipes it
        }
        result
    }
}

/// All slots of a client.
#[derive(Clone)]
pub(crate) struct Slots<const CHANNELS: usize, const NAME: usize> {
    slots: [Slot<NAME>; CHANNELS],
    /// A slot was reused while the server had an answer to give about its last channel.
    forgotten: bool,
}

/// Why no slot could be taken.
#[derive(Debug)]
pub(crate) enum SlotError {
    Name(NameError),
    Full,
}

impl<const CHANNELS: usize, const NAME: usize> Slots<CHANNELS, NAME> {
    pub(crate) const fn new() -> Self {
        Self { slots: [const { Slot::FREE }; CHANNELS], forgotten: false }
    }

    /// The slot of the channel called `name`, or a free one that is made its slot. `name` may have `limit` bytes.
    pub(crate) fn claim(&mut self, name: &str, limit: usize) -> Result<(usize, &mut Slot<NAME>), SlotError> {
        check(name, limit.min(NAME)).map_err(SlotError::Name)?;
        self.claim_unchecked(name)
    }

    /// The same for a name that is the server's.
    pub(crate) fn claim_unchecked(&mut self, name: &str) -> Result<(usize, &mut Slot<NAME>), SlotError> {
        let too_long = SlotError::Name(NameError::TooLong { length: name.len(), limit: NAME });
        let known = self.find(|slot| !slot.is_free() && slot.name.is(name.as_bytes()));
        let free = known.or_else(|| self.find(Slot::is_free));
        // An answer that is still to come may never come, so its slot is reused when no other is left.
        let index = free.or_else(|| self.find(|slot| slot.subscription.is_forgettable()));
        let Some(index) = index.filter(|&index| index < usize::from(u16::MAX)) else { return Err(SlotError::Full) };
        let slot = self.slots.get_mut(index).ok_or(SlotError::Full)?;
        if known.is_none() {
            if !slot.name.set(name) {
                return Err(too_long);
            }
            self.forgotten |= free.is_none();
            slot.kind = ChannelKind::of(name);
            slot.subscription.reset();
        }
        if !slot.is_desired() {
            // A new handle inherits nothing of the last one, even where the server still has to answer that.
            slot.gap = false;
            slot.subscription.renew();
        }
        Ok((index, slot))
    }

    /// Whether a slot is free.
    pub(crate) fn has_room(&self) -> bool {
        self.find(Slot::is_free).is_some()
    }

    /// Whether the server may still confirm a subscription whose slot was reused.
    pub(crate) fn has_forgotten(&self) -> bool {
        self.forgotten
    }

    /// The connection is gone, and with it the answers.
    pub(crate) fn forget(&mut self) {
        self.forgotten = false;
    }

    /// The slot that the application's handle names, if it still names one.
    #[inline(never)] // for one copy of it in an image
    pub(crate) fn get(&self, channel: Channel) -> Option<&Slot<NAME>> {
        self.slots
            .get(usize::from(channel.slot))
            .filter(|slot| slot.is_desired() && slot.subscription.generation == channel.generation)
    }

    pub(crate) fn get_mut(&mut self, channel: Channel) -> Option<&mut Slot<NAME>> {
        self.slots
            .get_mut(usize::from(channel.slot))
            .filter(|slot| slot.is_desired() && slot.subscription.generation == channel.generation)
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
    Channel { slot: index as u16, generation: slot.subscription.generation }
}

#[cfg(all(test, feature = "users"))]
impl<const NAME: usize> Slot<NAME> {
    /// Adds everything that decides what happens next; see `client::explore`.
    fn fingerprint(&self, into: &mut crate::client::explore::Fingerprint) {
        let Self {
            gap_since,
            subscription,
            kind: _, // follows from the name
            gap,
            name,
            #[cfg(feature = "encrypted")]
                key: _, // encrypted channels are not explored
        } = self;
        into.flags(&[self.is_free(), *gap]);
        if self.is_free() {
            return; // `claim` sets everything
        }
        into.text(name.as_str());
        subscription.fingerprint(into);
        into.instant(gap.then_some(*gap_since));
    }
}

#[cfg(all(test, feature = "users"))]
impl<const CHANNELS: usize, const NAME: usize> Slots<CHANNELS, NAME> {
    pub(crate) fn fingerprint(&self, into: &mut crate::client::explore::Fingerprint) {
        let Self { slots, forgotten } = self;
        into.flags(&[*forgotten]);
        for slot in slots {
            slot.fingerprint(into);
        }
    }
}
