//! Is the peer there? Silence in either direction leads to a ping, an unanswered ping to the end of the connection.
//!
//! Two directions because servers differ: Pusher and sockudo want to hear a client that only listens, soketi closes
//! 120 s after it last sent something itself (protocol, "Ping and pong messages").

use crate::time::{Duration, Instant};

/// The two idle timers of one connection.
pub(crate) struct Liveness {
    last_received: Instant,
    last_sent: Instant,
    /// How long either direction may be silent.
    activity_timeout: Duration,
    /// A `pusher:ping` has to be written.
    pub(crate) ping_due: bool,
    /// A `pusher:pong` has to be written.
    pub(crate) pong_due: bool,
    /// A ping is out, or due: something must be received until then.
    pong_deadline: Option<Instant>,
    /// When the ping that is out was written.
    ping_sent: Option<Instant>,
    round_trip: Option<Duration>,
}

/// What the timers ask for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Alive,
    Dead,
}

impl Liveness {
    pub(crate) const fn new(now: Instant, activity_timeout: Duration) -> Self {
        Self {
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
    pub(crate) fn received(&mut self, now: Instant) {
        self.last_received = now;
        self.pong_deadline = None;
    }

    /// The answer to a ping has come.
    pub(crate) fn pong_received(&mut self, now: Instant) {
        if let Some(sent) = self.ping_sent.take() {
            self.round_trip = Some(now.saturating_duration_since(sent));
        }
    }

    pub(crate) fn sent(&mut self, now: Instant) {
        self.last_sent = now;
    }

    pub(crate) fn ping_sent(&mut self, now: Instant) {
        self.ping_due = false;
        self.ping_sent = Some(now);
        self.sent(now);
    }

    /// Sends a ping at the next opportunity, whatever the timers say. While one is out, another would prove nothing more.
    pub(crate) fn check(&mut self, now: Instant, pong_timeout: Duration) {
        if self.pong_deadline.is_none() {
            self.ping_due = true;
            self.pong_deadline = Some(now + pong_timeout);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do, and whether it will be the end.
    pub(crate) fn deadline(&self) -> (Instant, Verdict) {
        match self.pong_deadline {
            Some(deadline) => (deadline, Verdict::Dead),
            None => (self.last_received.min(self.last_sent) + self.activity_timeout, Verdict::Alive),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, pong_timeout: Duration) -> Verdict {
        match self.deadline() {
            (deadline, _) if now < deadline => Verdict::Alive,
            (_, Verdict::Dead) => Verdict::Dead,
            (_, Verdict::Alive) => {
                self.check(now, pong_timeout);
                Verdict::Alive
            }
        }
    }

    pub(crate) fn last_received(&self) -> Instant {
        self.last_received
    }

    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }
}
