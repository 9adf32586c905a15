//! Checks that `tests/README.md` and `CONTRIBUTING.md` are complete and name only existing files.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The folders of test targets.
const SUBJECTS: [&str; 8] = ["auth", "docs", "examples", "hostile", "live", "protocol", "random", "transport"];
/// Contains no tests, only recordings that tests expect.
const SNAPSHOTS: &str = "protocol/snapshots/";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Returns the names in the folder `path`; folders end with a slash.
fn entries(path: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let named = entries.map(Result::unwrap).map(|entry| {
        let slash = if entry.path().is_dir() { "/" } else { "" };
        entry.file_name().into_string().unwrap() + slash
    });
    // Editors and insta leave hidden and new files.
    named.filter(|name| !name.starts_with('.') && !name.ends_with(".new")).collect()
}

/// Returns the names in backticks in the first cells of the tables of `section`.
fn listed(section: &str) -> BTreeSet<String> {
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    cells.flat_map(|cell| cell.split('`').step_by(2)).map(str::to_owned).collect()
}

/// Returns the section of `text` whose heading begins with `heading`.
fn section<'t>(text: &'t str, heading: &str) -> &'t str {
    let (_, rest) = text.split_once(heading).unwrap_or_else(|| panic!("no section {heading}"));
    rest.split("\n## ").next().unwrap()
}

#[test]
fn the_page_of_tests_lists_every_file_and_no_other() {
    let page = read("tests/README.md");
    for subject in SUBJECTS {
        let mut there = entries(&format!("tests/{subject}"));
        there.retain(|name| format!("{subject}/{name}") != SNAPSHOTS);
        assert_eq!(listed(section(&page, &format!("\n## `{subject}/`"))), there, "tests/{subject}");
    }
    let mut rest = listed(section(&page, "\n## What only CI needs"));
    rest.extend(listed(section(&page, "\n## What tests share")));
    let mut there = entries("tests");
    let elsewhere = ["README.md", "api.txt"].map(String::from);
    there.retain(|name| !elsewhere.contains(name) && !SUBJECTS.contains(&name.trim_end_matches('/')));
    assert_eq!(rest, there, "tests");
}

#[test]
fn every_file_of_a_subject_is_a_target_of_the_manifest() {
    // `autotests` is off, so cargo runs only files in the manifest.
    let manifest = read("Cargo.toml");
    for subject in SUBJECTS {
        for name in entries(&format!("tests/{subject}")) {
            let path = format!("{subject}/{name}");
            if path != SNAPSHOTS {
                let path = if path.ends_with('/') { path + "main.rs" } else { path };
                assert!(
                    manifest.contains(&format!("path = \"tests/{path}\"")),
                    "Cargo.toml does not name tests/{path}"
                );
            }
        }
    }
}

#[test]
fn the_guide_names_every_generated_file_and_shows_a_real_race() {
    let guide = read("CONTRIBUTING.md");
    let scripts: BTreeSet<String> = entries("tests/update").iter().map(|name| name.replace(".sh", "")).collect();
    assert_eq!(listed(section(&guide, "\n## Generated files")), scripts);
    let (_, race) = section(&guide, "\n## Add a race").split_once("```rust,ignore\n").unwrap();
    let (race, _) = race.split_once("```").unwrap();
    assert!(read("tests/protocol/answers.rs").contains(race), "{race}");
}

#[test]
fn generated_files_are_written_only_by_the_update_scripts() {
    let spelled = ["UPDATE_DOCS=", "INSTA_UPDATE="];
    for path in [
        "README.md",
        "CONTRIBUTING.md",
        "docs/states.md",
        "docs/testing.md",
        "docs/compatibility.md",
        "src/diagrams.rs",
    ] {
        let text = read(path);
        assert!(spelled.iter().all(|command| !text.contains(command)), "{path}: use tests/run.sh --update");
    }
}
