/* The sizes that the header computes, for the target processor. The library asserts the same in Rust. */
#include "pusher_proto.h"

#define CHANNEL(name_and_31) ((name_and_31) + 1 + (PUSHER_ENCRYPTED ? 48 : 0))
#define CLIENT (sizeof(void *) == 8 ? 336 : 328)
#define CONNECTION (sizeof(void *) == 8 ? 520 : 360)
#define ROUNDED(size) ((size) + (8 - (size) % 8) % 8)

_Static_assert(PUSHER_CLIENT_SIZE(4, 32) == ROUNDED(CLIENT + 4 * CHANNEL(64)), "a client of 4 channels");
_Static_assert(PUSHER_CLIENT_SIZE(8, 64) == ROUNDED(CLIENT + 8 * CHANNEL(96)), "a client of 8 channels");
_Static_assert(PUSHER_CLIENT_SIZE(32, 64) == ROUNDED(CLIENT + 32 * CHANNEL(96)), "a client of 32 channels");
_Static_assert(PUSHER_CLIENT_SIZE(64, 164) == ROUNDED(CLIENT + 64 * CHANNEL(200)), "a client of 64 channels");
_Static_assert(PUSHER_CONNECTION_SIZE(8, 64) == PUSHER_CLIENT_SIZE(8, 64) + CONNECTION, "a connection");
typedef PUSHER_CONNECTION(8, 64) memory;
_Static_assert(sizeof(memory) == PUSHER_CONNECTION_SIZE(8, 64) && _Alignof(memory) == 8, "its memory");
_Static_assert(sizeof(pusher_status) == 4 && sizeof(pusher_action_kind) == 1, "enumerations have their size everywhere");
/* As in Rust: see the assertions of capi/src/memory.rs. */
_Static_assert(sizeof(pusher_text) == 2 * sizeof(void *) && sizeof(pusher_members) == 8 * sizeof(void *), "parts of events");
_Static_assert(sizeof(pusher_action) == (sizeof(void *) == 8 ? 112 : 64), "actions");
