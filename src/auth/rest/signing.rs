//! Who signs a request: the credentials, or a secure element after it is written.

use super::super::credentials::Signer;
use super::super::{Credentials, Signature};

/// What an [`Api`](super::Api) signs with: [`Credentials`], or nothing but the app's key, a `str`.
///
/// Generic, so that a program without [`Credentials`] links no hash function for signatures.
pub(in super::super) trait Signing {
    /// A signature in progress.
    type Sign: Sign;

    /// Returns the app's key.
    fn key(&self) -> &str;

    /// Starts a signature.
    fn start(&self) -> Self::Sign;
}

/// A signature in progress.
pub(in super::super) trait Sign {
    fn update(&mut self, piece: &[u8]);
    fn finish(&mut self) -> Option<Signature>;
}

impl Signing for Credentials<'_> {
    type Sign = Signer;

    fn key(&self) -> &str {
        Credentials::key(self)
    }

    fn start(&self) -> Signer {
        Credentials::start(self)
    }
}

impl Sign for Signer {
    fn update(&mut self, piece: &[u8]) {
        Signer::update(self, piece);
    }

    fn finish(&mut self) -> Option<Signature> {
        Some(Signer::finish(self))
    }
}

impl Signing for str {
    type Sign = ();

    fn key(&self) -> &str {
        self
    }

    fn start(&self) {}
}

impl Sign for () {
    fn update(&mut self, _: &[u8]) {}

    fn finish(&mut self) -> Option<Signature> {
        None
    }
}
