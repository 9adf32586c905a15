//! How many client events may be sent: a token bucket in thousandths of an event.

use crate::time::{Duration, Tick};

/// Holds up to one second's worth of events.
#[derive(Clone)]
pub(crate) struct Bucket {
    /// What is left, in thousandths of an event.
    level: u32,
    /// Comes round after 49 days without an event: then, within a second, one that could be sent may have to wait.
    filled: Tick,
}

impl Bucket {
    /// A full bucket for `rate` events a second.
    pub(crate) const fn new(rate: u8) -> Self {
        Self { level: capacity(rate), filled: Tick::ZERO }
    }

    /// Whether an event may be sent at `now`, or when.
    pub(crate) fn check(&mut self, now: Tick, rate: u8) -> Result<(), Tick> {
        // A millisecond brings `rate` thousandths.
        let elapsed = now.since(self.filled).as_millis().min(1000); // which fills it
        let gained = elapsed.wrapping_mul(rate.into());
        self.level = self.level.saturating_add(gained).min(capacity(rate));
        self.filled = now;
        let missing = 1000u32.saturating_sub(self.level);
        if rate == 0 || missing == 0 {
            return Ok(());
        }
        // Counted, for a Cortex-M0 divides in software.
        let mut wait = 0u32;
        let mut coming = 0u32;
        while coming < missing {
            coming = coming.wrapping_add(rate.into());
            wait = wait.wrapping_add(1); // at most 1000
        }
        Err(now + Duration::from_millis(wait))
    }

    /// An event has been sent.
    pub(crate) fn take(&mut self) {
        self.level = self.level.saturating_sub(1000);
    }
}

const fn capacity(rate: u8) -> u32 {
    (rate as u32).saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_at_once_and_then_one_every_tenth_of_a_second() {
        let mut bucket = Bucket::new(10);
        let at = |millis| Tick::ZERO + Duration::from_millis(millis);
        for _ in 0..10 {
            assert_eq!(bucket.check(at(5000), 10), Ok(()));
            bucket.take();
        }
        assert_eq!(bucket.check(at(5000), 10), Err(at(5100)));
        assert_eq!(bucket.check(at(5099), 10), Err(at(5100)));
        assert_eq!(bucket.check(at(5100), 10), Ok(()));
        bucket.take();
        assert_eq!(bucket.check(at(5100), 10), Err(at(5200)));
        assert_eq!(bucket.check(at(1_000_000), 10), Ok(()));
    }

    #[test]
    fn no_rate_is_no_limit() {
        let mut bucket = Bucket::new(0);
        for _ in 0..1000 {
            assert_eq!(bucket.check(Tick::ZERO, 0), Ok(()));
            bucket.take();
        }
    }
}
