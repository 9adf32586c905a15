//! Checks that the table of results in docs/compatibility.md matches the scenarios.

use std::fmt::Write;
use std::path::Path;

use crate::table::ROWS;

const BEGIN: &str = "<!-- begin: written by tests/live/live_scenarios -->\n";
const END: &str = "<!-- end -->\n";

fn table() -> String {
    let mut text = String::from("\n| situation | soketi 1.6.1 | sockudo 5.2.0 | scenario |\n|---|---|---|---|\n");
    for row in ROWS {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {} | {} | {} | `{}` |", row.feature, row.soketi.words, row.sockudo.words, row.name);
    }
    text + "\n"
}

/// Checks the document's table for soketi and sockudo. `tests/run.sh --update compatibility` writes it.
#[test]
fn the_document_matches_the_scenarios() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/compatibility.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the begin of the table is marked");
    let (_, after) = rest.split_once(END).expect("the end of the table is marked");
    let expected = [before, BEGIN, &table(), END, after].concat();
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        std::fs::write(&path, expected).unwrap();
    } else {
        assert!(text == expected, "docs/compatibility.md is out of date: run tests/run.sh --update compatibility");
    }
}
