//! Random numbers: from a seeded generator (xorshift64, Marsaglia 2003), or from the bytes of a fuzzer.

use std::cell::Cell;
use std::rc::Rc;

/// A generator that returns the same numbers for the same seed or the same bytes.
#[derive(Clone)]
pub struct Random {
    state: u64,
    bytes: Option<Rc<Bytes>>,
}

/// The bytes of a fuzzer. All clones of a generator take from them in turn.
struct Bytes {
    bytes: Vec<u8>,
    position: Cell<usize>,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d | 1;
        let mut random = Self { state, bytes: None };
        random.next();
        random
    }

    /// Creates a generator that decides by `bytes`, one for most decisions, then as with a fixed seed.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let bytes = Bytes { bytes: bytes.to_vec(), position: Cell::new(0) };
        Self { bytes: Some(Rc::new(bytes)), ..Self::new(0) }
    }

    /// Ignores the bytes that are left, so that they cannot cause faults in a period without faults.
    pub fn use_up(&mut self) {
        if let Some(bytes) = &self.bytes {
            bytes.position.set(bytes.bytes.len());
        }
    }

    fn byte(&self) -> Option<u8> {
        let bytes = self.bytes.as_deref()?;
        let byte = *bytes.bytes.get(bytes.position.get())?;
        bytes.position.set(bytes.position.get() + 1);
        Some(byte)
    }

    pub fn next(&mut self) -> u64 {
        if let Some(byte) = self.byte() {
            return byte.into();
        }
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// Returns a number from 0 to `bound - 1`.
    pub fn below(&mut self, bound: u64) -> u64 {
        match self.byte() {
            Some(byte) if bound <= 256 => u64::from(byte) % bound,
            Some(high) => (u64::from(high) << 8 | u64::from(self.byte().unwrap_or_default())) % bound,
            None => (self.next() >> 33) % bound,
        }
    }

    /// Returns `true` `per_mille` times in a thousand.
    pub fn chance(&mut self, per_mille: u16) -> bool {
        // With bytes of a fuzzer, what never happens takes none, and what may happen takes one: high values let it
        // happen.
        if self.bytes.is_some() && per_mille == 0 {
            return false;
        }
        match self.byte() {
            Some(byte) => u32::from(byte) >= 256u32.saturating_sub((u32::from(per_mille) * 256).div_ceil(1000)),
            None => self.below(1000) < per_mille.into(),
        }
    }

    pub fn pick<T: Copy>(&mut self, table: &[T]) -> T {
        table[self.below(table.len() as u64) as usize]
    }
}
