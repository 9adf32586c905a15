//! Keep-alive: pings an idle peer, drops one that does not answer.
//!
//! Both directions count as idle, because servers differ. Pusher and sockudo expect traffic from a client that only
//! listens. soketi closes 120 s after it last sent something itself (protocol, "Ping and pong messages").

use crate::time::{Clock, Duration, Instant, Tick};

/// The two idle timers of one connection.
#[derive(Clone)]
pub(crate) struct Liveness {
    /// When something was last received. An `Instant` as well as a tick, because ticks wrap around during a long sleep.
    last_activity: Instant,
    last_received: Tick,
    last_sent: Tick,
    /// How long either direction may be idle.
    activity_timeout: Duration,
    /// A `pusher:ping` must be written.
    pub(crate) ping_due: bool,
    /// A `pusher:pong` must be written.
    pub(crate) pong_due: bool,
    /// The deadline for receiving anything after a ping was sent or became due.
    pong_deadline: Option<Tick>,
    /// When the unanswered ping was written.
    ping_sent: Option<Tick>,
    round_trip: Option<Duration>,
}

/// Whether the timers consider the peer alive.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Alive,
    Dead,
}

impl Liveness {
    pub(crate) const fn new(clock: &Clock, activity_timeout: Duration) -> Self {
        let now = clock.tick();
        Self {
            last_activity: clock.now(),
            last_received: now,
            last_sent: now,
            activity_timeout,
            ping_due: false,
            pong_due: false,
            pong_deadline: None,
            ping_sent: None,
            round_trip: None,
        }
    }

    /// Records that the peer sent something, which proves that it is alive.
    pub(crate) fn received(&mut self, clock: &Clock) {
        self.last_activity = clock.now();
        self.last_received = clock.tick();
        self.pong_deadline = None;
    }

    /// Records the answer to a ping.
    pub(crate) fn pong_received(&mut self, now: Tick) {
        if let Some(sent) = self.ping_sent.take() {
            self.round_trip = Some(now.since(sent));
        }
    }

    /// Records that a message of any kind was written.
    pub(crate) fn sent(&mut self, now: Tick) {
        self.last_sent = now;
    }

    pub(crate) fn pong_sent(&mut self) {
        self.pong_due = false;
    }

    pub(crate) fn ping_sent(&mut self, now: Tick) {
        self.ping_due = false;
        self.ping_sent = Some(now);
    }

    /// Requests a ping regardless of the timers. While one is unanswered, another would prove nothing more.
    pub(crate) fn check(&mut self, now: Tick, pong_timeout: Duration) {
        if self.pong_deadline.is_none() {
            self.ping_due = true;
            self.pong_deadline = Some(now + pong_timeout);
        }
    }

    /// Returns the next deadline for [`handle_timeout`](Self::handle_timeout), and the verdict when it expires.
    pub(crate) fn deadline(&self) -> (Tick, Verdict) {
        match self.pong_deadline {
            Some(deadline) => (deadline, Verdict::Dead),
            None => {
                let received = self.last_received;
                let silent_since = if received.is_before(self.last_sent) { received } else { self.last_sent };
                (silent_since + self.activity_timeout, Verdict::Alive)
            }
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Tick, pong_timeout: Duration) -> Verdict {
        match self.deadline() {
            (deadline, _) if now.is_before(deadline) => Verdict::Alive,
            (_, Verdict::Dead) => Verdict::Dead,
            (_, Verdict::Alive) => {
                self.check(now, pong_timeout);
                Verdict::Alive
            }
        }
    }

    /// Returns whether no message is due and [`handle_timeout`](Self::handle_timeout) would do nothing.
    #[cfg(feature = "websocket")]
    pub(crate) fn has_nothing_due(&self, now: Tick) -> bool {
        !(self.ping_due | self.pong_due) && now.is_before(self.deadline().0)
    }

    #[cfg(feature = "websocket")]
    pub(crate) fn set_last_activity(&mut self, at: Instant) {
        self.last_activity = at;
    }

    /// Returns when something was last handled, which may be later than [`last_activity`](Self::last_activity).
    pub(crate) fn last_received(&self) -> Tick {
        self.last_received
    }

    pub(crate) fn last_activity(&self) -> Instant {
        self.last_activity
    }

    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }
}

#[cfg(all(test, feature = "users"))]
impl Liveness {
    /// Adds everything that decides what happens next; see `explore`.
    pub(crate) fn fingerprint(&self, into: &mut super::explore::Fingerprint) {
        let Self {
            last_activity,
            last_received,
            last_sent,
            activity_timeout: _, // the same on every connection
            ping_due,
            pong_due,
            pong_deadline,
            ping_sent: _, // only for `round_trip`
            round_trip: _,
        } = self;
        into.instant(Some(*last_activity));
        into.tick(*last_received);
        into.tick(*last_sent);
        into.flags(&[*ping_due, *pong_due, pong_deadline.is_some()]);
        if let Some(deadline) = pong_deadline {
            into.tick(*deadline);
        }
    }
}
