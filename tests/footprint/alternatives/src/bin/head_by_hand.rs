//! Parsing of a complete handshake response, by the library.

#![no_std]
#![no_main]

#[path = "../../../../../src/websocket/accept.rs"]
mod accept;
#[path = "../../../../../src/websocket/handshake.rs"]
mod handshake;
#[path = "../../../../../src/websocket/head.rs"]
mod head;
#[path = "../../../../../src/output.rs"]
mod output;
#[path = "../../../../../src/percent.rs"]
mod percent;
#[path = "../../../../../src/text.rs"]
mod text;

use handshake::{Handshake, HandshakeError};

type Read = fn(&mut Handshake, &[u8], usize) -> Result<Option<usize>, HandshakeError>;

alternatives::image!(Handshake::read_response => Read);
