//! The comparison of two signatures in constant time, by hand.

#![no_std]
#![no_main]

fn compare(a: &[u8; 64], b: &[u8; 64]) -> bool {
    let difference = a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b));
    core::hint::black_box(difference) == 0
}

alternatives::image!(compare => fn(&[u8; 64], &[u8; 64]) -> bool);
