//! Lines on the standard output.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use pusher_proto::Payload;
use serde_json::{Value, json};

use crate::common::text::{printable, printable_json};

/// Prints one line for each thing that happens.
#[derive(Clone, Copy)]
pub struct Printer {
    json: bool,
}

impl Printer {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// What kind of thing happened, on which channel, and more about it: in words for people, in fields for programs.
    pub fn line(self, kind: &str, channel: Option<&str>, words: &str, mut fields: Value) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let line = if self.json {
            fields["time_ms"] = json!(now.as_millis() as u64);
            fields["kind"] = json!(kind);
            if let Some(channel) = channel {
                fields["channel"] = json!(channel);
            }
            printable_json(&fields.to_string())
        } else {
            let (secs, millis) = (now.as_secs() % 86_400, now.subsec_millis());
            let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
            let time = format!("{hours:02}:{minutes:02}:{secs:02}.{millis:03}Z");
            let channel = channel.map(|channel| format!("{channel:<16} ")).unwrap_or_default();
            printable(format!("{time}  {:<13} {channel}{words}", kind.replace('_', " ")).trim_end())
        };
        // Not `println!`, which panics when nobody reads any more.
        writeln!(io::stdout(), "{line}")
    }
}

/// The data of an event for a JSON line: as JSON where it is that, else as text.
pub fn data(payload: Payload<'_>) -> Value {
    match payload {
        Payload::Absent => Value::Null,
        payload => serde_json::from_str(payload.as_str()).unwrap_or_else(|_| payload.as_str().into()),
    }
}
