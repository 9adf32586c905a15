//! One subscription, or one sign-in: its state, its requests in flight and its failures.
//!
//! Channels and the sign-in share this code, so that both follow the same table and count answers in the same way.

use super::SubscriptionFailure;
use super::in_flight::{Counted, InFlight};
use super::table::{self, Actual, Desired, Input};
use crate::time::Tick;

/// The state of a subscription on the current connection. Its size is 20 bytes.
#[derive(Clone)]
#[repr(C)] // size
pub(crate) struct Subscription {
    /// When the state times out: a ticket, the answer to a request, the backoff before a retry.
    pub(crate) deadline: Tick,
    /// The last failure. Read only in the states that it led to, and while a notice of it is pending.
    pub(crate) failure: SubscriptionFailure,
    /// Counts the uses of a slot; see [`Channel`](super::Channel).
    pub(crate) generation: u16,
    /// Counts the tickets, so that an answer to an old one is refused.
    ticket: u16,
    desired: Desired,
    actual: Actual,
    /// Failures on this connection, for the backoff. A success does not reset the count, because a server that confirms
    /// and refuses each request must not receive requests for ever.
    failures: u8,
    retries: Retries,
    in_flight: InFlight,
    /// Whether `failure` has not been reported to the application yet.
    pub(crate) notice: bool,
}

impl Subscription {
    /// A subscription that is not wanted: all zeros.
    pub(crate) const FREE: Self = Self {
        deadline: Tick::ZERO,
        failure: SubscriptionFailure::Rejected(None), // size, and not read
        generation: 0,
        ticket: 0,
        desired: Desired::Nothing,
        actual: Actual::Idle,
        failures: 0,
        retries: Retries::CONFIGURED,
        in_flight: InFlight::NONE,
        notice: false,
    };

    pub(crate) fn actual(&self) -> Actual {
        self.actual
    }

    pub(crate) fn in_flight(&self) -> InFlight {
        self.in_flight
    }

    /// Returns whether the application wants the subscription.
    pub(crate) fn is_desired(&self) -> bool {
        self.desired == Desired::Subscribed
    }

    /// Returns whether neither the application nor an answer in flight needs it.
    pub(crate) fn is_free(&self) -> bool {
        self.is_forgettable() && !self.in_flight.is_open()
    }

    /// Returns whether only an answer in flight needs it.
    pub(crate) fn is_forgettable(&self) -> bool {
        self.desired == Desired::Nothing && self.actual == Actual::Idle
    }

    /// Returns whether a ticket or a request is due.
    pub(crate) fn is_due(&self) -> bool {
        self.is_desired() && self.actual == Actual::Idle
    }

    /// Returns whether a `pusher:unsubscribe` is due: before a restart, or because the server may hold a subscription
    /// that failed here.
    pub(crate) fn is_unsubscribe_due(&self) -> bool {
        match self.actual {
            Actual::Leaving => true,
            Actual::Failed => self.in_flight.is_confirmed(),
            _ => false,
        }
    }

    /// Returns whether the server may send events that the application wants. That begins with the request, because a
    /// multi-threaded server may send the first event before it confirms.
    pub(crate) fn receives(&self) -> bool {
        self.is_desired() && self.actual != Actual::Failed && self.in_flight.may_hold()
    }

    /// Returns whether the state times out at [`deadline`](Self::deadline).
    pub(crate) fn has_deadline(&self) -> bool {
        matches!(self.actual, Actual::Authorizing | Actual::Pending | Actual::Backoff)
    }

    /// Applies `input` to the table; returns `false` if nothing changes.
    #[inline(never)] // size
    pub(crate) fn apply(&mut self, input: Input) -> bool {
        let Some((desired, actual)) = table::next((self.desired, self.actual), input) else { return false };
        self.desired = desired;
        self.actual = actual;
        true
    }

    // Commands.

    /// Starts a new use of the slot: nothing of the last use is reported any more, and its handles are stale.
    pub(crate) fn renew(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        self.failures = 0;
        self.retries = Retries::CONFIGURED;
        self.notice = false;
    }

    pub(crate) fn subscribe(&mut self) {
        if self.actual == Actual::Failed {
            self.failures = 0;
        }
        self.apply(Input::Subscribe);
    }

    /// Ends the use of the handle. It is stale from now on, so no failure is reported any more.
    pub(crate) fn unsubscribe(&mut self) {
        self.notice = false;
        self.apply(if self.in_flight.may_hold() { Input::Withdraw } else { Input::Unsubscribe });
    }

    pub(crate) fn set_retries(&mut self, retries: u8) {
        self.retries = Retries::at_most(retries);
    }

    /// Issues a ticket that is valid until `deadline`; returns its serial number.
    pub(crate) fn issue_ticket(&mut self, deadline: Tick) -> u16 {
        self.apply(Input::TicketIssued);
        self.deadline = deadline;
        self.next_ticket()
    }

    /// Returns the serial number of the next ticket.
    pub(crate) fn next_ticket(&mut self) -> u16 {
        self.ticket = self.ticket.wrapping_add(1);
        self.ticket
    }

    pub(crate) fn is_ticket(&self, serial: u16) -> bool {
        self.ticket == serial
    }

    /// Returns whether the ticket with this serial number waits for its answer.
    pub(crate) fn is_ticketed(&self, serial: u16) -> bool {
        self.actual == Actual::Authorizing && self.is_ticket(serial)
    }

    /// Records that a request was sent; the server has until `deadline` to answer it.
    pub(crate) fn sent(&mut self, deadline: Tick) {
        self.in_flight.sent();
        self.apply(Input::Sent);
        self.deadline = deadline;
    }

    /// Records that a `pusher:unsubscribe` was sent.
    pub(crate) fn left(&mut self) {
        self.in_flight.withdraw();
        self.apply(Input::Left);
    }

    // Answers.

    /// Handles a confirmed request; returns whether the subscription is active now.
    ///
    /// A success that counts for a withdrawn request proves nothing about the current one: wait for another.
    pub(crate) fn succeeded(&mut self) -> bool {
        let counted = self.in_flight.succeeded();
        let is_current = matches!(counted, Counted::Current | Counted::Last);
        // A success that is not wanted is undone, whatever its request.
        if is_current || self.actual == Actual::Active || !self.is_desired() {
            return self.confirm();
        }
        if counted == Counted::Withdrawn && self.actual != Actual::Failed {
            self.failures = 0; // the server answers, so one more request determines what it holds
        } else if self.actual == Actual::Failed
            && matches!(self.failure, SubscriptionFailure::Rejected(_))
            && self.failures == 0
        {
            // An error was attributed to this request and may have concerned another. Send one more request.
            self.failures = 1;
            self.apply(Input::Subscribe);
        }
        false
    }

    /// Applies a success; returns whether the subscription is active now.
    fn confirm(&mut self) -> bool {
        if !self.apply(Input::Succeeded) || !self.is_desired() {
            return false;
        }
        self.notice = false;
        true
    }

    /// Handles a confirmed request that no other can withdraw, such as a sign-in; returns whether it is active now.
    pub(crate) fn signed_in(&mut self) -> bool {
        self.in_flight.succeeded();
        self.confirm()
    }

    /// Resets the failures after the subscription was active for long enough.
    pub(crate) fn reset_failures(&mut self) {
        self.failures = 0;
    }

    /// Handles a refused request; returns whether that changes the state. If a retry follows, the state is
    /// [`Backoff`](Actual::Backoff) and the caller sets the deadline.
    pub(crate) fn refused(&mut self, failure: SubscriptionFailure, retries: u8) -> bool {
        match (self.in_flight.refused(), self.actual) {
            // The request that succeeded may be the withdrawn one. Restart to be certain.
            (Counted::Last, Actual::Pending) if self.is_desired() && self.in_flight.is_confirmed() => {
                self.restart(failure, retries)
            }
            (Counted::Last, Actual::Pending | Actual::Backoff) => {
                self.fail(failure, retries);
                true
            }
            // The success before it may not have been the last answer. Restart to be certain.
            (Counted::Nothing, Actual::Active) => self.restart(failure, retries),
            _ => false,
        }
    }

    /// Unsubscribes and subscribes again, at least once and up to the retry limit. After the last failure the channel
    /// is unsubscribed on the server and the subscription has failed.
    fn restart(&mut self, failure: SubscriptionFailure, retries: u8) -> bool {
        let retries = self.retries.or(retries);
        self.failure = failure;
        let again = self.count_failure() < retries.max(1);
        self.apply(if again { Input::Restart } else { Input::GiveUp })
    }

    /// Records that a request failed, or was not made. `retries` is the number in the configuration.
    pub(crate) fn fail(&mut self, failure: SubscriptionFailure, retries: u8) {
        let retries = self.retries.or(retries);
        let again = if self.is_desired() {
            // If the server confirmed a request, one more determines which.
            let is_left = self.failures < retries || self.failures == 0 && self.in_flight.is_confirmed();
            is_left && failure.is_transient()
        } else {
            self.in_flight.may_hold()
        };
        self.failure = failure;
        self.apply(if again { Input::Retry } else { Input::GiveUp });
    }

    /// Ends a state whose deadline has expired; returns the failure.
    pub(crate) fn expire(&mut self, now: Tick) -> Option<SubscriptionFailure> {
        if !self.has_deadline() || now.is_before(self.deadline) {
            return None;
        }
        match self.actual {
            Actual::Authorizing => Some(SubscriptionFailure::AuthorizationTimeout),
            Actual::Pending => Some(SubscriptionFailure::SubscriptionTimeout),
            _ => {
                self.apply(Input::Due);
                None
            }
        }
    }

    /// Counts a failure that leads to a retry; returns the number of failures before it.
    pub(crate) fn count_failure(&mut self) -> u8 {
        let failures = self.failures;
        self.failures = failures.saturating_add(1);
        failures
    }

    /// Resets the state after the connection ended, because the server holds nothing of it any more.
    pub(crate) fn reset(&mut self) {
        self.in_flight = InFlight::NONE;
        self.failures = 0;
        self.notice = false;
        self.apply(Input::Down);
    }
}

/// The number of retries: the subscription's own, or that of the configuration. It is one byte, 0 or the number plus
/// one; an `Option<u8>` takes two.
#[derive(Clone, Copy)]
struct Retries(u8);

impl Retries {
    const CONFIGURED: Self = Self(0);

    /// Limits the retries to `number`, 254 at most.
    const fn at_most(number: u8) -> Self {
        Self(number.saturating_add(1))
    }

    /// Returns the number of retries, which may be that of the configuration.
    fn or(self, configured: u8) -> u8 {
        self.0.checked_sub(1).unwrap_or(configured)
    }
}

#[cfg(all(test, feature = "users"))]
impl Subscription {
    /// Adds all state that decides future behaviour; see `client::explore`.
    pub(crate) fn fingerprint(&self, into: &mut crate::client::explore::Fingerprint) {
        let Self { deadline, failure, generation: _, ticket: _, desired, actual, failures, retries, in_flight, notice } =
            self;
        into.number(*desired as u64);
        into.number(*actual as u64);
        if matches!(actual, Actual::Backoff | Actual::Failed) || *notice {
            into.number(failure.fingerprint());
        }
        into.number((*failures).into());
        into.number(retries.0.into());
        in_flight.fingerprint(into);
        into.flags(&[*notice]);
        if self.has_deadline() || self.actual == Actual::Active {
            into.tick(*deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SubscriptionFailure::{Denied, Rejected, SubscriptionTimeout};

    const REFUSED: SubscriptionFailure = Rejected(Some(401));

    /// A wanted subscription after `requests` requests, none of them answered in time.
    fn pending(requests: u8) -> Subscription {
        let mut subscription = Subscription::FREE;
        subscription.subscribe();
        for request in 0..requests {
            if request != 0 {
                subscription.fail(SubscriptionTimeout, 9);
                subscription.apply(Input::Due);
            }
            subscription.sent(Tick::ZERO);
        }
        subscription
    }

    /// A subscription like `pending`, after an unsubscribe and a new request.
    fn pending_again(requests: u8) -> Subscription {
        let mut subscription = pending(requests);
        subscription.fail(SubscriptionTimeout, 9);
        subscription.unsubscribe();
        subscription.left();
        subscription.subscribe();
        subscription.sent(Tick::ZERO);
        subscription
    }

    #[test]
    fn every_answer_to_a_withdrawn_request_is_ignored() {
        for requests in 1..5 {
            let mut subscription = pending_again(requests);
            for _ in 0..requests {
                assert!(!subscription.succeeded());
                assert_eq!(subscription.actual(), Actual::Pending);
            }
            assert!(subscription.succeeded());
            assert_eq!(subscription.actual(), Actual::Active);
        }
    }

    #[test]
    fn withdrawn_requests_add_up_over_several_unsubscribes() {
        let mut subscription = pending_again(1);
        subscription.fail(SubscriptionTimeout, 9);
        subscription.unsubscribe();
        subscription.left();
        subscription.subscribe();
        subscription.sent(Tick::ZERO);
        assert!(!subscription.succeeded() && !subscription.succeeded());
        assert!(subscription.succeeded());
    }

    #[test]
    fn a_refusal_after_a_success_that_proves_nothing_starts_over() {
        let mut subscription = pending_again(1);
        assert!(!subscription.succeeded());
        assert!(subscription.refused(REFUSED, 0));
        assert_eq!(subscription.actual(), Actual::Leaving);
        subscription.left();
        assert!(subscription.is_due());
        // From here on the answer is certain.
        subscription.sent(Tick::ZERO);
        assert!(subscription.refused(REFUSED, 0));
        assert_eq!((subscription.actual(), subscription.is_unsubscribe_due()), (Actual::Failed, false));
    }

    #[test]
    fn a_refusal_of_an_active_subscription_starts_over_as_often_as_failures_are_retried() {
        for (retries, restarts) in [(0, 1), (1, 1), (3, 3)] {
            let mut subscription = pending(1);
            for _ in 0..restarts {
                assert!(subscription.succeeded());
                assert!(subscription.refused(REFUSED, retries));
                assert_eq!(subscription.actual(), Actual::Leaving);
                subscription.left();
                subscription.sent(Tick::ZERO);
            }
            assert!(subscription.succeeded() && subscription.refused(REFUSED, retries));
            // The server may hold it, so an unsubscribe is due.
            assert_eq!((subscription.actual(), subscription.is_unsubscribe_due()), (Actual::Failed, true));
            subscription.left();
            assert_eq!((subscription.actual(), subscription.is_unsubscribe_due()), (Actual::Failed, false));
        }
    }

    #[test]
    fn a_refusal_of_one_of_several_requests_waits_for_the_others() {
        let mut subscription = pending(2);
        assert!(!subscription.refused(REFUSED, 0));
        assert_eq!(subscription.actual(), Actual::Pending);
        assert!(subscription.succeeded());
        assert!(!pending(2).refused(REFUSED, 0));
        let mut subscription = pending(2);
        assert!(!subscription.refused(REFUSED, 0) && subscription.refused(REFUSED, 0));
        assert_eq!(subscription.actual(), Actual::Failed);
    }

    #[test]
    fn a_refusal_after_the_deadline_still_counts() {
        let mut subscription = pending(1);
        subscription.fail(SubscriptionTimeout, 9);
        assert_eq!(subscription.actual(), Actual::Backoff);
        assert!(subscription.refused(REFUSED, 9));
        assert_eq!((subscription.actual(), subscription.failure), (Actual::Failed, REFUSED));
    }

    #[test]
    fn a_success_after_a_presumed_refusal_leads_to_exactly_one_more_request() {
        let mut subscription = pending(1);
        assert!(subscription.refused(REFUSED, 0));
        assert!(!subscription.succeeded());
        assert!(subscription.is_due());
        subscription.sent(Tick::ZERO);
        // Refused and confirmed again: the first answer is certain only after an unsubscribe.
        assert!(subscription.refused(REFUSED, 0));
        for _ in 0..3 {
            assert!(!subscription.succeeded());
        }
        assert!(!subscription.is_due());
        assert!(subscription.is_unsubscribe_due());
    }

    #[test]
    fn a_success_after_the_application_has_denied_is_undone() {
        let mut subscription = pending_again(1);
        subscription.fail(SubscriptionTimeout, 9);
        subscription.apply(Input::Due);
        let ticket = subscription.issue_ticket(Tick::ZERO);
        assert!(subscription.is_ticketed(ticket));
        assert!(!subscription.succeeded()); // answers the withdrawn request
        subscription.fail(Denied, 9);
        assert_eq!((subscription.actual(), subscription.is_unsubscribe_due()), (Actual::Failed, true));
    }
}
