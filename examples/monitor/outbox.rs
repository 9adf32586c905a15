//! Client events that wait until their channel is subscribed.

use std::collections::VecDeque;

use pusher_proto::client::TriggerError;
use pusher_proto::connection::SendError;
use pusher_proto::{Instant, Payload};
use serde_json::json;

use crate::args::ClientEvent;
use crate::print::{Printer, data};
use crate::{Failure, Pusher};

pub struct Outbox<'o> {
    waiting: VecDeque<&'o ClientEvent>,
    printer: Printer,
}

impl<'o> Outbox<'o> {
    pub fn new(events: &'o [ClientEvent], printer: Printer) -> Self {
        Self { waiting: events.iter().collect(), printer }
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Sends the first waiting event, if possible now.
    pub fn send(&mut self, now: Instant, connection: &mut Pusher<'_>) -> Result<(), Failure> {
        let Some(next) = self.waiting.front() else { return Ok(()) };
        let ClientEvent { channel: name, event, data: json } = next;
        let client = connection.client();
        let Some(channel) = client.channels().find(|&channel| client.channel_name(channel) == Some(name)) else {
            return Ok(());
        };
        match connection.trigger(now, channel, event, Payload::Json(json)) {
            Ok(()) => {
                self.waiting.pop_front();
                let fields = json!({ "event": event, "data": data(Payload::Json(json)) });
                Ok(self.printer.line("sent", Some(name), &format!("{event} {json}"), fields)?)
            }
            // Retried in a later round.
            Err(
                SendError::Busy | SendError::Client(TriggerError::NotSubscribed | TriggerError::RateLimited { .. }),
            ) => Ok(()),
            Err(error) => Err(format!("{event} cannot be sent on {name}: {error}").into()),
        }
    }
}
