#!/usr/bin/env bash
# Builds the fuzz targets for ClusterFuzzLite and OSS-Fuzz, which run this in their image: binaries, seed corpora,
# options and the dictionary go to $OUT. `tests/steps/37_fuzz.sh` runs it without the image, with a stable toolchain.
set -euo pipefail
: "${SRC:?}" "${OUT:?}"
cd "$SRC/pusher-proto"

# The image has a nightly toolchain and cargo-fuzz, which adds the sanitizer.
if [[ "$(rustc --version)" == *nightly* ]] && command -v cargo-fuzz >/dev/null; then
    cargo fuzz build -O --debug-assertions
    binaries="fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release"
else
    binaries="$(fuzz/run.sh build)"
fi

for source in fuzz/fuzz_targets/*.rs; do
    target="$(basename "$source" .rs)"
    cp "$binaries/$target" "$OUT/"
    cp "fuzz/options/$target.options" "$OUT/"
    # zip adds to an archive that is there.
    rm -f "$OUT/${target}_seed_corpus.zip"
    if command -v zip >/dev/null; then
        zip -q -j "$OUT/${target}_seed_corpus.zip" "fuzz/seeds/$target"/*
    else
        (cd "fuzz/seeds/$target" && python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" ./*)
    fi
done
cp fuzz/dictionaries/*.dict "$OUT/"
