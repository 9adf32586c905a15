//! The comparison of two signatures in constant time, by `subtle`.

#![no_std]
#![no_main]

use subtle::ConstantTimeEq;

fn compare(a: &[u8; 64], b: &[u8; 64]) -> bool {
    a.ct_eq(b).into()
}

alternatives::image!(compare => fn(&[u8; 64], &[u8; 64]) -> bool);
