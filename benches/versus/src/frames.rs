//! The frames of all measurements.

/// The kind of a frame's `data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A JSON document encoded again as a string, as Pusher's servers send it.
    Escaped,
    /// A long string without an escape.
    Plain,
    /// The same JSON document as an object, as in client events.
    Object,
    /// A string with all characters as `\uXXXX`, as PHP encodes text that is not ASCII.
    Unicode,
}

pub const KINDS: [Kind; 4] = [Kind::Escaped, Kind::Plain, Kind::Object, Kind::Unicode];

/// The sizes of frames in bytes.
pub const SIZES: [usize; 6] = [64, 256, 1024, 4096, 10_240, 65_536];

pub const EVENT: &str = "price";
pub const CHANNEL: &str = "market";

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Escaped => "escaped",
            Self::Plain => "plain",
            Self::Object => "object",
            Self::Unicode => "unicode",
        }
    }
}

/// A frame, and its decoded data.
#[derive(Clone)]
pub struct Frame {
    pub text: Vec<u8>,
    pub data: String,
}

/// Returns a frame of exactly `size` bytes.
pub fn frame(kind: Kind, size: usize) -> Frame {
    let around = wrap("").len();
    let room = size - around;
    let (written, data) = match kind {
        Kind::Escaped => {
            let data = document(room, |document| quote(document).len());
            (quote(&data), data)
        }
        Kind::Object => {
            let data = document(room, str::len);
            (data.clone(), data)
        }
        Kind::Plain => {
            let data: String =
                "It was the best of times, it was the worst of times. ".chars().cycle().take(room - 2).collect();
            (quote(&data), data)
        }
        Kind::Unicode => unicode(room),
    };
    let text = wrap(&written).into_bytes();
    assert_eq!(text.len(), size, "{kind:?}");
    Frame { text, data }
}

fn wrap(data: &str) -> String {
    format!(r#"{{"event":"{EVENT}","channel":"{CHANNEL}","data":{data}}}"#)
}

fn quote(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Returns a JSON document of exactly `room` bytes, measured with `len`: orders, and a string that fills the rest.
fn document(room: usize, len: impl Fn(&str) -> usize) -> String {
    let close = |orders: &str, rest: usize| match orders {
        "" => format!(r#"{{"z":"{}"}}"#, "z".repeat(rest)),
        orders => format!(r#"{{"orders":[{orders}],"z":"{}"}}"#, "z".repeat(rest)),
    };
    let mut orders = String::new();
    for number in 0.. {
        let comma = if number == 0 { "" } else { "," };
        let longer = format!(
            r#"{orders}{comma}{{"id":{},"symbol":"ETH-{}","price":"{}.{:02}","size":{},"maker":{},"tags":["limit","day"]}}"#,
            70_000 + 37 * number,
            ["EUR", "USD", "BTC"][number % 3],
            1800 + number % 97,
            number * 7 % 100,
            number * 13 % 1000,
            number % 2 == 0,
        );
        if len(&close(&longer, 0)) > room {
            break;
        }
        orders = longer;
    }
    let missing = room - len(&close(&orders, 0));
    close(&orders, missing)
}

/// Returns a string literal of `room` bytes, and its text.
fn unicode(room: usize) -> (String, String) {
    let (mut written, mut data) = (String::from("\""), String::new());
    for character in "текст é 你😀".chars().filter(|character| *character != ' ').cycle() {
        let units: String = character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
        if written.len() + units.len() + 1 > room {
            break;
        }
        written += &units;
        data.push(character);
    }
    let missing = room - written.len() - 1;
    written += &"z".repeat(missing);
    data += &"z".repeat(missing);
    (written + "\"", data)
}

/// Returns a text frame of a server with this payload.
pub fn websocket(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
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
