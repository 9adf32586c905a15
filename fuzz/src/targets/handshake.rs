//! Checks the answer to the opening handshake: the result is independent of fragmentation and agrees with httparse.

#![cfg(feature = "websocket")]

use arbitrary::{Arbitrary, Unstructured};
use pusher_proto::websocket::Handshake;

use super::super::units::{Bytes, byte, take};

/// The `Sec-WebSocket-Accept` of an all-zero key.
pub const ACCEPT: &str = "ICX+Yqv66kxgM0FcWaLWlFLwTAI=";

pub const MAX_LEN: usize = 1024;

/// One byte for the size of the buffer, one for the size of the pieces, then the answer.
#[derive(Debug)]
pub struct Input<'a> {
    size: usize,
    piece: usize,
    response: Bytes<'a>,
}

impl<'a> Arbitrary<'a> for Input<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let (size, piece) = (4 * usize::from(byte(input)), 1 + usize::from(byte(input)));
        Ok(Self { size, piece, response: Bytes(take(input, size)) })
    }
}

pub fn run(Input { size, piece, response: Bytes(response) }: Input<'_>) {
    let mut buffer = vec![0; size];
    buffer[..response.len()].copy_from_slice(response);

    let whole = Handshake::new([0; 16]).read_response(&buffer, response.len());
    let mut handshake = Handshake::new([0; 16]);
    let mut cut = Ok(None);
    for filled in (0..response.len()).step_by(piece).chain([response.len()]) {
        cut = handshake.read_response(&buffer, filled);
        if cut != Ok(None) {
            break;
        }
    }
    assert_eq!(cut, whole);

    if let Ok(Some(head)) = whole {
        // Only the first line of an interim answer is parsed.
        let end = |head: &[u8]| {
            let mut breaks = head.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
            let is_empty = |line: &[u8]| line.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
            let mut start = breaks.next().unwrap();
            breaks.find(|&end| is_empty(&head[std::mem::replace(&mut start, end)..end])).unwrap()
        };
        let mut last = &response[..head];
        while let length = end(last)
            && length < last.len()
        {
            assert!(last[9] == b'1' && &last[9..12] != b"101", "what is skipped is interim");
            last = &last[length..];
        }
        let mut headers = [httparse::EMPTY_HEADER; 128];
        let mut parsed = httparse::Response::new(&mut headers);
        match parsed.parse(last) {
            Ok(status) => assert_eq!(status, httparse::Status::Complete(last.len())),
            Err(httparse::Error::TooManyHeaders) => return,
            Err(error) => panic!("accepted, but httparse reports {error}"),
        }
        assert_eq!(parsed.code, Some(101));
        let all = |wanted: &str| {
            let found = parsed.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(wanted));
            found.map(|header| header.value.trim_ascii()).collect::<Vec<_>>()
        };
        assert!(all("Sec-WebSocket-Accept").iter().all(|value| *value == ACCEPT.as_bytes()));
        assert!(!all("Sec-WebSocket-Accept").is_empty());
        assert!(!all("Upgrade").is_empty());
        assert!(all("Upgrade").iter().all(|value| value.eq_ignore_ascii_case(b"websocket")));
        assert!(all("Sec-WebSocket-Extensions").iter().all(|value| value.is_empty()));
        #[cfg(feature = "date")]
        if let Some(date) = handshake.server_date() {
            let text = std::str::from_utf8(all("Date").pop().expect("the date is from a header")).unwrap_or_default();
            let time = text.split(' ').find_map(|word| {
                let [hour, minute, second] = word.split(':').collect::<Vec<_>>().try_into().ok()?;
                let all =
                    [hour, minute, second].map(|digits: &str| digits.parse::<u64>().ok().filter(|_| digits.len() == 2));
                Some(all[0]? * 3600 + all[1]? * 60 + all[2]?)
            });
            assert!(time.is_none_or(|time| date % 86_400 == time), "{text} is not {date}");
        }
    }
}
