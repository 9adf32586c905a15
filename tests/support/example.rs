//! An example of the crate, or another program, as a child process whose output is read line by line.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::http::App;
use super::process::{end, wait_until};

/// A running example. Dropping it kills the process.
pub struct Example {
    name: String,
    child: Child,
    lines: Receiver<Line>,
    seen: Vec<String>,
}

enum Line {
    Output(String),
    /// Kept for the failure message of a test.
    Error(String),
}

impl Example {
    /// Builds the example with all features, if it is not up to date, and starts it.
    pub fn spawn(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::watch(name, command(name).args(arguments).envs(environment.iter().copied()))
    }

    /// Starts any other program in the same way.
    pub fn watch(name: &str, command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let (sender, lines) = channel();
        forward(child.stdout.take().unwrap(), sender.clone(), Line::Output);
        forward(child.stderr.take().unwrap(), sender, Line::Error);
        Self { name: name.into(), child, lines, seen: Vec::new() }
    }

    /// Returns the next line of output that `predicate` accepts, skipping those before it. Panics after `timeout`, or
    /// when the example ended, with all its output.
    pub fn wait_for(&mut self, what: &str, timeout: Duration, predicate: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + timeout;
        loop {
            let line = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            match line {
                Ok(Line::Output(line)) => {
                    self.seen.push(line.clone());
                    if predicate(&line) {
                        return line;
                    }
                }
                Ok(Line::Error(line)) => self.seen.push(format!("(stderr) {line}")),
                Err(RecvTimeoutError::Timeout) => self.fail(&format!("no {what} within {timeout:?}")),
                Err(RecvTimeoutError::Disconnected) => self.fail(&format!("exited before {what}")),
            }
        }
    }

    /// Returns the next line that contains `text`.
    pub fn wait_for_text(&mut self, text: &str, timeout: Duration) -> String {
        self.wait_for(&format!("line with {text:?}"), timeout, |line| line.contains(text))
    }

    /// Returns the exit status of the example. Panics after `timeout`.
    pub fn wait_for_exit(&mut self, timeout: Duration) -> ExitStatus {
        let mut status = None;
        wait_until(timeout, || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap_or_else(|| self.fail(&format!("still running after {timeout:?}")))
    }

    /// Returns the exit status of the example, with all lines read until then in [`seen`](Self::seen).
    pub fn finish(&mut self, timeout: Duration) -> ExitStatus {
        let deadline = Instant::now() + timeout;
        // The pipes close with the process.
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Line::Output(line)) => self.seen.push(line),
                Ok(Line::Error(line)) => self.seen.push(format!("(stderr) {line}")),
                Err(RecvTimeoutError::Disconnected) => return self.wait_for_exit(timeout),
                Err(RecvTimeoutError::Timeout) => self.fail(&format!("still running after {timeout:?}")),
            }
        }
    }

    /// Returns all lines read so far, with those of stderr marked.
    pub fn seen(&self) -> &[String] {
        &self.seen
    }

    /// Returns the CPU time of the example, as Linux reports it.
    pub fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name may contain blanks; the fields from the third on follow it. Times are in hundredths of a second.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(10 * ticks)
    }

    pub fn kill(&mut self) {
        end(&mut self.child);
    }

    fn fail(&self, message: &str) -> ! {
        panic!("{}: {message}. It printed:\n{}", self.name, self.seen.join("\n"))
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Starts the auth server in `command`, for `app`. Returns it with its address.
pub fn auth_server(command: &mut Command, app: App) -> (Example, SocketAddr) {
    let mut example = Example::watch("auth_server", command.arg(app.key).env("PUSHER_SECRET", app.secret));
    let line = example.wait_for_text("listening on", Duration::from_secs(20));
    let address = line.split("//").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();
    (example, address)
}

/// Returns the example as a command, built with all features if it is not up to date.
pub fn command(name: &str) -> Command {
    let mut command = Command::new(binary(name));
    // Variables of the user who runs the tests.
    command.env_remove("PUSHER_SECRET").env_remove("PUSHER_MASTER_KEY");
    command
}

fn forward(pipe: impl Read + Send + 'static, sender: Sender<Line>, wrap: fn(String) -> Line) {
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(wrap(line)).is_err() {
                break;
            }
        }
    });
}

/// Returns the path of the example's binary. Cargo gives a test the paths of the package's programs, but not of its
/// examples: they are in `examples` beside the `deps` directory of this test.
fn binary(name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let mut built = BUILT.lock().unwrap();
    if built.insert(name.into()) {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--all-features", "--example", name]).current_dir(env!("CARGO_MANIFEST_DIR"));
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        cargo.arg("--target-dir").arg(profile.parent().unwrap());
        // Removes the variables that cargo set for this test. ring's build script depends on some of them, and would
        // rebuild ring each time.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                cargo.env_remove(name);
            }
        }
        assert!(cargo.status().unwrap().success(), "example {name} does not build");
    }
    profile.join("examples").join(name)
}
