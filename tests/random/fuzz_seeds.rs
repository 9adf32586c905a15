//! Runs every seed of the fuzz targets through its target.

#[path = "../../fuzz/src/lib.rs"]
#[allow(dead_code, reason = "the rest is for the fuzz targets and tests/random/model.rs")]
mod harness;

use std::path::Path;

#[test]
fn every_seed_passes_and_every_target_has_some() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for target in harness::targets::TARGETS {
        let mut count = 0;
        let folder = seeds.join(target.name);
        for seed in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = seed.unwrap().path();
            println!("{}", path.display());
            let input = std::fs::read(path).unwrap();
            assert!(input.len() <= target.max_len, "libFuzzer would cut it to {} bytes", target.max_len);
            (target.run)(&input);
            count += 1;
        }
        assert!(count >= 3, "{} has {count} seeds: put at least 3 into {}", target.name, folder.display());
    }
}
