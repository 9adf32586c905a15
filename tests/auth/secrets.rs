//! Checks that unused secrets do not stay in memory. The test reads its own stack.
#![cfg(all(target_os = "linux", feature = "encrypted"))]

use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;

use pusher_proto::encryption::SharedSecret;

/// The number of bytes below the caller's frame to search.
const DEPTH: usize = 64 * 1024;
/// The number of those bytes that the test itself uses.
const ROOM: usize = 16 * 1024;

/// A key that occurs nowhere else.
fn master_key() -> [u8; 32] {
    let mut key = [0; 32];
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = (at as u8).wrapping_mul(73) ^ 0xa5;
    }
    key
}

/// Returns whether the stack used by `work` has 16 consecutive bytes of the master key, in either byte order of words.
#[inline(never)]
fn leaves_the_key(work: fn(&[u8; 32])) -> bool {
    let key = Box::new(master_key());
    let memory = File::open("/proc/self/mem").unwrap();
    let mut stack = vec![0; DEPTH - ROOM];
    let here = 0u8;
    let top = (&raw const here) as usize;
    deeper(work, &key);
    memory.read_exact_at(&mut stack, (top - DEPTH) as u64).unwrap();
    let mut swapped = *key;
    swapped.chunks_exact_mut(4).for_each(<[u8]>::reverse);
    let has = |part: &[u8]| stack.windows(part.len()).any(|window| window == part);
    [*key, swapped].iter().any(|key| has(&key[..16]) || has(&key[16..]))
}

/// Calls `work` deep enough in the stack that reading it does not overwrite the bytes left by `work`.
#[inline(never)]
fn deeper(work: fn(&[u8; 32]), key: &[u8; 32]) {
    let room = [0u8; ROOM];
    black_box(&room);
    work(key);
    black_box(&room);
}

#[inline(never)]
fn control(key: &[u8; 32]) {
    let copy = *key;
    black_box(&copy);
}

#[inline(never)]
fn derive(key: &[u8; 32]) {
    black_box(SharedSecret::derive("private-encrypted-a", key).as_bytes());
}

#[test]
fn deriving_a_key_leaves_nothing_of_the_master_key_behind() {
    assert!(leaves_the_key(control), "the search finds what is there");
    assert!(!leaves_the_key(derive));
}
