# Fuzzes every target from its seeds, two side by side, 20 s each, and checks the build for ClusterFuzzLite without its
# image. With --long: FUZZ_SECONDS each, half an hour if it is not set, with a random seed.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

command -v c++ >/dev/null || apt_install g++ || { left_out "fuzzing: no C++ compiler"; exit 0; }
seconds=20
# One random seed, so that what fails is a change and not luck: searching for more is the task of --long.
flags="-seed=1"
[[ -z "${LONG:-}" ]] || { seconds=1800 flags=; }
seconds="${FUZZ_SECONDS:-$seconds}"

# From the seeds alone, so that a run depends on nothing that earlier runs found.
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

# In the image, the folder has this name.
mkdir "$scratch/out"
ln -s "$ROOT" "$scratch/pusher-proto"
SRC="$scratch" OUT="$scratch/out" FUZZING_LANGUAGE=rust SANITIZER=none FUZZING_ENGINE=libfuzzer ARCHITECTURE=x86_64 \
    bash .clusterfuzzlite/build.sh

# run_built TARGET: what ClusterFuzzLite does with the files in $OUT.
run_built() {
    local out="$scratch/out" target="$1" log="$scratch/$1.log"
    mkdir "$scratch/$target"
    python3 -m zipfile -e "$out/${target}_seed_corpus.zip" "$scratch/$target"
    (($(find "$scratch/$target" -type f | wc -l) == $(find "fuzz/seeds/$target" -type f | wc -l)))
    # No seed is longer than an input may be.
    (($(find "$scratch/$target" -type f -size "+$(sed -n 's/^max_len = //p' "$out/$target.options")c" | wc -l) == 0))
    "$out/$target" "$scratch/$target" -dict="$out/$(sed -n 's/^dict = //p' "$out/$target.options")" -seed=1 -max_total_time=1 \
        -artifact_prefix="$scratch/$target-" >"$log" 2>&1 || { tail -40 "$log"; return 1; }
    grep -q '^Dictionary: [1-9]' "$log"
    # Instrumented, or libFuzzer sees nothing.
    grep -q '^INFO: Loaded 1 modules' "$log"
}

mapfile -t targets < <(fuzz/run.sh list)
for target in "${targets[@]}"; do
    run_built "$target"
    echo "$target: built for ClusterFuzzLite, with $(find "$scratch/$target" -type f | wc -l) inputs after 1 s"
done

CORPUS="$scratch/corpus" JOBS="${JOBS:-2}" FUZZ_FLAGS="$flags ${FUZZ_FLAGS:-}" fuzz/run.sh "$seconds" "${targets[@]}"
