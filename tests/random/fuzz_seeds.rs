//! Runs every seed of the fuzz targets through the body of its target.

#[path = "../../fuzz/src/lib.rs"]
#[allow(dead_code, reason = "the rest is for the fuzz targets and tests/random/model.rs")]
mod bodies;

use std::path::Path;

#[test]
fn every_seed_passes_and_every_target_has_some() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (target, body) in bodies::BODIES {
        let mut count = 0;
        for seed in std::fs::read_dir(seeds.join(target)).unwrap() {
            let path = seed.unwrap().path();
            println!("{}", path.display());
            body(&std::fs::read(path).unwrap());
            count += 1;
        }
        assert!(count >= 3, "{target} has {count} seeds");
    }
}
