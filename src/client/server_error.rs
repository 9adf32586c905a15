//! Errors that the server reports: their decoding, and the request each one answers.

use super::Client;
use super::subscriptions::{back_off, retry_at};
use crate::channel::slots::Slot;
use crate::channel::table::Actual;
use crate::channel::{Channel, SubscriptionFailure, USERS, leading_name};
use crate::envelope::{Envelope, EnvelopeError, fields, json, str_of};
use crate::event::{Event, ServerError};
use crate::text;
use crate::time::{Duration, Instant};
use crate::trace::trace;

// Words in the text of an error, without a first letter that may be a capital.

/// The error answers no pending request: "No current subscription to channel X, or subscription in progress", "Invalid
/// client event", both Pusher's. No channel name contains a space.
const OTHER_WORDS: [&str; 3] = ["No current subscription", " unsubscribe ", "lient event "];
/// The error concerns a channel.
const CHANNEL_WORDS: [&str; 2] = ["hannel", "ubscription"];
/// The error concerns a sign-in.
const SIGN_IN_WORDS: [&str; 3] = ["signin", "user_data", "data.user"];
/// The error concerns a sign-in if it does not concern a channel.
const USER_WORDS: [&str; 2] = ["user", "Connection not authorized"];

/// The request that an error answers.
enum Subject<'f> {
    /// The subscription of a channel, with its name if the error has it.
    Channel(Channel, Option<&'f str>),
    SignIn,
    /// A client event, an unsubscribe, or one of several requests.
    Other,
    /// The connection, or unknown.
    Connection,
}

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// Handles `pusher:error`, which answers commands and reports everything else, mostly without naming its subject.
    #[inline(never)] // stack
    pub(super) fn handle_error<'f>(&mut self, envelope: &mut Envelope<'f>) -> Event<'f> {
        let error = decode_error(envelope);
        trace!("the server reports error {:?}", error.code);
        self.last_error = None;
        match self.subject(envelope.channel, error) {
            Subject::SignIn => self.reject_sign_in(error),
            // Pusher's answer to a second subscription on the same connection: the channel is subscribed, as wanted.
            Subject::Channel(channel, name) if error.message.starts_with("Existing subscription") => {
                self.succeed(channel, name.unwrap_or_default(), None).unwrap_or(Event::Error(error))
            }
            Subject::Channel(channel, name) => self.reject(channel, name, error),
            Subject::Other => Event::Error(error),
            Subject::Connection => {
                // Only codes that would decide about another attempt are remembered. 4000 does so as the answer to a
                // handshake without TLS. Later, sockudo sends it for commands that it does not understand.
                self.last_error = error.code.filter(|code| matches!(code, 4001..=4299));
                Event::Error(error)
            }
        }
    }

    /// Handles `pusher:subscription_error`, which names its channel (soketi; pusher-fake calls it `pusher_internal:`).
    #[inline(never)] // size
    pub(super) fn handle_subscription_error<'f>(
        &mut self,
        envelope: &mut Envelope<'f>,
    ) -> Result<Option<Event<'f>>, EnvelopeError> {
        let name = envelope.channel.ok_or(EnvelopeError::MissingData)?;
        // On an active channel the error means that the success before it may not have been the last answer.
        let expects = |slot: &Slot<NAME>| slot.subscription.in_flight().is_open() || slot.actual() == Actual::Active;
        let Some((channel, _)) = self.slots.named(name.as_bytes()).filter(|(_, slot)| expects(slot)) else {
            return Ok(Some(Event::other(envelope)));
        };
        let error = decode_coded(envelope.take_json(), ["status", "error"]);
        Ok(Some(self.reject(channel, Some(name), error)))
    }

    /// Finds the request that an error answers: the one it names, or else the only one in flight.
    fn subject<'f>(&mut self, name: Option<&'f str>, error: ServerError<'f>) -> Subject<'f> {
        let message = error.message.as_bytes();
        if name.is_none() && contains_any(message, &OTHER_WORDS) {
            return Subject::Other;
        }
        // A sign-in signs SOCKET_ID::user::USER_DATA.
        if USERS
            && name.is_none()
            && self.user.awaits_answer()
            && signed(message).is_some_and(|it| it.starts_with(b":user:"))
        {
            return Subject::SignIn;
        }
        if let Some(name) = name.map(str::as_bytes).or_else(|| self.named_in(message)) {
            let name = self.known(name).unwrap_or_default();
            return match self.slots.named(name) {
                Some((channel, slot)) if slot.subscription.in_flight().is_open() => {
                    Subject::Channel(channel, Some(str_of(name)))
                }
                _ => Subject::Other,
            };
        }
        // Errors of the whole connection, refused client events (4301), a watchlist that is too long (4302).
        if let Some(4001..=4008 | 4200..=4299 | 4301 | 4302) = error.code {
            return Subject::Connection;
        }
        let about_channel = contains_any(message, &CHANNEL_WORDS);
        if USERS && (contains_any(message, &SIGN_IN_WORDS) || !about_channel && contains_any(message, &USER_WORDS)) {
            return if self.user.awaits_answer() { Subject::SignIn } else { Subject::Connection };
        }
        // sockudo answers 4000 to everything that it cannot parse, such as the channel data of a subscription.
        if error.code == Some(4000) && !about_channel {
            return Subject::Connection;
        }
        match self.only_one_in_flight(about_channel) {
            Subject::Channel(channel, _) => {
                // The error may mention a public channel, in the wording of an unknown server.
                if let Some((mentioned, name)) = self.mentioned_in(message) {
                    return if mentioned == channel { Subject::Channel(channel, Some(name)) } else { Subject::Other };
                }
                // The attribution is a guess: the server may confirm the subscription after its slot is freed.
                self.slots.note_forgotten();
                Subject::Channel(channel, None)
            }
            subject => subject,
        }
    }

    /// Finds a channel name in the text of an error. The result may include the end of the sentence, or may be any word
    /// that stands in the place of a name.
    ///
    /// "Existing subscription to channel X", "Auth info required to subscribe to X",
    /// "Invalid signature: Expected HMAC SHA256 hex digest of SOCKET_ID:CHANNEL[:channel_data], but got ..".
    fn named_in<'f>(&self, message: &'f [u8]) -> Option<&'f [u8]> {
        // What follows the channel name is the application's data.
        if let Some(signed) = signed(message) {
            return Some(first_name(signed));
        }
        // Text quoted from a request names no channel.
        let quoted = message.iter().position(|byte| matches!(byte, b'{' | b'[')).unwrap_or(message.len());
        let message = message.get(..quoted)?;
        // "X: no such subscription"
        let name = first_name(message);
        if message.get(name.len()) == Some(&b':') && self.known(name).is_some() {
            return Some(name);
        }
        for marker in &["subscription to channel ", "subscribe to ", "channel "] {
            let mut rest = message;
            while let Some(after) = text::after(rest, marker) {
                rest = after;
                let name = first_name(after);
                // The next word may not be a channel name, unless the wording is specific.
                if marker.len() > "subscribe to ".len() || self.known(name).is_some() {
                    return Some(name);
                }
            }
        }
        // Any other sentence that contains the name of a channel that is not public.
        let mut rest = message;
        while !rest.is_empty() {
            let name = first_name(rest);
            if name.starts_with(b"private-") || name.starts_with(b"presence-") {
                return Some(name);
            }
            rest = rest.get(name.len().wrapping_add(1)..).unwrap_or_default();
        }
        None
    }

    /// Finds the first word of an error that names a channel of this client. The number of words examined is limited.
    fn mentioned_in<'f>(&self, message: &'f [u8]) -> Option<(Channel, &'f str)> {
        message.split(|&byte| byte == b' ').take(32).find_map(|word| {
            let name = self.known(first_name(word))?;
            self.slots.named(name).map(|(channel, _)| (channel, str_of(name)))
        })
    }

    /// Finds the channel of this client that `text` names. The end of a sentence may follow the name.
    fn known<'f>(&self, mut text: &'f [u8]) -> Option<&'f [u8]> {
        while self.slots.named(text).is_none() {
            // `,` and `.` may end a channel name or a part of the sentence. The longest name has 255 bytes.
            let [shorter @ .., b',' | b'.'] = text else { return None };
            if text.len() > 256 {
                return None;
            }
            text = shorter;
        }
        Some(text)
    }

    /// Attributes an error without a name to the only request in flight. If an unsubscribe followed that request, the
    /// request stays open: a later success must not count for a later request.
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
        subject
    }

    /// Handles a refused subscription. Reports a general error if the channel is not wanted, or if another request for
    /// it is pending or has succeeded.
    fn reject<'f>(&mut self, channel: Channel, channel_name: Option<&'f str>, error: ServerError<'f>) -> Event<'f> {
        let (now, retries) = (self.clock.tick(), self.config.subscription_retries);
        let (clock_now, stable_after) = (self.clock.now(), self.config.reconnect.stable_after);
        let Some(slot) = self.slots.at_mut(channel.slot.into()) else { return Event::Error(error) };
        trace!("channel {}: refused with {:?}", slot.name(), error.code);
        let was_active = slot.actual() == Actual::Active;
        if was_active && is_stable(clock_now, slot.active_since(), stable_after) {
            slot.subscription.reset_failures();
        }
        let is_changed = slot.update(|subscription| {
            let is_changed = subscription.refused(SubscriptionFailure::Rejected(error.code), retries);
            back_off(subscription, now);
            is_changed
        });
        if !is_changed || slot.is_internal() || !slot.is_desired() {
            return Event::Error(error);
        }
        if was_active {
            slot.doubt();
        }
        let retry_at = retry_at(&slot.subscription, &self.clock);
        Event::SubscriptionFailed { channel, channel_name: channel_name.unwrap_or_default(), error, retry_at }
    }
}

/// Returns whether a channel that became active at `since` has been stable for long enough.
fn is_stable(now: Instant, since: Instant, stable_after: Duration) -> bool {
    now.saturating_duration_since(since) >= stable_after
}

/// Returns the leading bytes of `text`, after a quotation mark if there is one, that may form a channel name.
fn first_name(text: &[u8]) -> &[u8] {
    let ([b'\'' | b'"' | b'`', text @ ..] | text) = text;
    leading_name(text)
}

/// Returns whether `message` contains any of `words`.
fn contains_any(message: &[u8], words: &[&str]) -> bool {
    words.iter().any(|words| text::after(message, words).is_some())
}

/// Returns the signed text, without the socket id, that a server quotes when a signature is wrong.
fn signed(message: &[u8]) -> Option<&[u8]> {
    text::after(message, "digest of ").and_then(|rest| text::after(rest, ":"))
}

/// Decodes `{"code": n, "message": ".."}` from `data`, as an object or as a string (Reverb), or from beside it
/// (rusher).
pub(super) fn decode_error<'f>(envelope: &mut Envelope<'f>) -> ServerError<'f> {
    let mut error = decode_coded(envelope.take_json(), ["code", "message"]);
    error.code = error.code.or(envelope.code);
    error
}

/// Decodes a code and a text from an object; a string that is not an object becomes the text.
fn decode_coded<'f>(json: &'f mut [u8], names: [&str; 2]) -> ServerError<'f> {
    if !json::is_object(json) {
        return ServerError { code: None, message: str_of(json) };
    }
    let [code, message] = fields(json, names);
    ServerError { code: code.code(), message: message.text().unwrap_or_default() }
}
