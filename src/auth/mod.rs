//! Signatures: all hashing of this crate, in fixed buffers.
//!
//! | file | contents |
//! |---|---|
//! | `credentials.rs` | an app's key and secret, and the signatures made with them |
//! | `signature.rs` | a signature: 64 hexadecimal digits |
//! | `text.rs` | the texts to sign, also for a secure element |
//! | `form.rs` | request forms for an auth server |
//! | `webhook.rs` | webhooks: signatures and events |
//! | `rest/` | signed requests for the HTTP API, and its replies |
//! | `hmac.rs` | HMAC-SHA-256 in pieces |
//! | `error.rs` | the error of signing |
//!
//! This module does not depend on the client or a connection, so it can be used alone. A device can sign for itself,
//! and a server for others.
//!
//! - [`Credentials`] signs subscriptions and sign-ins with the app's secret, and verifies them.
//! - [`TextToSign`] is the text for a secure element that holds the secret and signs instead.
//! - [`form`] writes the requests to an auth server that signs instead.
//! - [`webhook`] verifies and decodes the webhooks that a server sends to an application's server.
//! - `rest`, with the feature of that name, signs requests for the HTTP API and decodes the responses.
//!
//! A program that uses none of it links no hash function. [`Credentials`] add 13 KB to an image for a Cortex-M0 at
//! `opt-level = "s"`, most of it the unrolled compression function of `sha2`. With the compact one it is 4 KB; the
//! final program selects it with `RUSTFLAGS='--cfg sha2_backend="soft" --cfg sha2_backend_soft="compact"'`.

pub mod form;
#[cfg(feature = "rest")]
pub mod rest;
pub mod webhook;

mod credentials;
mod error;
mod hmac;
mod signature;
pub(crate) mod text;

pub use credentials::Credentials;
pub use error::SignError;
pub use signature::{InvalidSignature, Signature};
pub use text::TextToSign;
