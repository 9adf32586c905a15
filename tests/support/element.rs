//! The authorizer of the guide's section on secure elements.

use pusher_proto::auth::{Signature, TextToSign};
use pusher_proto::connection::{Answer, Authorizer, SignInRequest, SubscriptionRequest, UserAnswer};

/// The longest text of one command, in bytes.
pub const BLOCK: usize = 64;

/// The commands of a secure element that computes an HMAC-SHA-256.
pub trait Element {
    /// Starts the code of a text. Discards a text in progress.
    fn start(&mut self) -> Option<()>;
    /// Adds 1 to 64 bytes to the text.
    fn update(&mut self, block: &[u8]) -> Option<()>;
    /// Returns the code of the text.
    fn finish(&mut self) -> Option<[u8; 32]>;
}

/// An authorizer that has the secret in an element.
pub struct SecureElement<E> {
    pub key: &'static str,
    pub element: E,
}

impl<E: Element> SecureElement<E> {
    pub fn sign(&mut self, mut text: TextToSign<'_>) -> Option<Signature> {
        let mut block = [0; BLOCK];
        self.element.start()?;
        loop {
            match text.read(&mut block) {
                0 => return Some(Signature::from_bytes(&self.element.finish()?)),
                length => self.element.update(&block[..length])?,
            }
        }
    }
}

impl<E: Element> Authorizer for SecureElement<E> {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        match request.text_to_sign().map(|text| self.sign(text)) {
            Ok(Some(signature)) => Answer::Signature { key: self.key, signature },
            Ok(None) => Answer::Failed(503), // the client tries again later
            Err(_) => Answer::Deny,
        }
    }

    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        match request.text_to_sign().map(|text| self.sign(text)) {
            Ok(Some(signature)) => UserAnswer::Signature { key: self.key, signature },
            Ok(None) => UserAnswer::Failed(503),
            Err(_) => UserAnswer::Deny,
        }
    }
}
