//! Checks frames of a server: the messages are independent of fragmentation and agree with tungstenite.

#![cfg(feature = "websocket")]

use std::io::{self, Read, Write};

use arbitrary::{Arbitrary, Unstructured};
use pusher_proto::websocket::{Decoder, Message, ProtocolError};
use tungstenite::protocol::{Role, WebSocketConfig};

use super::super::units::{Bytes, byte, rest};

pub const MAX_LEN: usize = 1024;

/// One byte for the size of the buffer, one for the size of the pieces, then what the server sends.
#[derive(Debug)]
pub struct Input<'a> {
    size: usize,
    piece: usize,
    sent: Bytes<'a>,
}

impl<'a> Arbitrary<'a> for Input<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let (size, piece) = (2 + 2 * usize::from(byte(input)), 1 + usize::from(byte(input)));
        Ok(Self { size, piece, sent: Bytes(rest(input)) })
    }
}

pub fn run(Input { size, piece, sent: Bytes(sent) }: Input<'_>) {
    let (messages, error) = read(sent, size, piece);
    let (one_by_one, same_error) = read(sent, size, 1);
    assert_eq!((&one_by_one, &same_error), (&messages, &error), "cut one by one, and in pieces of {piece}");

    // 1014 was registered after the RFC, and tungstenite does not know it.
    if messages.last().is_some_and(|(first, payload)| *first == 0x88 && payload.starts_with(&1014u16.to_be_bytes())) {
        return;
    }
    let (expected, their_error) = read_with_tungstenite(sent);
    match error {
        None => assert_eq!((&messages, their_error.is_some()), (&expected, false), "{their_error:?}"),
        // The decoder reports a violation at the first wrong byte. tungstenite parses whole frames, may still wait for
        // the rest of this one, and accepts some violations.
        Some(error) => {
            assert!(expected.starts_with(&messages), "{error:?} after {messages:?}, and {expected:?}");
            let lets_it_pass = matches!(
                error,
                ProtocolError::TooBig { .. }
                    | ProtocolError::LengthNotMinimal
                    | ProtocolError::ControlTooLong
                    | ProtocolError::InvalidCloseCode(_)
            );
            assert!(lets_it_pass || expected == messages, "{error:?} after {messages:?}, and {expected:?}");
        }
    }
}

/// Returns the first byte of the frame, and its payload.
type Found = (u8, Vec<u8>);

fn read(mut sent: &[u8], size: usize, piece: usize) -> (Vec<Found>, Option<ProtocolError>) {
    let (mut decoder, mut buffer, mut found) = (Decoder::new(), vec![0; size], Vec::new());
    while !sent.is_empty() {
        let space = decoder.receive_space(&mut buffer);
        assert!(!space.is_empty(), "no space although more bytes are needed");
        let len = space.len().min(piece).min(sent.len());
        space[..len].copy_from_slice(&sent[..len]);
        decoder.handle_received(len);
        sent = &sent[len..];
        loop {
            found.push(match decoder.poll(&mut buffer) {
                Ok(None) => break,
                Ok(Some(Message::Text(text))) => (0x81, std::str::from_utf8(text).unwrap().into()),
                Ok(Some(Message::Binary(bytes))) => (0x82, bytes.to_vec()),
                Ok(Some(Message::Ping(payload))) => (0x89, payload.into()),
                Ok(Some(Message::Pong(payload))) => (0x8a, payload.into()),
                Ok(Some(Message::Close { code, reason })) => (0x88, closing(code.map(|code| code.as_u16()), reason)),
                Ok(Some(other)) => panic!("{other:?}"),
                Err(error) => {
                    assert_eq!(decoder.poll(&mut buffer), Err(error), "the error stays");
                    return (found, Some(error));
                }
            });
        }
    }
    (found, None)
}

fn closing(code: Option<u16>, reason: &str) -> Vec<u8> {
    code.map_or(Vec::new(), |code| [&code.to_be_bytes(), reason.as_bytes()].concat())
}

fn read_with_tungstenite(sent: &[u8]) -> (Vec<Found>, Option<tungstenite::Error>) {
    // Its limits would apply to control frames too.
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(Some(1 << 20));
    let config = config.read_buffer_size(1024);
    let mut socket = tungstenite::WebSocket::from_raw_socket(Receiver(sent), Role::Client, Some(config));
    let mut found = Vec::new();
    loop {
        found.push(match socket.read() {
            Ok(tungstenite::Message::Text(text)) => (0x81, text.as_bytes().to_vec()),
            Ok(tungstenite::Message::Binary(bytes)) => (0x82, bytes.to_vec()),
            Ok(tungstenite::Message::Ping(payload)) => (0x89, payload.to_vec()),
            Ok(tungstenite::Message::Pong(payload)) => (0x8a, payload.to_vec()),
            Ok(tungstenite::Message::Close(frame)) => {
                let payload = frame.map_or(Vec::new(), |frame| closing(Some(frame.code.into()), &frame.reason));
                found.push((0x88, payload));
                return (found, None);
            }
            Ok(other) => panic!("{other:?}"),
            Err(tungstenite::Error::Io(_)) => return (found, None),
            Err(error) => return (found, Some(error)),
        });
    }
}

/// A socket that has received these bytes and no more yet.
struct Receiver<'a>(&'a [u8]);

impl Read for Receiver<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            len => Ok(len),
        }
    }
}

impl Write for Receiver<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
