//! The stack that a computation with secrets has used.

use core::hint::black_box;

/// Overwrites `BYTES` of the stack below the caller, where a function that has just returned may have left secrets.
///
/// That function must not be inlined, for this one begins where it did. It is the best that safe code can do: which
/// registers and how much stack the compiler uses is not in its hands.
#[inline(never)] // for its own place on the stack
pub(crate) fn scrub<const BYTES: usize>() {
    black_box(&mut [0u8; BYTES]);
}
