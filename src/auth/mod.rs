//! Signatures: everything in this crate that is hashed, in fixed buffers.
//!
//! Nothing here knows of the client or of a connection, so the module serves alone too: on the device that signs for
//! itself, and on the server that signs for others.
//!
//! - [`Credentials`] signs subscriptions and sign-ins with the app's secret, and verifies them.
//! - [`form`] asks an auth server to do it instead.
//! - [`webhook`] verifies and reads what a server tells an application's server.
//! - `rest`, with the feature of that name, signs requests for the HTTP API and reads the answers.
//!
//! A program that uses none of it links no hash. [`Credentials`] add 13 KB to an image for a Cortex-M0 at
//! `opt-level = "s"`, most of it the unrolled compression function of `sha2`, or 4 KB with the compact one, which the
//! final program chooses by `RUSTFLAGS='--cfg sha2_backend="soft" --cfg sha2_backend_soft="compact"'`.

pub mod form;
#[cfg(feature = "rest")]
pub mod rest;
pub mod webhook;

mod credentials;
mod hmac;
mod signature;

pub use credentials::{Credentials, SignError};
pub use signature::{InvalidSignature, Signature};
