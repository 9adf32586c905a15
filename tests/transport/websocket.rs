//! The WebSocket layer: every decode case whole, split in two at every position, and byte by byte; sessions as scripts.
#![cfg(feature = "websocket")]

use pusher_proto::websocket::{
    CloseCode, Decoder, Error, Handshake, HandshakeError, Kind, MAX_CONTROL_FRAME_LEN, MAX_HEADER_LEN, Message,
    ProtocolError, ReadyState, RequestError, WebSocket, WriteError, close, encode_frame, ping, pong,
};

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A [`Message`] that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Owned {
    Open,
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>, String),
}

impl From<Message<'_, '_>> for Owned {
    fn from(message: Message<'_, '_>) -> Self {
        match message {
            Message::Open => Self::Open,
            Message::Text(text) => Self::Text(String::from_utf8(text.to_vec()).unwrap()),
            Message::Binary(bytes) => Self::Binary(bytes.to_vec()),
            Message::Ping(payload) => Self::Ping(payload.to_vec()),
            Message::Pong(payload) => Self::Pong(payload.to_vec()),
            Message::Close { code, reason } => Self::Close(code.map(CloseCode::as_u16), reason.into()),
            other => panic!("{other:?}"),
        }
    }
}

fn text(text: &str) -> Owned {
    Owned::Text(text.into())
}

/// A decoder with its buffer and its output.
struct Reader {
    decoder: Decoder,
    buffer: Vec<u8>,
    messages: Vec<Owned>,
    error: Option<ProtocolError>,
}

impl Reader {
    fn new(buffer: usize) -> Self {
        Self { decoder: Decoder::new(), buffer: vec![0; buffer], messages: vec![], error: None }
    }

    /// Feeds `bytes`, as many at a time as the buffer has space for.
    fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.error.is_none() {
            let space = self.decoder.receive_space(&mut self.buffer);
            assert!(!space.is_empty(), "no space although more bytes are needed");
            let len = space.len().min(bytes.len());
            space[..len].copy_from_slice(&bytes[..len]);
            self.decoder.handle_received(len);
            bytes = &bytes[len..];
            loop {
                match self.decoder.poll(&mut self.buffer) {
                    Ok(Some(message)) => self.messages.push(message.into()),
                    Ok(None) => break,
                    Err(error) => {
                        self.error = Some(error);
                        assert_eq!(self.decoder.poll(&mut self.buffer), Err(error), "the error stays");
                        break;
                    }
                }
            }
        }
    }
}

/// Encodes a frame as a server does, with the length in its shortest form.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        len @ 0..126 => frame.push(len as u8),
        len @ 126..0x1_0000 => {
            frame.push(126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

fn close_payload(code: u16, reason: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes(), reason].concat()
}

/// Parses and unmasks a frame of the client. Returns its first byte and payload.
fn unmask(frame: &[u8]) -> (u8, Vec<u8>) {
    assert_eq!(frame[1] & 0x80, 0x80, "a client's frame is masked");
    let (len, rest) = match frame[1] & 0x7f {
        126 => (u16::from_be_bytes([frame[2], frame[3]]) as usize, &frame[4..]),
        127 => (u64::from_be_bytes(frame[2..10].try_into().unwrap()) as usize, &frame[10..]),
        len => (len as usize, &frame[2..]),
    };
    let (mask, payload) = rest.split_at(4);
    assert_eq!(payload.len(), len);
    (frame[0], payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect())
}

struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    messages: Vec<Owned>,
    /// The number of bytes up to the error, and the error.
    error: Option<(usize, ProtocolError)>,
}

fn good(name: &'static str, frames: &[Vec<u8>], messages: &[Owned]) -> Case {
    Case { name, bytes: frames.concat(), messages: messages.to_vec(), error: None }
}

fn bad(name: &'static str, frames: &[Vec<u8>], messages: &[Owned], after: usize, error: ProtocolError) -> Case {
    Case { name, bytes: frames.concat(), messages: messages.to_vec(), error: Some((after, error)) }
}

fn cases() -> Vec<Case> {
    use ProtocolError::*;
    let long = "é".repeat(40_000);
    let close = |code, reason: &[u8]| frame(0x88, &close_payload(code, reason));
    vec![
        // RFC 6455 §5.7
        good("unmasked text", &[b"\x81\x05Hello".to_vec()], &[text("Hello")]),
        good("fragmented text", &[b"\x01\x03Hel\x80\x02lo".to_vec()], &[text("Hello")]),
        good("ping", &[b"\x89\x05Hello".to_vec()], &[Owned::Ping(b"Hello".into())]),
        good("256 bytes", &[frame(0x82, &[7; 256])], &[Owned::Binary(vec![7; 256])]),
        good("64 KiB", &[frame(0x82, &[7; 65536])], &[Owned::Binary(vec![7; 65536])]),
        // lengths
        good("empty text", &[frame(0x81, b"")], &[text("")]),
        good("125 bytes", &[frame(0x82, &[1; 125])], &[Owned::Binary(vec![1; 125])]),
        good("126 bytes", &[frame(0x82, &[1; 126])], &[Owned::Binary(vec![1; 126])]),
        good("65535 bytes", &[frame(0x82, &[1; 65535])], &[Owned::Binary(vec![1; 65535])]),
        good("two-byte characters", &[frame(0x81, long.as_bytes())], &[text(&long)]),
        bad("126 for 125", &[b"\x82\x7e\x00\x7d".to_vec()], &[], 4, LengthNotMinimal),
        bad("127 for 65535", &[b"\x82\x7f\0\0\0\0\0\0\xff\xff".to_vec()], &[], 10, LengthNotMinimal),
        bad("64 bits", &[b"\x82\x7f\x80\0\0\0\0\0\0\0".to_vec()], &[], 10, LengthOutOfRange),
        bad(
            "63 bits",
            &[b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec()],
            &[],
            10,
            TooBig { size: u64::MAX >> 1, capacity: 99_999 },
        ),
        // several
        good(
            "frames in a row",
            &[frame(0x81, b"a"), frame(0x82, b"b"), frame(0x8a, b"c"), frame(0x89, b""), frame(0x81, b"d")],
            &[text("a"), Owned::Binary(b"b".into()), Owned::Pong(b"c".into()), Owned::Ping(vec![]), text("d")],
        ),
        // fragments
        good(
            "control frames between fragments",
            &[
                frame(1, b"a"),
                frame(0x89, b"1"),
                frame(0, b"b"),
                frame(0x8a, b"2"),
                frame(0x89, b"3"),
                frame(0x80, b"c"),
            ],
            &[Owned::Ping(b"1".into()), Owned::Pong(b"2".into()), Owned::Ping(b"3".into()), text("abc")],
        ),
        good(
            "empty fragments",
            &[frame(1, b""), frame(0, b""), frame(0, b"x"), frame(0, b""), frame(0x80, b""), frame(0x81, b"y")],
            &[text("x"), text("y")],
        ),
        good(
            "characters cut by fragments",
            &[frame(1, b"\xf0"), frame(0, b"\x9f\x98"), frame(0x89, b""), frame(0x80, b"\x80\xc3\xa9")],
            &[Owned::Ping(vec![]), text("😀é")],
        ),
        good("binary is not text", &[frame(2, b"\xff"), frame(0x80, b"\xfe")], &[Owned::Binary(b"\xff\xfe".into())]),
        bad("continuation of nothing", &[frame(0x80, b"x")], &[], 2, UnexpectedContinuation),
        bad("continuation after the end", &[frame(0x81, b"x"), frame(0, b"")], &[text("x")], 5, UnexpectedContinuation),
        bad("text inside a message", &[frame(1, b"x"), frame(0x81, b"y")], &[], 5, MessageInterrupted),
        bad("binary inside a message", &[frame(2, b"x"), frame(2, b"y")], &[], 5, MessageInterrupted),
        // errors in the first two bytes
        bad("RSV1", &[frame(0xc1, b"x")], &[], 2, ReservedBits),
        bad("RSV2", &[frame(0xa1, b"x")], &[], 2, ReservedBits),
        bad("RSV3 of a ping", &[frame(0x99, b"x")], &[], 2, ReservedBits),
        bad("opcode 3", &[frame(0x83, b"x")], &[], 2, UnknownOpcode(3)),
        bad("opcode 11 after a message", &[frame(0x81, b"x"), frame(0x8b, b"")], &[text("x")], 5, UnknownOpcode(11)),
        bad("masked", &[b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58".to_vec()], &[], 2, Masked),
        bad("long ping", &[frame(0x89, &[0; 126])], &[], 2, ControlTooLong),
        bad("fragmented ping", &[frame(0x09, b"x")], &[], 2, ControlFragmented),
        good("longest ping", &[frame(0x89, &[3; 125])], &[Owned::Ping(vec![3; 125])]),
        // UTF-8, refused at the first byte that allows no continuation
        bad("stray continuation byte", &[frame(0x81, b"ab\x80cd")], &[], 5, InvalidUtf8),
        bad("surrogate", &[frame(0x81, b"\xed\xa0\x80edited")], &[], 4, InvalidUtf8),
        bad("beyond U+10FFFF", &[frame(0x81, b"\xf4\x90\x80\x80")], &[], 4, InvalidUtf8),
        bad("overlong", &[frame(0x81, b"\xe0\x80\xaf")], &[], 4, InvalidUtf8),
        bad("ends inside a character", &[frame(0x81, b"a\xc3")], &[], 4, InvalidUtf8),
        bad("fragments end inside a character", &[frame(1, b"a\xc3"), frame(0x80, b"")], &[], 6, InvalidUtf8),
        bad("invalid across fragments", &[frame(1, b"\xf0\x9f"), frame(0x80, b"ab")], &[], 7, InvalidUtf8),
        // close
        good("empty close", &[frame(0x88, b"")], &[Owned::Close(None, String::new())]),
        good("close with a reason", &[close(4001, "žluť".as_bytes())], &[Owned::Close(Some(4001), "žluť".into())]),
        good("longest reason", &[close(1000, &[b'r'; 123])], &[Owned::Close(Some(1000), "r".repeat(123))]),
        good(
            "what follows a close is dropped",
            &[frame(0x88, b""), frame(0xf3, b"x")],
            &[Owned::Close(None, String::new())],
        ),
        good(
            "close between fragments",
            &[frame(1, b"x"), close(1001, b""), frame(0x80, b"y")],
            &[Owned::Close(Some(1001), String::new())],
        ),
        bad("half a code", &[frame(0x88, b"\x03")], &[], 3, CloseTooShort),
        bad("code 1005", &[close(1005, b"")], &[], 4, InvalidCloseCode(1005)),
        bad("code 1016", &[close(1016, b"x")], &[], 5, InvalidCloseCode(1016)),
        bad("code 65535", &[close(65535, b"")], &[], 4, InvalidCloseCode(65535)),
        bad("reason that is not UTF-8", &[close(1000, b"\xc3")], &[], 5, InvalidUtf8),
    ]
}

fn check(case: &Case, how: &str, pieces: &[&[u8]]) {
    let mut reader = Reader::new(100_000);
    for piece in pieces {
        reader.feed(piece);
    }
    assert_eq!(reader.messages, case.messages, "{}, {how}", case.name);
    assert_eq!(reader.error, case.error.map(|(_, error)| error), "{}, {how}", case.name);
}

#[test]
fn every_case_decodes_the_same_however_it_is_cut() {
    for case in &cases() {
        check(case, "whole", &[&case.bytes]);
        check(case, "byte by byte", &case.bytes.chunks(1).collect::<Vec<_>>());
        // Long cases are split only near headers and ends.
        let len = case.bytes.len();
        for cut in (0..=len).filter(|&cut| cut < 300 || cut > len - 20) {
            let (front, back) = case.bytes.split_at(cut);
            check(case, &format!("cut at {cut}"), &[front, back]);
        }
    }
}

#[test]
fn a_truncated_case_yields_nothing_early_and_fails_at_the_first_byte_that_is_wrong() {
    for case in &cases() {
        let mut reader = Reader::new(100_000);
        for (index, byte) in case.bytes.iter().enumerate() {
            reader.feed(&[*byte]);
            assert!(case.messages.starts_with(&reader.messages), "{} after {index}", case.name);
            if let Some((after, error)) = case.error {
                assert_eq!(reader.error, (index + 1 >= after).then_some(error), "{} after {index}", case.name);
            }
        }
        if case.error.is_none() && case.messages.len() == 1 && !case.name.contains("close") {
            let mut reader = Reader::new(100_000);
            reader.feed(&case.bytes[..case.bytes.len() - 1]);
            assert_eq!(reader.messages, [], "{}", case.name);
        }
    }
}

#[test]
fn errors_map_to_a_close_code() {
    assert_eq!(ProtocolError::InvalidUtf8.close_code(), CloseCode::INVALID_DATA);
    assert_eq!(ProtocolError::TooBig { size: 2, capacity: 1 }.close_code(), CloseCode::TOO_BIG);
    assert_eq!(ProtocolError::Masked.close_code(), CloseCode::PROTOCOL_ERROR);
}

#[test]
fn a_buffer_that_becomes_shorter_yields_no_message() {
    for opcode in [0x81, 0x82] {
        let (mut buffer, mut decoder) = ([0; 64], Decoder::new());
        decoder.receive_space(&mut buffer)[..10].copy_from_slice(&[&[opcode, 0x10][..], b"abcdefgh"].concat());
        decoder.handle_received(10);
        assert_eq!(decoder.poll(&mut buffer), Ok(None));
        assert_eq!(decoder.poll(&mut buffer[..4]), Ok(None));
    }
}

#[test]
fn a_message_one_byte_shorter_than_the_buffer_fits_and_one_more_does_not() {
    for buffer in [1, 2, 3, 10, 126, 127, 200] {
        let fits = vec![b'x'; buffer - 1];
        let too_long = vec![b'x'; buffer];
        let too_big = ProtocolError::TooBig { size: buffer as u64, capacity: buffer - 1 };

        for chunk in [1, 2, 7, buffer] {
            let mut reader = Reader::new(buffer);
            for _ in 0..3 {
                frame(0x82, &fits).chunks(chunk).for_each(|bytes| reader.feed(bytes));
            }
            assert_eq!(reader.messages, vec![Owned::Binary(fits.clone()); 3]);

            let mut reader = Reader::new(buffer);
            frame(0x81, &too_long).chunks(chunk).for_each(|bytes| reader.feed(bytes));
            assert_eq!((reader.messages, reader.error), (vec![], Some(too_big)));

            for cut in 0..fits.len() {
                let (front, back) = fits.split_at(cut);
                let ping = frame(0x89, &[9; 125]);
                let bytes = [frame(2, front), ping.clone(), frame(0, back), ping.clone(), frame(0x80, b"")].concat();
                let mut reader = Reader::new(buffer);
                bytes.chunks(chunk).for_each(|bytes| reader.feed(bytes));
                let ping = Owned::Ping(vec![9; 125]);
                assert_eq!(reader.messages, [ping.clone(), ping, Owned::Binary(fits.clone())]);

                let (front, back) = too_long.split_at(cut);
                let mut reader = Reader::new(buffer);
                [frame(2, front), frame(0x80, back)].concat().chunks(chunk).for_each(|bytes| reader.feed(bytes));
                assert_eq!((reader.messages, reader.error), (vec![], Some(too_big)));
            }
        }
    }
}

/// A deterministic generator (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.below(256) as u8).collect()
    }
}

#[test]
fn random_messages_in_random_fragments_and_reads_decode_to_the_messages_sent() {
    let mut random = Random(0x5eed);
    for _ in 0..3000 {
        let buffer = 1 + random.below(300);
        let (mut bytes, mut expected) = (vec![], vec![]);
        for _ in 0..random.below(8) {
            let is_text = random.below(2) == 0;
            let mut payload = vec![];
            let len = random.below(buffer);
            if is_text {
                let mut utf8 = String::new();
                while let character = ['a', 'é', '€', '😀'][random.below(4)]
                    && utf8.len() + character.len_utf8() <= len
                {
                    utf8.push(character);
                }
                payload.extend(utf8.as_bytes());
                expected.push(Owned::Text(utf8));
            } else {
                payload.extend(random.bytes(len));
                expected.push(Owned::Binary(payload.clone()));
            }
            let message = expected.pop().unwrap();
            let mut opcode = if is_text { 1 } else { 2 };
            let mut rest = &payload[..];
            while random.below(3) > 0 {
                let (front, back) = rest.split_at(random.below(rest.len() + 1));
                bytes.extend(frame(opcode, front));
                (opcode, rest) = (0, back);
                if random.below(2) == 0 {
                    let len = random.below(126);
                    let payload = random.bytes(len);
                    bytes.extend(frame(0x89, &payload));
                    expected.push(Owned::Ping(payload));
                }
            }
            bytes.extend(frame(0x80 | opcode, rest));
            expected.push(message);
        }
        let mut reader = Reader::new(buffer);
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (front, back) = rest.split_at(1 + random.below(rest.len().min(150)));
            reader.feed(front);
            rest = back;
        }
        assert_eq!(reader.error, None);
        assert_eq!(reader.messages, expected);
    }
}

#[test]
fn random_bytes_never_panic_and_every_poll_consumes_some() {
    let mut random = Random(0xbad);
    for round in 0..20_000 {
        let mut buffer = vec![0; random.below(64)];
        let len = random.below(100);
        let mut bytes = random.bytes(len);
        if round % 2 == 0 {
            // Plausible headers reach more code.
            for pair in bytes.chunks_exact_mut(2) {
                pair[0] &= 0x8b;
                pair[1] &= 0x0f;
            }
        }
        let mut decoder = Decoder::new();
        let mut rest = &bytes[..];
        for _ in 0..bytes.len() {
            let space = decoder.receive_space(&mut buffer);
            let len = space.len().min(rest.len()).min(1 + random.below(9));
            space[..len].copy_from_slice(&rest[..len]);
            decoder.handle_received(len);
            rest = &rest[len..];
            let mut polls = 0;
            while let Ok(Some(_)) = decoder.poll(&mut buffer) {
                polls += 1;
                assert!(polls <= len, "a message takes at least two bytes");
            }
        }
        // Invalid calls must be harmless as well.
        decoder.handle_received(usize::MAX);
        let _ = decoder.poll(&mut buffer);
        let _ = decoder.poll(&mut []);
        assert!(decoder.receive_space(&mut []).is_empty());
    }
}

#[test]
fn long_input_takes_linear_time() {
    // A quadratic decoder would not finish a million bytes.
    const LEN: usize = 1 << 20;
    let message = frame(0x81, "é".repeat(LEN / 2).as_bytes());
    let mut reader = Reader::new(LEN + 1);
    message.chunks(1).for_each(|byte| reader.feed(byte));
    assert_eq!(reader.messages.len(), 1);

    let mut fragments = frame(1, b"");
    fragments.extend(frame(0, b"x").repeat(LEN / 4));
    fragments.extend(frame(0x80, b""));
    let mut reader = Reader::new(LEN);
    reader.feed(&fragments);
    assert_eq!(reader.messages, [Owned::Text("x".repeat(LEN / 4))]);

    let mut reader = Reader::new(LEN);
    reader.feed(&frame(0x81, b"x").repeat(LEN));
    assert_eq!(reader.messages.len(), LEN);

    let response = [b"HTTP/1.1 101 x\r\nX: ", &vec![b'x'; LEN][..]].concat();
    let (mut handshake, mut buffer) = (Handshake::new([0; 16]), vec![0; LEN * 2]);
    for (index, byte) in response.iter().enumerate() {
        buffer[index] = *byte;
        assert_eq!(handshake.read_response(&buffer, index + 1), Ok(None));
    }
}

// Encoder

#[test]
fn encoded_frames_unmask_to_their_payload_at_every_length() {
    for len in (0..=140).chain([65_535, 65_536, 70_000]) {
        let payload: Vec<u8> = (0..len).map(|index| (index * 7) as u8).collect();
        let mut buffer = vec![0xee; MAX_HEADER_LEN + len + 3];
        buffer[MAX_HEADER_LEN..][..len].copy_from_slice(&payload);
        let header = if len < 126 {
            6
        } else if len < 65_536 {
            8
        } else {
            14
        };
        let sealed = encode_frame(Kind::Binary, len, MASK, &mut buffer).unwrap();
        assert_eq!(sealed.len(), header + len);
        assert_eq!(unmask(sealed), (0x82, payload));
        assert_eq!(&buffer[MAX_HEADER_LEN + len..], [0xee; 3], "bytes after the frame are unchanged");
    }
    let mut buffer = [0; MAX_HEADER_LEN];
    assert_eq!(encode_frame(Kind::Text, 0, MASK, &mut buffer).unwrap(), [0x81, 0x80, 0x37, 0xfa, 0x21, 0x3d]);
}

#[test]
fn a_buffer_that_is_too_small_is_an_error_with_the_required_size_and_stays_unchanged() {
    let mut buffer = [7; 20];
    assert_eq!(encode_frame(Kind::Text, 7, MASK, &mut buffer).unwrap_err().needed(), MAX_HEADER_LEN + 7);
    assert_eq!(encode_frame(Kind::Text, usize::MAX, MASK, &mut buffer).unwrap_err().needed(), usize::MAX);
    assert_eq!(ping(&[1; 7], MASK, &mut buffer).unwrap_err().needed(), MAX_HEADER_LEN + 7);
    assert_eq!(buffer, [7; 20]);
    assert!(ping(&[1; 6], MASK, &mut buffer).is_ok());
}

#[test]
fn control_frames_hold_up_to_125_bytes() {
    let mut out = [0; MAX_CONTROL_FRAME_LEN];
    assert_eq!(unmask(ping(b"abc", MASK, &mut out).unwrap()), (0x89, b"abc".to_vec()));
    assert_eq!(unmask(pong(&[5; 126], MASK, &mut out).unwrap()), (0x8a, vec![5; 125]));
    assert_eq!(unmask(close(None, "unsaid", MASK, &mut out).unwrap()), (0x88, vec![]));
    let code = CloseCode::new(4999);
    assert_eq!(unmask(close(code, "bye", MASK, &mut out).unwrap()), (0x88, close_payload(4999, b"bye")));
    for ascii in 0..4 {
        let reason = "a".repeat(ascii) + &"😀".repeat(40);
        let (_, payload) = unmask(close(code, &reason, MASK, &mut out).unwrap());
        let cut = core::str::from_utf8(&payload[2..]).unwrap();
        assert!(reason.starts_with(cut) && (120..=123).contains(&cut.len()));
    }
}

// Handshake

/// The key of RFC 6455 §1.3: `dGhlIHNhbXBsZSBub25jZQ==`.
const KEY: [u8; 16] = *b"the sample nonce";

const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

#[test]
fn the_request_is_the_one_of_rfc_6455() {
    let mut out = [0; 512];
    let headers = [("Origin", "https://example.com"), ("X-Empty", "")];
    let request = Handshake::new(KEY).write_request("/chat?a=b", "example.com:81", &headers, &mut out).unwrap();
    let expected = "GET /chat?a=b HTTP/1.1\r\nHost: example.com:81\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Origin: https://example.com\r\nX-Empty: \r\n\r\n";
    assert_eq!(request, expected);
    for size in 0..expected.len() {
        let error = Handshake::new(KEY).write_request("/chat?a=b", "example.com:81", &headers, &mut out[..size]);
        assert!(matches!(error, Err(RequestError::OutputTooSmall(error)) if error.needed() == expected.len()));
    }
}

#[test]
fn values_that_would_break_the_request_are_refused() {
    let request = |target: &str, host: &str, headers: &[(&str, &str)]| {
        Handshake::new(KEY).write_request(target, host, headers, &mut [0; 512]).map(|_| ())
    };
    let host = "example.com";
    assert_eq!(request("/", host, &[]), Ok(()));
    for target in ["/ HTTP/1.1\r\nEvil: 1\r\nX:", "/a b", "/\n", "/\r", "/\0", "/é", "/ ", "", "x", "/?a=1#b"] {
        assert_eq!(request(target, host, &[]), Err(RequestError::Malformed), "{target:?}");
    }
    for host in [
        "a\r\n",
        "a\r\nEvil: 1",
        "a\r\n\r\nGET / HTTP/1.1",
        "\n",
        "a\u{7f}",
        "",
        "a b",
        "eu/x",
        "eu?",
        "a#b",
        "u@h",
        "a\\b",
    ] {
        assert_eq!(request("/", host, &[]), Err(RequestError::Malformed), "{host:?}");
    }
    for header in
        [("A", "b\r\nEvil: 1"), ("A", "b\r\n"), ("A\r\nB", "c"), ("", "a"), ("A B", "c"), ("A ", "c"), ("A", "\t")]
    {
        assert_eq!(request("/", host, &[header]), Err(RequestError::Malformed), "{header:?}");
        assert_eq!(request("/", host, &[("C", "d"), header]), Err(RequestError::Malformed), "{header:?}");
    }
}

#[test]
fn responses_are_checked_as_rfc_6455_requires() {
    use HandshakeError::*;
    let line = |line: &str| RESPONSE.replace("\r\n\r\n", &format!("\r\n{line}\r\n\r\n"));
    let swap = |from: &str, to: &str| {
        assert!(RESPONSE.contains(from));
        RESPONSE.replace(from, to)
    };
    let table = [
        (RESPONSE.to_string(), Ok(())),
        (swap("Switching Protocols", ""), Ok(())),
        (swap("Upgrade: websocket", "uPGRADE:WebSocket  "), Ok(())),
        (swap("Connection: Upgrade", "CONNECTION: keep-alive ,  upgrade"), Ok(())),
        (swap("Connection: Upgrade", "Connection: keep-alive\r\nConnection: Upgrade"), Ok(())),
        (line("Sec-WebSocket-Extensions:"), Ok(())),
        (line("Sec-WebSocket-Version: 13\r\nX: \u{e9}"), Ok(())),
        (RESPONSE.replace("\r\n", "\n"), Ok(())),
        (line(&["X: y"; 100].join("\r\n")), Ok(())),
        (format!("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{RESPONSE}"), Ok(())),
        (format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\n\n{RESPONSE}"), Ok(())),
        ("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n".into(), Err(Status(404))),
        ("HTTP/1.1 103 Early Hints\r\n\r\n\r\n\r\n".into(), Err(NotHttp)),
        (swap("101 Switching Protocols", "200 OK"), Err(Status(200))),
        ("HTTP/1.0 503 Service Unavailable\r\n\r\n".into(), Err(Status(503))),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(), Err(Status(404))),
        ("HTTP/1.1 1x1 a\r\n\r\n".into(), Err(NotHttp)),
        ("HTTP/1.1\r\n\r\n".into(), Err(NotHttp)),
        ("\r\n\r\n".into(), Err(NotHttp)),
        ("HTTP/2 101\r\n\r\n".into(), Err(NotHttp)),
        ("\u{15}\u{3}\u{3}\0\u{2}\u{2}P".into(), Err(NotHttp)), // a TLS alert
        (line("no colon"), Err(NotHttp)),
        (swap("Upgrade: websocket\r\n", ""), Err(MissingUpgrade)),
        (swap("Upgrade: websocket", "Upgrade: h2c"), Err(MissingUpgrade)),
        (swap("Upgrade: websocket", "Upgrade: websocket, h2c"), Err(MissingUpgrade)),
        (line("Upgrade: h2c"), Err(MissingUpgrade)),
        (swap("Upgrade: websocket", "Upgrade: h2c\r\nUpgrade: websocket"), Err(MissingUpgrade)),
        (swap("Connection: Upgrade\r\n", ""), Err(MissingConnection)),
        (swap("Connection: Upgrade", "Connection: Upgraded, close"), Err(MissingConnection)),
        (swap("xOo=", "xOO="), Err(WrongAccept)),
        (swap("s3pP", "S3PP"), Err(WrongAccept)),
        (swap("xOo=", "xOo"), Err(WrongAccept)),
        (swap("Sec-WebSocket-Accept", "Sec-WebSocket-Key"), Err(WrongAccept)),
        (line("Sec-WebSocket-Accept: other"), Err(WrongAccept)),
        (line("Sec-WebSocket-Extensions: permessage-deflate"), Err(UnexpectedExtension)),
        (line("Sec-WebSocket-Protocol: pusher"), Err(UnexpectedSubprotocol)),
    ];
    for (response, expected) in table {
        let frame = b"\x81\x02hi";
        let bytes = [response.as_bytes(), frame].concat();
        let mut buffer = vec![0; 2000];
        buffer[..bytes.len()].copy_from_slice(&bytes);
        let expected = expected.map(|()| Some(response.len()));

        assert_eq!(Handshake::new(KEY).read_response(&buffer, bytes.len()), expected, "{response}");

        let mut handshake = Handshake::new(KEY);
        let first = (1..=bytes.len())
            .map(|filled| (filled, handshake.read_response(&buffer, filled)))
            .find(|(_, outcome)| *outcome != Ok(None));
        let (filled, outcome) = first.unwrap();
        assert_eq!(outcome, expected, "{response} byte by byte");
        assert!(filled == response.len() || expected == Err(NotHttp), "{response} ended early");
    }
}

#[test]
fn a_response_is_http_exactly_when_httparse_accepts_it() {
    const SPECIAL: &[u8] = b"\t\n\r :01,az\x00\x7f\x80\xff\"()/@{=~!";
    let mut random = Random(0x0117);
    let (mut both, mut neither) = (0, 0);
    for _ in 0..200_000 {
        let mut bytes = RESPONSE.as_bytes().to_vec();
        for _ in 0..1 + random.below(3) {
            let position = "HTTP/1.".len() + random.below(bytes.len() - "HTTP/1.".len() - 4);
            let byte = SPECIAL[random.below(SPECIAL.len())];
            match random.below(3) {
                0 => bytes[position] = byte,
                1 => bytes.insert(position, byte),
                _ => drop(bytes.remove(position)),
            }
        }
        let outcome = Handshake::new(KEY).read_response(&[&bytes[..], &[0]].concat(), bytes.len());

        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response.parse(&bytes);
        let is_interim = response.code.is_some_and(|code| code != 101 && (100..200).contains(&code));
        match (parsed, outcome) {
            // The answer after the interim one is missing or invalid.
            (_, Ok(None) | Err(HandshakeError::NotHttp)) if is_interim => neither += 1,
            (Ok(httparse::Status::Complete(len)), Ok(Some(head))) => assert_eq!(len, head),
            (Ok(httparse::Status::Complete(_)), Err(HandshakeError::NotHttp)) => {
                panic!("only httparse accepts it: {bytes:?}")
            }
            (Ok(httparse::Status::Complete(_)), Err(_)) => both += 1,
            (_, Ok(Some(_))) => panic!("only this crate accepts it: {bytes:?}"),
            _ => neither += 1,
        }
    }
    assert!(both > 20_000 && neither > 20_000, "{both}, {neither}");
}

#[test]
fn a_head_that_does_not_fit_into_the_buffer_is_an_error() {
    let mut buffer = vec![0; RESPONSE.len()];
    buffer.copy_from_slice(RESPONSE.as_bytes());
    assert_eq!(Handshake::new(KEY).read_response(&buffer, RESPONSE.len()), Ok(Some(RESPONSE.len())));
    buffer.pop();
    let capacity = buffer.len();
    assert_eq!(Handshake::new(KEY).read_response(&buffer, capacity), Err(HandshakeError::HeadTooLong { capacity }));
}

// Sessions

/// A client with its buffers, scripted from the server's side.
struct Session {
    websocket: WebSocket,
    rx: [u8; 256],
}

impl Session {
    fn connecting() -> Self {
        Self { websocket: WebSocket::new(KEY), rx: [0; 256] }
    }

    fn open() -> Self {
        let mut session = Self::connecting();
        session.server(RESPONSE.as_bytes());
        assert_eq!(session.poll(), Ok(Some(Owned::Open)));
        session
    }

    fn server(&mut self, bytes: &[u8]) {
        self.websocket.receive_space(&mut self.rx)[..bytes.len()].copy_from_slice(bytes);
        self.websocket.handle_received(bytes.len());
    }

    fn poll(&mut self) -> Result<Option<Owned>, Error> {
        self.websocket.poll(&mut self.rx).map(|message| message.map(Owned::from))
    }

    /// Returns the first byte and payload of the pending reply.
    fn reply(&mut self) -> Option<(u8, Vec<u8>)> {
        let due = self.websocket.reply_due();
        let mut out = [0; MAX_CONTROL_FRAME_LEN];
        let reply = self.websocket.poll_reply(MASK, &mut out).unwrap();
        assert_eq!(reply.is_some(), due);
        reply.map(unmask)
    }
}

#[test]
fn frames_in_the_same_read_as_the_handshake_are_not_lost() {
    let mut session = Session::connecting();
    assert_eq!(session.websocket.state(), ReadyState::Connecting);
    let bytes = [RESPONSE.as_bytes(), b"\x81\x02hi\x81"].concat();
    session.server(&bytes);
    assert_eq!(session.poll(), Ok(Some(Owned::Open)));
    assert_eq!(session.websocket.state(), ReadyState::Open);
    assert_eq!(session.poll(), Ok(Some(text("hi"))));
    assert_eq!(session.poll(), Ok(None));
    session.server(b"\x01x");
    assert_eq!(session.poll(), Ok(Some(text("x"))));
}

#[test]
fn a_refused_handshake_closes_without_a_frame() {
    let mut session = Session::connecting();
    session.server(b"HTTP/1.1 403 Forbidden\r\n\r\nbody");
    assert_eq!(session.poll(), Err(Error::Handshake(HandshakeError::Status(403))));
    assert_eq!(session.websocket.state(), ReadyState::Closed);
    assert_eq!((session.poll(), session.reply()), (Ok(None), None));
}

#[test]
fn every_ping_is_answered_in_order_before_anything_else_is_read() {
    let mut session = Session::open();
    for number in 0..10 {
        session.server(&frame(0x89, &[number; 3]));
    }
    session.server(b"\x81\x02hi");
    for number in 0..10 {
        assert_eq!(session.poll(), Ok(Some(Owned::Ping(vec![number; 3]))));
        assert_eq!(session.poll(), Ok(None), "the reply comes first");
        // A buffer that is too small loses no message.
        assert_eq!(session.websocket.poll_reply(MASK, &mut [0; 16]).unwrap_err().needed(), MAX_HEADER_LEN + 3);
        assert_eq!(session.reply(), Some((0x8a, vec![number; 3])));
        assert_eq!(session.reply(), None);
    }
    assert_eq!(session.poll(), Ok(Some(text("hi"))));
}

#[test]
fn the_servers_close_is_echoed_and_ends_the_connection() {
    for (payload, code) in [(close_payload(4200, b"bye"), Some(4200)), (vec![], None)] {
        let mut session = Session::open();
        session.server(&frame(0x88, &payload));
        session.server(b"\x81\x02hi");
        assert!(matches!(session.poll(), Ok(Some(Owned::Close(found, _))) if found == code));
        assert_eq!(session.websocket.state(), ReadyState::CloseReceived);
        assert_eq!(session.websocket.ping(b"", MASK, &mut [0; 256]), Err(WriteError::NotOpen));
        assert_eq!(session.poll(), Ok(None));
        assert_eq!(session.reply(), Some((0x88, payload[..payload.len().min(2)].to_vec())));
        assert_eq!(session.websocket.state(), ReadyState::Closed);
        // It continues to read and discards all messages until the server drops the socket.
        for _ in 0..10 {
            assert_eq!((session.poll(), session.reply()), (Ok(None), None));
            session.server(&[0xff; 256]);
        }
    }
}

#[test]
fn the_clients_close_waits_for_the_servers_and_delivers_messages_in_flight() {
    let mut session = Session::open();
    session.server(b"\x89\x01a");
    assert_eq!(session.poll(), Ok(Some(Owned::Ping(b"a".into()))));
    let code = CloseCode::NORMAL;
    let mut short = [0; 10];
    let error = session.websocket.close(code, "done", MASK, &mut short);
    assert!(matches!(error, Err(WriteError::OutputTooSmall(error)) if error.needed() == MAX_HEADER_LEN + 6));
    assert_eq!(session.websocket.state(), ReadyState::Open);
    let mut out = [0; MAX_CONTROL_FRAME_LEN];
    let sent = unmask(session.websocket.close(code, "done", MASK, &mut out).unwrap());
    assert_eq!(sent, (0x88, close_payload(1000, b"done")));
    assert_eq!(session.websocket.state(), ReadyState::CloseSent);
    assert_eq!(session.websocket.close(code, "", MASK, &mut out), Err(WriteError::NotOpen));
    assert_eq!(session.websocket.encode_frame(Kind::Text, 0, MASK, &mut out), Err(WriteError::NotOpen));

    // Pings are answered until the server's close frame (RFC 6455 §5.5.2), before and after the client's.
    assert_eq!(session.reply(), Some((0x8a, b"a".into())));
    session.server(b"\x81\x02hi\x89\x01b");
    assert_eq!(session.poll(), Ok(Some(text("hi"))));
    assert_eq!(session.poll(), Ok(Some(Owned::Ping(b"b".into()))));
    assert_eq!(session.reply(), Some((0x8a, b"b".into())));
    assert_eq!(session.reply(), None);
    session.server(&frame(0x88, &close_payload(1000, b"")));
    assert_eq!(session.poll(), Ok(Some(Owned::Close(Some(1000), String::new()))));
    assert_eq!((session.websocket.state(), session.reply()), (ReadyState::Closed, None));
}

#[test]
fn there_is_space_for_further_reads_after_every_failure() {
    let too_long = [b"HTTP/1.1 101 \r\nX: ".as_slice(), &[b'x'; 256]].concat();
    let too_big = [b"\x82\x7e\x01\x00".as_slice(), &[0; 252]].concat();
    let no_text = [b"\x81\x7e\x00\xfc".as_slice(), &[b'x'; 251], b"\xff"].concat();
    for (is_open, bytes) in [(false, too_long), (true, too_big), (true, no_text)] {
        let mut session = if is_open { Session::open() } else { Session::connecting() };
        assert_eq!(session.poll(), Ok(None));
        session.server(&bytes[..256]);
        assert!(session.poll().is_err());
        // Later messages are discarded, with or without a poll.
        for _ in 0..3 {
            let space = session.websocket.receive_space(&mut session.rx).len();
            assert_ne!(space, 0);
            session.websocket.handle_received(space);
        }
        assert_eq!(session.reply().is_some(), is_open);
        assert_eq!(session.poll(), Ok(None));
        assert_ne!(session.websocket.receive_space(&mut session.rx).len(), 0);
    }
}

#[test]
fn a_protocol_error_of_the_server_sets_the_close_code() {
    let too_big = ProtocolError::TooBig { size: 300, capacity: 255 };
    let table = [
        (frame(0x83, b""), ProtocolError::UnknownOpcode(3), 1002_u16),
        (frame(0x81, b"\xff"), ProtocolError::InvalidUtf8, 1007),
        (frame(0x82, &[0; 300])[..4].to_vec(), too_big, 1009),
        (frame(0x88, &close_payload(999, b"")), ProtocolError::InvalidCloseCode(999), 1002),
    ];
    for (bytes, error, code) in table {
        let mut session = Session::open();
        session.server(&bytes);
        assert_eq!(session.poll(), Err(Error::Protocol(error)));
        assert_eq!(session.websocket.state(), ReadyState::Failing);
        assert_eq!(session.poll(), Ok(None));
        assert_eq!(session.reply(), Some((0x88, code.to_be_bytes().to_vec())));
        assert_eq!((session.poll(), session.websocket.state()), (Ok(None), ReadyState::Closed));

        let mut session = Session::open();
        session.websocket.close(CloseCode::NORMAL, "", MASK, &mut [0; 256]).unwrap();
        session.server(&bytes);
        assert_eq!(session.poll(), Err(Error::Protocol(error)));
        assert_eq!((session.websocket.state(), session.reply()), (ReadyState::Closed, None));
    }
}

#[test]
fn nothing_is_sent_before_the_connection_is_open() {
    let mut session = Session::connecting();
    let mut out = [0; 256];
    assert_eq!(session.websocket.encode_frame(Kind::Text, 1, MASK, &mut out), Err(WriteError::NotOpen));
    assert_eq!(session.websocket.close(CloseCode::NORMAL, "", MASK, &mut out), Err(WriteError::NotOpen));
    assert_eq!((session.poll(), session.reply()), (Ok(None), None));
    assert_eq!(session.websocket.state(), ReadyState::Connecting);
}

#[test]
fn errors_read_as_sentences() {
    let too_big = ProtocolError::TooBig { size: 5000, capacity: 511 };
    assert_eq!(
        Error::Protocol(too_big).to_string(),
        "the server's message of 5000 bytes or more does not fit the receive buffer of 511 bytes; enlarge it"
    );
    let refused = Error::Handshake(HandshakeError::Status(503));
    assert_eq!(refused.to_string(), "the server refused the WebSocket with status 503");
}

#[test]
fn an_open_websocket_writes_frames_and_pings() {
    let session = Session::open();
    let mut buffer = [0; 32];
    buffer[MAX_HEADER_LEN..][..2].copy_from_slice(b"ab");
    let frame = session.websocket.encode_frame(Kind::Text, 2, MASK, &mut buffer).unwrap().to_vec();
    assert_eq!(unmask(&frame), (0x81, b"ab".to_vec()));
    let mut out = [0; 32];
    assert_eq!(unmask(session.websocket.ping(b"abc", MASK, &mut out).unwrap()), (0x89, b"abc".to_vec()));
    let mut small = [0; 4];
    let too_small = session.websocket.ping(b"abc", MASK, &mut small);
    assert!(matches!(too_small, Err(WriteError::OutputTooSmall(_))), "{too_small:?}");
}
