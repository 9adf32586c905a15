//! Client events: events from this client to the other members of a channel.

use serde::Serialize;

use super::{Client, TriggerError};
use crate::channel::slots::Slot;
use crate::channel::table::Actual;
use crate::channel::{Channel, MAX_NAME};
use crate::envelope::serialize::{self, SerializeError};
use crate::envelope::{Payload, json};
use crate::output::Writer;
use crate::time::{Duration, Instant, Tick};

/// The longest event name in bytes (Pusher documentation, "Events").
const MAX_EVENT_NAME: usize = MAX_NAME;
/// The window of [`client_events_per_second`](super::Config::client_events_per_second).
const RATE_WINDOW: Duration = Duration::from_secs(1);

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Writes a client event: an event from this client to the others on a private or presence channel. The caller must
    /// send the returned text: the client counts it as sent.
    ///
    /// `event` must begin with `client-`. [`Payload::Json`] is sent as it is, as servers expect (Reverb accepts objects
    /// and arrays only). [`Payload::Text`] is sent as a JSON string.
    ///
    /// `out` needs 33 bytes plus the names and the data. A text needs 2 more, plus one for each quote and backslash in
    /// it.
    ///
    /// # Errors
    ///
    /// See [`TriggerError`]. Nothing was counted or sent. The data is validated as JSON in `out`, so a buffer that is
    /// too small is reported first.
    pub fn trigger<'o>(
        &mut self,
        now: Instant,
        channel: Channel,
        event: &str,
        data: Payload<'_>,
        out: &'o mut [u8],
    ) -> Result<&'o str, TriggerError> {
        let now = self.clock.advance(now);
        let slot = self.triggered(channel, event)?;
        check_size(data.as_str().len(), self.config.client_event_limit)?;
        let mut writer = Writer::new(out);
        write_head(slot, event, &mut writer);
        if data != Payload::Absent {
            writer.raw(r#","data":"#);
        }
        match data {
            Payload::Absent => {}
            Payload::Json(json) => {
                // Validated in the output buffer, if it fits.
                let written = writer.raw_mut(json);
                if written.is_some_and(|json| !json::is_json(json)) {
                    return Err(TriggerError::NotJson);
                }
            }
            Payload::Text(text) => writer.string(text),
        }
        writer.byte(b'}');
        self.finish_event(now, writer)
    }

    /// Writes a client event whose data is `value`, serialized as JSON directly into `out`. The format is that of
    /// serde_json: byte strings become arrays, numeric keys become text, and NaN becomes `null`. The caller must send
    /// the returned text: the client counts it as sent.
    ///
    /// # Errors
    ///
    /// See [`TriggerError`]. [`NotJson`](TriggerError::NotJson) for values that JSON does not have, such as arrays as
    /// keys, for 128-bit integers, and for more than 64 levels of nesting.
    /// [`ValueTooLarge`](TriggerError::ValueTooLarge) if the value does not fit into `out`. Nothing was counted or
    /// sent.
    pub fn trigger_value<'o, T: Serialize + ?Sized>(
        &mut self,
        now: Instant,
        channel: Channel,
        event: &str,
        value: &T,
        out: &'o mut [u8],
    ) -> Result<&'o str, TriggerError> {
        let now = self.clock.advance(now);
        let slot = self.triggered(channel, event)?;
        let mut writer = Writer::new(out);
        write_head(slot, event, &mut writer);
        writer.raw(r#","data":"#);
        let start = writer.length();
        serialize::write(value, &mut writer).map_err(|error| match error {
            SerializeError::Full => TriggerError::ValueTooLarge,
            SerializeError::NotJson => TriggerError::NotJson,
        })?;
        let json = writer.written_from(start).ok_or(TriggerError::ValueTooLarge)?;
        check_size(json.len(), self.config.client_event_limit)?;
        // A faulty `Serialize` may call its serializer in the wrong order.
        if !json::is_json(json) {
            return Err(TriggerError::NotJson);
        }
        writer.byte(b'}');
        self.finish_event(now, writer)
    }

    /// Returns the slot of a channel on which `event` may be triggered.
    fn triggered(&self, channel: Channel, event: &str) -> Result<&Slot<NAME>, TriggerError> {
        let slot = self.slots.get(channel).ok_or(TriggerError::StaleChannel)?;
        if !slot.kind().allows_client_events() {
            return Err(TriggerError::NotAllowed);
        }
        if !event.starts_with("client-") || event.len() > MAX_EVENT_NAME {
            return Err(TriggerError::InvalidEventName);
        }
        if slot.actual() != Actual::Active {
            return Err(TriggerError::NotSubscribed);
        }
        Ok(slot)
    }

    /// Counts the message, if it may be sent now.
    fn finish_event<'o>(&mut self, now: Tick, writer: Writer<'o>) -> Result<&'o str, TriggerError> {
        let rate = self.config.client_events_per_second;
        let limited = self.pace().and_then(|()| self.client_events.check(now, rate, RATE_WINDOW));
        limited.map_err(|at| TriggerError::RateLimited { retry_at: self.clock.instant(at) })?;
        let text = writer.finish()?;
        self.client_events.count(now, RATE_WINDOW);
        self.message_sent(now);
        Ok(text)
    }
}

fn check_size(size: usize, limit: usize) -> Result<(), TriggerError> {
    if size > limit { Err(TriggerError::DataTooLarge { size, limit }) } else { Ok(()) }
}

fn write_head<const NAME: usize>(slot: &Slot<NAME>, event: &str, writer: &mut Writer<'_>) {
    writer.raw(r#"{"event":"#);
    writer.string(event);
    writer.raw(r#","channel":"#);
    writer.string(slot.name());
}
