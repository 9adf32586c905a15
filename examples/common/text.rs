//! Text of a peer, made safe for a terminal.

/// Escapes every character that steers a terminal, as Rust writes it: `\u{1b}`.
pub fn printable(text: &str) -> String {
    escape(text, |character| character.escape_default().to_string())
}

/// Escapes the same characters inside the strings of a JSON text, as JSON writes them: `\u001b`.
///
/// A JSON writer need not: it escapes what JSON demands, which leaves out the control characters from U+007F to U+009F.
pub fn printable_json(json: &str) -> String {
    escape(json, |character| character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect())
}

fn escape(text: &str, escaped: impl Fn(char) -> String) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match steers_terminal(character) {
            true => printable += &escaped(character),
            false => printable.push(character),
        }
    }
    printable
}

/// Returns whether a terminal may obey a character instead of showing it: control characters, among them those that
/// begin an escape sequence, marks that change the direction of the text around them, line separators, and characters
/// that are invisible. Joiners are not among them: Persian and emoji need those.
pub fn steers_terminal(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
