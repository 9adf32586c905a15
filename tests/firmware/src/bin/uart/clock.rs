//! Milliseconds, accumulated from a counter that wraps around.

use pusher_proto::Instant;

use crate::board::counter;

/// Correct if read more often than the counter wraps around. Each missed wrap delays the clock and the
/// timers by one period.
pub struct Clock {
    last: u32,
    /// Ticks of an incomplete millisecond.
    rest: u32,
    now: u64,
}

impl Clock {
    pub fn start() -> Self {
        counter::start();
        Self { last: counter::count(), rest: 0, now: 0 }
    }

    pub fn now(&mut self) -> Instant {
        let count = counter::count();
        self.rest += count.wrapping_sub(self.last) & counter::MASK;
        self.last = count;
        self.now += u64::from(self.rest / counter::TICKS_PER_MS);
        self.rest %= counter::TICKS_PER_MS;
        Instant::from_millis(self.now)
    }
}
