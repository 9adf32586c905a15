//! Does the work that benches/linear/run.sh counts: each adversarial input at 1, 2, 4 .. 64 KB.
//!
//! `linear count` does all of it, each input inside one call of [`linear_counted`], and prints a line `NAME BYTES` for
//! each call, in order. Without `count` it does the same and prints nothing: `cargo test --benches` checks that it
//! works.

mod messages;
mod others;

use std::hint::black_box;

/// The sizes of an input in bytes.
const SIZES: [usize; 7] = [1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15, 1 << 16];

/// Work on an input that has been built already.
type Work = Box<dyn FnOnce()>;

/// Builds an input of about this size; returns its exact size and the work on it.
type Build = fn(usize) -> (usize, Work);

/// The function whose instructions are counted.
#[inline(never)]
fn linear_counted(work: Work) {
    work();
    black_box(());
}

/// A planted quadratic control: looks for each byte's predecessors one by one.
fn control(size: usize) -> (usize, Work) {
    let bytes = vec![b'x'; size / 8];
    let work = move || {
        for at in 0..bytes.len() {
            black_box(bytes[..at].iter().filter(|&&byte| byte == black_box(b'y')).count());
        }
    };
    (size, Box::new(work))
}

fn main() {
    let prints = std::env::args().any(|argument| argument == "count");
    let mut cases: Vec<(&str, Build)> = Vec::new();
    cases.extend(messages::CASES);
    cases.extend(others::CASES);
    cases.push(("control: quadratic", control));
    // `linear count WORD` does only the inputs whose names contain the word.
    let word = std::env::args().skip_while(|argument| argument != "count").nth(1).unwrap_or_default();
    for (name, build) in cases.into_iter().filter(|(name, _)| name.contains(&word)) {
        // What is initialised once is not counted.
        build(SIZES[0]).1();
        for size in SIZES {
            let (bytes, work) = build(size);
            linear_counted(work);
            if prints {
                println!("{name}\t{bytes}");
            }
        }
    }
}
