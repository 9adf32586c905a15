//! Overwrites the stack that a computation with secrets has used.

use core::hint::black_box;

/// Overwrites `BYTES` of the stack below the caller, where a function that has just returned may have left secrets.
///
/// That function must not be inlined, because its stack must begin where this one does. This is the best that safe code
/// can do: it cannot control which registers and how much stack the compiler uses.
#[inline(never)] // stack
pub(crate) fn scrub<const BYTES: usize>() {
    black_box(&mut [0u8; BYTES]);
}
