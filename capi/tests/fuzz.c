/*
 * Bytes of a hostile server through pusher_connection_recv, and wrong calls between them. Built with the sanitizers.
 *
 *     fuzz RUNS [SEED]         random inputs; each run is one connection
 *     clang -DLIBFUZZER -fsanitize=fuzzer,address ..     as a target of libFuzzer
 *
 * An input is a list of steps: a byte says which, the next ones are its argument.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pusher_proto.h"

/* The key is base64 of 16 times 4. */
static const char HANDSHAKE[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Accept: qxuoi6TdLAVblW3X0cuvPg6Ld2A=\r\n\r\n";
/* What servers send. Steps change some bytes of it. */
static const char *const MESSAGES[] = {
    "{\"event\":\"pusher:connection_established\",\"data\":\"{\\\"socket_id\\\":\\\"1.1\\\",\\\"activity_timeout\\\":30}\"}",
    "{\"event\":\"pusher_internal:subscription_succeeded\",\"channel\":\"public\",\"data\":\"{}\"}",
    "{\"event\":\"pusher_internal:subscription_succeeded\",\"channel\":\"presence-a\",\"data\":\"{\\\"presence\\\":{\\\"ids\\\":"
    "[\\\"a\\\",2],\\\"hash\\\":{\\\"a\\\":{\\\"n\\\":\\\"\\\\u0041\\\"},\\\"2\\\":null},\\\"count\\\":2}}\"}",
    "{\"event\":\"placed\",\"channel\":\"public\",\"data\":\"{\\\"id\\\":7}\"}",
    "{\"event\":\"client-x\",\"channel\":\"presence-a\",\"data\":{\"id\":7},\"user_id\":\"b\"}",
    "{\"event\":\"pusher_internal:member_added\",\"channel\":\"presence-a\",\"data\":\"{\\\"user_id\\\":\\\"c\\\"}\"}",
    "{\"event\":\"pusher_internal:member_removed\",\"channel\":\"presence-a\",\"data\":\"{\\\"user_id\\\":\\\"c\\\"}\"}",
    "{\"event\":\"pusher:signin_success\",\"data\":\"{\\\"user_data\\\":\\\"{\\\\\\\"id\\\\\\\":\\\\\\\"7\\\\\\\"}\\\"}\"}",
    "{\"event\":\"pusher_internal:watchlist_events\",\"data\":\"{\\\"events\\\":[{\\\"name\\\":\\\"online\\\",\\\"user_ids\\\":"
    "[\\\"a\\\",\\\"b\\\"]}]}\"}",
    "{\"event\":\"secret\",\"channel\":\"private-encrypted-a\",\"data\":\"{\\\"nonce\\\":\\\"AAAA\\\",\\\"ciphertext\\\":\\\"AAAA\\\"}\"}",
    "{\"event\":\"pusher:error\",\"data\":{\"code\":4200,\"message\":\"again\"}}",
    "{\"event\":\"pusher:ping\",\"data\":{}}",
    "{\"event\":\"pusher:cache_miss\",\"channel\":\"public\"}",
    "{\"event\":\"pusher_internal:subscription_count\",\"channel\":\"public\",\"data\":\"{\\\"subscription_count\\\":3}\"}",
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static PUSHER_CONNECTION(4, 32) memory;
static unsigned long events, members_seen;

static void fill_random(void *context, uint8_t *bytes, size_t length) {
    (void)context;
    memset(bytes, 4, length);
}

/* Reads every byte of a text: the sanitizer sees a pointer that leads nowhere. */
static void use(pusher_text text) {
    static volatile unsigned sum;
    for (size_t i = 0; i < text.length; i++) {
        sum += (unsigned char)text.bytes[i];
    }
}

static void use_event(pusher_event *event) {
    pusher_member member;
    pusher_text status, id;
    pusher_user_ids ids;
    events++;
    use(event->channel_name);
    switch (event->kind) {
    case PUSHER_EVENT_CONNECTED:
        use(event->u.connected);
        break;
    case PUSHER_EVENT_SUBSCRIBED:
        for (int i = 0; i < 10000 && pusher_members_next(&event->u.subscribed.members, &member); i++, members_seen++) {
            use(member.user_id), use(member.user_info);
        }
        break;
    case PUSHER_EVENT_WATCHLIST:
        while (pusher_watchlist_next(&event->u.watchlist, &status, &ids)) {
            use(status);
            while (pusher_user_ids_next(&ids, &id)) {
                use(id);
            }
        }
        break;
    case PUSHER_EVENT_CHANNEL:
    case PUSHER_EVENT_USER:
    case PUSHER_EVENT_OTHER:
        use(event->u.message.name), use(event->u.message.data), use(event->u.message.user_id);
        break;
    case PUSHER_EVENT_MEMBER_ADDED:
    case PUSHER_EVENT_MEMBER_REMOVED:
        use(event->u.member.user_id), use(event->u.member.user_info);
        break;
    case PUSHER_EVENT_ERROR:
    case PUSHER_EVENT_SUBSCRIPTION_FAILED:
    case PUSHER_EVENT_SIGN_IN_FAILED:
        use(event->u.error.message);
        break;
    case PUSHER_EVENT_DECRYPTION_FAILED:
        use(event->u.undecryptable.name);
        break;
    case PUSHER_EVENT_SIGNED_IN:
        use(event->u.signed_in.user_id);
        break;
    default:
        break;
    }
}

static void answer(pusher_connection *connection, uint32_t now, const pusher_request *request, unsigned how) {
    static const pusher_credentials credentials = {"key", (const uint8_t *)"secret", 6};
    char token[68], secret[44];
    pusher_authorization authorization;
    const char *data = request->channel_kind == PUSHER_KIND_PRESENCE ? "{\"user_id\":\"1\"}" : NULL;
    use(request->socket_id), use(request->channel_name);
    if (how % 4 == 0) {
        pusher_connection_deny(connection, now, request->ticket);
    } else if (how % 8 == 2) {
        pusher_connection_sign(connection, now, request->ticket, "secret", data);
    } else if (how % 4 != 1
               && pusher_sign_channel(&credentials, request, data, token, sizeof token, &authorization) == PUSHER_OK) {
        pusher_derive_secret(request->channel_name, (const uint8_t *)"0123456789abcdef0123456789abcdef", secret, sizeof secret,
                             &authorization.shared_secret);
        pusher_connection_authorize(connection, now, request->ticket, &authorization);
    }
}

/* Polls until the connection waits. A bound, because nothing may go on for ever. */
static void run(pusher_connection *connection, uint32_t now, unsigned how) {
    pusher_action todo;
    size_t length = 1;
    for (int i = 0; i < 100000; i++) {
        memset(&todo, 0xa5, sizeof todo);
        if (pusher_connection_poll(connection, now, &todo) != PUSHER_OK) {
            abort();
        }
        switch (todo.kind) {
        case PUSHER_ACTION_OPEN:
            pusher_connection_handle_opened(connection, now, todo.u.open.attempt);
            break;
        case PUSHER_ACTION_WRITE: {
            uint8_t part[7];
            pusher_connection_send(connection, part, sizeof part, &length);
            break;
        }
        case PUSHER_ACTION_EVENT:
            use_event(&todo.u.event);
            break;
        case PUSHER_ACTION_CLOSE:
            use(todo.u.close.text);
            break;
        case PUSHER_ACTION_AUTHORIZE:
        case PUSHER_ACTION_SIGN_IN:
            answer(connection, now, &todo.u.request, how);
            break;
        case PUSHER_ACTION_READ:
        case PUSHER_ACTION_WAIT:
            return;
        default:
            break;
        }
    }
    abort();
}

static void pass(pusher_connection *connection, uint32_t now, const uint8_t *bytes, size_t length, unsigned how) {
    /* On the heap, of this very length: a read beyond it is found. */
    uint8_t *copy = malloc(length + 1);
    size_t taken = 1;
    memcpy(copy + 1, bytes, length); /* and not aligned */
    for (size_t at = 0; at < length && taken != 0; at += taken) {
        if (pusher_connection_recv(connection, copy + 1 + at, length - at, &taken) != PUSHER_OK || taken > length - at) {
            abort();
        }
        run(connection, now, how);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const NAMES[] = {"public", "private-b", "presence-a", "private-encrypted-a"};
    uint8_t *rx = calloc(600, 1), *tx = calloc(300, 1);
    uint32_t now = UINT32_MAX - 1000;
    pusher_config config;
    pusher_connection *connection;
    pusher_config_init(&config, 1);
    pusher_options options = {.url = "ws://h", .key = "key", .random = fill_random, .receive_buffer = rx,
                              .receive_size = 600, .transmit_buffer = tx, .transmit_size = 300, .config = &config};
    if (pusher_connection_init(&connection, &memory, sizeof memory, 4, 32, &options) != PUSHER_OK) {
        abort();
    }
    pusher_channel channels[4];
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        pusher_connection_subscribe(connection, now, NAMES[i], &channels[i]);
    }
    pusher_connection_connect(connection, now);
    run(connection, now, 2);
    pass(connection, now, (const uint8_t *)HANDSHAKE, sizeof HANDSHAKE - 1, 2);

    for (size_t at = 0; at + 2 < size;) {
        unsigned kind = data[at], argument = data[at + 1];
        at += 2;
        switch (kind % 12) {
        case 0: /* bytes as they are */
            argument = argument % 32 < size - at ? argument % 32 : (unsigned)(size - at);
            pass(connection, now, data + at, argument, kind);
            at += argument;
            break;
        case 1:
        case 2:
        case 3:
        case 4:
        case 5: { /* a message, perhaps changed */
            const char *message = MESSAGES[argument % COUNT(MESSAGES)];
            size_t length = strlen(message), header = length < 126 ? 2 : 4;
            uint8_t frame[400] = {0x81, (uint8_t)length};
            if (header == 4) {
                frame[1] = 126, frame[2] = (uint8_t)(length >> 8), frame[3] = (uint8_t)length;
            }
            memcpy(frame + header, message, length);
            if (kind % 12 == 5) {
                frame[(argument * 7u + data[at]) % (header + length)] ^= (uint8_t)(1u << (data[at] % 8));
            }
            pass(connection, now, frame, header + length, kind / 12);
            break;
        }
        case 6: /* time passes */
            now += argument * argument;
            run(connection, now, kind);
            break;
        case 7:
            pusher_connection_trigger(connection, now, channels[argument % 4], "client-x", (const char *)data + at,
                                      argument % (size - at), argument & 1);
            run(connection, now, kind);
            break;
        case 8:
            pusher_connection_unsubscribe(connection, now, channels[argument % 4]);
            pusher_connection_subscribe(connection, now, NAMES[argument % 4], &channels[argument % 4]);
            run(connection, now, kind);
            break;
        case 9:
            pusher_connection_handle_socket_error(connection, now, argument);
            run(connection, now, kind);
            break;
        case 10: { /* the next connection begins */
            pass(connection, now, (const uint8_t *)HANDSHAKE, sizeof HANDSHAKE - 1, kind);
            break;
        }
        default:
            if (argument & 1) {
                pusher_connection_sign_in(connection, now);
            } else {
                pusher_connection_handle_received(connection, argument); /* bytes that were in the buffer before */
            }
            run(connection, now, kind);
            break;
        }
    }
    pusher_connection_deinit(connection);
    free(rx);
    free(tx);
    return 0;
}

#ifndef LIBFUZZER
int main(int count, char **arguments) {
    unsigned long runs = count > 1 ? strtoul(arguments[1], NULL, 10) : 1000;
    uint32_t state = count > 2 ? (uint32_t)strtoul(arguments[2], NULL, 10) : 0x2545f491;
    for (unsigned long i = 0; i < runs; i++) {
        uint8_t data[64];
        for (size_t j = 0; j < sizeof data; j++) {
            state ^= state << 13, state ^= state >> 17, state ^= state << 5;
            data[j] = (uint8_t)(state >> 24);
        }
        data[0] = 25, data[1] = 0; /* established; requests are answered */
        LLVMFuzzerTestOneInput(data, sizeof data);
    }
    printf("%lu runs, %lu events, %lu members\n", runs, events, members_seen);
    /* The inputs must get somewhere. */
    return events < runs || members_seen < runs / 100;
}
#endif
