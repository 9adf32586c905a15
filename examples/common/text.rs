//! Escapes for untrusted text on a terminal.

/// Escapes every character that controls a terminal, in Rust's notation: `\u{1b}`.
pub fn printable(text: &str) -> String {
    escape(text, |character| character.escape_default().to_string())
}

/// Escapes the same characters inside the strings of a JSON text, in JSON's notation: `\u001b`.
///
/// JSON itself does not require this for the control characters from U+007F to U+009F.
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

/// Returns whether a terminal may interpret a character instead of showing it: control characters (some begin escape
/// sequences), marks that change the direction of the text, line separators, and invisible characters. Joiners are
/// excluded: Persian and emoji need them.
pub fn steers_terminal(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
