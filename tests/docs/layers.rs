//! Checks that imports between the library's modules go one way, as docs/design.md shows.

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

/// Returns the modules that `source` imports by `crate::`, without comments, tests and the explorer, which is a test.
fn imports(source: &str) -> Vec<String> {
    let library = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines =
        library.lines().map(str::trim_start).filter(|line| !line.starts_with("//") && !line.contains("explore"));
    let paths = lines.flat_map(|line| line.split("crate::").skip(1));
    paths.map(|path| path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()).collect()
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
