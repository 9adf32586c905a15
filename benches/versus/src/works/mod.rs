//! The works to measure, one file per group.

mod bytes;
mod growth;
mod presence;
mod signing;
mod text;
mod websocket_in;
mod websocket_out;

use crate::measure::Row;

/// Returns all rows, or those of one group.
pub fn rows(group: Option<&str>) -> Vec<Row> {
    type Group = (&'static str, fn() -> Vec<Row>);
    const GROUPS: [Group; 7] = [
        ("text", text::rows),
        ("websocket-in", websocket_in::rows),
        ("websocket-out", websocket_out::rows),
        ("bytes", bytes::rows),
        ("signing", signing::rows),
        ("growth", growth::rows),
        ("presence", presence::rows),
    ];
    let rows: Vec<Row> = GROUPS
        .iter()
        .filter(|(name, _)| group.is_none_or(|group| group == *name))
        .flat_map(|(_, rows)| rows())
        .collect();
    assert!(!rows.is_empty(), "the groups are {:?}", GROUPS.map(|(name, _)| name));
    rows
}
