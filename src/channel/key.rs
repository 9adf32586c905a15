//! The key of an encrypted channel, and when to ask for another.

use crate::encryption::{DecryptError, SharedSecret};
use crate::envelope::Payload;
use crate::time::{Duration, Instant};

/// Wiped when it is replaced or dropped, each clone by itself.
#[derive(Clone)]
pub(crate) struct ChannelKey {
    secret: Option<SharedSecret>,
    renewal: Renewal,
    /// Before then no other renewal begins: a publisher with a wrong key must not set off a storm of requests.
    renew_after: Instant,
}

/// Getting a new key after an event could not be decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Renewal {
    None,
    /// The application has to be asked.
    Due,
    /// It was.
    Asked,
}

impl ChannelKey {
    pub(crate) const NONE: Self = Self { secret: None, renewal: Renewal::None, renew_after: Instant::ZERO };

    /// Takes the key of an authorization, which is known to be one in base64.
    pub(crate) fn set(&mut self, base64: &str) {
        self.secret.get_or_insert(SharedSecret::new([0; 32])).set_base64(base64);
        self.renewal = Renewal::None;
    }

    /// Decrypts the data of an event in place. A failure that another key may mend leads to a renewal, of which there is
    /// one at a time, and at most one in each `pause`.
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

    pub(crate) fn renewal_asked(&self) -> bool {
        self.renewal == Renewal::Asked
    }

    pub(crate) fn ask(&mut self) {
        self.renewal = Renewal::Asked;
    }

    /// The application refuses; the key there is stays.
    pub(crate) fn deny(&mut self) {
        self.renewal = Renewal::None;
    }
}
