//! Errors that the server reports: what they say, and which request they answer.

use super::Client;
use super::subscriptions::{back_off, retry_at};
use crate::channel::slots::Slot;
use crate::channel::table::Actual;
use crate::channel::{Channel, SubscriptionFailure, USERS};
use crate::event::{Event, ServerError};
use crate::frame::{Frame, FrameError, fields, json, str_of};
use crate::text;
use crate::trace::trace;

/// The request that an error answers.
enum Subject<'f> {
    /// The subscription of a channel, with its name if the error has it.
    Channel(Channel, Option<&'f str>),
    SignIn,
    /// Something else than the connection: a client event, an unsubscribe, or one of several requests.
    Other,
    /// Perhaps the connection.
    Connection,
}

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// `pusher:error` answers commands and reports everything else, mostly without saying what it is about.
    #[inline(never)] // stack
    pub(super) fn handle_error<'f>(&mut self, frame: &mut Frame<'f>) -> Event<'f> {
        let error = decode_error(frame.take_json());
        trace!("the server reports error {:?}", error.code);
        self.last_error = None;
        match self.subject(frame.channel, error) {
            Subject::SignIn => self.reject_sign_in(error),
            // Pusher's answer to a second subscription on the same connection: it has one, which is what was wanted.
            Subject::Channel(channel, name) if error.message.starts_with("Existing subscription") => {
                self.succeed(channel, name.unwrap_or_default(), None).unwrap_or(Event::Error(error))
            }
            Subject::Channel(channel, name) => self.reject(channel, name, error),
            Subject::Other => Event::Error(error),
            Subject::Connection => {
                // Worth remembering are the codes that would decide about another attempt. 4000 does so as the answer
                // to a handshake without TLS; later it is what sockudo says to commands that it does not understand.
                self.last_error = error.code.filter(|code| matches!(code, 4001..=4299));
                Event::Error(error)
            }
        }
    }

    /// `pusher:subscription_error` names its channel (soketi; pusher-fake calls it `pusher_internal:`).
    pub(super) fn handle_subscription_error<'f>(
        &mut self,
        frame: &mut Frame<'f>,
    ) -> Result<Option<Event<'f>>, FrameError> {
        let name = frame.channel.ok_or(FrameError::MissingData)?;
        // Of an active channel it means that the success before it was perhaps not the last answer.
        let expects = |slot: &Slot<NAME>| slot.subscription.in_flight().is_open() || slot.actual() == Actual::Active;
        let Some((channel, _)) = self.slots.named(name.as_bytes()).filter(|(_, slot)| expects(slot)) else {
            return Ok(Some(Event::other(frame)));
        };
        let error = decode_coded(frame.take_json(), ["status", "error"]);
        Ok(Some(self.reject(channel, Some(name), error)))
    }

    /// Finds the request that an error answers: the one that it names, else the only one in flight.
    fn subject<'f>(&mut self, name: Option<&'f str>, error: ServerError<'f>) -> Subject<'f> {
        let message = error.message;
        let says = |words: &str| text::behind(message, words).is_some();
        if let Some(name) = name {
            return self.channel_in_flight(name.as_bytes()).unwrap_or(Subject::Other);
        }
        // Pusher's answer to an unsubscribe: "No current subscription to channel X, or subscription in progress".
        if says("No current subscription") {
            return Subject::Other;
        }
        if let Some(subject) = self.named_in(message) {
            return subject;
        }
        // Faults of the connection as a whole, refused client events (4301), a watchlist that is too long (4302).
        if let Some(4001..=4008 | 4200..=4299 | 4301 | 4302) = error.code {
            return Subject::Connection;
        }
        let about_channel = says("hannel") || says("ubscription");
        let about_user = says("signin") || says("user_data") || says("data.user");
        if USERS && (about_user || !about_channel && (says("user") || says("Connection not authorized"))) {
            return if self.user.awaits_answer() { Subject::SignIn } else { Subject::Connection };
        }
        // sockudo says 4000 to everything that it cannot read, such as the channel data of a subscription.
        if error.code == Some(4000) && !about_channel {
            return Subject::Connection;
        }
        self.only_one_in_flight(about_channel)
    }

    /// Finds the channel or the sign-in that the text of an error names.
    ///
    /// "Existing subscription to channel X", "Auth info required to subscribe to X",
    /// "Invalid signature: Expected HMAC SHA256 hex digest of SOCKET_ID:CHANNEL[:channel_data], but got ..".
    fn named_in<'f>(&mut self, message: &'f str) -> Option<Subject<'f>> {
        if let Some(signed) = text::behind(message, "digest of ").and_then(|rest| text::behind(rest, ":")) {
            // A sign-in signs SOCKET_ID::user::USER_DATA. What follows the name of a channel is the application's.
            let is_user = USERS && signed.starts_with(":user:") && self.user.awaits_answer();
            let channel = self.channel_in_flight(first_name(signed));
            return Some(if is_user { Subject::SignIn } else { channel.unwrap_or(Subject::Other) });
        }
        for marker in ["subscription to channel ", "subscribe to ", "channel "] {
            let Some(name) = text::behind(message, marker).map(first_name) else { continue };
            // The word that follows need not be a name, unless the sentence says so.
            if let Some(subject) = self.channel_in_flight(name) {
                return Some(subject);
            }
            if marker.len() > "subscribe to ".len() {
                return Some(Subject::Other);
            }
        }
        // Any other sentence with the name of a channel that is not public, up to what it may quote from a request.
        let quoted = message.bytes().position(|byte| matches!(byte, b'{' | b'[')).unwrap_or(message.len());
        let message = message.get(..quoted)?;
        for prefix in ["private-", "presence-"] {
            let Some(rest) = text::behind(message, prefix) else { continue };
            let start = message.len().saturating_sub(rest.len()).saturating_sub(prefix.len());
            let name = message.get(start..).map(first_name).unwrap_or_default();
            return Some(self.channel_in_flight(name).unwrap_or(Subject::Other));
        }
        None
    }

    /// Finds the channel with the name that `text` is, perhaps with the end of a sentence behind it. A channel that
    /// expects no answer is the subject of nothing.
    fn channel_in_flight<'f>(&mut self, mut text: &'f [u8]) -> Option<Subject<'f>> {
        loop {
            if let Some((channel, slot)) = self.slots.named(text) {
                let is_open = slot.subscription.in_flight().is_open();
                return Some(if is_open { Subject::Channel(channel, Some(str_of(text))) } else { Subject::Other });
            }
            // `,` and `.` may end a channel's name, and may end a part of the sentence. The longest name has 255 bytes.
            let [shorter @ .., b',' | b'.'] = text else { return None };
            if text.len() > 256 {
                return None;
            }
            text = shorter;
        }
    }

    /// Takes an error that names nothing for the answer to the only request in flight. If an unsubscribe followed that
    /// request, it is left open: a success that comes later must not count for a later request.
    fn only_one_in_flight<'f>(&self, about_channel: bool) -> Subject<'f> {
        let mut subject = Subject::Connection;
        if !about_channel && self.user.awaits_answer() {
            subject = Subject::SignIn;
        }
        for (channel, slot) in self.slots.iter() {
            let in_flight = slot.subscription.in_flight();
            if in_flight.is_open() {
                let is_only = matches!(subject, Subject::Connection) && in_flight.is_certain();
                subject = if is_only { Subject::Channel(channel, None) } else { Subject::Other };
            }
        }
        if self.slots.has_forgotten() { Subject::Other } else { subject }
    }

    /// The server refuses a subscription. It is only an error to the application if that does not want the channel, or if
    /// another request for it is unanswered or has succeeded.
    fn reject<'f>(&mut self, channel: Channel, channel_name: Option<&'f str>, error: ServerError<'f>) -> Event<'f> {
        let (now, retries) = (self.clock.tick(), self.config.subscription_retries);
        let Some(slot) = self.slots.at_mut(channel.slot.into()) else { return Event::Error(error) };
        trace!("channel {}: refused with {:?}", slot.name(), error.code);
        let active_since = (slot.actual() == Actual::Active).then_some(slot.subscription.deadline);
        let is_changed = slot.update(|subscription| {
            let is_changed = subscription.refused(SubscriptionFailure::Rejected(error.code), retries);
            back_off(subscription, now);
            is_changed
        });
        if !is_changed || slot.is_internal() || !slot.is_desired() {
            return Event::Error(error);
        }
        if let Some(since) = active_since {
            slot.open_gap(self.clock.instant(since));
        }
        let retry_at = retry_at(&slot.subscription, &self.clock);
        Event::SubscriptionFailed { channel, channel_name, error, retry_at }
    }
}

/// The bytes at the beginning of `text` that may be the name of a channel.
fn first_name(text: &str) -> &[u8] {
    let is_end = |byte: &u8| !matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'-' | b'=' | b'@' | b',' | b'.' | b';');
    text.as_bytes().split(is_end).next().unwrap_or_default()
}

/// `{"code": n, "message": ".."}`, as an object, or as a string (Reverb).
#[inline(never)] // size
pub(super) fn decode_error(data: &mut [u8]) -> ServerError<'_> {
    decode_coded(data, ["code", "message"])
}

/// A code and a text out of an object; a string that is no object is the text.
fn decode_coded<'f>(json: &'f mut [u8], names: [&str; 2]) -> ServerError<'f> {
    if !json::is_object(json) {
        return ServerError { code: None, message: str_of(json) };
    }
    let [code, message] = fields(json, names);
    let code = code.number().and_then(|code| code.try_into().ok());
    ServerError { code, message: message.text().unwrap_or_default() }
}
