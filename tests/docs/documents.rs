//! Checks that the tests, links, figures and pictures named in the documents exist.

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

/// Returns whether `source` defines the test function `name`.
fn defines(source: &str, name: &str) -> bool {
    // Only attributes may come between, such as the names of servers in the live tests.
    source.split("#[test]").skip(1).any(|rest| rest.trim_start().starts_with(&format!("fn {name}(")))
}

/// Returns the files and functions in a table row: `` `file.rs`: `function`, `function`; `file.rs`: .. ``.
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

/// The pages that rustdoc shows, too: `src/lib.rs` includes them.
const RUSTDOC: [&str; 4] = ["README.md", "docs/guide.md", "docs/glossary.md", "docs/security.md"];

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns the label and the target of each link definition: `[label]: target`.
fn definitions(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "))
}

/// Returns the targets of inline links: `[text](target)`.
fn inline_links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// Returns the anchors of the headings, as rustdoc and code hosts name them.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |c: &char| c.is_alphanumeric() || "-_ ".contains(*c);
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn every_link_of_a_document_resolves() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = entries.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let others = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "tests/README.md"];
    let mut count = 0;
    for document in pages.chain(others.map(|name| root.join(name))) {
        let text = fs::read_to_string(&document).unwrap();
        for link in inline_links(&text).chain(definitions(&text).map(|(_, target)| target)) {
            if let Some(anchor) = link.strip_prefix('#') {
                assert!(anchors(&text).iter().any(|known| known == anchor), "{} links to {link}", document.display());
            } else if !link.starts_with("http") {
                assert!(document.parent().unwrap().join(link).exists(), "{} links to {link}", document.display());
                count += 1;
            }
        }
    }
    assert!(count >= 40, "{count} links");
}

#[test]
fn every_document_is_linked_from_the_readme() {
    let readme = read("README.md");
    let linked: Vec<&str> = definitions(&readme).map(|(_, target)| target).collect();
    let labels: Vec<&str> = definitions(&readme).map(|(label, _)| label).collect();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_linked = linked.contains(&format!("docs/{name}").as_str());
        assert!(!name.ends_with(".md") || is_linked, "the README does not link to {name}");
    }
    for label in labels {
        assert!(readme.matches(&format!("[{label}]")).count() >= 2, "the README defines {label} and does not use it");
    }
}

#[test]
fn rustdoc_has_a_target_for_every_link_to_a_file() {
    // rustdoc has no files beside its pages. The definitions in src/links.md come first there, so they take precedence.
    let (links, pictures) = (read("src/links.md"), read("docs/pictures/links.md"));
    let known: Vec<&str> = definitions(&links).chain(definitions(&pictures)).map(|(label, _)| label).collect();
    for document in RUSTDOC {
        let text = read(document);
        for (label, target) in definitions(&text) {
            assert!(
                target.starts_with("http") || known.contains(&label),
                "{document}: [{label}] is undefined in rustdoc"
            );
        }
        for link in inline_links(&text) {
            assert!(
                link.starts_with("http") || link.starts_with('#'),
                "{document}: {link} needs a label in src/links.md"
            );
        }
    }
    let manifest = read("Cargo.toml");
    let (_, packaged) = manifest.split_once("\ninclude = [").unwrap();
    let (packaged, _) = packaged.split_once("]\n").unwrap();
    let mut count = 0;
    for (_, target) in definitions(&links) {
        if let Some(file) = target.strip_prefix("https://docs.rs/crate/pusher-proto/latest/source/") {
            read(file);
            let folder = file.split_once('/').map_or(format!("\"/{file}\""), |(folder, _)| format!("\"/{folder}/**\""));
            assert!(packaged.contains(&folder), "{file} is not in the package");
            count += 1;
        }
    }
    assert!(count >= 10, "{count} files");
}

#[test]
fn rustdoc_has_the_pictures_of_the_repository() {
    let links = read("docs/pictures/links.md");
    for (label, target) in definitions(&links) {
        let encoded = target.strip_prefix("data:image/svg+xml;base64,").unwrap();
        let mut picture = vec![0; encoded.len()];
        let picture = <base64ct::Base64 as base64ct::Encoding>::decode(encoded, &mut picture).unwrap();
        let file = read(&format!("docs/pictures/{label}.svg"));
        assert_eq!(picture, file.as_bytes(), "{label}: run tests/run.sh --update pictures");
    }
    assert_eq!(definitions(&links).count(), 2);
}

/// Returns the lines without their indentation.
fn unindented(text: &str) -> String {
    text.lines().map(|line| line.trim_start().to_owned() + "\n").collect()
}

#[test]
fn a_program_of_the_guide_that_needs_other_crates_is_the_text_of_a_file_that_is_compiled() {
    let files = [
        "tests/firmware-ethernet/src/socket.rs",
        "examples/embassy/src/app.rs",
        "tests/versions/src/tls.rs",
        "tests/versions/src/edge_nal.rs",
        "tests/versions/src/esp_idf.rs",
    ];
    let guide = read("docs/guide.md");
    let blocks = guide.split("```rust,ignore\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let blocks: Vec<_> = blocks.collect();
    assert_eq!(blocks.len(), files.len());
    for (block, file) in blocks.into_iter().zip(files) {
        assert!(unindented(&read(file)).contains(&unindented(block)), "{file} has no\n{block}");
    }
}

/// Returns the numbers in `text`, with their points and commas.
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
        assert!(measured.contains(&number), "{number} is in the README and not in docs/footprint.md");
    }
}
