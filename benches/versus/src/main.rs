//! Measures this crate beside others that do the same work; benches/versus/run.sh runs it.
//!
//! | command | what it does |
//! |---|---|
//! | `time [GROUP]` | measures the rows, of one group or all, and prints a line with tabs for each entry |
//! | `smoke` | the same with next to no rounds |
//! | `counted GROUP` | lists the entries of a group for `count` |
//! | `count GROUP ROW ENTRY` | does the work of an entry once, for callgrind |

mod frames;
mod json;
mod measure;
mod memory;
mod ours;
mod works;

use measure::Effort;
use works::rows;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["time"] => rows(None).iter_mut().for_each(|row| measure::time(row, Effort::FULL)),
        ["time", group] => rows(Some(group)).iter_mut().for_each(|row| measure::time(row, Effort::FULL)),
        ["smoke"] => rows(None).iter_mut().for_each(|row| measure::time(row, Effort::SMOKE)),
        ["counted", group] => {
            for (at, row) in rows(Some(group)).iter().enumerate() {
                for (index, entry) in row.entries.iter().enumerate() {
                    println!("{at}\t{index}\t{}\t{}\t{}\t{}\t{}", row.group, row.name, row.size, entry.who, entry.note);
                }
            }
        }
        ["count", group, at, index] => {
            let [at, index] = [at, index].map(|number| number.parse::<usize>().expect("a number"));
            measure::count(&mut rows(Some(group))[at].entries[index]);
        }
        _ => {
            eprintln!("versus time [GROUP] | smoke | counted GROUP | count GROUP ROW ENTRY");
            std::process::exit(2);
        }
    }
}
