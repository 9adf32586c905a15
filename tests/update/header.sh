# capi/include/pusher_proto.h: the C header, by cbindgen from the source of capi/.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

CBINDGEN="$(bash "$ROOT/tests/setup/cbindgen.sh")" || { left_out "the C header: cbindgen could not be built"; exit 0; }
cd "$ROOT/capi"
"$CBINDGEN" --quiet --config cbindgen.toml --output include/pusher_proto.h .
