//! Pseudorandom bytes, for tests that run the targets without a fuzzer.

/// A deterministic generator of pseudorandom bytes (xorshift64, Marsaglia 2003).
#[allow(dead_code, reason = "a fuzzer has bytes of its own")]
pub struct Random(u64);

#[allow(dead_code, reason = "a fuzzer has bytes of its own")]
impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| (self.next() >> 32) as u8).collect()
    }
}
