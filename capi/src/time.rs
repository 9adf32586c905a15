//! 32-bit milliseconds that wrap around.

use pusher_proto::{Duration, Instant};

/// The clock of the caller, extended to 64 bits. It is correct if at least one call comes in 24 days.
#[repr(C)]
pub(crate) struct Clock {
    /// Never 0 after the first call.
    now: u64,
}

impl Clock {
    pub(crate) const fn new() -> Self {
        Self { now: 0 }
    }

    /// Sets the time. A step back counts as no step.
    pub(crate) fn advance(&mut self, now_ms: u32) {
        if self.now == 0 {
            // The second round, so that a moment before the first call exists.
            self.now = (1 << 32) | u64::from(now_ms);
        }
        let step = now_ms.wrapping_sub(self.now as u32);
        if step.cast_signed() > 0 {
            self.now = self.now.wrapping_add(u64::from(step));
        }
    }

    /// Returns the time as an instant.
    pub(crate) fn now(&self) -> Instant {
        Instant::from_millis(self.now)
    }
}

/// No timeout, and no retry.
pub const PUSHER_NEVER: u32 = u32::MAX;

/// Returns how many milliseconds it is from `now` to `at`.
#[inline(never)] // size
pub(crate) fn until(now: Instant, at: &Option<Instant>) -> u32 {
    at.map_or(PUSHER_NEVER, |at| at.saturating_duration_since(now).as_millis().min(PUSHER_NEVER - 1))
}

pub(crate) const fn ms(span: u32) -> Duration {
    Duration::from_millis(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advance(clock: &mut Clock, now_ms: u32) -> Instant {
        clock.advance(now_ms);
        clock.now()
    }

    #[test]
    fn a_clock_of_32_bits_wraps_around_and_time_goes_on() {
        let mut clock = Clock::new();
        let first = advance(&mut clock, u32::MAX - 5);
        let second = advance(&mut clock, 4);
        assert_eq!(second.saturating_duration_since(first).as_millis(), 10);
        assert_eq!(advance(&mut clock, 4), second);
        // Two rounds in steps of 20 days.
        let twenty_days = 20 * 24 * 3600 * 1000;
        let mut now = 4_u32;
        for _ in 0..5 {
            now = now.wrapping_add(twenty_days);
            advance(&mut clock, now);
        }
        let long = advance(&mut clock, now).as_millis() - second.as_millis();
        assert_eq!(long, 5 * u64::from(twenty_days));
    }

    #[test]
    fn a_clock_that_steps_back_stands_still() {
        let mut clock = Clock::new();
        let first = advance(&mut clock, 1000);
        assert_eq!(advance(&mut clock, 900), first);
        assert_eq!(advance(&mut clock, 1001).saturating_duration_since(first).as_millis(), 1);
    }

    #[test]
    fn any_first_time_is_a_start() {
        for now in [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            let mut clock = Clock::new();
            let first = advance(&mut clock, now);
            assert_eq!(first.as_millis() as u32, now);
            assert_eq!(advance(&mut clock, now.wrapping_add(7)).saturating_duration_since(first).as_millis(), 7);
        }
    }

    #[test]
    fn the_time_until_a_moment_is_never_the_word_for_no_timeout() {
        let now = Instant::from_millis(5);
        assert_eq!(until(now, &None), PUSHER_NEVER);
        assert_eq!(until(now, &Some(Instant::from_millis(3))), 0);
        assert_eq!(until(now, &Some(Instant::from_millis(u64::MAX))), PUSHER_NEVER - 1);
    }
}
