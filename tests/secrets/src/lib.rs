//! The memory contents of a process after it has worked with a secret.
//!
//! A test runs itself again in a child process, which works with secrets, wipes its own copies, and waits. The test
//! then searches the child's memory through `/proc` for the secrets. Both sides compute the secrets from a number, so
//! only the work under test brings them into the child.

pub mod known;

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Read, Write, stdin, stdout};
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};

const CHILD: &str = "PUSHER_PROTO_SECRETS_CHILD";
const READY: &[u8] = b"<ready>";
/// The length of a search window. Shorter ones would match by chance.
const WINDOW: usize = 8;

/// The windows to search for, 8 bytes each, with the name of the secret.
#[derive(Default)]
pub struct Needles(HashMap<[u8; WINDOW], &'static str>);

impl Needles {
    /// Adds each window of 8 bytes in `bytes`.
    pub fn text(mut self, name: &'static str, bytes: &[u8]) -> Self {
        for window in bytes.windows(WINDOW) {
            self.add(name, window);
        }
        self
    }

    /// Adds each pair of `words`, in both byte orders: vector instructions keep states in their own order.
    pub fn words(mut self, name: &'static str, words: &[u32]) -> Self {
        let pairs = words.iter().enumerate().flat_map(|(n, a)| {
            let others = words.iter().enumerate().filter(move |(m, _)| *m != n);
            others.map(move |(_, b)| (*a, *b))
        });
        for (a, b) in pairs {
            self.add(name, &[a.to_le_bytes(), b.to_le_bytes()].concat());
            self.add(name, &[a.to_be_bytes(), b.to_be_bytes()].concat());
        }
        self
    }

    /// Adds all windows of `others`.
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    fn add(&mut self, name: &'static str, window: &[u8]) {
        let window: [u8; WINDOW] = window.try_into().unwrap();
        // A window of padding alone identifies no secret.
        if window[..4] != window[4..] {
            self.0.insert(window, name);
        }
    }

    /// Returns the secrets in the memory of a process, by name, with the number of windows.
    fn found_in(&self, process: u32) -> BTreeMap<&'static str, usize> {
        let start = |window: &[u8]| usize::from(u16::from_le_bytes([window[0], window[1]]));
        let mut starts = vec![false; 1 << 16];
        self.0.keys().for_each(|window| starts[start(window)] = true);
        let mut found = BTreeMap::new();
        let mut searched = 0;
        for memory in writable(process) {
            searched += memory.len();
            for window in memory.windows(WINDOW) {
                if starts[start(window)]
                    && let Some(name) = self.0.get(window)
                {
                    *found.entry(*name).or_default() += 1;
                }
            }
        }
        assert!(searched > 100_000, "only {searched} bytes of memory were searched");
        found
    }
}

/// Returns all writable memory of a process: its stacks, its heap, its static variables.
fn writable(process: u32) -> Vec<Vec<u8>> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let read = |line: &str| {
        let mut fields = line.split_whitespace();
        let (from, to) = fields.next()?.split_once('-')?;
        let rights = fields.next()?;
        let hex = |text| u64::from_str_radix(text, 16).ok();
        let (from, to) = (hex(from)?, hex(to)?);
        let mut bytes = vec![0; usize::try_from(to - from).ok().filter(|_| rights.starts_with("rw"))?];
        memory.read_exact_at(&mut bytes, from).ok()?;
        Some(bytes)
    };
    maps.lines().filter_map(read).collect()
}

/// Returns bytes that look random and are the same in each process.
pub fn fill(seed: u64, bytes: &mut [u8]) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for byte in bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *byte = (state >> 32) as u8;
    }
}

/// Runs `work` in a child process. Returns the `needles` in its memory afterwards, by name.
///
/// Call it once in a test, before anything else: the child runs the same test, and does not get past this call.
pub fn left_behind(
    needles: impl FnOnce() -> Needles,
    work: impl FnOnce(&mut dyn FnMut()),
) -> BTreeMap<&'static str, usize> {
    if std::env::var_os(CHILD).is_some() {
        deep(work);
        wait();
        std::process::exit(0);
    }
    let test = std::thread::current().name().expect("a test has a name").to_owned();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([&test, "--exact", "--nocapture", "--test-threads=2"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut pipe, mut output) = (child.stdout.take().unwrap(), Vec::new());
    while !output.ends_with(READY) {
        let mut byte = [0];
        pipe.read_exact(&mut byte)
            .unwrap_or_else(|_| panic!("the process ended: {}", String::from_utf8_lossy(&output)));
        output.extend(byte);
    }
    let found = needles().found_in(child.id());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    found
}

/// Calls `work` deep in the stack, so that later calls do not overwrite the bytes it leaves there. `work` receives a
/// function that waits for the search.
#[inline(never)]
fn deep(work: impl FnOnce(&mut dyn FnMut())) {
    let mut above = [0u8; 1 << 16];
    black_box(&mut above);
    work(&mut wait);
    black_box(&mut above);
}

/// Signals that the memory may be read, and waits until it was.
fn wait() {
    stdout().write_all(READY).unwrap();
    stdout().flush().unwrap();
    let _ = stdin().read(&mut [0]);
}
