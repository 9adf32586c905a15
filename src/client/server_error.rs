//! Errors that the server reports: what they say, and which subscription they are about.

use super::Client;
use super::receive::other;
use crate::channel::table::Actual;
use crate::channel::{Channel, SubscriptionFailure};
use crate::event::{Event, ServerError};
use crate::frame::{Frame, FrameError, fields, json, str_of};
use crate::text;
use crate::trace::trace;

impl<const CHANNELS: usize, const NAME: usize> Client<CHANNELS, NAME> {
    /// `pusher:error` answers commands and reports everything else, mostly without saying what it is about.
    #[inline(never)] // or other events would pay for its stack
    pub(super) fn handle_error<'f>(&mut self, frame: &mut Frame<'f>) -> Event<'f> {
        let error = decode_error(frame.take_json());
        trace!("the server reports error {:?}", error.code);
        if self.answers_sign_in(frame.channel, error) {
            return self.reject_sign_in(error);
        }
        if let Some(event) = self.handle_answer(frame.channel, error) {
            return event;
        }
        // Worth remembering are the codes that would decide about another attempt. 4000 does so as the answer to a
        // handshake without TLS; later it is what sockudo says to commands that it does not understand.
        self.last_error = error.code.filter(|code| matches!(code, 4001..=4299));
        Event::Error(error)
    }

    /// `pusher:subscription_error` names its channel (soketi; pusher-fake calls it `pusher_internal:`).
    pub(super) fn handle_subscription_error<'f>(
        &mut self,
        frame: &mut Frame<'f>,
    ) -> Result<Option<Event<'f>>, FrameError> {
        let name = frame.channel.ok_or(FrameError::MissingData)?;
        let Some(channel) = self.pending(name) else { return Ok(Some(other(frame))) };
        let error = decode_coded(frame.take_json(), ["status", "error"]);
        Ok(self.reject(channel, Some(name), error))
    }

    /// Whether an error refuses to sign the user in. No server says so in as many words, but all use 4009 for it, and only
    /// a subscription under way can be meant by that too.
    fn answers_sign_in(&self, name: Option<&str>, error: ServerError<'_>) -> bool {
        if self.user.actual() != Actual::Pending || name.is_some() || error.code != Some(4009) {
            return false;
        }
        // sockudo's words for a channel are "Channel requires authentication" and "signature required for this channel".
        let says = |word| text::behind(error.message, word).is_some();
        let names_it = says("signin") || says("user") || says("Connection not authorized");
        names_it && !says("hannel") || !self.slots.iter().any(|(_, slot)| slot.actual() == Actual::Pending)
    }

    /// Takes the error as the answer to a subscription, if it is one that the application still wants to hear.
    fn handle_answer<'f>(&mut self, name: Option<&'f str>, error: ServerError<'f>) -> Option<Event<'f>> {
        let (channel, name) = self.attribute(name, error)?;
        // Pusher's answer to a second subscription on the same connection: it has one, which is what was wanted.
        if error.message.starts_with("Existing subscription") {
            return self.succeed(channel, name.unwrap_or_default(), &mut []);
        }
        self.reject(channel, name, error)
    }

    /// Which subscription an error answers, and its name if the error has it: the channel it names, else the one that is
    /// named in its text, else the only one that waits for an answer.
    fn attribute<'f>(&mut self, name: Option<&'f str>, error: ServerError<'f>) -> Option<(Channel, Option<&'f str>)> {
        // Refused client events (4301) carry a channel too (soketi), and 4302 is about a watchlist.
        if let Some(4301 | 4302) = error.code {
            return None;
        }
        if let Some(name) = name {
            return Some((self.pending(name)?, Some(name)));
        }
        // "Existing subscription to channel X", "Auth info required to subscribe to X",
        // "Invalid signature: Expected HMAC SHA256 hex digest of SOCKETID:CHANNEL[:channel_data], but got ..".
        for &(marker, skipped) in &[("channel ", ""), ("subscribe to ", ""), ("digest of ", ":")] {
            let Some(rest) = text::behind(error.message, marker) else { continue };
            let rest = text::behind(rest, skipped).unwrap_or(rest).as_bytes();
            let mut name = rest.split(|byte| matches!(byte, b' ' | b':' | b'"')).next().unwrap_or_default();
            loop {
                if let Some((channel, slot)) = self.slots.named(name) {
                    return (slot.actual() == Actual::Pending).then_some((channel, Some(str_of(name))));
                }
                // `,` and `.` may end a channel's name, and may end a part of the sentence.
                let [shorter @ .., b',' | b'.'] = name else { break };
                name = shorter;
            }
        }
        // "Existing subscription to channel X" and "No current subscription to channel X" are about no other channel.
        let says = |word| text::behind(error.message, word).is_some();
        if says("subscription to channel ") {
            return None;
        }
        // Faults of the connection as a whole are no answers. But sockudo says 4000 to everything that it cannot read,
        // such as the channel data of a subscription.
        match error.code {
            Some(4000) if says("channel") || says("subscription") => {}
            Some(4000..=4008 | 4200..=4299) => return None,
            _ => {}
        }
        let mut only = None;
        for (channel, _) in self.slots.iter().filter(|(_, slot)| slot.actual() == Actual::Pending) {
            if only.replace(channel).is_some() {
                return None;
            }
        }
        only.map(|channel| (channel, None))
    }

    /// The channel called `name`, if the server has yet to answer its subscription.
    fn pending(&mut self, name: &str) -> Option<Channel> {
        self.slots
            .named(name.as_bytes())
            .filter(|(_, slot)| slot.actual() == Actual::Pending)
            .map(|(channel, _)| channel)
    }

    /// The server refuses a subscription; there is an event if the application still wants it.
    fn reject<'f>(
        &mut self,
        channel: Channel,
        channel_name: Option<&'f str>,
        error: ServerError<'f>,
    ) -> Option<Event<'f>> {
        let wanted = self.slots.get(channel).is_some_and(|slot| !slot.is_internal());
        let retry_at = self.fail(channel, SubscriptionFailure::Rejected(error.code));
        wanted.then_some(Event::SubscriptionFailed { channel, channel_name, error, retry_at })
    }
}

/// `{"code": n, "message": ".."}`, as an object, or as a string (Reverb).
#[inline(never)] // for one copy of it in an image
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
