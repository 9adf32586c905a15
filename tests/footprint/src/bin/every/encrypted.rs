//! Encrypted channels.

use footprint::{Small, keep};
use pusher_proto::connection::EncryptedCredentials;
use pusher_proto::encryption::{DecryptError, SharedSecret};

use crate::keep_texts;

pub fn keep() {
    keep! {
        Small::rekey(_, _, _, _);
        SharedSecret::new(_);
        SharedSecret::from_base64(_);
        SharedSecret::derive(_, _);
        SharedSecret::as_bytes(_);
        SharedSecret::to_base64(_, _);
        SharedSecret::decrypt(_, _);
        SharedSecret::encrypt(_, _, _, _);
        EncryptedCredentials::new(_, _);
    }
    keep_texts!(DecryptError);
}
