//! The same, by `httparse` with space for 16 headers.

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

use handshake::HandshakeError;
use httparse::{EMPTY_HEADER, Error, Response, Status};

fn read_response(key: &[u8; 16], mut buffer: &[u8]) -> Result<Option<usize>, HandshakeError> {
    let mut passed = 0usize;
    loop {
        let mut headers = [EMPTY_HEADER; 16];
        let mut response = Response::new(&mut headers);
        let length = match response.parse(buffer) {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) => return Ok(None),
            Err(Error::TooManyHeaders) => return Err(HandshakeError::HeadTooLong { capacity: 16 }),
            Err(_) => return Err(HandshakeError::NotHttp),
        };
        passed = passed.wrapping_add(length);
        match response.code {
            Some(101) => return check(&response, key).map(|()| Some(passed)),
            Some(100..=199) => buffer = buffer.get(length..).unwrap_or_default(),
            status => return Err(HandshakeError::Status(status.unwrap_or(0))),
        }
    }
}

fn check(response: &Response<'_, '_>, key: &[u8; 16]) -> Result<(), HandshakeError> {
    let (mut upgrade, mut connection, mut accepted) = (None, false, None);
    for header in response.headers.iter() {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("upgrade") {
            upgrade = Some(upgrade.unwrap_or(true) && header.value.eq_ignore_ascii_case(b"websocket"));
        } else if is("connection") {
            let mut words = header.value.split(|&byte| byte == b',');
            connection |= words.any(|word| word.trim_ascii().eq_ignore_ascii_case(b"upgrade"));
        } else if is("sec-websocket-accept") {
            accepted = Some(accepted.unwrap_or(true) && accept::is_answer(header.value, key));
        } else if is("sec-websocket-extensions") && !header.value.is_empty() {
            return Err(HandshakeError::UnexpectedExtension);
        } else if is("sec-websocket-protocol") && !header.value.is_empty() {
            return Err(HandshakeError::UnexpectedSubprotocol);
        }
    }
    match (upgrade, connection, accepted) {
        (None | Some(false), ..) => Err(HandshakeError::MissingUpgrade),
        (_, false, _) => Err(HandshakeError::MissingConnection),
        (.., Some(true)) => Ok(()),
        _ => Err(HandshakeError::WrongAccept),
    }
}

alternatives::image!(read_response => fn(&[u8; 16], &[u8]) -> Result<Option<usize>, HandshakeError>);
