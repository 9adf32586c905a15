//! A rate limiter: at most a given number of events in any window of a given length.
//!
//! Servers count in fixed windows that begin with the first event (soketi, Reverb), in sliding windows, or with a token
//! bucket. The limiter satisfies all of them: no window contains more events than the limit, wherever it begins. A
//! token bucket would not be enough here: a burst and the refill right after it fall into one window.

use core::mem;

use crate::time::{Duration, Tick};

/// The number of parts of a window, in which events are counted together. With more parts, an expired part is noticed
/// sooner.
const PARTS: usize = 8;
/// The number of parts that are counted: those of one window plus one.
const COUNTED: usize = PARTS + 1;

/// Counts the events of one window plus one part, so that every window that ends now is covered.
///
/// The whole limit may be sent in a burst. An event counts for at most 9/8 of the window.
#[derive(Clone, Copy)]
pub(crate) struct RateLimiter {
    /// When the current part began. It wraps around after 49 days without an event. For one window after that, an event
    /// may have to wait without need.
    began: Tick,
    /// Events in the present part, in the one before it, and so on.
    counts: [u8; COUNTED],
}

impl RateLimiter {
    pub(crate) const fn new() -> Self {
        Self { began: Tick::ZERO, counts: [0; COUNTED] }
    }

    /// Returns whether an event may be sent at `now`, or when. A `limit` of 0 means no limit.
    pub(crate) fn check(mut self, now: Tick, limit: u8, window: Duration) -> Result<(), Tick> {
        self.advance(now, window);
        if limit == 0 {
            return Ok(());
        }
        let mut room = limit;
        // The part that expires last holds the oldest event that must leave the window.
        let mut wait = part(window).as_millis().wrapping_mul(COUNTED as u32); // at most 9/8 of 12 days
        for &count in &self.counts {
            if count >= room {
                return Err(self.began + Duration::from_millis(wait));
            }
            room = room.wrapping_sub(count); // less than `room`
            wait = wait.wrapping_sub(part(window).as_millis()); // as often as it was added
        }
        Ok(())
    }

    /// Records that an event was sent.
    pub(crate) fn count(&mut self, now: Tick, window: Duration) {
        self.advance(now, window);
        let [present, ..] = &mut self.counts;
        *present = present.saturating_add(1);
    }

    /// Advances to the part that contains `now`.
    fn advance(&mut self, now: Tick, window: Duration) {
        let part = part(window);
        let counted = Duration::from_millis(part.as_millis().wrapping_mul(COUNTED as u32)); // at most 9/8 of 12 days
        if now.since(self.began) >= counted {
            // No event counts any more, so a new part may begin anywhere.
            *self = Self { began: now, ..Self::new() };
        }
        for _ in 0..PARTS {
            if now.since(self.began) < part {
                return;
            }
            let mut count = 0;
            self.counts.iter_mut().for_each(|later| mem::swap(later, &mut count));
            self.began = self.began + part;
        }
    }
}

/// Returns the length of a part, rounded up. A window is at most 12 days long, like every timer.
fn part(window: Duration) -> Duration {
    Duration::from_millis(window.as_millis().min(1 << 30).wrapping_add(7) >> 3)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(millis: u32) -> Tick {
        Tick::ZERO + Duration::from_millis(millis)
    }

    /// Returns the maximum number of events in any window, wherever it begins, including both ends.
    fn most(sent: &[u32], window: u32) -> usize {
        let in_window = |(first, &begin)| {
            let rest: &[u32] = &sent[first..];
            rest.iter().take_while(|&&event| event - begin <= window).count()
        };
        sent.iter().enumerate().map(in_window).max().unwrap_or(0)
    }

    #[test]
    fn ten_pass_at_once_and_the_next_only_after_they_have_left_every_window() {
        let mut limiter = RateLimiter::new();
        for _ in 0..10 {
            assert_eq!(limiter.check(at(5000), 10, SECOND), Ok(()));
            limiter.count(at(5000), SECOND);
        }
        assert_eq!(limiter.check(at(5000), 10, SECOND), Err(at(6125)));
        assert_eq!(limiter.check(at(6124), 10, SECOND), Err(at(6125)));
        assert_eq!(limiter.check(at(6125), 10, SECOND), Ok(()));
    }

    #[test]
    fn no_window_holds_more_than_the_limit_for_any_pattern_of_sending() {
        let mut random = 1u32;
        let mut below = |bound: u32| {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            random % bound
        };
        for (limit, window) in [(1, 1000), (2, 7), (3, 1), (10, 1000), (60, 60_000), (255, 1000)] {
            let length = Duration::from_millis(window);
            for pause in [1, window / 20 + 1, window / 4 + 1, window + 1, window * 3] {
                let (mut limiter, mut now, mut sent) = (RateLimiter::new(), 0, Vec::new());
                for _ in 0..400 {
                    now += below(pause);
                    // Sometimes as many as allowed, sometimes one at a time.
                    for _ in 0..below(u32::from(limit) * 2) + 1 {
                        match limiter.check(at(now), limit, length) {
                            Ok(()) => {
                                limiter.count(at(now), length);
                                sent.push(now);
                            }
                            Err(retry_at) => {
                                // Not before that time, but certainly at that time.
                                let wait = retry_at.since(at(now)).as_millis();
                                assert!(wait >= 1 && wait <= window + window.div_ceil(8) + 8, "{wait} of {window}");
                                assert_eq!(limiter.check(at(now + wait - 1), limit, length), Err(retry_at));
                                assert_eq!(limiter.check(retry_at, limit, length), Ok(()));
                                break;
                            }
                        }
                    }
                }
                let most = most(&sent, window);
                assert!(most <= limit.into(), "{most} of {limit} in {window} ms");
                // A burst of the whole limit is possible, and occurs.
                assert!(pause == 1 || most == usize::from(limit), "{most} of {limit} in {window} ms, {pause}");
            }
        }
    }

    #[test]
    fn constant_sending_reaches_eight_ninths_of_the_limit() {
        let (mut limiter, mut sent) = (RateLimiter::new(), 0);
        for now in 0..90_000 {
            if limiter.check(at(now), 10, SECOND).is_ok() {
                limiter.count(at(now), SECOND);
                sent += 1;
            }
        }
        assert_eq!(sent, 800);
    }

    #[test]
    fn a_rate_or_a_window_of_zero_means_no_limit() {
        for (limit, window) in [(0, SECOND), (1, Duration::ZERO), (0, Duration::MAX)] {
            let mut limiter = RateLimiter::new();
            for _ in 0..1000 {
                assert_eq!(limiter.check(Tick::ZERO, limit, window), Ok(()));
                limiter.count(Tick::ZERO, window);
            }
        }
    }
}
