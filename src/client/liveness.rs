//! Is the peer there? Silence in either direction leads to a ping, an unanswered ping to the end of the connection.
//!
//! Two directions because servers differ: Pusher and sockudo want to hear a client that only listens, soketi closes
//! 120 s after it last sent something itself (protocol, "Ping and pong messages").

use crate::time::{Clock, Duration, Instant, Tick};

/// The two idle timers of one connection.
#[derive(Clone)]
pub(crate) struct Liveness {
    /// When something last came. In 64 bits too, because ticks do not reach back over a long sleep.
    last_activity: Instant,
    last_received: Tick,
    last_sent: Tick,
    /// How long either direction may be silent.
    activity_timeout: Duration,
    /// A `pusher:ping` has to be written.
    pub(crate) ping_due: bool,
    /// A `pusher:pong` has to be written.
    pub(crate) pong_due: bool,
    /// A ping is out, or due: something must be received until then.
    pong_deadline: Option<Tick>,
    /// When the ping that is out was written.
    ping_sent: Option<Tick>,
    round_trip: Option<Duration>,
}

/// What the timers ask for.
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

    /// Anything at all has come from the peer, which proves that it lives.
    pub(crate) fn received(&mut self, clock: &Clock) {
        self.last_activity = clock.now();
        self.last_received = clock.tick();
        self.pong_deadline = None;
    }

    /// The answer to a ping has come.
    pub(crate) fn pong_received(&mut self, now: Tick) {
        if let Some(sent) = self.ping_sent.take() {
            self.round_trip = Some(now.since(sent));
        }
    }

    /// A frame of any kind has been written.
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

    /// Sends a ping at the next opportunity, whatever the timers say. While one is out, another would prove nothing more.
    pub(crate) fn check(&mut self, now: Tick, pong_timeout: Duration) {
        if self.pong_deadline.is_none() {
            self.ping_due = true;
            self.pong_deadline = Some(now + pong_timeout);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do, and whether it will be the end.
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

    /// Whether no frame is due, and [`handle_timeout`](Self::handle_timeout) would do nothing.
    #[cfg(feature = "websocket")]
    pub(crate) fn has_nothing_due(&self, now: Tick) -> bool {
        !(self.ping_due | self.pong_due) && now.is_before(self.deadline().0)
    }

    #[cfg(feature = "websocket")]
    pub(crate) fn set_last_activity(&mut self, at: Instant) {
        self.last_activity = at;
    }

    /// When something was last handled, which may be later than [`last_activity`](Self::last_activity).
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
