//! Child processes that end with the test, ports, and waits with a timeout.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Polls `condition` until it holds. Returns `false` when `timeout` passed first.
pub fn wait_until(timeout: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + timeout;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Ends a child by SIGKILL and reaps it. Does nothing if it has already ended.
pub fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Returns an unused loopback address, a new one on each call in this process.
///
/// Its port is below the range from which Linux takes ports for outgoing connections (32768 and up): there, a client
/// that retries while the server is down may get the server's own port and connect to itself.
///
/// Tests the port by connecting to it. A listener of this process would be copied into each process that another thread
/// starts meanwhile, and stay open there until that process executes its program.
pub fn free_address() -> SocketAddr {
    static HANDED_OUT: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut handed_out = HANDED_OUT.lock().unwrap();
    // Far apart for processes that start one after the other, as concurrent test runs do.
    let spread = u16::try_from(u64::from(std::process::id()) * 97 % 11_000).unwrap();
    for step in 0..11_000 {
        let port = 20_000 + (spread + step) % 11_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpStream::connect(address).is_err() && handed_out.insert(port) {
            return address;
        }
    }
    panic!("no free port on the loopback interface");
}

/// A new directory under the target directory, removed when dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
