//! Strings on processors with 64-bit registers: words and blocks without special bytes are skipped at once.
//!
//! Equivalent to the byte-by-byte loop in [`unescape`](super::unescape) for smaller processors; the tests here compare
//! both with each other and with serde_json. UTF-8 is not checked in advance: a byte that is not ASCII stops each loop.
//! The text is then checked once, from there to its end.

use super::json::{Escapes, Scanner};
use super::unescape::escape;
use crate::text::copy;

/// A one in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGH: u64 = ONES << 7;
/// A backslash in each byte.
const BACKSLASHES: u64 = ONES * b'\\' as u64;
/// The number of bytes in a block. Loops of this length compile to vector instructions.
const BLOCK: usize = 64;
/// The number of bytes written at once.
const COPY: usize = 16;
/// A multiplication by this gathers the lowest bits of eight bytes, in order, into the highest byte.
const GATHER: u64 = 0x0102_0408_1020_4080;

/// A block, plus the bytes after it that may be copied.
type Block = [u8; BLOCK + COPY];

impl Scanner<'_> {
    /// Reads a string whose opening quote is at this position, optionally unescapes it, and returns the end of its
    /// text.
    #[inline(always)]
    pub(super) fn text(&mut self, escapes: Escapes) -> Option<usize> {
        let mut from = self.at.wrapping_add(1); // all sums are positions in the text, or one past its end
        loop {
            from = if self.checked { plain::<true>(self.rest, from) } else { plain::<false>(self.rest, from) };
            let byte = at(self.rest, from);
            if byte == b'"' {
                self.at = from.wrapping_add(1);
                return Some(from);
            }
            if byte == b'\\' && escapes == Escapes::Undo {
                let (end, place, is_checked) = undo(self.rest, from, self.checked);
                (self.at, self.checked) = (place, is_checked);
                return end;
            }
            // Not a method, because the scanner would have to be in memory for it.
            let (place, is_good) = pass(self.rest, from);
            if !is_good {
                self.at = place;
                return None;
            }
            self.checked |= byte >= 0x80;
            from = place;
        }
    }

    /// Unescapes from the first escape on, whose backslash is at `from`.
    ///
    /// Works block by block: all special bytes of a block are found at once, so that the processor can handle several
    /// escapes at the same time.
    fn undo(&mut self, mut from: usize) -> Option<usize> {
        let mut to = from;
        loop {
            // Near the end of the text, blocks would have to be copied.
            if self.rest.len().wrapping_sub(from) < BLOCK + COPY {
                (from, to) = self.undo_rare(from, to)?;
                match at(self.rest, from) {
                    b'"' => {
                        self.at = from.wrapping_add(1);
                        return Some(to);
                    }
                    byte if byte != b'\\' && needs_work::<false>(byte) => self.judge(from)?,
                    _ => {}
                }
                continue;
            }
            let (stop, moved) = self.undo_block(from, to);
            (from, to) = (from.wrapping_add(stop), to.wrapping_add(moved));
            match at(self.rest, from) {
                _ if stop == BLOCK => {}
                b'"' => {
                    self.at = from.wrapping_add(1);
                    return Some(to);
                }
                b'\\' => (from, to) = self.undo_rare(from, to)?,
                _ => self.judge(from)?,
            }
        }
    }

    /// Unescapes the simple escapes in the block at `from` and writes the result to `to`. Returns the position in the
    /// block of the next byte that needs more work, and the number of bytes written.
    #[inline(always)]
    fn undo_block(&mut self, from: usize, to: usize) -> (usize, usize) {
        let Some((done, unread)) = self.rest.split_at_mut_checked(from) else { return (0, 0) };
        let Some(block) = unread.first_chunk() else {
            let (mut out, block) = (NONE, padded(unread));
            let (stop, moved) = undo_simple(&block, &mut out, self.checked);
            copy(self.rest.get_mut(to..).unwrap_or_default(), out.get(..moved).unwrap_or_default());
            return (stop, moved);
        };
        if let Some(out) = chunk_mut(done, to) {
            return undo_simple(block, out, self.checked);
        }
        // There is not enough space yet between the bytes written and those not read.
        let mut out = NONE;
        let (stop, moved) = undo_simple(block, &mut out, self.checked);
        let target = self.rest.get_mut(to..).unwrap_or_default();
        if stop == BLOCK
            && let (Some(target), Some(out)) = (target.first_chunk_mut::<BLOCK>(), out.first_chunk())
        {
            *target = *out;
        } else {
            copy(target, out.get(..moved).unwrap_or_default());
        }
        (stop, moved)
    }

    /// Unescapes the escape at `from` and those close after it, because a block for each would cost more. Returns the
    /// positions after the last byte read and the last byte written.
    #[inline(never)] // speed
    fn undo_rare(&mut self, mut from: usize, mut to: usize) -> Option<(usize, usize)> {
        let text = &mut *self.rest;
        let mut limit = from.wrapping_add(BLOCK);
        while from < limit {
            let before = from;
            while let Some(mut code) = unit(text, from) {
                let mut passed = 6;
                if code & 0xf800 == 0xd800 {
                    match unit(text, from.wrapping_add(passed)) {
                        Some(low @ 0xdc00..0xe000) if code < 0xdc00 => {
                            code = u32::wrapping_add(0x1_0000, (code & 0x3ff) << 10 | low & 0x3ff); // at most U+10FFFF
                            passed = 12;
                        }
                        _ => break,
                    }
                }
                let (bytes, len) = utf8(code);
                // Never reaches unread bytes: the escape has at least six bytes.
                if let Some(place) = chunk_mut(text, to) {
                    *place = bytes;
                }
                (from, to) = (from.wrapping_add(passed), to.wrapping_add(len));
            }
            if from != before {
                limit = from.wrapping_add(BLOCK);
            }
            let byte = at(text, from);
            if byte == b'\\' {
                let escaped = from.wrapping_add(1);
                let character = entry(&SIMPLE, at(text, escaped));
                if character != 0 {
                    put(text, to, character);
                    (from, to) = (escaped.wrapping_add(1), to.wrapping_add(1));
                    continue;
                }
                let rest = text.get(escaped..).unwrap_or_default();
                let (character, passed) = escape(|index| at(rest, index));
                from = escaped.wrapping_add(passed);
                let Some(character) = character else {
                    self.at = from;
                    return None;
                };
                let (bytes, len) = utf8(character.into());
                for byte in bytes.into_iter().take(len) {
                    put(text, to, byte);
                    to = to.wrapping_add(1);
                }
                limit = from.wrapping_add(BLOCK);
                continue;
            }
            if byte >= 0x80 && !self.checked || needs_work::<true>(byte) {
                break;
            }
            let mut len = 1;
            if let Some(&bytes) = chunk(text, from)
                && let Some(place) = chunk_mut(text, to)
            {
                let word = u64::from_le_bytes(bytes);
                let stops = if self.checked { stops::<true>(word) } else { stops::<false>(word) };
                len = length(stops);
                // The bits of the bytes before the first stop. The bytes after them stay if they may be unread. They
                // are not read otherwise: a load after several stores to the same word waits for all of them.
                let moved = if stops == 0 { u64::MAX } else { (stops ^ stops.wrapping_sub(1)) >> 8 };
                *place = if from.wrapping_sub(to) >= 8 {
                    bytes
                } else {
                    (word & moved | u64::from_le_bytes(*place) & !moved).to_le_bytes()
                };
            } else {
                put(text, to, byte);
            }
            (from, to) = (from.wrapping_add(len), to.wrapping_add(len));
        }
        Some((from, to))
    }

    /// Handles a byte that is neither plain nor a quote or backslash.
    fn judge(&mut self, from: usize) -> Option<()> {
        self.at = from;
        if at(self.rest, from) < 0x80 { None } else { self.check_utf8() }
    }
}

/// Unescapes like the method, for a scanner that is not in memory. Returns the end of the text, the position of the
/// scanner, and whether the text is known to be UTF-8.
#[inline(never)] // speed
fn undo(text: &mut [u8], from: usize, checked: bool) -> (Option<usize>, usize, bool) {
    let mut scanner = Scanner::new(text, checked);
    let end = scanner.undo(from);
    (end, scanner.at, scanner.checked)
}

/// Skips an escape; before a character that is not ASCII, checks the text from there on. Returns the position after it,
/// or that of the invalid byte, and whether the text is valid.
#[inline(never)] // speed
fn pass(text: &[u8], from: usize) -> (usize, bool) {
    let rest = text.get(from..).unwrap_or_default();
    match *rest {
        [b'\\', b'"' | b'\\' | b'/', ..] => (from.wrapping_add(2), true),
        [b'\\', ref escaped @ ..] => {
            let (character, passed) = escape(|index| at(escaped, index));
            (from.wrapping_add(1).wrapping_add(passed), character.is_some())
        }
        [0x80..=0xff, ..] => (from, core::str::from_utf8(rest).is_ok()),
        _ => (from, false),
    }
}

/// Returns the byte at a position; past the end a zero, which is not valid in JSON.
fn at(text: &[u8], place: usize) -> u8 {
    text.get(place).copied().unwrap_or(0)
}

/// Writes a byte, if the position exists.
fn put(text: &mut [u8], place: usize, byte: u8) {
    if let Some(slot) = text.get_mut(place) {
        *slot = byte;
    }
}

/// Returns the entry of a table for a byte.
fn entry<T: Copy + Default>(table: &[T; 256], byte: u8) -> T {
    table.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Returns the `N` bytes at a position, for writing.
fn chunk_mut<const N: usize>(text: &mut [u8], place: usize) -> Option<&mut [u8; N]> {
    text.get_mut(place..place.wrapping_add(N))?.first_chunk_mut()
}

/// Returns the `N` bytes at a position, if there are enough.
fn chunk<const N: usize>(text: &[u8], place: usize) -> Option<&[u8; N]> {
    text.get(place..place.wrapping_add(N))?.first_chunk()
}

/// Returns whether a byte needs work: quotes, backslashes, control characters, and non-ASCII bytes unless the text is
/// known to be UTF-8.
fn needs_work<const CHECKED: bool>(byte: u8) -> bool {
    // With one bit flipped, the quote and the control characters are the first 33. As signed numbers, non-ASCII bytes
    // are below them.
    let low = byte ^ 2;
    (if CHECKED { low < 0x21 } else { low.cast_signed() < 0x21 }) | (byte == b'\\')
}

/// Sets the highest bit of each byte in `word` that needs work; exact up to the first one.
fn stops<const CHECKED: bool>(word: u64) -> u64 {
    let found = (word ^ (ONES * 2)).wrapping_sub(ONES * 0x21) | (word ^ BACKSLASHES).wrapping_sub(ONES);
    (if CHECKED { found & !word } else { found | word }) & HIGH
}

/// Returns the number of bytes before the first stop; eight if there is none.
fn length(stops: u64) -> usize {
    (stops.trailing_zeros() / 8) as usize
}

/// Returns whether no byte of a block needs work.
fn is_plain<const CHECKED: bool>(block: &[u8; BLOCK]) -> bool {
    !block.iter().fold(false, |found, &byte| found | needs_work::<CHECKED>(byte))
}

/// Returns the position of the first byte from `place` on that needs work, or the end.
#[inline]
fn plain<const CHECKED: bool>(text: &[u8], mut place: usize) -> usize {
    // Most strings are short.
    for _ in 0..2 {
        let Some(word) = chunk(text, place) else { break };
        let stops = stops::<CHECKED>(u64::from_le_bytes(*word));
        place = place.wrapping_add(length(stops));
        if stops != 0 {
            return place;
        }
    }
    long::<CHECKED>(text, place)
}

/// Does the same for long strings.
#[inline(never)] // speed
fn long<const CHECKED: bool>(text: &[u8], mut place: usize) -> usize {
    let blocks = text.get(place..).unwrap_or_default().as_chunks().0;
    let plain = blocks.iter().take_while(|block| is_plain::<CHECKED>(block)).count();
    place = place.wrapping_add(plain.wrapping_mul(BLOCK));
    while let Some(word) = chunk(text, place) {
        let stops = stops::<CHECKED>(u64::from_le_bytes(*word));
        place = place.wrapping_add(length(stops));
        if stops != 0 {
            return place;
        }
    }
    while text.get(place).is_some_and(|&byte| !needs_work::<CHECKED>(byte)) {
        place = place.wrapping_add(1);
    }
    place
}

/// Returns the end of a text padded with zeros, which are not valid in JSON.
#[cold]
#[inline(never)] // speed
fn padded(text: &[u8]) -> Block {
    let mut block = [0; BLOCK + COPY];
    copy(&mut block, text);
    block
}

/// Returns one bit for each byte of the block, set if it needs work; the lowest bit is the first byte.
#[inline(always)]
fn marks(block: &Block, checked: bool) -> u64 {
    let words = || block.as_chunks::<8>().0.iter().take(BLOCK / 8).map(|word| u64::from_le_bytes(*word));
    let is_ascii = words().fold(0, |all, word| all | word) & HIGH == 0;
    let gather = |word: u64| (word & HIGH).wrapping_shr(7).wrapping_mul(GATHER) >> 56;
    // Sets the highest bit of each byte that is plain, if it is ASCII.
    let plain = |word: u64| {
        // The control characters and the quote are tested together: with one bit flipped, they are the first 33.
        (word ^ (ONES * 2)).wrapping_add(ONES * (0x80 - 0x21)) & (word ^ BACKSLASHES).wrapping_add(!HIGH)
    };
    let mut marks = 0;
    if is_ascii {
        for (index, word) in words().enumerate() {
            marks |= gather(!plain(word)) << index.wrapping_mul(8);
        }
    } else {
        let high = if checked { 0 } else { HIGH };
        for (index, word) in words().enumerate() {
            marks |= gather(!plain(word & !HIGH) & !word | word & high) << index.wrapping_mul(8);
        }
    }
    marks
}

/// The characters of one-letter escapes; 0 for other bytes.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "the compiler runs it")]
static SIMPLE: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 8 {
        table[b"\"\\/bfnrt"[at] as usize] = b"\"\\/\x08\x0c\n\r\t"[at];
        at += 1;
    }
    table
};

/// An empty block.
const NONE: Block = [0; BLOCK + COPY];

/// Copies a block and decodes its one-letter escapes. Returns the position in the block where it stops, at the latest
/// its end, and the number of bytes written; the bytes after them are garbage.
#[inline(never)] // speed
fn undo_simple(block: &Block, out: &mut Block, checked: bool) -> (usize, usize) {
    let mut marks = marks(block, checked);
    let (mut start, mut moved) = (0usize, 0usize);
    let mut first = at(block, 0);
    loop {
        let stop = marks.trailing_zeros() as usize;
        let len = stop.wrapping_sub(start); // not negative
        let mut done = 0usize;
        while done < len {
            // Never past the end of the block, but the compiler cannot prove it.
            let (from, to) = (start.wrapping_add(done) % BLOCK, moved.wrapping_add(done) % BLOCK);
            if let (Some(piece), Some(place)) = (chunk::<COPY>(block, from), chunk_mut(out, to)) {
                *place = *piece;
            }
            done = done.wrapping_add(COPY);
        }
        // The second byte of an escape was copied as well.
        put(out, moved % BLOCK, first);
        moved = moved.wrapping_add(len);
        start = stop.wrapping_add(1);
        // A backslash at the end begins the next block.
        if start >= BLOCK || at(block, stop) != b'\\' {
            return (stop, moved);
        }
        first = entry(&SIMPLE, at(block, start));
        if first == 0 {
            return (stop, moved);
        }
        marks &= !(3 << stop);
    }
}

/// Returns the code of the escape `\uXXXX` at `place`, if there is one.
#[inline(always)]
fn unit(text: &[u8], place: usize) -> Option<u32> {
    let &[backslash, u, a, b, c, d] = chunk(text, place)?;
    if u16::from_le_bytes([backslash, u]) != u16::from_le_bytes(*b"\\u") {
        return None;
    }
    let [first, second, third, fourth] = &HEX;
    let code = entry(first, a) | entry(second, b) | entry(third, c) | entry(fourth, d);
    u32::try_from(code).ok() // negative if any is not a digit
}

/// The values of a byte as each of four hexadecimal digits; -1 if it is not one.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "the compiler runs it")]
static HEX: [[i32; 256]; 4] = {
    let mut table = [[-1; 256]; 4];
    let mut place = 0;
    while place < 4 {
        let (mut digit, mut value) = (0, 0);
        while digit < 16 {
            table[place][b"0123456789abcdef"[digit] as usize] = value;
            table[place][b"0123456789ABCDEF"[digit] as usize] = value;
            digit += 1;
            value += 0x1000 >> (4 * place);
        }
        place += 1;
    }
    table
};

/// Encodes a code point in UTF-8; returns the bytes and how many are used.
#[inline(always)]
fn utf8(code: u32) -> ([u8; 4], usize) {
    let tail = |shift: u32| code >> shift & 0x3f;
    let (bytes, len) = match code {
        0..0x80 => (code, 1),
        0x80..0x800 => (0x80c0 | code >> 6 | tail(0) << 8, 2),
        0x800..0x1_0000 => (0x80_80e0 | code >> 12 | tail(6) << 8 | tail(0) << 16, 3),
        _ => (0x8080_80f0 | code >> 18 | tail(12) << 8 | tail(6) << 16 | tail(0) << 24, 4),
    };
    (bytes.to_le_bytes(), len)
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::super::json::{Escapes, Scanner};

    /// The result of a loop for the string that begins at `start`: its text and the position after it, or the position
    /// of the error.
    type Found = Result<(Vec<u8>, usize), usize>;

    fn read(text: &[u8], start: usize, escapes: Escapes, by_bytes: bool) -> (Found, Vec<u8>) {
        let mut copy = Vec::from(text);
        let is_utf8 = core::str::from_utf8(text).is_ok();
        let mut scanner = Scanner::new(&mut copy, is_utf8 && by_bytes);
        scanner.at = start;
        let end = if by_bytes { scanner.text_by_bytes(escapes) } else { scanner.text(escapes) };
        let at = scanner.at;
        let found = end.map(|end| (copy[start + 1..end].to_vec(), at)).ok_or(at);
        (found, copy)
    }

    /// Checks that both loops agree with each other and with serde_json.
    fn compare(text: &[u8], start: usize) {
        let shown = String::from_utf8_lossy(text);
        let (found, copy) = read(text, start, Escapes::Undo, false);
        assert_eq!(found, read(text, start, Escapes::Undo, true).0, "{shown}");
        if let Ok((_, end)) = &found {
            assert_eq!(copy[..=start], text[..=start], "{shown}");
            assert_eq!(copy[*end..], text[*end..], "{shown}");
        }
        let (kept, copy) = read(text, start, Escapes::Keep, false);
        assert_eq!(copy, text);
        assert_eq!(kept, read(text, start, Escapes::Keep, true).0, "{shown}");
        let mut values = serde_json::Deserializer::from_slice(&text[start..]).into_iter::<String>();
        match (values.next(), &found) {
            (Some(Ok(expected)), Ok((text, end))) => {
                assert_eq!(expected.as_bytes(), text, "{shown}");
                assert_eq!(values.byte_offset() + start, *end, "{shown}");
            }
            (Some(Err(_)), Err(_)) => {}
            // serde_json refuses surrogates without their partner.
            (Some(Err(_)), Ok((text, _))) => assert!(String::from_utf8_lossy(text).contains('\u{fffd}'), "{shown}"),
            (expected, found) => panic!("{found:?}, but it is {expected:?}: {shown}"),
        }
        assert_eq!(kept.map(|(_, end)| end), found.map(|(_, end)| end), "{shown}");
    }

    const PIECES: [&str; 12] = [
        "",
        r#"\""#,
        r"\\",
        r"\/",
        r"\n",
        r"\u0041",
        r"\u20ac",
        r"\ud83d\ude00",
        r"\ud83d",
        "\u{e9}",
        "\u{1f600}",
        " !#[]\u{7f}",
    ];

    #[test]
    fn each_piece_is_parsed_at_every_position_in_a_string_of_every_length_up_to_80() {
        for piece in PIECES {
            for length in 0..=80 {
                for place in 0..=length {
                    let (head, tail) = ("h".repeat(place), "t".repeat(length - place));
                    compare(format!("\"{head}{piece}{tail}\"}}").as_bytes(), 0);
                }
            }
        }
    }

    #[test]
    fn bytes_that_a_string_cannot_contain_are_found_at_every_position() {
        for wrong in ["\0", "\u{1f}", "\n", "\\x", "\\", r"\u12g4", r"\u"] {
            for length in 0..=80 {
                for place in 0..=length {
                    for escape in ["", "\\\""] {
                        let (head, tail) = ("h".repeat(place), "t".repeat(length - place));
                        compare(format!("\"{escape}{head}{wrong}{tail}\"").as_bytes(), 0);
                    }
                }
            }
        }
    }

    #[test]
    fn strings_of_all_pieces_are_read_at_every_alignment_and_cut_at_every_byte() {
        let mut random = 1u32;
        let mut next = |count: usize| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 16) as usize % count
        };
        for round in 0..2_000 {
            let mut text = "x".repeat(round % 16) + "\"";
            for _ in 0..next(60) {
                // Mostly short runs between escapes, sometimes long ones.
                text += &"r".repeat(if next(8) == 0 { next(200) } else { next(9) });
                text += PIECES[next(if round % 2 == 0 { 4 } else { PIECES.len() })];
            }
            text += "\",\"next\"";
            compare(text.as_bytes(), round % 16);
            let cut = next(text.len() - round % 16) + round % 16 + 1;
            if text.is_char_boundary(cut) {
                compare(&text.as_bytes()[..cut], round % 16);
            }
        }
    }

    #[test]
    fn every_byte_is_classified_alike_by_byte_word_and_block() {
        for byte in 0..=0xff {
            for place in 0..64 {
                let mut block = [b'a'; 64];
                block[place] = byte;
                let mut padded = [b'a'; 80];
                padded[..64].copy_from_slice(&block);
                let word = u64::from_le_bytes(*block[place / 8 * 8..].first_chunk().unwrap());
                let expected = byte < 0x20 || byte == b'"' || byte == b'\\';
                assert_eq!(super::needs_work::<true>(byte), expected);
                assert_eq!(super::needs_work::<false>(byte), expected || byte >= 0x80);
                for (checked, expected) in [(true, expected), (false, expected || byte >= 0x80)] {
                    let (plain, stops) = if checked {
                        (super::is_plain::<true>(&block), super::stops::<true>(word))
                    } else {
                        (super::is_plain::<false>(&block), super::stops::<false>(word))
                    };
                    assert_eq!(plain, !expected, "{byte} {checked}");
                    assert_eq!(super::length(stops), if expected { place % 8 } else { 8 }, "{byte} {checked}");
                    assert_eq!(super::marks(&padded, checked), u64::from(expected) << place, "{byte} {checked}");
                }
            }
        }
    }

    #[test]
    fn invalid_utf8_is_reported_at_its_first_byte_before_any_other_error() {
        use crate::envelope::{Envelope, EnvelopeError};

        let good = br#"{"event":"e","data":"\"aa\u00e9\" plain text of some length, and still more of it, \u20ac","x":[{"y":"z"}]}"#;
        for bad in [&b"\xff"[..], b"\xc3", b"\xe2\x82", b"\xed\xa0\xbd", b"\xc0\xaf"] {
            for place in 0..=good.len() {
                for json_error in [None, Some(place / 2).filter(|&at| at < place)] {
                    let mut text = good.to_vec();
                    text.splice(place..place, bad.iter().copied());
                    if let Some(at) = json_error {
                        text[at] = 0;
                    }
                    let at = core::str::from_utf8(&text).unwrap_err().valid_up_to();
                    let shown = String::from_utf8_lossy(&text).into_owned();
                    assert_eq!(Envelope::decode(&mut text).err(), Some(EnvelopeError::NotUtf8 { at }), "{shown}");
                }
            }
        }
    }
}
