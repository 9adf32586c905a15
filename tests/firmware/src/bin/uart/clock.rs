//! Milliseconds, added up from a counter that wraps round.

use pusher_proto::Instant;

use crate::board::counter;

/// Right as long as it is asked more often than the counter wraps round. One that misses a round is late by it, and so are
/// the timers.
pub struct Clock {
    last: u32,
    /// Ticks that make no whole millisecond yet.
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
