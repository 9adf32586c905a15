//! The fuzz targets: functions over an input that panic when the crate breaks a guarantee. README.md is the manual.
//!
//! One harness, three users: libFuzzer calls the targets with its own inputs, `tests/random/fuzz_seeds.rs` with the
//! seeds in `fuzz/seeds`, and `tests/random/model.rs` with random bytes. So every test run compiles and runs them.
//!
//! | file | contents |
//! |---|---|
//! | `targets/` | the targets, one file each |
//! | `targets/mod.rs` | the table of them, generated |
//! | `json.rs` | the reference JSON parser |
//! | `random.rs` | pseudorandom bytes, for tests |
//! | `units.rs` | small inputs from [`arbitrary::Unstructured`] |

pub mod json;
pub mod random;
pub mod targets;
pub mod units;

use std::fmt::Debug;

use arbitrary::{Arbitrary, Unstructured};

/// A fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// The name of its file, its binary and its folder of seeds.
    pub name: &'static str,
    /// Runs an input. Panics when the crate breaks a guarantee.
    pub run: fn(&[u8]),
    /// Returns the decoded input in words, for reports.
    pub show: fn(&[u8]) -> String,
    /// The number of bytes beyond which an input only takes longer.
    pub max_len: usize,
}

/// Decodes `data` and passes it to `run`, as `libfuzzer_sys::fuzz_target!` does.
pub fn run<'a, I: Arbitrary<'a>>(data: &'a [u8], run: impl FnOnce(I)) {
    if let Ok(input) = I::arbitrary_take_rest(Unstructured::new(data)) {
        run(input);
    }
}

/// Decodes `data` and prints it, as `cargo fuzz fmt` does.
pub fn show<'a, I: Arbitrary<'a> + Debug>(data: &'a [u8], _run: impl FnOnce(I)) -> String {
    match I::arbitrary_take_rest(Unstructured::new(data)) {
        Ok(input) => format!("{input:#?}"),
        Err(error) => error.to_string(),
    }
}
