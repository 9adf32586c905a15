//! Code shared by the examples, independent of Pusher.
//!
//! | file | contents |
//! |---|---|
//! | `mod.rs` | the `main` of the small examples, and environment variables |
//! | `form.rs` | reads a form that an HTTP client posts |
//! | `http.rs` | one HTTP request, and form parameters |
//! | `text.rs` | escapes for untrusted text on a terminal |
//! | `timed.rs` | a TCP socket with a total deadline |

#![allow(dead_code, reason = "each example uses its own part")]

pub mod form;
pub mod http;
pub mod text;
pub mod timed;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

/// The reason why the program cannot continue, in one sentence.
pub type Failure = Box<dyn Error>;

/// Runs the example `name` with its arguments. A failure prints one sentence to stderr and exits with status 1.
///
/// Handles `-h`, `--help` and `--version` if they come first. `help` begins with the arguments.
pub fn run(name: &str, help: &str, run: impl FnOnce(&[String]) -> Result<(), Failure>) -> ExitCode {
    let outcome = arguments(std::env::args_os().skip(1)).and_then(|arguments| {
        match arguments.first().map(String::as_str) {
            Some("-h" | "--help") => writeln!(io::stdout(), "{name} {help}")?,
            Some("--version") => writeln!(io::stdout(), "{}", version(name))?,
            _ => run(&arguments)?,
        }
        Ok(())
    });
    match outcome {
        Err(failure) if !is_broken_pipe(&failure) => {
            report(name, &failure.to_string());
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Checks that all arguments are UTF-8. The error gives the argument's number, not its text, which may be a secret.
pub fn arguments(arguments: impl Iterator<Item = OsString>) -> Result<Vec<String>, Failure> {
    let check = |(number, argument): (usize, OsString)| {
        argument.into_string().map_err(|_| format!("argument {number} is not UTF-8").into())
    };
    (1..).zip(arguments).map(check).collect()
}

/// Returns an environment variable, `None` if unset or empty. Errors omit its value, which may be a secret.
pub fn variable(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var_os(name).map(OsString::into_string) {
        Some(Ok(value)) if !value.is_empty() => Ok(Some(value)),
        Some(Err(_)) => Err(format!("{name} is not UTF-8").into()),
        _ => Ok(None),
    }
}

/// Returns the secret of the app. It comes from the environment because every user of a machine can see arguments.
pub fn secret() -> Result<String, Failure> {
    Ok(variable("PUSHER_SECRET")?.ok_or("needs the secret of the app in PUSHER_SECRET")?)
}

pub fn version(name: &str) -> String {
    format!("{name} of {} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

/// Returns whether the reader of our output has closed it, as `head` does.
pub fn is_broken_pipe(failure: &Failure) -> bool {
    failure.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Writes a sentence to stderr, prefixed with the name of the program.
pub fn report(name: &str, sentence: &str) {
    // `eprintln!` would panic when stderr is closed.
    let _ = writeln!(io::stderr(), "{name}: {}", text::printable(sentence));
}
