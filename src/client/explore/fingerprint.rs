//! Fingerprints: states with the same future behaviour have the same fingerprint.
//!
//! Times are hashed relative to now, and only while they matter. Serial numbers of tickets, generations of handles, the
//! names of free slots and the jitter are omitted. Every `fingerprint` method destructures its type without `..`, so a
//! new field does not compile until it is decided whether it is included.

use super::super::Client;
use super::super::phase::Phase;
use crate::time::{Instant, Tick};

/// A 64-bit hash of numbers (multiply and fold).
pub(crate) struct Fingerprint {
    hash: u64,
    now: Instant,
    tick: Tick,
}

impl Fingerprint {
    /// Creates an empty fingerprint of a state at `now`.
    pub(crate) fn new(now: Instant, tick: Tick) -> Self {
        Self { hash: 0x243f_6a88_85a3_08d3, now, tick }
    }

    pub(crate) fn number(&mut self, number: u64) {
        let product = u128::from(self.hash ^ number.wrapping_mul(0xff51_afd7_ed55_8ccd)) * 0x9e37_79b9_7f4a_7c15;
        self.hash = ((product >> 64) as u64 ^ product as u64).wrapping_add(0x4528_21e6_38d0_1377);
    }

    pub(crate) fn text(&mut self, text: &str) {
        for part in text.as_bytes().chunks(7) {
            self.number(part.iter().fold(1, |bits, &byte| bits << 8 | u64::from(byte)));
        }
    }

    pub(crate) fn flags(&mut self, flags: &[bool]) {
        self.number(flags.iter().fold(1, |bits, &flag| bits << 1 | u64::from(flag)));
    }

    /// Adds the distance of `tick` from now.
    pub(crate) fn tick(&mut self, tick: Tick) {
        self.number(u64::from(tick.since(self.tick).as_millis()));
    }

    /// Adds the time since `instant`.
    pub(crate) fn instant(&mut self, instant: Option<Instant>) {
        self.number(instant.map_or(u64::MAX, |instant| self.now.as_millis().wrapping_sub(instant.as_millis())));
    }

    pub(crate) fn finish(&self) -> u64 {
        self.hash
    }
}

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Adds all state that decides future behaviour of the client.
    pub(super) fn fingerprint(&self, into: &mut Fingerprint) {
        let Self {
            phase,
            open_due,
            secure,
            notice,
            unavailable_notice,
            close_due,
            last_error,
            reason: _, // for the application only
            clock: _,  // times are relative to it
            deadline,
            missing_since: _, // only for `Notice::Unavailable`, which is not explored
            liveness,
            user,
            config: _,         // never changes
            established_at: _, // only resets the backoff, which is not explored
            backoff: _,        // all waits are zero
            client_events: _,  // none are sent
            messages: _,       // no limit is set
            turns: _,          // of pacing
            socket_id: _,      // the same on every connection
            slots,
        } = self;
        into.number(*phase as u64);
        into.flags(&[*open_due, *secure, *notice, *unavailable_notice]);
        into.number(close_due.map_or(u64::MAX, u64::from));
        into.number(last_error.map_or(u64::MAX, u64::from));
        if matches!(phase, Phase::Opening | Phase::Handshaking | Phase::Waiting) {
            into.tick(*deadline);
        }
        if *phase == Phase::Connected {
            liveness.fingerprint(into);
        }
        user.fingerprint(into);
        slots.fingerprint(into);
    }
}
