//! Measures this crate against others that do the same work; benches/versus/run.sh runs it.
//!
//! | command | what it does |
//! |---|---|
//! | `time [GROUP]` | measures the rows, of one group or all, and prints a line with tabs for each entry |
//! | `smoke [GROUP]` | the same with very few rounds |
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
        ["time"] => time(None, Effort::FULL),
        ["time", group] => time(Some(group), Effort::FULL),
        ["smoke"] => time(None, Effort::SMOKE),
        ["smoke", group] => time(Some(group), Effort::SMOKE),
        ["counted", group] => {
            for (at, row) in rows(Some(group)).iter().enumerate() {
                for (index, entry) in row.entries.iter().enumerate() {
                    println!("{at}\t{index}\t{}", row.label(entry));
                }
            }
        }
        ["count", group, at, index] => {
            let [at, index] = [at, index].map(|number| number.parse::<usize>().expect("a number"));
            measure::count(&mut rows(Some(group))[at].entries[index]);
        }
        _ => {
            eprintln!("versus time [GROUP] | smoke [GROUP] | counted GROUP | count GROUP ROW ENTRY");
            std::process::exit(2);
        }
    }
}

fn time(group: Option<&str>, effort: Effort) {
    rows(group).iter_mut().for_each(|row| measure::time(row, effort));
}
