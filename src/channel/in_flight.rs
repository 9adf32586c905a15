//! The requests of one subscription that the server has not answered on this connection.
//!
//! A server answers a `pusher:subscribe` once, sooner or later or never, and the answer does not identify its request.
//! Requests are handled in order, with one exception: signatures may be checked in the background. A refusal may then
//! arrive after the answers to later requests, and a subscription may become active after a later `pusher:unsubscribe`.
//! Therefore requests are counted, and an answer that may belong to an earlier request counts for that one. See
//! `docs/design.md`, "What the server holds".

/// A counter of requests in flight: 3 bytes, all zeros on a new connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InFlight {
    /// Unanswered requests that were sent after the last unsubscribe.
    current: u8,
    /// Unanswered requests that were sent before the last unsubscribe.
    withdrawn: u8,
    /// Whether a success arrived after the last unsubscribe.
    confirmed: bool,
}

/// The request that an answer counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// A request that was followed by an unsubscribe.
    Withdrawn,
    /// A request that was not followed by an unsubscribe; other such requests are unanswered.
    Current,
    /// The last unanswered request that was not followed by an unsubscribe.
    Last,
    /// None: every request is answered already.
    Nothing,
}

impl InFlight {
    pub(crate) const NONE: Self = Self { current: 0, withdrawn: 0, confirmed: false };

    /// Counts a request that was sent.
    pub(crate) fn sent(&mut self) {
        self.current = self.current.saturating_add(1);
    }

    /// Counts an unsubscribe that was sent. It ends the subscription that the server holds, but not one that it still
    /// checks.
    pub(crate) fn withdraw(&mut self) {
        *self = Self { current: 0, withdrawn: self.withdrawn.saturating_add(self.current), confirmed: false };
    }

    /// Counts a success.
    pub(crate) fn succeeded(&mut self) -> Counted {
        self.confirmed = true;
        self.answered()
    }

    /// Counts a refusal.
    pub(crate) fn refused(&mut self) -> Counted {
        self.answered()
    }

    #[inline(never)] // size
    fn answered(&mut self) -> Counted {
        let is_withdrawn = self.withdrawn != 0;
        let count = if is_withdrawn { &mut self.withdrawn } else { &mut self.current };
        let answered = match *count {
            0 => return Counted::Nothing,
            _ if is_withdrawn => Counted::Withdrawn,
            1 => Counted::Last,
            _ => Counted::Current,
        };
        // A counter that overflowed never reaches zero. The cost is small: a success that is not trusted is requested
        // again.
        if *count != u8::MAX {
            *count = count.saturating_sub(1);
        }
        answered
    }

    /// Returns whether an answer is outstanding.
    pub(crate) fn is_open(&self) -> bool {
        self.current != 0 || self.withdrawn != 0
    }

    /// Returns whether answers are outstanding only for requests that were not followed by an unsubscribe.
    pub(crate) fn is_certain(&self) -> bool {
        self.current != 0 && self.withdrawn == 0
    }

    /// Returns whether a success arrived after the last unsubscribe.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Returns whether the server has, or may get, a subscription that was not followed by an unsubscribe.
    pub(crate) fn may_hold(&self) -> bool {
        self.confirmed || self.current != 0
    }
}

#[cfg(all(test, feature = "users"))]
impl InFlight {
    pub(crate) fn fingerprint(self, into: &mut crate::client::explore::Fingerprint) {
        let Self { current, withdrawn, confirmed } = self;
        into.number(u64::from(current) << 16 | u64::from(withdrawn) << 8 | u64::from(confirmed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_for_the_earliest_request() {
        let mut in_flight = InFlight::NONE;
        assert_eq!(in_flight.refused(), Counted::Nothing);
        in_flight.sent();
        in_flight.sent();
        assert!(in_flight.is_certain() && in_flight.may_hold() && !in_flight.is_confirmed());
        in_flight.withdraw();
        assert!(in_flight.is_open() && !in_flight.is_certain() && !in_flight.may_hold());
        in_flight.sent();
        assert_eq!(in_flight.succeeded(), Counted::Withdrawn);
        assert_eq!(in_flight.refused(), Counted::Withdrawn);
        assert!(in_flight.is_certain() && in_flight.is_confirmed());
        in_flight.sent();
        assert_eq!(in_flight.refused(), Counted::Current);
        assert_eq!(in_flight.succeeded(), Counted::Last);
        assert_eq!(in_flight.succeeded(), Counted::Nothing);
        assert!(!in_flight.is_open() && in_flight.may_hold());
        in_flight.withdraw();
        assert_eq!(in_flight, InFlight::NONE);
    }

    #[test]
    fn a_count_that_is_no_longer_exact_never_ends() {
        let mut in_flight = InFlight::NONE;
        for _ in 0..300 {
            in_flight.sent();
        }
        in_flight.withdraw();
        in_flight.sent();
        for _ in 0..300 {
            assert_eq!(in_flight.succeeded(), Counted::Withdrawn);
        }
    }
}
