//! Published events, and which of them were lost.

use super::world::{Verdict, violation};

/// The events of one channel since its subscription was reported to the application.
#[derive(Default)]
pub struct Ledger {
    /// Whether the client has reported the subscription since the application requested it.
    pub was_subscribed: bool,
    events: Vec<Published>,
}

struct Published {
    number: u64,
    fate: Fate,
}

#[derive(PartialEq)]
enum Fate {
    /// In flight to the client, or to be lost with its link.
    OnLink,
    /// Lost. The gap must have begun by this time of the client's clock.
    Lost(u64),
}

impl Ledger {
    /// Records an event that is published on the current link, or lost because the channel has no subscription.
    pub fn publish(&mut self, number: u64, now: u64, on_link: bool) {
        if self.was_subscribed {
            let fate = if on_link { Fate::OnLink } else { Fate::Lost(now) };
            self.events.push(Published { number, fate });
        }
    }

    /// Records an event that the application received.
    pub fn deliver(&mut self, number: u64) {
        self.events.retain(|event| event.number != number);
    }

    /// Records an event that the client received and the application did not.
    pub fn drop(&mut self, number: u64, now: u64) {
        for event in self.events.iter_mut().filter(|event| event.number == number) {
            event.fate = Fate::Lost(now);
        }
    }

    /// Records the loss of the link, which was last read at `last_read`.
    pub fn lose(&mut self, last_read: u64) {
        for event in self.events.iter_mut().filter(|event| event.fate == Fate::OnLink) {
            event.fate = Fate::Lost(last_read);
        }
    }

    /// Records a reported subscription. The gap must cover every event lost before.
    pub fn report(&mut self, gap_since: Option<u64>) -> Verdict {
        self.was_subscribed = true;
        let mut result = Ok(());
        self.events.retain(|event| {
            let Fate::Lost(at) = event.fate else { return true };
            match gap_since {
                None => {
                    result = violation(
                        "a subscription after a loss reports a gap",
                        format!("event {}, lost by {at}", event.number),
                    )
                }
                Some(since) if since > at => {
                    let particulars = format!("event {} was lost by {at}, the gap begins at {since}", event.number);
                    result = violation("every lost event lies in the gap", particulars);
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
