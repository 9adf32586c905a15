//! Child processes that end with the test, ports, and waiting with a bound.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Polls `condition` until it holds. `false` when `timeout` passed first.
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

/// Ends a child by SIGKILL and reaps it. Harmless when it is gone already.
pub fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// A loopback address that nobody listens on and that this process hands out once.
///
/// Below the range from which Linux takes ports for outgoing connections (32768 and up): there, a client that retries
/// while the server is down may be given the server's own port and connect to itself.
///
/// Tries the port by connecting to it. A listener of this process would be copied into each process that another thread
/// starts meanwhile, and stay open there until that process runs its program.
pub fn free_address() -> SocketAddr {
    static HANDED_OUT: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut handed_out = HANDED_OUT.lock().unwrap();
    // Far apart for processes that start one after the other, as test runs side by side do.
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

/// A directory of its own under the target directory, removed when dropped.
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
