//! Every public function of every layer in the build, to prove that none of them can panic.
//!
//! Excluded are `Payload::parse` and `trigger_value`, because serde-json-core contains panic paths, and
//! `step_async` and the methods of `io::Pipe`, because the compiler adds a panic to every `async fn` for a poll after
//! completion. The logic of `step_async` is that of `step`.

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

/// Keeps the messages of errors, by the names of their types.
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
