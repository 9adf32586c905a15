//! Lines on the standard output.

use std::io::{self, IsTerminal, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use pusher_proto::Payload;
use serde_json::{Value, json};

use crate::common::text::{printable, printable_json};

/// Prints one line for each thing that happens.
#[derive(Clone, Copy)]
pub struct Printer {
    json: bool,
    /// Whether the output is a terminal that shows colours.
    has_colours: bool,
}

impl Printer {
    pub fn new(json: bool) -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
        // See https://no-color.org.
        Self { json, has_colours: !json && io::stdout().is_terminal() && !is_dumb && !is_set("NO_COLOR") }
    }

    /// Prints the kind of event, its channel, and details: words for people, fields for programs.
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
            let kind_words = kind.replace('_', " ");
            let rest =
                printable(&format!("{:pad$} {channel}{words}", "", pad = 13_usize.saturating_sub(kind_words.len())));
            let [on, off] = if self.has_colours { colour(kind) } else { ["", ""] };
            format!("{time}  {on}{kind_words}{off}{rest}").trim_end().to_owned()
        };
        // `println!` would panic when the reader has closed the output.
        writeln!(io::stdout(), "{line}")
    }
}

/// Returns the terminal's escape sequences around a kind: red for errors, yellow for possible gaps, green for
/// established states, blue for events.
fn colour(kind: &str) -> [&'static str; 2] {
    let on = match kind {
        "bad_message" | "disconnected" | "error" | "failed" | "unauthorized" | "unavailable" | "undecryptable"
        | "unreachable" => "\x1b[31m",
        "cache_miss" | "gap" => "\x1b[33m",
        "connected" | "signed_in" | "subscribed" => "\x1b[32m",
        "event" | "user_event" => "\x1b[34m",
        _ => return ["", ""],
    };
    [on, "\x1b[m"]
}

/// Returns the data of an event for a JSON line: as JSON if it is valid, otherwise as text.
pub fn data(payload: Payload<'_>) -> Value {
    match payload {
        Payload::Absent => Value::Null,
        payload => serde_json::from_str(payload.as_str()).unwrap_or_else(|_| payload.as_str().into()),
    }
}
