//! Published events, and which of them were lost.

use super::world::{Verdict, violation};

/// The events of one channel since the application heard of its subscription.
#[derive(Default)]
pub struct Ledger {
    /// Whether the client has reported the subscription since the application asked for it.
    pub was_subscribed: bool,
    events: Vec<Published>,
}

struct Published {
    number: u64,
    fate: Fate,
}

#[derive(PartialEq)]
enum Fate {
    /// It is on the way to the client, or will be lost with its link.
    OnLink,
    /// It was lost. The gap must have begun by this time of the client's clock.
    Lost(u64),
}

impl Ledger {
    /// An event is published on the present link, or is lost because the server is not asked for it on any.
    pub fn publish(&mut self, number: u64, now: u64, on_link: bool) {
        if self.was_subscribed {
            let fate = if on_link { Fate::OnLink } else { Fate::Lost(now) };
            self.events.push(Published { number, fate });
        }
    }

    /// An event has come to the application.
    pub fn deliver(&mut self, number: u64) {
        self.events.retain(|event| event.number != number);
    }

    /// An event has come to the client and not to the application.
    pub fn drop(&mut self, number: u64, now: u64) {
        for event in self.events.iter_mut().filter(|event| event.number == number) {
            event.fate = Fate::Lost(now);
        }
    }

    /// The link is gone, from which something was last read at `last_read`.
    pub fn lose(&mut self, last_read: u64) {
        for event in self.events.iter_mut().filter(|event| event.fate == Fate::OnLink) {
            event.fate = Fate::Lost(last_read);
        }
    }

    /// The client reports a subscription. Everything lost before must lie in the gap.
    pub fn report(&mut self, gap_since: Option<u64>) -> Verdict {
        self.was_subscribed = true;
        let mut result = Ok(());
        self.events.retain(|event| {
            let Fate::Lost(at) = event.fate else { return true };
            match gap_since {
                None => {
                    result = violation("what was lost is reported", format!("event {}, lost by {at}", event.number))
                }
                Some(since) if since > at => {
                    let particulars = format!("event {} was lost by {at}, the gap begins at {since}", event.number);
                    result = violation("what was lost lies in the gap", particulars);
                }
                _ => {}
            }
            false
        });
        result
    }

    /// Returns an event that was neither delivered nor reported as lost.
    pub fn missing(&self) -> Option<u64> {
        self.events.first().map(|event| event.number)
    }
}
