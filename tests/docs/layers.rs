//! Checks that imports between the library's modules go one way, as docs/design.md shows, and that no files of one
//! folder import each other in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the layers of the diagram, from the top: one per line, with its modules between backticks.
fn layers() -> Vec<Vec<String>> {
    let design = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/design.md")).unwrap();
    let (_, drawing) = design.split_once("```text layers\n").unwrap();
    let (drawing, _) = drawing.split_once("```").unwrap();
    drawing.lines().map(|line| line.split_whitespace().map(String::from).collect()).collect()
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// Returns `source` without comments, tests and the explorer, which is a test.
fn library(source: &str) -> String {
    let library = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = library.lines().map(str::trim_start);
    lines.filter(|line| !line.starts_with("//") && !line.contains("explore")).collect::<Vec<_>>().join("\n")
}

/// Returns the identifier at the beginning of `text`.
fn identifier(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())]
}

/// Returns the modules that `source` imports by `crate::`.
fn imports(source: &str) -> Vec<String> {
    library(source).split("crate::").skip(1).map(|path| identifier(path).into()).collect()
}

/// Returns the items of the list in braces at the beginning of `text`, or the one item before the semicolon.
fn items(text: &str) -> Vec<&str> {
    let Some(list) = text.strip_prefix('{') else { return vec![text.split(';').next().unwrap()] };
    let (mut depth, mut begin, mut items) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                items.push(list[begin..at].trim());
                begin = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    items.retain(|item| !item.is_empty());
    items
}

/// Returns for each file or folder in `folder` what it imports of the others, by `super::` or by its full path. What
/// `mod.rs` exports counts as an import of the file that defines it.
fn siblings(src: &Path, folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let read = |path: &Path| library(&fs::read_to_string(path).unwrap());
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let nodes: Vec<_> = entries.filter(|path| !path.ends_with("mod.rs") && !path.ends_with("explore")).collect();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_string();
    let names: BTreeSet<String> = nodes.iter().map(|path| name(path)).collect();
    let root = read(&folder.join("mod.rs"));
    let mut exports = BTreeMap::new();
    for export in root.split("use ").skip(1) {
        if let Some((file, exported)) = export.split_once("::") {
            for item in items(exported) {
                exports.insert(item.rsplit([' ', ':']).next().unwrap(), file);
            }
        }
    }
    let absolute = format!("crate::{}::", folder.strip_prefix(src).unwrap().to_str().unwrap().replace('/', "::"));
    let mut graph = BTreeMap::new();
    for node in &nodes {
        let mut files = Vec::new();
        if node.is_dir() {
            sources(node, &mut files)
        } else {
            files.push(node.clone())
        }
        let edges: &mut BTreeSet<String> = graph.entry(name(node)).or_default();
        for file in files {
            let relative =
                if file.parent() == Some(folder) || file.ends_with("mod.rs") { "super::" } else { "super::super::" };
            let text = read(&file).replace(&absolute, relative);
            // `super::super::` of a file of this folder leads out of it.
            let text = if relative == "super::" { text.replace("super::super::", "") } else { text };
            for import in text.split(relative).skip(1).flat_map(items) {
                let import = identifier(import);
                let target = names.get(import).map(String::as_str).or_else(|| exports.get(import).copied());
                edges
                    .extend(target.filter(|target| names.contains(*target) && *target != name(node)).map(String::from));
            }
        }
    }
    graph
}

/// Returns what can be reached from `from`.
fn reached(graph: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let (mut reached, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(edges) = left.pop().and_then(|node| graph.get(node)) {
        left.extend(edges.iter().filter(|edge| reached.insert((*edge).clone())).map(String::as_str));
    }
    reached
}

#[test]
fn no_files_of_one_folder_import_each_other_in_a_circle() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let folders = files.iter().filter(|file| file.ends_with("mod.rs")).map(|file| file.parent().unwrap());
    let (mut circles, mut count) = (Vec::new(), 0);
    for folder in folders.filter(|folder| !folder.ends_with("explore")) {
        let graph = siblings(&src, folder);
        count += graph.values().map(BTreeSet::len).sum::<usize>();
        let in_circle = graph.keys().filter(|node| reached(&graph, node).contains(*node));
        circles.extend(in_circle.map(|node| format!("{}/{node}", folder.file_name().unwrap().to_str().unwrap())));
    }
    assert!(count > 60, "{count} imports were found");
    assert!(circles.is_empty(), "circles: {circles:?}");
}

#[test]
fn every_module_imports_from_layers_below_its_own() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let layers = layers();
    let depth = |module: &str| layers.iter().position(|layer| layer.iter().any(|name| name == module));
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut count = 0;
    for file in files {
        let relative = file.strip_prefix(&src).unwrap().to_str().unwrap();
        let module = relative.split('/').next().unwrap().trim_end_matches(".rs");
        // Items that the crate exports at its root, and tests of the library.
        if matches!(module, "lib" | "diagrams") || relative.contains("/explore/") {
            continue;
        }
        let own = depth(module).unwrap_or_else(|| panic!("the drawing lacks {module}"));
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            if import == module {
                continue;
            }
            let below =
                depth(&import).unwrap_or_else(|| panic!("{relative} imports {import}, which the drawing lacks"));
            assert!(below > own, "{relative} imports {import}, which is not below {module}");
            count += 1;
        }
    }
    assert!(count > 100, "{count} imports were found");
}
