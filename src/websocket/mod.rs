//! A WebSocket client (RFC 6455) in the caller's buffers, without a socket, a clock or a random source of its own.
//!
//! | file | contents |
//! |---|---|
//! | `session.rs` | `WebSocket`: handshake, frames, answers to pings, close |
//! | `handshake.rs` | the request of the opening handshake, and the server's response |
//! | `head.rs` | splitting the head of an HTTP response |
//! | `accept.rs` | the handshake key and its answer |
//! | `date.rs` | the `Date` of the server's answer |
//! | `decoder.rs` | frames from the server |
//! | `header.rs` | the header of such a frame, and its validation |
//! | `message.rs` | the messages that a decoder returns |
//! | `encoder.rs` | frames for the server |
//! | `close.rs` | close codes and the close handshake, as a table |
//! | `error.rs` | protocol violations by the server |
//!
//! | type | purpose |
//! |---|---|
//! | [`WebSocket`] | one connection from handshake to close; combines the types below |
//! | [`Handshake`] | writes the request of the opening handshake and validates the response |
//! | [`Decoder`] | turns bytes from the server into [`Message`]s |
//! | [`encode_frame`], [`ping`], [`pong`], [`close`] | turn payloads into masked frames for the server |
//! | [`CloseCode`], [`ReadyState`] | the end of a connection |
//!
//! A client has two buffers. The receive buffer must hold the longest message plus one byte, and the head of the
//! server's handshake, some 200 to 500 bytes. The transmit buffer must hold the longest message to send plus
//! [`MAX_HEADER_LEN`] bytes, at least [`MAX_CONTROL_FRAME_LEN`] bytes, and the handshake request. Messages are decoded
//! and masked in place.
//!
//! The client offers no extensions and subprotocols, and sends each message in one frame.
//!
//! ```
//! use pusher_proto::websocket::{MAX_HEADER_LEN, Kind, Message, WebSocket};
//! # use std::io::{Read, Write};
//! # fn random<const N: usize>() -> [u8; N] { [7; N] }
//!
//! /// Sends back what it receives until the server closes.
//! fn echo(mut socket: impl Read + Write) -> Result<(), Box<dyn std::error::Error>> {
//!     let (mut rx, mut tx) = ([0; 512], [0; 512]);
//!     let mut websocket = WebSocket::new(random());
//!     let request = websocket.handshake().write_request("/echo", "example.com", &[], &mut tx)?;
//!     socket.write_all(request.as_bytes())?;
//!     loop {
//!         while let Some(reply) = websocket.poll_reply(random(), &mut tx)? {
//!             socket.write_all(reply)?;
//!         }
//!         match websocket.poll(&mut rx)? {
//!             Some(Message::Text(text)) => {
//!                 let len = text.len();
//!                 tx[MAX_HEADER_LEN..][..len].copy_from_slice(text);
//!                 socket.write_all(websocket.encode_frame(Kind::Text, len, random(), &mut tx)?)?;
//!             }
//!             Some(_) => {} // nothing to do: the reply is due in the next round
//!             None => match socket.read(websocket.receive_space(&mut rx))? {
//!                 0 => return Ok(()),
//!                 len => websocket.handle_received(len),
//!             },
//!         }
//!     }
//! }
//! ```

mod accept;
mod close;
#[cfg(feature = "date")]
mod date;
mod decoder;
mod encoder;
mod error;
mod handshake;
mod head;
mod header;
mod message;
mod session;

pub use close::{CloseCode, ReadyState};
pub use decoder::Decoder;
pub(crate) use encoder::{CONTROL_START, Opcode, frame};
pub use encoder::{Kind, MAX_CONTROL_FRAME_LEN, MAX_HEADER_LEN, close, encode_frame, ping, pong};
pub use error::ProtocolError;
pub use handshake::{Handshake, HandshakeError, RequestError};
pub use message::Message;
pub(crate) use message::{Failed, Ready};
pub use session::{Error, WebSocket, WriteError};
