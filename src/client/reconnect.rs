//! Reconnection policy: which close codes allow another attempt, and how long to wait before it.

use super::config::Reconnect;
use crate::time::Duration;

/// What a close code implies for the next attempt (protocol, "Error Codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Retry after the backoff.
    BackOff,
    /// Retry after the backoff, and after one second at least.
    BackOffAtLeastOneSecond,
    /// Retry at once.
    AtOnce,
    /// Retry at once, with TLS.
    Secure,
    /// Do not retry: the result would be the same.
    Never,
}

impl Policy {
    /// Returns the policy for a close code.
    pub(crate) const fn of(code: u16) -> Self {
        match code {
            4000 => Self::Secure,
            4001..=4099 => Self::Never,
            4100..=4199 => Self::BackOffAtLeastOneSecond,
            4200..=4299 => Self::AtOnce,
            // Codes of RFC 6455, 4300 and above ("any other type of error").
            _ => Self::BackOff,
        }
    }
}

/// How many times in a row a server may request an immediate reconnect before the backoff applies to it too.
const AT_ONCE_LIMIT: u8 = 2;
const ONE_SECOND: Duration = Duration::from_secs(1);

/// Exponential backoff whose first wait is random.
///
/// The attempts of a client stand at `base * (2^(u + n) - 1)` after the loss of its connection, for n = 0, 1, 2 and so
/// on and with one draw `u` from 0 to 1 for the whole outage. Clients that lost the same server at the same time then
/// attempt with a density that falls steadily, as the inverse of the time since the loss. Whenever the server returns,
/// all have come back after the same time again, and the most in any moment are 1 / ln 2 = 1.44 times the mean.
#[derive(Clone)]
pub(crate) struct Backoff {
    random: u32,
    attempts: u16,
    at_once: u8,
}

impl Backoff {
    pub(crate) const fn new(seed: u32) -> Self {
        let random = mixed(seed);
        // A xorshift generator that starts at 0 stays at 0.
        Self { random: if random == 0 { 1 } else { random }, attempts: 0, at_once: 0 }
    }

    /// Resets the backoff after a stable connection.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
        self.at_once = 0;
    }

    /// Returns how long to wait before the next attempt; `None` if there is none.
    #[inline(never)] // size
    pub(crate) fn next(&mut self, policy: Policy, config: &Reconnect) -> Option<Duration> {
        if policy == Policy::Never || config.limit.is_some_and(|limit| self.attempts >= limit) {
            return None;
        }
        if matches!(policy, Policy::AtOnce | Policy::Secure) && self.at_once < AT_ONCE_LIMIT {
            self.at_once = self.at_once.saturating_add(1);
            return Some(Duration::ZERO);
        }
        if self.attempts == 0 {
            self.draw();
        }
        let first = self.first(config.base);
        let wait = match self.attempts.checked_sub(1) {
            None => first,
            Some(doublings) => doubled(sum(config.base, first), doublings),
        };
        self.attempts = self.attempts.saturating_add(1);
        let wait = wait.min(config.cap);
        // Moved by a second and not raised to it: otherwise all clients would return at the same moment.
        let is_too_soon = policy == Policy::BackOffAtLeastOneSecond && wait < ONE_SECOND;
        Some(if is_too_soon { sum(wait, ONE_SECOND) } else { wait })
    }

    /// Draws a random number (xorshift32, Marsaglia 2003).
    fn draw(&mut self) {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
    }

    /// Returns the first wait, `base * (2^u - 1)` for the number drawn last. It is one of 65,536.
    fn first(&self, base: Duration) -> Duration {
        // Of `u` and of the products, 16 bits are behind the point. Each product is one of 16 bits by 16 bits, because
        // a Cortex-M0 multiplies 64 bits in software.
        let u = self.random >> 16;
        let times = |factor: u32| u.wrapping_mul(factor) >> 16;
        // A polynomial for 2^u - 1 that is off by less than 0.0003. Its coefficients add up to 1.
        let grown = times(times(times(5_060).wrapping_add(14_919)).wrapping_add(45_557));
        let (high, low) = (base.as_millis() >> 16, base.as_millis() & 0xffff);
        Duration::from_millis(high.wrapping_mul(grown).wrapping_add(low.wrapping_mul(grown) >> 16))
    }
}

/// Spreads similar seeds, such as serial numbers, over all values (the finalizer of MurmurHash3).
const fn mixed(seed: u32) -> u32 {
    let mut mixed = seed ^ seed >> 16;
    mixed = mixed.wrapping_mul(0x85eb_ca6b);
    mixed ^= mixed >> 13;
    mixed = mixed.wrapping_mul(0xc2b2_ae35);
    mixed ^ mixed >> 16
}

const fn sum(span: Duration, more: Duration) -> Duration {
    Duration::from_millis(span.as_millis().saturating_add(more.as_millis()))
}

/// Returns `base` doubled `times` times; saturates.
pub(crate) fn doubled(base: Duration, times: u16) -> Duration {
    let times = u32::from(times.min(31));
    let doubled = base.as_millis() << times;
    if doubled >> times == base.as_millis() { Duration::from_millis(doubled) } else { Duration::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: Reconnect = super::super::Config::new(1).reconnect;

    #[test]
    fn close_codes_fall_into_the_classes_of_the_protocol() {
        let cases = [
            (1000, Policy::BackOff),
            (1006, Policy::BackOff),
            (3999, Policy::BackOff),
            (4000, Policy::Secure),
            (4001, Policy::Never),
            (4099, Policy::Never),
            (4100, Policy::BackOffAtLeastOneSecond),
            (4199, Policy::BackOffAtLeastOneSecond),
            (4200, Policy::AtOnce),
            (4299, Policy::AtOnce),
            (4300, Policy::BackOff),
            (65535, Policy::BackOff),
        ];
        for (code, policy) in cases {
            assert_eq!(Policy::of(code), policy, "{code:?}");
        }
    }

    #[test]
    fn waits_double_from_a_random_first_one_up_to_the_cap() {
        let (mut longest, mut shortest) = ([0; 10], [u32::MAX; 10]);
        for seed in 1..2000 {
            let mut backoff = Backoff::new(seed);
            for (longest, shortest) in longest.iter_mut().zip(&mut shortest) {
                let wait = backoff.next(Policy::BackOff, &CONFIG).unwrap();
                *longest = wait.as_millis().max(*longest);
                *shortest = wait.as_millis().min(*shortest);
            }
        }
        let expected = [1000, 2000, 4000, 8000, 16000, 32000, 64000, 120_000, 120_000, 120_000];
        for (longest, expected) in longest.into_iter().zip(expected) {
            assert!(longest <= expected && longest > expected / 100 * 98, "{longest} of {expected}");
        }
        assert!(shortest[0] < 20, "{shortest:?}");
        let expected = [1000, 2000, 4000, 8000, 16000, 32000, 64000, 120_000, 120_000];
        for (shortest, expected) in shortest.into_iter().skip(1).zip(expected) {
            assert!(shortest >= expected && shortest < expected / 100 * 102, "{shortest} of {expected}");
        }
    }

    #[test]
    fn at_once_is_granted_twice_in_a_row() {
        let mut backoff = Backoff::new(5);
        let mut wait = |policy| backoff.next(policy, &CONFIG).unwrap();
        assert_eq!(wait(Policy::AtOnce), Duration::ZERO);
        assert_eq!(wait(Policy::AtOnce), Duration::ZERO);
        assert_ne!(wait(Policy::AtOnce), Duration::ZERO);
        backoff.reset();
        assert_eq!(backoff.next(Policy::AtOnce, &CONFIG), Some(Duration::ZERO));
    }

    #[test]
    fn over_capacity_waits_a_second_at_least_and_spreads_the_clients() {
        let wait = |seed| Backoff::new(seed).next(Policy::BackOffAtLeastOneSecond, &CONFIG).unwrap().as_millis();
        let mut tenths = [0; 10];
        for seed in 0..1000 {
            assert!((1000..=2000).contains(&wait(seed)));
            tenths[(wait(seed) as usize - 1000).min(999) / 100] += 1;
        }
        assert!(tenths.iter().all(|count| (50..200).contains(count)), "{tenths:?}");
    }

    #[test]
    fn the_limit_and_final_codes_end_the_attempts() {
        let config = Reconnect { limit: Some(2), ..CONFIG };
        let mut backoff = Backoff::new(0);
        assert!(backoff.next(Policy::BackOff, &config).is_some());
        assert!(backoff.next(Policy::BackOff, &config).is_some());
        assert_eq!(backoff.next(Policy::BackOff, &config), None);
        assert_eq!(Backoff::new(0).next(Policy::Never, &CONFIG), None);
    }

    #[test]
    fn endless_failure_does_not_overflow() {
        let mut backoff = Backoff { random: 1, attempts: u16::MAX - 1, at_once: 0 };
        for _ in 0..4 {
            assert!(backoff.next(Policy::BackOff, &CONFIG).unwrap() <= CONFIG.cap);
        }
        let millis = Duration::from_millis;
        assert_eq!(doubled(millis(1000), 22), millis(4_194_304_000));
        assert_eq!(doubled(millis(1000), 23), Duration::MAX);
        assert_eq!(doubled(millis(1000), u16::MAX), Duration::MAX);
        assert_eq!(doubled(millis(2), 31), Duration::MAX);
        assert_eq!(doubled(millis(0), u16::MAX), millis(0));
    }

    #[test]
    fn the_first_wait_grows_with_the_draw_as_a_power_of_two() {
        for base in [0, 1, 2, 1000, 65_535, 65_536, 65_537, 120_000, u32::MAX] {
            for random in (0..=u32::MAX).step_by(40_503) {
                let first = Backoff { random, attempts: 0, at_once: 0 }.first(Duration::from_millis(base));
                let expected = f64::from(base) * ((f64::from(random >> 16) / 65_536.0).exp2() - 1.0);
                let error = (f64::from(first.as_millis()) - expected).abs();
                assert!(error <= 1.0 + f64::from(base) * 0.0003, "{first:?} instead of {expected}");
            }
        }
    }
}
