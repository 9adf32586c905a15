//! Reads `tests/data/vectors`.

#![allow(dead_code, reason = "each test crate uses a part")]

use std::path::Path;

use serde_json::Value;

#[derive(Debug)]
pub struct Vector(pub Value);

impl Vector {
    /// Returns the text under `name`. Panics if it is absent.
    pub fn text(&self, name: &str) -> &str {
        self.optional_text(name).unwrap_or_else(|| panic!("{name} is missing in {self:?}"))
    }

    /// Returns the text under `name`, if present.
    pub fn optional_text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}

/// Returns the vectors of `file`. Checks that there are `count`, so that no test passes on an empty file.
pub fn vectors(file: &str, count: usize) -> Vec<Vector> {
    list(file, "vectors", count)
}

/// Returns the vectors of `file` that must be refused.
pub fn must_fail(file: &str, count: usize) -> Vec<Vector> {
    list(file, "must_fail", count)
}

fn list(file: &str, name: &str, count: usize) -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/vectors/{file}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut file: Value = serde_json::from_str(&text).unwrap();
    let Value::Array(vectors) = file[name].take() else { panic!("no {name} in {}", path.display()) };
    assert_eq!(vectors.len(), count, "{}", path.display());
    vectors.into_iter().map(Vector).collect()
}
