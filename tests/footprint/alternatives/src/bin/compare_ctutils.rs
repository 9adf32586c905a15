//! The comparison of two signatures in constant time, by `ctutils`.

#![no_std]
#![no_main]

use ctutils::CtEq;

fn compare(a: &[u8; 64], b: &[u8; 64]) -> bool {
    a.ct_eq(b).to_bool()
}

alternatives::image!(compare => fn(&[u8; 64], &[u8; 64]) -> bool);
