//! Sends the same messages to pusher-js and to this client, and compares what each reports to the application.
//!
//! | file | contents |
//! |---|---|
//! | `main.rs` | the test |
//! | `operations.rs` | the operations for both clients: the recordings of `tests/data/transcripts` |
//! | `unusual.rs` | more operations: unusual messages from a deterministic generator |
//! | `ours.rs` | this client, and its reports |
//! | `oracle.js` | pusher-js on a fake socket, and its reports |
//! | `differences.jsonl` | the known differences, with their reasons |
//!
//! Run by `tests/run.sh pusher_js`, which installs pusher-js and sets `PUSHER_JS_DIR`.

#![cfg(all(feature = "encrypted", feature = "users", feature = "websocket"))]

mod operations;
mod ours;
#[allow(dead_code, reason = "only the texts are needed here")]
#[path = "../../protocol/transcripts/recording.rs"]
mod recording;
mod unusual;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};

use operations::Operation;
use ours::Ours;
use serde_json::Value;

/// Returns the reports of pusher-js for each operation.
fn theirs(directory: &str, operations: &[Operation]) -> Vec<Vec<Value>> {
    let root = env!("CARGO_MANIFEST_DIR");
    let lines: String = operations.iter().map(|operation| operation.line() + "\n").collect();
    let path = std::env::temp_dir().join(format!("pusher-js-operations-{}", std::process::id()));
    File::create(&path).unwrap().write_all(lines.as_bytes()).unwrap();
    let output = Command::new("timeout")
        .args(["120", "node", &format!("{root}/tests/live/pusher-js/oracle.js")])
        .env("PUSHER_JS_DIR", directory)
        .stdin(File::open(&path).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(output.status.success(), "node ended with {}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Converts numbers to `f64`, as in JavaScript.
fn normal(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map(Value::from).unwrap(),
        Value::Array(items) => items.into_iter().map(normal).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, normal(value))).collect(),
        other => other,
    }
}

/// Converts an entry in the same way, and removes its null fields.
fn normal_entry(entry: Value) -> Value {
    let Value::Object(mut fields) = normal(entry) else { panic!("entries are objects") };
    fields.retain(|_, value| !value.is_null());
    Value::Object(fields)
}

/// Returns the kind of an entry.
fn kind(entry: &Value) -> String {
    const KINDS: [&str; 17] = [
        "subscribed",
        "failed",
        "message",
        "added",
        "removed",
        "counted",
        "cache_miss",
        "not_decrypted",
        "signed_in",
        "sign_in_failed",
        "user",
        "watchlist",
        "error",
        "other",
        "bad",
        "thrown",
        "disconnected",
    ];
    let fields = entry.as_object().unwrap();
    KINDS.iter().find(|&&kind| fields.contains_key(kind)).unwrap().to_string()
}

/// Returns a difference without details: the event, and the kinds of reports on each side.
fn signature(operation: &Operation, ours: &[Value], theirs: &[Value]) -> String {
    let event = match operation {
        Operation::In(text) => match ours::json_of(text) {
            Some(message) => match message["event"].as_str() {
                Some(event) if event.starts_with("pusher") => event.to_string(),
                Some(_) => "of the application".into(),
                None => "none".into(),
            },
            None => "not JSON".into(),
        },
        Operation::Session => "begin".into(),
        Operation::Subscribe { .. } => "subscribe".into(),
        Operation::Unsubscribe(_) => "unsubscribe".into(),
        Operation::SignIn(_) => "sign in".into(),
    };
    let kinds = |entries: &[Value]| entries.iter().map(kind).collect::<Vec<_>>().join(" ");
    let mut line = format!("{event}: {} | {}", kinds(ours), kinds(theirs));
    if kinds(ours) == kinds(theirs) {
        // The fields in which entries of one kind differ.
        let mut names = BTreeSet::new();
        for (ours, theirs) in ours.iter().zip(theirs) {
            let fields = |entry: &Value| entry.as_object().unwrap().clone();
            let (ours, theirs) = (fields(ours), fields(theirs));
            names.extend(ours.keys().chain(theirs.keys()).filter(|&name| ours.get(name) != theirs.get(name)).cloned());
        }
        line += &format!(" differ in {}", names.into_iter().collect::<Vec<_>>().join(", "));
    }
    line
}

#[test]
fn pusher_js_reports_the_same() {
    let Ok(directory) = std::env::var("PUSHER_JS_DIR") else {
        panic!("PUSHER_JS_DIR is not set: tests/run.sh pusher_js sets it");
    };
    let mut operations = operations::recorded();
    operations.extend(unusual::generated());
    let messages = operations.iter().filter(|operation| matches!(operation, Operation::In(_))).count();
    assert!(messages >= 2_000, "{messages} messages");

    let theirs = theirs(&directory, &operations);
    assert_eq!(theirs.len(), operations.len());
    let listed = include_str!("differences.jsonl");
    let listed: BTreeMap<String, String> = listed
        .lines()
        .map(|line| serde_json::from_str::<BTreeMap<String, String>>(line).unwrap())
        .map(|entry| (entry["difference"].clone(), entry["reason"].clone()))
        .collect();

    let mut client = Ours::new();
    let mut found: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut same = 0;
    for (operation, theirs) in operations.iter().zip(theirs) {
        let ours: Vec<Value> = client.run(operation).into_iter().map(normal_entry).collect();
        let theirs: Vec<Value> = theirs.into_iter().map(normal_entry).collect();
        if ours == theirs {
            same += 1;
            continue;
        }
        let example =
            format!("{operation:?}\n  ours   {}\n  theirs {}", Value::from(ours.clone()), Value::from(theirs.clone()));
        found.entry(signature(operation, &ours, &theirs)).or_insert((0, example)).0 += 1;
    }
    println!("{messages} messages, {} operations, {same} with equal reports", operations.len());
    let mut unlisted = String::new();
    for (signature, (count, example)) in &found {
        if !listed.contains_key(signature) {
            unlisted += &format!("\n{signature} ({count} times), for example\n  {example}\n");
        }
    }
    assert!(unlisted.is_empty(), "differences that are not in differences.jsonl:\n{unlisted}");
    let unused: Vec<&String> = listed.keys().filter(|signature| !found.contains_key(*signature)).collect();
    assert!(unused.is_empty(), "listed in differences.jsonl and not found: {unused:#?}");
}
