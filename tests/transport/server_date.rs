//! The clock of the server, from the `Date` of its answer to the handshake (RFC 9110 §5.6.7).
#![cfg(feature = "date")]

use pusher_proto::websocket::Handshake;

/// The `Sec-WebSocket-Accept` of an all-zero key.
const ACCEPT: &str = "ICX+Yqv66kxgM0FcWaLWlFLwTAI=";
const MONTHS: [(&str, u32); 12] = [
    ("Jan", 31),
    ("Feb", 28),
    ("Mar", 31),
    ("Apr", 30),
    ("May", 31),
    ("Jun", 30),
    ("Jul", 31),
    ("Aug", 31),
    ("Sep", 30),
    ("Oct", 31),
    ("Nov", 30),
    ("Dec", 31),
];
const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

/// Returns the date of an accepted answer with these header lines.
#[track_caller]
fn with_headers(lines: &str) -> Option<u64> {
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {ACCEPT}\r\n{lines}\r\n"
    );
    let mut handshake = Handshake::new([0; 16]);
    let mut buffer = vec![0; response.len() + 1];
    buffer[..response.len()].copy_from_slice(response.as_bytes());
    assert_eq!(handshake.read_response(&buffer, response.len()), Ok(Some(response.len())), "{lines:?}");
    handshake.server_date()
}

#[track_caller]
fn date(value: &str) -> Option<u64> {
    with_headers(&format!("Date: {value}\r\n"))
}

/// Walks over every day from 1970 on, and returns the days of these years with the seconds since 1970 at their start.
fn calendar(years: std::ops::Range<u32>) -> Vec<(u64, u32, usize, u32, &'static str)> {
    let (mut days, mut start, mut weekday) = (Vec::new(), 0, 0);
    for year in 1970..years.end {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (month, (_, length)) in MONTHS.iter().enumerate() {
            for day in 1..=length + u32::from(is_leap && month == 1) {
                if years.contains(&year) {
                    days.push((start, year, month, day, DAYS[weekday % 7]));
                }
                start += 86_400;
                weekday += 1;
            }
        }
    }
    days
}

#[test]
fn every_day_is_read_in_a_format_that_changes_by_day_and_by_cycle_of_leap_years() {
    for (at, (start, year, month, day, name)) in calendar(2000..2070).into_iter().enumerate() {
        let second = at as u64 * 7919 % 86_400;
        let time = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
        let (short, month) = (&name[..3], MONTHS[month].0);
        let text = match (at + at / 1461) % 3 {
            0 => format!("{name}, {day:02}-{month}-{:02} {time} GMT", year % 100),
            1 => format!("{short}, {day:02} {month} {year} {time} GMT"),
            _ => format!("{short} {month} {day:2} {time} {year}"),
        };
        assert_eq!(date(&text), Some(start + second), "{text}");
    }
}

#[test]
fn known_dates_have_their_known_seconds() {
    let known = [
        ("Sat, 01 Jan 2000 00:00:00 GMT", 946_684_800),
        ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
        ("Tue, 24 Nov 2026 20:41:36 GMT", 1_795_552_896),
        ("Tuesday, 24-Nov-26 20:41:36 GMT", 1_795_552_896),
        ("Tue Nov 24 20:41:36 2026", 1_795_552_896),
        ("Tue, 31 Dec 2069 23:59:59 GMT", 3_155_759_999),
        ("Wednesday, 31-Dec-69 23:59:59 GMT", 3_155_759_999),
        // As documented: the length of a month is not checked.
        ("Sun, 29 Feb 2026 00:00:00 GMT", 1_772_323_200),
        ("Tue, 31 Nov 2026 00:00:00 GMT", 1_796_083_200),
    ];
    for (text, expected) in known {
        assert_eq!(date(text), Some(expected), "{text}");
    }
}

#[test]
fn a_date_that_is_none_is_no_reason_to_refuse_the_websocket() {
    let refused = [
        "",
        " ",
        "Date",
        "1795552896",
        "2026-11-24T20:41:36Z",
        "Sun, 06 Nov 1994 08:49:37 GMT", // not the present
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT", // a server without a clock
        "Fri, 31 Dec 1999 23:59:59 GMT",
        "Fri, 31 Dec 9999 00:00:00 GMT",
        "Tue, 32 Dec 2026 20:41:36 GMT",
        "Tue, 99 Dec 2026 20:41:36 GMT",
        "Tue, 24 Nov 2026 24:41:36 GMT",
        "Tue, 24 Nov 2026 20:60:36 GMT",
        "Tue, 24 Nov 2026 20:41:60 GMT",
        "Tue, 24 Nov 2026 20:41:99 GMT",
        "Tue, 24 nov 2026 20:41:36 GMT",
        "Tue, 24 Nob 2026 20:41:36 GMT",
        "Tue, 24 --- 2026 20:41:36 GMT",
        "Tue, 24 Nov 2026 20:41:36",
        "Tue, 24 Nov 2026 20:41:36 GMT+1",
        "Tue, 24 Nov 2026  20:41:36 GMT",
        "Tue, 24-Nov-2026 20:41:36",
        "Tue, 4 Nov 2026 20:41:36 GMT",
        "Tue, 24 Nov 20x6 20:41:36 GMT",
        "Tue, 24 Nov 202x 20:41:36 GMT",
        "Tue, 24 Nov 2026 2O:41:36 GMT",
        "Tue, 24 Nov 2026 20:41:3: GMT",
        "24 Nov 2026 20:41:36 GMT",
        "Tue Nov    20:41:36 2026",
        "Tue Nov 4  20:41:36 2026",
        "Tue, 24 Nov 20\u{666} 20:41:36 GMT",
    ];
    for text in refused {
        assert_eq!(date(text), None, "{text:?}");
    }
    assert_eq!(date(&"9".repeat(10_000)), None);
}

/// Whatever the bytes, a date is none or one of these 70 years.
#[test]
fn a_date_with_any_byte_at_any_place_is_none_or_in_its_range() {
    let range = 946_684_800 - 86_400..=3_155_759_999 + 86_400;
    for format in ["Tue, 24 Nov 2026 20:41:36 GMT", "Tuesday, 24-Nov-26 20:41:36 GMT", "Tue Nov 24 20:41:36 2026"] {
        for at in 0..format.len() {
            for byte in (b' '..=b'~').chain([b'\t']) {
                let mut text = format.as_bytes().to_vec();
                text[at] = byte;
                let text = String::from_utf8(text).unwrap();
                assert!(date(&text).is_none_or(|date| range.contains(&date)), "{text}");
            }
        }
    }
}

#[test]
fn the_last_date_counts_and_its_name_in_any_case() {
    let (first, second) = ("Sat, 01 Jan 2000 00:00:00 GMT", "Tue, 24 Nov 2026 20:41:36 GMT");
    assert_eq!(with_headers(""), None);
    assert_eq!(with_headers(&format!("dAtE:\t{second} \r\n")), Some(1_795_552_896));
    assert_eq!(with_headers(&format!("Date: {first}\r\nDate: {second}\r\n")), Some(1_795_552_896));
    assert_eq!(with_headers(&format!("Date: {first}\r\nDate: soon\r\n")), None);
    assert_eq!(with_headers(&format!("X-Date: {first}\r\nDate-X: {first}\r\n")), None);
}

#[test]
fn the_connection_has_the_date_until_its_next_attempt() {
    use pusher_proto::connection::{Action, DenyAll, SocketError};
    use pusher_proto::{Client, Config, Connection, Endpoint, Instant};

    let (mut rx, mut tx) = ([0; 512], [0; 512]);
    let endpoint = Endpoint::from_url("ws://h", "key").unwrap();
    let client: Client<2, 16> = Client::new(Config::new(1));
    let mut connection = Connection::new(client, endpoint, |_: &mut [u8]| {}, &mut rx, &mut tx);
    let mut now = Instant::from_millis(1);
    connection.connect(now);
    for headers in ["Date: Tue, 24 Nov 2026 20:41:36 GMT\r\n", ""] {
        while let action = connection.poll(now, &mut DenyAll)
            && !matches!(action, Action::Read { .. })
        {
            match action {
                Action::Open { attempt, .. } => connection.handle_opened(now, attempt),
                Action::Write => connection.handle_sent(usize::MAX),
                Action::Wait { until } => now = until.unwrap(),
                _ => {}
            }
        }
        assert_eq!(connection.server_date(), None, "before the answer");
        let answer = format!(
            "HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {ACCEPT}\r\n{headers}\r\n"
        );
        connection.receive_space()[..answer.len()].copy_from_slice(answer.as_bytes());
        connection.handle_received(answer.len());
        while !matches!(connection.poll(now, &mut DenyAll), Action::Read { .. }) {}
        let expected = (!headers.is_empty()).then_some(1_795_552_896);
        assert_eq!(connection.server_date(), expected);
        connection.handle_socket_error(now, SocketError::Closed);
        assert_eq!(connection.server_date(), expected, "after the end, until the next attempt");
    }
}
