//! The channels of a client: a fixed number of slots, each with its name, state and deadline.

use super::Channel;
use super::USERS;
use super::kind::{ChannelKind, NameError, check};
use super::name::Name;
use super::subscription::Subscription;
use super::table::Actual;
use crate::time::{Instant, Tick};

/// Up to this many channels are searched one by one.
const SMALL: usize = 16;
/// The number of tags compared at once.
const BLOCK: usize = 16;

/// A slot for one channel. About thirty bytes in addition to the name, and fifty more for the key of an encrypted
/// channel.
#[derive(Clone)]
pub(crate) struct Slot<const NAME: usize> {
    /// While `is_gap_open`, when the gap began. Otherwise when the subscription became active.
    since: Instant,
    pub(crate) subscription: Subscription,
    kind: ChannelKind,
    /// Whether events may have been missed since `since`.
    is_gap_open: bool, // size: beside `since` it would take eight bytes
    name: Name<NAME>,
    #[cfg(feature = "encrypted")]
    pub(crate) key: super::key::ChannelKey,
}

impl<const NAME: usize> Slot<NAME> {
    /// Creates a free slot.
    // size
    const FREE: Self = Self {
        since: Instant::ZERO,
        subscription: Subscription::FREE,
        kind: ChannelKind::Public,
        is_gap_open: false,
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

    /// Returns whether the application wants this channel.
    pub(crate) fn is_desired(&self) -> bool {
        self.subscription.is_desired()
    }

    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
    pub(crate) fn is_free(&self) -> bool {
        self.subscription.is_free()
    }

    /// Returns whether a message or request is pending, now or later.
    fn has_work(&self) -> bool {
        #[cfg(feature = "encrypted")]
        if self.actual() == Actual::Active && self.key.renewal_due() {
            return true;
        }
        self.subscription.is_due() || self.subscription.is_unsubscribe_due()
    }

    /// Returns whether the channel is internal to the client: the channel of user events.
    pub(crate) fn is_internal(&self) -> bool {
        USERS && self.name.begins_with(b'#')
    }

    /// Records that events may be missed from `since` on, unless an earlier gap is open.
    #[inline(never)] // size
    pub(crate) fn open_gap(&mut self, since: Instant) {
        if !self.is_gap_open {
            self.is_gap_open = true;
            self.since = since;
        }
    }

    /// Records that the subscription became active at `now`, if it was not active.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.since = now;
    }

    /// Records that the success that made the subscription active may belong to another request: events may be missed
    /// since then.
    pub(crate) fn doubt(&mut self) {
        self.is_gap_open = true;
    }

    /// Returns when the subscription became active; only valid while it is.
    pub(crate) fn active_since(&self) -> Instant {
        self.since
    }

    /// Returns since when events may have been missed, once.
    pub(crate) fn take_gap(&mut self) -> Option<Instant> {
        core::mem::take(&mut self.is_gap_open).then_some(self.since)
    }

    /// Changes the subscription, and wipes the key of one that has ended or failed: a retry brings a key of its own.
    pub(crate) fn update<T>(&mut self, change: impl FnOnce(&mut Subscription) -> T) -> T {
        let result = change(&mut self.subscription);
        #[cfg(feature = "encrypted")]
        if matches!(self.actual(), Actual::Idle | Actual::Backoff | Actual::Failed)
            && !self.subscription.in_flight().may_hold()
        {
            self.key = super::key::ChannelKey::NONE; // dropping the old one wipes it
        }
        result
    }
}

/// All slots of a client.
///
/// The results of the polls' searches are cached, so that a round without changes costs the same with a thousand
/// channels as with one. A method that may change a slot invalidates the cache. A poll that finds nothing updates it.
#[derive(Clone)]
pub(crate) struct Slots<const CHANNELS: usize, const NAME: usize> {
    /// The earliest deadline, if `deadlines` is `Known`.
    earliest: Tick,
    deadlines: Deadlines,
    /// A message or a request may be due.
    work: bool,
    /// A notice may be due.
    notices: bool,
    /// The server may hold a subscription that has no slot.
    forgotten: bool,
    slots: [Slot<NAME>; CHANNELS],
    /// A hash of each name, compared before the name.
    tags: [u8; CHANNELS],
}

/// The cached knowledge of the deadlines of all slots.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deadlines {
    /// There is none.
    None,
    /// There is one.
    Known,
    /// A slot may have changed.
    Unknown,
}

/// Why no slot could be claimed.
#[derive(Debug)]
pub(crate) enum SlotError {
    Name(NameError),
    Full,
}

impl<const CHANNELS: usize, const NAME: usize> Slots<CHANNELS, NAME> {
    pub(crate) const fn new() -> Self {
        Self {
            slots: [const { Slot::FREE }; CHANNELS],
            earliest: Tick::ZERO,
            deadlines: Deadlines::None,
            work: false,
            notices: false,
            forgotten: false,
            tags: [0; CHANNELS],
        }
    }

    // Changes. A changed slot may have work, a notice or another deadline.

    fn touch(&mut self) {
        self.work = true;
        self.notices = true;
        self.deadlines = Deadlines::Unknown;
    }

    /// Returns the slot of the channel called `name`, or claims one for it. `name` may have up to `limit` bytes. The
    /// third value is whether the slot was taken from a channel with an outstanding answer.
    pub(crate) fn claim(&mut self, name: &str, limit: usize) -> Result<(usize, &mut Slot<NAME>, bool), SlotError> {
        check(name, limit.min(NAME)).map_err(SlotError::Name)?;
        self.claim_unchecked(name)
    }

    /// Claims a slot like [`claim`](Self::claim), for a name from the server.
    pub(crate) fn claim_unchecked(&mut self, name: &str) -> Result<(usize, &mut Slot<NAME>, bool), SlotError> {
        let too_long = SlotError::Name(NameError::TooLong { length: name.len(), limit: NAME });
        let known = self.position(name.as_bytes());
        let free = known.or_else(|| self.find(Slot::is_free));
        // An outstanding answer may never arrive, so its slot is reused if no other is left. The client then no longer
        // tracks the server's subscription, so the caller must reconnect.
        let index = free.or_else(|| self.find(|slot| slot.subscription.is_forgettable()));
        let Some(index) = index.filter(|&index| index < usize::from(u16::MAX)) else { return Err(SlotError::Full) };
        self.touch();
        let (Some(slot), Some(tag)) = (self.slots.get_mut(index), self.tags.get_mut(index)) else {
            return Err(SlotError::Full);
        };
        if known.is_none() {
            if !slot.name.set(name) {
                return Err(too_long);
            }
            *tag = Self::tag(name.as_bytes());
            slot.kind = ChannelKind::of(name);
            slot.subscription.reset();
        }
        if !slot.is_desired() {
            // A new handle inherits nothing from the last one, even if the server still has to answer that one.
            slot.is_gap_open = false;
            slot.subscription.renew();
        }
        Ok((index, slot, free.is_none()))
    }

    pub(crate) fn get_mut(&mut self, channel: Channel) -> Option<&mut Slot<NAME>> {
        self.get(channel)?;
        self.at_mut(channel.slot.into())
    }

    #[inline(never)] // size
    pub(crate) fn at_mut(&mut self, index: usize) -> Option<&mut Slot<NAME>> {
        self.touch();
        self.slots.get_mut(index)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (Channel, &mut Slot<NAME>)> {
        self.touch();
        let used = self.slots.iter_mut().enumerate().filter(|(_, slot)| !slot.is_free());
        used.map(|(at, slot)| (handle(at, slot), slot))
    }

    /// Returns the key of an encrypted channel. Call [`touch_key`](Self::touch_key) if a renewal is due afterwards.
    #[cfg(feature = "encrypted")]
    pub(crate) fn key_mut(&mut self, channel: Channel) -> Option<&mut super::key::ChannelKey> {
        self.slots.get_mut(usize::from(channel.slot)).map(|slot| &mut slot.key)
    }

    /// Records that a request for a key may be due.
    #[cfg(feature = "encrypted")]
    pub(crate) fn touch_key(&mut self) {
        self.work = true;
    }

    /// Records that the connection ended, and with it the outstanding answers.
    pub(crate) fn forget(&mut self) {
        self.forgotten = false;
    }

    // Pending work.

    /// Returns the first slot for which `wanted`, a message or a request, is due. The search begins at `start` and
    /// continues at the first slot.
    pub(crate) fn due(&self, start: u8, wanted: impl Fn(&Slot<NAME>) -> bool) -> Option<usize> {
        if !self.work {
            return None;
        }
        let mut index = usize::from(start);
        for _ in 0..CHANNELS {
            if index >= CHANNELS {
                index = 0;
            }
            if self.slots.get(index).is_some_and(&wanted) {
                return Some(index);
            }
            index = index.wrapping_add(1);
        }
        None
    }

    /// Records whether any message or request is due, in whatever state the client is.
    pub(crate) fn note_work(&mut self) {
        self.work = self.work && self.find(Slot::has_work).is_some();
    }

    /// Returns whether it is known that nothing is due in any slot.
    #[cfg(feature = "websocket")]
    pub(crate) fn has_nothing_due(&self, now: Tick) -> bool {
        !(self.work | self.notices)
            && match self.deadlines {
                Deadlines::None => true,
                Deadlines::Known => now.is_before(self.earliest),
                Deadlines::Unknown => false,
            }
    }

    /// Returns the next notice and marks it as reported.
    pub(crate) fn take_notice(&mut self) -> Option<(Channel, &Slot<NAME>)> {
        let index = if self.notices { self.find(|slot| slot.subscription.notice) } else { None };
        self.notices = index.is_some();
        let slot = self.slots.get_mut(index?)?;
        slot.subscription.notice = false;
        Some((handle(index?, slot), slot))
    }

    /// Returns the earliest deadline.
    pub(crate) fn deadline(&self) -> Option<Tick> {
        match self.deadlines {
            Deadlines::None => None,
            Deadlines::Known => Some(self.earliest),
            Deadlines::Unknown => {
                let mut earliest: Option<Tick> = None;
                for Slot { subscription, .. } in &self.slots {
                    let at = subscription.deadline;
                    if subscription.has_deadline() && earliest.is_none_or(|earliest| at.is_before(earliest)) {
                        earliest = Some(at);
                    }
                }
                earliest
            }
        }
    }

    /// Records the earliest deadline.
    pub(crate) fn note_deadline(&mut self) {
        let earliest = self.deadline();
        self.deadlines = if earliest.is_some() { Deadlines::Known } else { Deadlines::None };
        self.earliest = earliest.unwrap_or(Tick::ZERO);
    }

    // Look-ups.

    /// Returns whether a slot is free.
    pub(crate) fn has_room(&self) -> bool {
        self.find(Slot::is_free).is_some()
    }

    /// Returns whether the server may hold a subscription that has no slot.
    pub(crate) fn has_forgotten(&self) -> bool {
        self.forgotten
    }

    /// Records that the server may hold a subscription that will have no slot.
    pub(crate) fn note_forgotten(&mut self) {
        self.forgotten = true;
    }

    /// Returns the slot of the application's handle, unless the handle is stale.
    #[inline(never)] // size
    pub(crate) fn get(&self, channel: Channel) -> Option<&Slot<NAME>> {
        self.slots
            .get(usize::from(channel.slot))
            .filter(|slot| slot.is_desired() && slot.subscription.generation == channel.generation)
    }

    pub(crate) fn at(&self, index: usize) -> Option<&Slot<NAME>> {
        self.slots.get(index)
    }

    /// Returns the slot with this name, wanted or about to be unsubscribed.
    pub(crate) fn named(&self, name: &[u8]) -> Option<(Channel, &Slot<NAME>)> {
        let index = self.position(name)?;
        self.slots.get(index).map(|slot| (handle(index, slot), slot))
    }

    /// Returns the position of the slot with this name.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
    fn position(&self, name: &[u8]) -> Option<usize> {
        let tag = Self::tag(name);
        let mut start = 0usize;
        if CHANNELS > SMALL {
            let (blocks, _) = self.tags.as_chunks::<BLOCK>();
            for block in blocks {
                // Without an early exit, so that it compiles to one comparison of the whole block.
                if block.iter().fold(false, |found, &other| found | (other == tag))
                    && let Some(index) = self.position_in(start, start.wrapping_add(BLOCK), tag, name)
                {
                    return Some(index);
                }
                start = start.wrapping_add(BLOCK); // at most CHANNELS
            }
        }
        self.position_in(start, CHANNELS, tag, name)
    }

    /// Returns the position of the slot with this name from `start` to before `end`.
    fn position_in(&self, start: usize, end: usize, tag: u8, name: &[u8]) -> Option<usize> {
        let tags = self.tags.get(start..end)?;
        let slots = self.slots.get(start..end)?;
        let index =
            slots.iter().zip(tags).position(|(slot, &other)| other == tag && !slot.is_free() && slot.name.is(name));
        index.map(|index| index.wrapping_add(start))
    }

    /// Hashes a name. With few slots it returns the length, because hashing costs more than comparing them.
    fn tag(name: &[u8]) -> u8 {
        if CHANNELS <= SMALL {
            return name.len() as u8;
        }
        let hash = name.iter().fold(0u32, |hash, &byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte));
        (hash ^ hash >> 15) as u8
    }

    /// Returns the first slot for which `wanted` holds.
    fn find(&self, wanted: impl Fn(&Slot<NAME>) -> bool) -> Option<usize> {
        self.slots.iter().position(wanted)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Channel, &Slot<NAME>)> {
        self.slots.iter().enumerate().filter(|(_, slot)| !slot.is_free()).map(|(at, slot)| (handle(at, slot), slot))
    }
}

/// Returns the handle of `slot` in its present use.
pub(crate) fn handle<const NAME: usize>(index: usize, slot: &Slot<NAME>) -> Channel {
    // `claim` returns no index of `u16::MAX` or above, so nothing is truncated.
    Channel { slot: index as u16, generation: slot.subscription.generation }
}

#[cfg(all(test, feature = "users"))]
impl<const NAME: usize> Slot<NAME> {
    /// Adds all state that decides future behaviour; see `client::explore`.
    fn fingerprint(&self, into: &mut crate::client::explore::Fingerprint) {
        let Self {
            since,
            subscription,
            kind: _, // follows from the name
            is_gap_open,
            name,
            #[cfg(feature = "encrypted")]
                key: _, // encrypted channels are not explored
        } = self;
        into.flags(&[self.is_free(), *is_gap_open]);
        if self.is_free() {
            return; // `claim` sets everything
        }
        into.text(name.as_str());
        subscription.fingerprint(into);
        into.instant((*is_gap_open || self.actual() == Actual::Active).then_some(*since));
    }
}

#[cfg(all(test, feature = "users"))]
impl<const CHANNELS: usize, const NAME: usize> Slots<CHANNELS, NAME> {
    pub(crate) fn fingerprint(&self, into: &mut crate::client::explore::Fingerprint) {
        // The other fields are only caches.
        let Self { slots, forgotten, .. } = self;
        into.flags(&[*forgotten]);
        for slot in slots {
            slot.fingerprint(into);
        }
    }
}
