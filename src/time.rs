//! Points in time and spans of it, in milliseconds of whatever clock the caller has.

use core::ops::Add;

/// A point in time: milliseconds since an origin that the caller chooses (boot, 1970, the start of the test).
///
/// Eight bytes. All arithmetic saturates: no input makes it wrap or panic. The crate never asks for the time, it is
/// told, so use a monotonic clock. A clock that steps back is held at the latest time seen until it catches up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Instant(u64);

impl Instant {
    /// The origin of the clock.
    pub const ZERO: Self = Self(0);

    /// The point `millis` milliseconds after the origin.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the origin.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to this point; zero when `earlier` is later.
    #[inline(never)] // size
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        if millis > u32::MAX as u64 { Duration(u32::MAX) } else { Duration(millis as u32) }
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// The point `rhs` later, or the end of time.
    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(u64::from(rhs.0)))
    }
}

/// A span of time in whole milliseconds, up to about 49 days.
///
/// Four bytes, a quarter of [`core::time::Duration`], and without its division by a thousand million on every
/// conversion, which a Cortex-M0 does in software.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Duration(u32);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest span, about 49 days. A timer of the client waits no longer than 12 of them.
    pub const MAX: Self = Self(u32::MAX);

    /// A span of `millis` milliseconds.
    pub const fn from_millis(millis: u32) -> Self {
        Self(millis)
    }

    /// A span of `secs` seconds; saturates at [`Duration::MAX`].
    pub const fn from_secs(secs: u32) -> Self {
        if secs > u32::MAX / 1000 { Self::MAX } else { Self(secs.wrapping_mul(1000)) }
    }

    /// The span in milliseconds.
    pub const fn as_millis(self) -> u32 {
        self.0
    }

    /// The span in whole seconds, rounded down.
    pub const fn as_secs(self) -> u32 {
        self.0 / 1000
    }
}

impl From<core::time::Duration> for Duration {
    /// Rounds down to milliseconds and saturates at [`Duration::MAX`].
    fn from(span: core::time::Duration) -> Self {
        let millis = span.as_secs().saturating_mul(1000).saturating_add(u64::from(span.subsec_millis()));
        Self(u32::try_from(millis).unwrap_or(u32::MAX))
    }
}

impl From<Duration> for core::time::Duration {
    fn from(span: Duration) -> Self {
        Self::from_millis(u64::from(span.0))
    }
}

/// A point in time as the client keeps it: 32 bits that come round, compared by how far apart they are.
///
/// Half the size of an [`Instant`], and on a machine of 32 bits a third of the code. It holds as long as points are compared
/// that lie less than 24 days apart, which [`Clock`] and the addition see to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tick(u32);

impl Tick {
    pub(crate) const ZERO: Self = Self(0);
    /// The longest that a point may lie ahead, 12 days: as long again may pass before anybody looks at it.
    const HORIZON: u32 = 1 << 30;

    /// The time from `earlier` to this point.
    pub(crate) const fn since(self, earlier: Self) -> Duration {
        Duration(self.0.wrapping_sub(earlier.0))
    }

    /// Whether it is before `other`.
    pub(crate) const fn is_before(self, other: Self) -> bool {
        self.ahead_of(other) < 0
    }

    /// How many milliseconds it is ahead of `other`; negative if it is before it.
    const fn ahead_of(self, other: Self) -> i32 {
        self.0.wrapping_sub(other.0).cast_signed()
    }
}

impl Add<Duration> for Tick {
    type Output = Self;

    /// The point `rhs` later, or 12 days if that is more.
    fn add(self, rhs: Duration) -> Self {
        Self(self.0.wrapping_add(rhs.0.min(Self::HORIZON)))
    }
}

/// Tells the time in both ways.
#[derive(Clone)]
pub(crate) struct Clock {
    /// The latest time seen; the clock does not go back.
    now: Instant,
    tick: Tick,
}

impl Clock {
    pub(crate) const fn new() -> Self {
        Self { now: Instant::ZERO, tick: Tick::ZERO }
    }

    /// It is `now`, or the latest time seen if the clock went back. If it jumps, ticks make at most 12 days of it, so that
    /// what was due in between is due, and does not seem to lie ahead.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
    pub(crate) fn advance(&mut self, now: Instant) -> Tick {
        // At the end of time it goes on, or what is due there would never be.
        let is_end = now == Instant::from_millis(u64::MAX);
        let passed = if is_end { Duration::MAX } else { now.saturating_duration_since(self.now) };
        self.now = self.now.max(now);
        self.tick = self.tick + passed;
        self.tick
    }

    pub(crate) const fn now(&self) -> Instant {
        self.now
    }

    pub(crate) const fn tick(&self) -> Tick {
        self.tick
    }

    /// `tick` on the caller's clock.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
    pub(crate) const fn instant(&self, tick: Tick) -> Instant {
        Instant(self.now.0.saturating_add_signed(tick.ahead_of(self.tick) as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let end = Instant::from_millis(u64::MAX);
        assert_eq!(end + Duration::MAX, end);
        assert_eq!(Instant::ZERO.saturating_duration_since(end), Duration::ZERO);
        assert_eq!(end.saturating_duration_since(Instant::ZERO), Duration::MAX);
        assert_eq!(Duration::from_secs(u32::MAX), Duration::MAX);
    }

    #[test]
    fn core_durations_convert_and_saturate() {
        let cases = [(0, 0), (1_999_999, 1), (1_500_000_000, 1500), (u64::MAX, u32::MAX)];
        for (nanos, millis) in cases {
            assert_eq!(Duration::from(core::time::Duration::from_nanos(nanos)).as_millis(), millis);
        }
        assert_eq!(core::time::Duration::from(Duration::from_secs(2)), core::time::Duration::from_secs(2));
    }
}
