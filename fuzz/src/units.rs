//! Small inputs, one byte each, so that a seed can be written by hand and one changed byte changes one choice.
//!
//! `#[derive(Arbitrary)]` takes four bytes for the variant of an enum. Operations therefore implement [`Arbitrary`]
//! themselves, with these functions. An input that is used up yields zeros.

use std::fmt;

use arbitrary::{Arbitrary, Unstructured};

/// Returns a byte.
pub fn byte(input: &mut Unstructured<'_>) -> u8 {
    input.arbitrary().unwrap_or_default()
}

/// Returns a number from 0 to `bound - 1`, for a bound of 256 at most.
pub fn below(input: &mut Unstructured<'_>, bound: usize) -> usize {
    usize::from(byte(input)) % bound
}

/// Returns an element of `table`.
pub fn pick<T: Clone>(input: &mut Unstructured<'_>, table: &[T]) -> T {
    table[below(input, table.len())].clone()
}

/// Returns up to `len` bytes.
pub fn take<'a>(input: &mut Unstructured<'a>, len: usize) -> &'a [u8] {
    input.bytes(len.min(input.len())).unwrap_or_default()
}

/// Returns everything that is left.
pub fn rest<'a>(input: &mut Unstructured<'a>) -> &'a [u8] {
    take(input, usize::MAX)
}

/// Decodes elements until the input is used up.
pub fn all<'a, T>(input: &mut Unstructured<'a>, mut one: impl FnMut(&mut Unstructured<'a>) -> T) -> Vec<T> {
    let mut all = Vec::with_capacity(input.len() / 4);
    while !input.is_empty() {
        all.push(one(input));
    }
    all
}

/// Bytes that `Debug` prints as text.
#[derive(Clone, Copy)]
pub struct Bytes<'a>(pub &'a [u8]);

impl fmt::Debug for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl<'a> Arbitrary<'a> for Bytes<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(Self(rest(input)))
    }
}
