//! Every public function of every layer that is built: the proof that none of them can panic.
//!
//! Left out are those that go through serde-json-core, which leaves panic paths: `Payload::parse` and `trigger_value`. Left
//! out is `step_async` too: in every `async fn` the compiler puts a panic for being polled again after its end. What it does
//! is what `step` does, step by step.

#![no_std]
#![no_main]

mod auth;
#[cfg(feature = "driver")]
mod connection;
#[cfg(feature = "encrypted")]
mod encrypted;
mod protocol;
#[cfg(feature = "rest")]
mod rest;
#[cfg(feature = "websocket")]
mod websocket;

/// Holds on to the texts of errors, by the names of their types.
macro_rules! keep_texts {
    ($($($name:ident)::+),* $(,)?) => {
        $(core::hint::black_box::<fn(_, _) -> _>(crate::write_text::<$($name)::+>);)*
    };
}
pub(crate) use keep_texts;

fn write_text<T: core::fmt::Display>(error: &T, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
    error.fmt(f)
}

#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    protocol::keep();
    auth::keep();
    #[cfg(feature = "websocket")]
    websocket::keep();
    #[cfg(feature = "driver")]
    connection::keep();
    #[cfg(feature = "encrypted")]
    encrypted::keep();
    #[cfg(feature = "rest")]
    rest::keep();
}
