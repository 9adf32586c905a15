//! Checks that every fuzz target is wired up: the table, the binaries, the options, the seeds and the dictionary.
//!
//! The folder `fuzz/src/targets` is the list. `tests/run.sh --update fuzz_targets` writes the rest from it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const UPDATE: &str = "run tests/run.sh --update fuzz_targets";

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// A file of `fuzz/src/targets`.
struct Target {
    name: String,
    /// The first sentence of its documentation.
    purpose: String,
    /// Its `#![cfg(..)]`, without the exclamation mark, or nothing.
    condition: String,
    max_len: usize,
}

/// Returns the targets in the order of their names.
fn targets() -> Vec<Target> {
    let files = fs::read_dir(fuzz().join("src/targets")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "rs")).collect();
    files.sort();
    files.retain(|path| path.file_stem().unwrap() != "mod");
    files.iter().map(|path| Target::read(path)).collect()
}

impl Target {
    fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(path).unwrap();
        let lines = || text.lines();
        let purpose: Vec<&str> = lines().map_while(|line| line.strip_prefix("//! ")).collect();
        let purpose = purpose.join(" ");
        let (purpose, _) = purpose.split_once(". ").unwrap_or((purpose.trim_end_matches('.'), ""));
        let condition =
            lines().find(|line| line.starts_with("#![cfg(")).map_or(String::new(), |line| line.replacen('!', "", 1));
        let find = |start: &str| lines().find_map(|line| line.strip_prefix(start));
        let max_len = find("pub const MAX_LEN: usize = ").and_then(|line| line.strip_suffix(';')?.parse().ok());
        assert!(!purpose.is_empty(), "{name}: begin the file with `//!` and what it checks");
        assert!(find("pub fn run(").is_some(), "{name}: `pub fn run(input: Input)` is missing");
        assert!(
            ["pub type Input", "pub struct Input"].iter().any(|start| find(start).is_some()),
            "{name}: `pub type Input<'a> = Bytes<'a>;`, or a type that implements Arbitrary, is missing"
        );
        let max_len = max_len.unwrap_or_else(|| panic!("{name}: `pub const MAX_LEN: usize = 1024;` is missing"));
        Self { name, purpose: purpose.into(), condition, max_len }
    }
}

/// Writes `text` to `path` if the documents are being updated, and compares it with the file otherwise.
fn is_generated(path: &str, text: &str) {
    let full = fuzz().join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        return fs::write(full, text).unwrap();
    }
    let there = fs::read_to_string(full).unwrap_or_default();
    assert!(there == text, "fuzz/{path} is out of date: {UPDATE}");
}

/// Checks that the folder holds these files and no other.
fn holds_only(folder: &str, expected: impl Iterator<Item = String>) {
    let expected: BTreeSet<String> = expected.collect();
    for entry in fs::read_dir(fuzz().join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let is_expected = expected.contains(path.file_name().unwrap().to_str().unwrap());
        if !is_expected && std::env::var_os("UPDATE_DOCS").is_some() {
            fs::remove_file(path).unwrap();
        } else {
            assert!(is_expected, "{} belongs to no target: {UPDATE}", path.display());
        }
    }
}

#[test]
fn the_table_lists_every_file_of_the_folder() {
    let mut text = String::from(
        "//! The targets, one file each. Written by `tests/run.sh --update fuzz_targets` from the files in this folder.\n\n\
         use super::{Target, run, show};\n\n",
    );
    let conditional = |target: &Target| match target.condition.as_str() {
        "" => String::new(),
        condition => format!("{condition}\n"),
    };
    for target in targets() {
        writeln!(text, "{}pub mod {};", conditional(&target), target.name).unwrap();
    }
    text += "\n/// Every target.\npub const TARGETS: &[Target] = &[\n";
    for target in targets() {
        let (name, condition) = (&target.name, conditional(&target).replace('#', "    #"));
        text += &format!(
            "{condition}    Target {{\n        name: \"{name}\",\n        run: |data| run(data, {name}::run),\n        \
             show: |data| show(data, {name}::run),\n        max_len: {name}::MAX_LEN,\n    }},\n"
        );
    }
    text += "];\n";
    is_generated("src/targets/mod.rs", &text);
}

#[test]
fn every_target_has_a_binary() {
    let path = "Cargo.toml";
    let manifest = fs::read_to_string(fuzz().join(path)).unwrap();
    let mark = "# The rest is written by `tests/run.sh --update fuzz_targets`.\n";
    let (own, _) = manifest.split_once(mark).expect("the mark before the generated part");
    let mut text = own.to_owned() + mark;
    for Target { name, .. } in targets() {
        text += &format!(
            "\n[[bin]]\nname = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"\ntest = false\ndoc = false\nbench = false\n"
        );
        let source = format!(
            "#![no_main]\n\nuse pusher_proto_fuzz::targets::{name}::{{Input, run}};\n\n\
             libfuzzer_sys::fuzz_target!(|input: Input| run(input));\n"
        );
        is_generated(&format!("fuzz_targets/{name}.rs"), &source);
    }
    is_generated(path, &text);
    holds_only("fuzz_targets", targets().into_iter().map(|target| target.name + ".rs"));
}

/// ClusterFuzzLite reads these files, and `fuzz/run.sh` does.
#[test]
fn every_target_has_its_options() {
    for Target { name, max_len, .. } in targets() {
        let text = format!("[libfuzzer]\nmax_len = {max_len}\ndict = pusher.dict\ntimeout = 10\n");
        is_generated(&format!("options/{name}.options"), &text);
    }
    holds_only("options", targets().into_iter().map(|target| target.name + ".options"));
}

#[test]
fn the_manual_lists_every_target() {
    let path = "README.md";
    let text = fs::read_to_string(fuzz().join(path)).unwrap();
    let (before, rest) = text.split_once("| target | what it checks |\n|---|---|\n").expect("the table of targets");
    let after = rest.trim_start_matches('|').split_once("\n\n").expect("text after the table").1;
    let mut table = String::from("| target | what it checks |\n|---|---|\n");
    for Target { name, purpose, .. } in targets() {
        writeln!(table, "| `{name}` | {purpose} |").unwrap();
    }
    is_generated(path, &format!("{before}{table}\n{after}"));
}

#[test]
fn every_seed_belongs_to_a_target_and_says_what_it_is() {
    let names: BTreeSet<String> = targets().into_iter().map(|target| target.name).collect();
    for folder in fs::read_dir(fuzz().join("seeds")).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(names.contains(name), "{} belongs to no target", folder.display());
        for seed in fs::read_dir(&folder).unwrap() {
            let seed = seed.unwrap().file_name().into_string().unwrap();
            let is_plain = seed.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            assert!(is_plain && seed.len() > 3, "seeds/{name}/{seed}: say in words what it is, as `close_codes` does");
            let is_hash = seed.len() >= 16 && seed.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(!is_hash && !seed.starts_with("crash"), "seeds/{name}/{seed} has the name of an artifact");
        }
    }
}

/// The syntax that libFuzzer and AFL accept: comments, empty lines, and `name="text"` with `\\`, `\"` and `\xAB`.
#[test]
fn the_dictionary_has_the_words_of_the_protocol_and_can_be_read() {
    let mut words = Vec::new();
    let text = fs::read_to_string(fuzz().join("dictionaries/pusher.dict")).unwrap();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        words.push(word(line).unwrap_or_else(|| panic!("dictionaries/pusher.dict, line {}: {line}", number + 1)));
    }
    let count = words.len();
    words.sort();
    words.dedup();
    assert_eq!(words.len(), count, "a word is there twice");
    for expected in [
        "pusher:connection_established",
        "pusher:error",
        "pusher:ping",
        "pusher:pong",
        "pusher:subscribe",
        "pusher:subscription_error",
        "pusher:unsubscribe",
        "pusher:signin",
        "pusher:signin_success",
        "pusher:cache_miss",
        "pusher_internal:subscription_succeeded",
        "pusher_internal:member_added",
        "pusher_internal:member_removed",
        "pusher_internal:subscription_count",
        "client-",
        "private-",
        "presence-",
        "private-encrypted-",
        "cache-",
        "\"data\"",
        "Sec-WebSocket-Accept: ",
        "Upgrade: websocket",
        "\u{89}\u{0}",
    ] {
        let expected: Vec<u8> = expected.chars().map(|letter| letter as u8).collect();
        assert!(words.contains(&expected), "{}", expected.escape_ascii());
    }
    for wrong in ["x", "x=", "x=\"", "\"a\\q\"", "\"a\\x1\"", "\"a\"b", "\"\""] {
        assert_eq!(word(wrong), None, "{wrong}");
    }
}

/// Returns the word in a line of a dictionary.
fn word(line: &str) -> Option<Vec<u8>> {
    let (name, _) = line.split_once('"')?;
    let quoted = line.strip_prefix(name)?.strip_prefix('"')?.strip_suffix('"')?;
    let is_name =
        name.is_empty() || name.strip_suffix('=')?.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let (mut bytes, mut word) = (quoted.bytes(), Vec::new());
    while let Some(byte) = bytes.next() {
        word.push(match byte {
            b'\\' => match bytes.next()? {
                escaped @ (b'\\' | b'"') => escaped,
                b'x' => u8::from_str_radix(std::str::from_utf8(&[bytes.next()?, bytes.next()?]).ok()?, 16).ok()?,
                _ => return None,
            },
            b' ' | b'!' | b'#'..=b'~' => byte,
            _ => return None,
        });
    }
    (is_name && !word.is_empty()).then_some(word)
}
