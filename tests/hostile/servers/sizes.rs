//! Messages, heads, names and ids that are too large, or have characters that steer a parser.

use crate::server::{Hostile, Reply, endless, established, frame, once, text};
use crate::world::{RECEIVE, World};

/// Runs one server for a minute; the result contains `expected`, and the client works again afterwards.
#[track_caller]
fn check(expected: &str, server: impl Fn() -> Hostile + 'static) {
    let mut world = World::new(move || Box::new(server()));
    world.run_until(60_000);
    world.saw(expected);
    world.sent_at_most(2, 2000);
    // A step for each read and each message, and a few for each connection.
    assert!(world.steps <= world.bytes_in / 2 + 60 * world.opened.len() as u64 + 100, "{} steps", world.steps);
    world.works_again();
}

#[test]
fn a_message_of_16_megabytes_into_a_kilobyte_is_refused_by_its_header() {
    for (header, size) in [
        (&[0x81, 127, 0, 0, 0, 0, 1, 0, 0, 0][..], 16_777_216u64),
        (&[0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], i64::MAX as u64),
        (&[0x81, 126, 0x04, 0x00], RECEIVE as u64),
    ] {
        let mut world = World::new(move || {
            let mut header = Some(header.to_vec());
            Box::new(Hostile::subscribed(move |_, _| Reply::Bytes(header.take().unwrap_or(vec![b' '; 1 << 20]))))
        });
        world.run_until(60_000);
        world.saw(&format!("close Protocol(TooBig {{ size: {size}, capacity: {} }})", RECEIVE - 1));
        // The payload is not read: at most one buffer of it for each connection.
        let limit = (2 * RECEIVE * world.opened.len()) as u64;
        assert!(world.bytes_in <= limit, "{} bytes read", world.bytes_in);
        world.works_again();
    }
}

#[test]
fn a_message_of_16_megabytes_in_fragments_is_refused_by_the_first_that_does_not_fit() {
    check("close Protocol(TooBig { size: 1100, capacity: 1023 })", || {
        let mut first = 0x01;
        Hostile::subscribed(move |_, _| {
            let bytes = frame(first, &[b' '; 100]);
            first = 0x00;
            Reply::Bytes(bytes)
        })
    });
}

#[test]
fn a_hundred_thousand_brackets_are_refused() {
    for bracket in ["[", "{\"a\":"] {
        // In a buffer that holds the message, the client refuses it. The connection continues.
        let mut client: pusher_proto::Client<1, 16> = pusher_proto::Client::new(pusher_proto::Config::new(1));
        let now = pusher_proto::Instant::ZERO;
        client.connect(now);
        let _ = client.poll_request();
        client.handle_open(now);
        let mut message = format!(r#"{{"event":"pusher:connection_established","data":{}"#, bracket.repeat(100_000));
        let error = client.handle_text(now, &mut message.clone().into_bytes()).unwrap_err();
        assert!(matches!(error, pusher_proto::envelope::EnvelopeError::TooDeep { .. }), "{error:?}");
        message += &if bracket == "[" { "]".repeat(100_000) } else { format!("1{}", "}".repeat(100_000)) };
        message += "}";
        let error = client.handle_text(now, &mut message.into_bytes()).unwrap_err();
        assert!(matches!(error, pusher_proto::envelope::EnvelopeError::TooDeep { .. }), "{error:?}");
        let mut good = *br#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}"#;
        assert!(client.handle_text(now, &mut good).unwrap().is_some());
    }
    // In a buffer of 1 KB, what fits is refused as well.
    check("bad envelope", || {
        let deep = format!(r#"{{"event":"x","channel":"news","data":{}{}}}"#, "[".repeat(400), "]".repeat(400));
        Hostile::subscribed(once([text(&deep), text(&"[".repeat(1000)), text(&"]".repeat(1000))].concat()))
    });
}

#[test]
fn two_hundred_headers_are_read_if_they_fit_and_refused_if_they_do_not() {
    check("event fair on news", || {
        let mut answered = false;
        Hostile::requested(move |_, client| {
            if answered {
                return fair(client);
            }
            answered = true;
            Reply::Bytes([client.answer(&"X:\r\n".repeat(200)), established("1.1")].concat())
        })
    });
    check("close Handshake(HeadTooLong { capacity: 1024 })", || {
        Hostile::requested(|_, client| Reply::Bytes(client.answer(&"X-Header: value\r\n".repeat(200))))
    });
}

fn fair(client: &mut crate::server::Client) -> Reply {
    let bytes = crate::server::fair_answers(&std::mem::take(&mut client.texts));
    if bytes.is_empty() { Reply::Wait(None) } else { Reply::Bytes(bytes) }
}

#[test]
fn a_head_without_an_end_and_interim_answers_without_an_end_are_refused() {
    for endless_head in ["HTTP/1.1 101 x\r\nX: ", "HTTP/1.1 103 x\r\n\r\n"] {
        let rest = if endless_head.ends_with("\r\n\r\n") { endless_head } else { "x" };
        check("close Handshake(HeadTooLong { capacity: 1024 })", move || {
            let mut first = true;
            Hostile::opened(move |_, _| {
                let bytes = if first { endless_head.to_string() } else { rest.repeat(100) };
                first = false;
                Reply::Bytes(bytes.into_bytes())
            })
        });
    }
}

#[test]
fn heads_that_are_not_the_answer_to_this_request_are_refused() {
    let refusals: [(&[u8], &str); 12] = [
        (b"HTTP/1.1 301 Moved\r\nLocation: ws://evil\r\n\r\n", "Status(301)"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", "Status(302)"),
        (b"HTTP/1.1 308 Permanent\r\nLocation: //evil\r\n\r\n", "Status(308)"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "Status(200)"),
        (b"HTTP/1.1 000 x\r\n\r\n", "Status(0)"),
        (b"HTTP/1.1 999 x\r\n\r\n", "Status(999)"),
        (b"HTTP/1.1 1010 x\r\n\r\n", "NotHttp"),
        (b"HTTP/1.1 +101 x\r\n\r\n", "NotHttp"),
        (b"HTTP/2 101 x\r\n\r\n", "NotHttp"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "NotHttp"),
        (b"HTTP/1.1 101 x\r\nUpgrade: web\0socket\r\n\r\n", "NotHttp"),
        (b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "WrongAccept"),
    ];
    for (head, expected) in refusals {
        check(&format!("close Handshake({expected})"), move || Hostile::requested(once(head.to_vec())));
    }
    // A right answer that selects what was not offered.
    for (header, expected) in [
        ("Sec-WebSocket-Extensions: permessage-deflate\r\n", "UnexpectedExtension"),
        ("Sec-WebSocket-Protocol: evil\r\n", "UnexpectedSubprotocol"),
        ("Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n", "WrongAccept"),
        ("Upgrade: h2c\r\n", "MissingUpgrade"),
    ] {
        check(&format!("close Handshake({expected})"), move || {
            Hostile::requested(move |_, client| Reply::Bytes(client.answer(header)))
        });
    }
}

#[test]
fn frames_that_no_server_may_send_are_refused_with_their_reason() {
    let masked = [&[0x81, 0x82, 1, 2, 3, 4][..], b"xx"].concat();
    let cases = [
        (masked, "Masked"),
        (vec![0xc1, 0], "ReservedBits"),
        (vec![0xf1, 0], "ReservedBits"),
        (vec![0x83, 0], "UnknownOpcode(3)"),
        (vec![0x8f, 0], "UnknownOpcode(15)"),
        (vec![0x09, 0], "ControlFragmented"),
        (vec![0x89, 126, 0, 126], "ControlTooLong"),
        (vec![0x88, 1, 0], "CloseTooShort"),
        (vec![0x80, 0], "UnexpectedContinuation"),
        ([frame(0x01, b"x"), frame(0x81, b"x")].concat(), "MessageInterrupted"),
        (vec![0x81, 126, 0, 125], "LengthNotMinimal"),
        (vec![0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff], "LengthNotMinimal"),
        (vec![0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], "LengthOutOfRange"),
        (frame(0x81, b"\xff"), "InvalidUtf8"),
        (frame(0x81, b"\xed\xa0\x80"), "InvalidUtf8"),
        (frame(0x88, b"\x0f\xa0\xff"), "InvalidUtf8"),
    ];
    for (bytes, expected) in cases {
        check(&format!("close Protocol({expected})"), move || Hostile::subscribed(once(bytes.clone())));
    }
}

#[test]
fn socket_ids_that_are_too_long_are_refused_and_the_next_one_counts() {
    for length in [65, 200, 900] {
        check(&format!("bad envelope SocketIdTooLong {{ length: {length} }}"), move || {
            Hostile::handshaken(once(established(&"9".repeat(length))))
        });
    }
    // 4 KB do not even fit into the buffer.
    check("close Protocol(TooBig", || Hostile::handshaken(once(established(&"9".repeat(4096)))));
    check("event fair on news", || {
        let mut bytes = Some([established(&"9".repeat(65)), established(""), established("1.1")].concat());
        Hostile::handshaken(move |_, client| bytes.take().map_or_else(|| fair(client), Reply::Bytes))
    });
}

#[test]
fn socket_ids_with_quotes_and_control_characters_are_signed_as_they_are() {
    for socket_id in ["1.1\"", "\"}{\\", "\0\u{1}\r\n\u{1b}[2J", "é\u{202e}", " ", "1&channel_name=x"] {
        // The signatures fit the connection, and the frames are JSON: the fair part of the server reads them.
        check("event fair on private-a", move || {
            let mut bytes = Some(established(socket_id));
            Hostile::handshaken(move |_, client| bytes.take().map_or_else(|| fair(client), Reply::Bytes))
        });
    }
    // A colon separates the parts of a signed text, so nothing is signed.
    let mut world = World::new(|| {
        let mut bytes = Some(established("1.1::user:"));
        Box::new(Hostile::handshaken(move |_, client| bytes.take().map_or_else(|| fair(client), Reply::Bytes)))
    });
    world.run_until(20_000);
    world.saw("event fair on news");
    assert_eq!(world.count("event fair on private-a"), 0);
    assert_eq!(world.count("Denied"), 2, "{:?}", world.results);
    world.works_again();
}

#[test]
fn control_characters_and_quotes_are_data_wherever_they_stand() {
    let evil = serde_json::to_string("\0\u{1b}[2J\"\\\u{202e}\r\n").unwrap();
    let raw = "\"\u{1}\"";
    for name in [&evil[..], raw] {
        let messages = [
            format!(r#"{{"event":{name},"channel":"news","data":{name},"user_id":{name}}}"#),
            format!(r#"{{"event":"x","channel":{name},"data":{name}}}"#),
            format!(r#"{{"event":"pusher:error","data":{{"code":4301,"message":{name}}}}}"#),
            format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":{name},"data":{name}}}"#),
            format!(r#"{{"event":"pusher_internal:member_added","channel":"presence-b","data":{{"user_id":{name}}}}}"#),
            format!(r#"{{"event":"pusher:signin_success","data":{{"user_data":{{"id":{name}}}}}}}"#),
        ];
        let bytes: Vec<u8> = messages.iter().flat_map(|message| text(message)).collect();
        // Raw control characters are not JSON (RFC 8259 §7).
        let expected = if name == raw { "bad envelope NotJson" } else { "error Some(4301)" };
        check(expected, move || Hostile::subscribed(once(bytes.clone())));
    }
}

#[test]
fn a_head_of_16_megabytes_is_read_up_to_the_buffer() {
    let mut world = World::new(|| Box::new(Hostile::requested(endless(b"HTTP/1.1 101 x\r\nX: x".repeat(1 << 10)))));
    world.run_until(60_000);
    world.saw("close Handshake(");
    assert!(world.bytes_in <= (RECEIVE * world.opened.len()) as u64, "{} bytes read", world.bytes_in);
    world.works_again();
}
