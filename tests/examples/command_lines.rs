//! The command lines of the examples: help, versions, secrets, arguments that are not UTF-8.
#![cfg(unix)] // other systems represent arguments that are not UTF-8 differently

#[path = "../support/mod.rs"]
mod support;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use support::example::{Example, command};
use support::http::App;

const TIMEOUT: Duration = Duration::from_secs(20);
const APP: App = App::OPEN;
const NAMES: [&str; 6] = ["auth_server", "autobahn", "monitor", "own_websocket", "tokio", "trigger"];
/// A secret that occurs in no text of the programs.
const HIDDEN: &str = "hunter2";
/// 32 bytes.
const MASTER_KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// Runs an example until it exits. Returns its status and its output.
fn run<A: AsRef<OsStr>>(name: &str, arguments: &[A], environment: &[(&str, &OsStr)]) -> (Option<i32>, String) {
    let mut command = command(name);
    let mut example = Example::watch(name, command.args(arguments).envs(environment.iter().copied()));
    let status = example.finish(TIMEOUT).code();
    (status, example.seen().join("\n"))
}

#[test]
fn every_example_prints_its_help_and_its_version() {
    for name in NAMES {
        for option in ["-h", "--help"] {
            let (status, printed) = run(name, &[option], &[]);
            let usage = if name == "auth_server" { "KEY" } else { "URL" };
            assert!(printed.contains(&format!("{name} ")) && printed.contains(usage), "{printed}");
            assert!(!printed.contains("(stderr)"), "{printed}");
            assert_eq!(status, Some(0), "{name}");
        }
        let (status, printed) = run(name, &["--version"], &[]);
        assert_eq!(printed, format!("{name} of pusher-proto {}", env!("CARGO_PKG_VERSION")));
        assert_eq!(status, Some(0), "{name}");
    }
}

#[test]
fn the_help_of_the_monitor_fits_a_screen() {
    let (_, help) = run("monitor", &["--help"], &[]);
    let lines: Vec<&str> = help.lines().collect();
    // A screen of 24 lines also shows the prompt.
    assert!(lines.len() < 24, "{} lines", lines.len());
    assert!(lines.iter().all(|line| line.len() <= 80), "{help}");
}

#[test]
fn an_argument_that_is_not_utf_8_is_one_sentence_without_its_text() {
    let wrong = OsStr::from_bytes(b"hunter2\xff");
    for name in NAMES {
        let (status, printed) = run(name, &[OsStr::new("ws://h"), wrong], &[]);
        assert_eq!(printed, format!("(stderr) {name}: argument 2 is not UTF-8"));
        assert_eq!(status, Some(1));
    }
}

#[test]
fn a_secret_that_is_not_utf_8_is_one_sentence_without_its_text() {
    let environment = [("PUSHER_SECRET", OsStr::from_bytes(b"hunter2\xff"))];
    let cases: [(&str, &[&str]); 5] = [
        ("auth_server", &[APP.key]),
        ("monitor", &["--url", "ws://127.0.0.1:1", "--key", APP.key, "private-a"]),
        ("own_websocket", &["ws://127.0.0.1:1", APP.key, "private-a"]),
        ("tokio", &["ws://127.0.0.1:1", APP.key, "private-a"]),
        ("trigger", &["http://127.0.0.1:1", APP.id, APP.key, "a", "b", "{}"]),
    ];
    for (name, arguments) in cases {
        let (status, printed) = run(name, arguments, &environment);
        assert_eq!(printed, format!("(stderr) {name}: PUSHER_SECRET is not UTF-8"));
        assert_eq!(status, Some(1));
    }
}

#[test]
fn no_message_of_the_monitor_contains_a_secret() {
    let nowhere = format!("ws://{}", support::process::free_address());
    let common = ["--url", &nowhere, "--key", "k"];
    let cases: [&[&str]; 12] = [
        &["--secret=hunter2", "news"],
        &["--secrt=hunter2", "news"],
        &["--PUSHER_SECRET=hunter2", "news"],
        &["-shunter2", "news"],
        &["-hunter2", "news"],
        &["--secret", "hunter2", "--auth-url", "http://h", "private-a"],
        &["--secret", "hunter2", "private-encrypted-a"],
        &["--secret", "hunter2", "--master-key", "hunter2", "private-a"],
        &["--auth-url", "http://user:hunter2@h/", "private-a"],
        &["--app-id", "1", "--api-url", "http://user:hunter2@h/", "a"],
        &["--url", "ws://user:hunter2@h", "news"],
        &["--secret", "hunter2", "private-a"],
    ];
    for arguments in cases {
        let (status, printed) = run("monitor", &[&common[..], arguments].concat(), &[]);
        assert_eq!(status, Some(1), "{arguments:?}: {printed}");
        assert!(!printed.contains(HIDDEN), "{arguments:?}: {printed}");
    }
    let hidden = OsStr::new(HIDDEN);
    let environment = [("PUSHER_SECRET", hidden), ("PUSHER_MASTER_KEY", hidden)];
    for arguments in [&["private-encrypted-a"][..], &["private-a"], &["--nonsense"], &["--help"]] {
        let (_, printed) = run("monitor", &[&common[..], arguments].concat(), &environment);
        assert!(!printed.contains(HIDDEN), "{arguments:?}: {printed}");
    }
}

#[test]
fn the_monitor_accepts_values_after_an_equals_sign() {
    let url = format!("--url=ws://{}", support::process::free_address());
    let (_, printed) = run("monitor", &[url.as_str(), "--key=k", "news"], &[]);
    assert!(printed.contains("cannot be reached: "), "{printed}");
    let (_, printed) = run("monitor", &[url.as_str(), "--key=k", "--json=1", "news"], &[]);
    assert_eq!(printed, "(stderr) monitor: --json takes no value");
}

#[test]
fn the_monitor_reads_secrets_from_the_environment() {
    // With these secrets it tries to connect, without them it does not.
    let address = support::process::free_address();
    let url = format!("ws://{address}");
    let common = ["--url", &url, "--key", APP.key];
    let cannot = format!("127.0.0.1 port {} cannot be reached: ", address.port());
    let (secret, master_key) = (OsString::from(APP.secret), OsString::from(MASTER_KEY));
    let environment = [("PUSHER_SECRET", secret.as_os_str()), ("PUSHER_MASTER_KEY", master_key.as_os_str())];
    let monitor = |arguments: &[&str], environment: &[(&str, &OsStr)]| {
        let (status, printed) = run("monitor", &[&common[..], arguments].concat(), environment);
        assert_eq!(status, Some(1), "{printed}");
        printed
    };
    for arguments in [&["private-a"][..], &["--sign-in"], &["private-encrypted-a"]] {
        let printed = monitor(arguments, &environment);
        assert!(printed.contains(&cannot), "{printed}");
        assert!(!monitor(arguments, &[]).contains(&cannot));
    }
    // Arguments take precedence over the environment, which may not fit them.
    let printed = monitor(&["--auth-url", "http://h", "private-a"], &environment);
    assert!(printed.contains(&cannot), "{printed}");
    let printed = monitor(&["news"], &[environment[1]]);
    assert!(printed.contains(&cannot), "{printed}");
    let wrong = OsString::from("short");
    let printed = monitor(&["private-encrypted-a"], &[environment[0], ("PUSHER_MASTER_KEY", &wrong)]);
    assert!(printed.contains("PUSHER_MASTER_KEY needs 32 bytes in base64, 44 characters"), "{printed}");
}
