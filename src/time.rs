//! Points in time and time spans, in milliseconds of the caller's clock.

use core::ops::Add;

/// A point in time: milliseconds since an origin that the caller chooses (boot, 1970, the start of the test).
///
/// Its size is 8 bytes. All arithmetic saturates: no input makes it wrap or panic. The crate never reads a clock; the
/// caller passes the time. Use a monotonic clock. If the clock steps back, the client uses the latest time seen until
/// the clock catches up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Instant(u64);

impl Instant {
    /// The origin of the clock.
    pub const ZERO: Self = Self(0);

    /// Creates the instant `millis` milliseconds after the origin.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since the origin.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the time from `earlier` to this instant; zero if `earlier` is later.
    #[inline(never)] // size
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        if millis > u32::MAX as u64 { Duration(u32::MAX) } else { Duration(millis as u32) }
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// Returns the instant `rhs` later; saturates at the end of time.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(u64::from(rhs.0)))
    }
}

/// A time span in whole milliseconds, up to about 49 days.
///
/// Its size is 4 bytes, a quarter of [`core::time::Duration`]. Conversions need no division by a thousand million,
/// which a Cortex-M0 does in software.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Duration(u32);

impl Duration {
    /// The empty span.
    pub const ZERO: Self = Self(0);
    /// The longest span, about 49 days. The timers of the client are limited to 12 days.
    pub const MAX: Self = Self(u32::MAX);

    /// Creates a span of `millis` milliseconds.
    pub const fn from_millis(millis: u32) -> Self {
        Self(millis)
    }

    /// Creates a span of `secs` seconds; saturates at [`Duration::MAX`].
    pub const fn from_secs(secs: u32) -> Self {
        if secs > u32::MAX / 1000 { Self::MAX } else { Self(secs.wrapping_mul(1000)) }
    }

    /// Returns the span in milliseconds.
    pub const fn as_millis(self) -> u32 {
        self.0
    }

    /// Returns the span in whole seconds, rounded down.
    pub const fn as_secs(self) -> u32 {
        self.0 / 1000
    }
}

impl From<core::time::Duration> for Duration {
    /// Converts the span, rounded down to milliseconds; saturates at [`Duration::MAX`].
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

/// A point in time as the client stores it: 32 bits that wrap around, compared by their distance.
///
/// It has half the size of an [`Instant`], and on a 32-bit machine a third of the code. Comparisons are valid for
/// points less than 24 days apart; [`Clock`] and the addition ensure that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tick(u32);

impl Tick {
    pub(crate) const ZERO: Self = Self(0);
    /// The maximum distance of a point in the future, 12 days: the same time may pass again before it is checked.
    const HORIZON: u32 = 1 << 30;

    /// Returns the time from `earlier` to this point.
    pub(crate) const fn since(self, earlier: Self) -> Duration {
        Duration(self.0.wrapping_sub(earlier.0))
    }

    /// Returns whether this point is before `other`.
    pub(crate) const fn is_before(self, other: Self) -> bool {
        self.ahead_of(other) < 0
    }

    /// Returns how many milliseconds this point is ahead of `other`; negative if it is before it.
    const fn ahead_of(self, other: Self) -> i32 {
        self.0.wrapping_sub(other.0).cast_signed()
    }
}

impl Add<Duration> for Tick {
    type Output = Self;

    /// Returns the point `rhs` later, 12 days at most.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
    fn add(self, rhs: Duration) -> Self {
        Self(self.0.wrapping_add(rhs.0.min(Self::HORIZON)))
    }
}

/// The client's clock, as an [`Instant`] and as a [`Tick`].
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

    /// Sets the clock to `now`, unless that would move it back. Ticks advance by at most 12 days at once, so that
    /// deadlines within a jump expire and do not appear to lie ahead.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
    pub(crate) fn advance(&mut self, now: Instant) -> Tick {
        // At the end of time ticks go on, or the deadlines there would never expire.
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

    /// Converts `tick` to the caller's clock.
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
        assert_eq!(Duration::from_millis(2999).as_secs(), 2);
        assert_eq!(core::time::Duration::from(Duration::from_secs(2)), core::time::Duration::from_secs(2));
    }
}
