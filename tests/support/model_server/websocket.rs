//! The server's side of RFC 6455, as far as a test needs it.

use base64ct::{Base64, Encoding};
use sha1::{Digest, Sha1};

use super::Random;

/// A parsed part of the client's bytes.
#[derive(Debug)]
pub enum Received {
    /// The request of the opening handshake, and the answer to it.
    Request(String),
    Text(String),
    Ping(Vec<u8>),
    Close,
}

/// A parser for the client's bytes.
#[derive(Default)]
pub struct Reader {
    bytes: Vec<u8>,
    is_open: bool,
}

impl Reader {
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Returns whether the client has written a part of a frame.
    pub fn is_partial(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Returns the next whole request or frame; an error is a violation of the RFC.
    pub fn next(&mut self) -> Result<Option<Received>, String> {
        if !self.is_open {
            let Some(end) = self.bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
            let head: Vec<u8> = self.bytes.drain(..end + 4).collect();
            self.is_open = true;
            return answer(&String::from_utf8_lossy(&head)).map(|answer| Some(Received::Request(answer)));
        }
        let [first, second, after @ ..] = &self.bytes[..] else { return Ok(None) };
        if second & 0x80 == 0 {
            return Err("a frame without a mask".into());
        }
        let (length, header) = match (second & 0x7f, after) {
            (126, [high, low, ..]) => (usize::from(u16::from_be_bytes([*high, *low])), 4),
            (126, _) => return Ok(None),
            (127, _) => return Err("a frame of more than 65,535 bytes".into()),
            (length, _) => (length.into(), 2),
        };
        if self.bytes.len() < header + 4 + length {
            return Ok(None);
        }
        let first = *first;
        let frame: Vec<u8> = self.bytes.drain(..header + 4 + length).collect();
        let (mask, payload) = frame[header..].split_at(4);
        let payload: Vec<u8> = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        match first {
            0x81 => match String::from_utf8(payload) {
                Ok(text) => Ok(Some(Received::Text(text))),
                Err(error) => Err(error.to_string()),
            },
            0x88 => Ok(Some(Received::Close)),
            0x89 => Ok(Some(Received::Ping(payload))),
            0x8a => self.next(),
            other => Err(format!("a frame that begins with {other:#x}")),
        }
    }
}

/// Answers the opening handshake.
fn answer(request: &str) -> Result<String, String> {
    let header = "sec-websocket-key: ";
    let key = request.lines().find(|line| line.to_ascii_lowercase().starts_with(header));
    let key = key.ok_or_else(|| format!("no key in {request}"))?[header.len()..].trim();
    let digest = Sha1::new().chain_update(key).chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11").finalize();
    let mut accept = [0; 28];
    let accept = Base64::encode(&digest, &mut accept).map_err(|error| error.to_string())?;
    Ok(format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    ))
}

/// Writes a text message, now and then in two fragments with a ping in between.
pub fn write_text(out: &mut Vec<u8>, text: &str, random: &mut Random) {
    if random.chance(150) && text.len() > 2 {
        let (first, second) = text.as_bytes().split_at(1 + random.below(text.len() as u64 - 1) as usize);
        write_frame(out, 0x01, first);
        if random.chance(500) {
            write_frame(out, 0x89, b"?");
        }
        write_frame(out, 0x80, second);
    } else {
        write_frame(out, 0x81, text.as_bytes());
    }
}

pub fn write_close(out: &mut Vec<u8>, code: Option<u16>) {
    write_frame(out, 0x88, code.map(u16::to_be_bytes).as_ref().map_or(&[][..], |code| code));
}

pub fn write_frame(out: &mut Vec<u8>, first: u8, payload: &[u8]) {
    out.push(first);
    match payload.len() {
        length @ 0..126 => out.push(length as u8),
        length => {
            out.push(126);
            out.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}
