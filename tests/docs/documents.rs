//! The documents name tests; every one of them has to exist.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the file `name` of `tests` or of one of its folders.
fn test_file(name: &str) -> Option<PathBuf> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let here = tests.join(name);
    if here.is_file() {
        return Some(here);
    }
    let folders = fs::read_dir(&tests).unwrap().map(|entry| entry.unwrap().path());
    let mut files = folders.map(|folder| folder.join(name)).filter(|file| file.is_file());
    let file = files.next();
    assert!(files.next().is_none(), "{name} is two files");
    file
}

/// Whether `source` defines the test function `name`.
fn defines(source: &str, name: &str) -> bool {
    // Nothing but attributes may stand between, such as the names of servers in the live tests.
    source.split("#[test]").skip(1).any(|rest| rest.trim_start().starts_with(&format!("fn {name}(")))
}

/// The files and functions that a table row names: `` `file.rs`: `function`, `function`; `file.rs`: .. ``.
fn named(row: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for word in row.split('`').skip(1).step_by(2) {
        if word.contains('/') {
            continue; // a source file
        }
        if word.ends_with(".rs") || word.ends_with(".sh") {
            found.push((word.into(), Vec::new()));
        } else if word.contains('_')
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && let Some((_, functions)) = found.last_mut()
        {
            functions.push(word.into());
        }
    }
    found
}

#[test]
fn every_test_that_a_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (document, at_least) in [("docs/testing.md", 30), ("docs/design.md", 18)] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        let mut count = 0;
        for row in text.lines().filter(|line| line.starts_with('|') && line.contains(".rs`")) {
            for (file, functions) in named(row) {
                let path = test_file(&file).unwrap_or_else(|| panic!("{document} names {file}"));
                let source = fs::read_to_string(path).unwrap();
                for function in functions {
                    assert!(defines(&source, &function), "{document} names {function} of {file}");
                    count += 1;
                }
            }
        }
        assert!(count >= at_least, "{document} names {count} tests");
    }
}

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = entries.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let others = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "tests/README.md"];
    let mut count = 0;
    for document in pages.chain(others.map(|name| root.join(name))) {
        let text = fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.starts_with("http") {
                assert!(document.parent().unwrap().join(link).exists(), "{} links to {link}", document.display());
                count += 1;
            }
        }
    }
    assert!(count >= 20, "{count} links");
}

/// The numbers in `text`, with their points and commas.
fn numbers(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != ',' && c != '.');
    words.map(|word| word.trim_end_matches([',', '.'])).filter(|word| !word.is_empty()).collect()
}

#[test]
fn the_figures_of_the_readme_are_those_of_the_footprint() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let footprint = fs::read_to_string(root.join("docs/footprint.md")).unwrap();
    let (_, block) = readme.split_once("measured by\n`tests/firmware/run.sh`):").unwrap();
    let (block, _) = block.split_once("For a small image").unwrap();
    let (head, _) = footprint.split_once("## How to choose sizes").unwrap();
    let measured = numbers(head);
    let claimed = numbers(block);
    assert!(claimed.len() >= 14, "{claimed:?}");
    for number in claimed {
        assert!(measured.contains(&number), "the README says {number}, docs/footprint.md does not");
    }
}
