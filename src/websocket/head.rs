//! Splitting the head of an HTTP response into its parts.

/// Splits the next line off `text`, without its line break; returns `None` if it is not valid text.
pub(super) fn line<'t>(text: &mut &'t [u8]) -> Option<&'t [u8]> {
    let mut line = part(text, b'\n');
    if let [rest @ .., b'\r'] = line {
        line = rest;
    }
    line.iter().all(is_text).then_some(line)
}

/// Splits off the part of `text` before the first `end`, and the `end`; all of it if there is none.
#[inline(never)] // size
pub(super) fn part<'t>(text: &mut &'t [u8], end: u8) -> &'t [u8] {
    let length = text.iter().take_while(|&&byte| byte != end).count();
    let (part, rest) = text.split_at_checked(length).unwrap_or_default();
    *text = rest.get(1..).unwrap_or_default();
    part
}

/// Trims spaces and tabs around `text`.
pub(super) fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Returns whether the byte is visible, a space, a tab, or not ASCII (RFC 9110 §5.5).
fn is_text(byte: &u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}
