//! The key of an encrypted channel and its renewal.

use crate::encryption::{DecryptError, SharedSecret};
use crate::envelope::Payload;
use crate::time::{Duration, Instant};

/// The key of a channel. It is wiped when it is replaced or dropped; each clone wipes its own copy.
#[derive(Clone)]
pub(crate) struct ChannelKey {
    secret: Option<SharedSecret>,
    renewal: Renewal,
    /// The earliest time for the next renewal: a publisher with a wrong key must not cause a flood of requests.
    renew_after: Instant,
}

/// The renewal of the key after an event could not be decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Renewal {
    None,
    /// A key must be requested from the application.
    Due,
    /// The application has the request.
    Requested,
}

impl ChannelKey {
    pub(crate) const NONE: Self = Self { secret: None, renewal: Renewal::None, renew_after: Instant::ZERO };

    /// Sets the key from an authorization, whose base64 is already validated.
    pub(crate) fn set(&mut self, base64: &str) {
        self.secret.get_or_insert(SharedSecret::new([0; 32])).set_base64(base64);
        self.renewal = Renewal::None;
    }

    /// Decrypts the data of an event in place. A failure that another key may fix starts a renewal. There is one
    /// renewal at a time, and at most one in each `pause`.
    pub(crate) fn decrypt<'f>(
        &mut self,
        now: Instant,
        pause: Duration,
        data: &'f mut [u8],
    ) -> Result<Payload<'f>, DecryptError> {
        let result = self.secret.as_ref().ok_or(DecryptError::NoKey).and_then(|secret| secret.decrypt(data));
        if let Err(DecryptError::NoKey | DecryptError::NotAuthentic) = result
            && now >= self.renew_after
        {
            self.renewal = Renewal::Due;
            self.renew_after = now + pause;
        }
        result
    }

    pub(crate) fn renewal_due(&self) -> bool {
        self.renewal == Renewal::Due
    }

    pub(crate) fn renewal_requested(&self) -> bool {
        self.renewal == Renewal::Requested
    }

    pub(crate) fn set_renewal_requested(&mut self) {
        self.renewal = Renewal::Requested;
    }

    /// Ends a renewal that the application denied; the old key stays.
    pub(crate) fn deny(&mut self) {
        self.renewal = Renewal::None;
    }
}
