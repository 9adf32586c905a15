/*
 * A client that tests/live/live_c drives: commands on stdin, what happens on stdout, one line each.
 *
 *     driver URL KEY SECRET MASTER_KEYS USER MEMBER
 *
 * MASTER_KEYS: 32 bytes in hexadecimal each, separated by commas; each request of an encrypted channel but the first
 * drops one while there are more. USER and MEMBER: JSON for a sign-in and for presence channels, or `-`.
 *
 * Commands: connect, disconnect, sign_in, subscribe NAME, unsubscribe NAME, trigger NAME EVENT DATA, gate
 * open|shut|answers. Bytes below 0x20 and `%` are written as %XX.
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "pusher_proto.h"

#define CHANNELS 8
#define NAME 64

enum gate { OPEN, SHUT, ANSWERS };

static PUSHER_CONNECTION(CHANNELS, NAME) memory;
static uint8_t receive_buffer[1 << 16], transmit_buffer[1 << 14];
static pusher_connection *connection;
static const char *url, *key, *secret, *user, *member;
static unsigned char master_keys[4][32];
static size_t first_key, key_count;
static bool has_signed;
static int fd = -1;
static enum gate gate = OPEN;
static unsigned pings, answers;
static struct {
    pusher_channel channel;
    char name[NAME + 1];
    bool is_used;
} names[CHANNELS];

/* A clock that has come round some seconds after the start: what every device sees once in 49 days. */
static uint32_t now_ms(void) {
    static uint64_t started;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
    started = started ? started : ms;
    return (uint32_t)(ms - started + UINT32_MAX - 3000u);
}

static void fill_random(void *context, uint8_t *bytes, size_t length) {
    (void)context;
    if (getrandom(bytes, length, 0) != (ssize_t)length) {
        abort();
    }
}

static void check(pusher_status status, const char *what) {
    if (status != PUSHER_OK) {
        printf("! %s: %s\n", what, pusher_status_name(status));
        exit(1);
    }
}

static void text(pusher_text text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        if (byte < 0x20 || byte == '%') {
            printf("%%%02X", byte);
        } else {
            putchar(byte);
        }
    }
}

static const char *name_of(pusher_channel channel) {
    for (size_t i = 0; i < CHANNELS; i++) {
        if (names[i].is_used && names[i].channel.id == channel.id) {
            return names[i].name;
        }
    }
    return "?";
}

static pusher_channel channel_of(const char *name) {
    for (size_t i = 0; i < CHANNELS; i++) {
        if (names[i].is_used && strcmp(names[i].name, name) == 0) {
            return names[i].channel;
        }
    }
    printf("! no channel %s\n", name);
    exit(1);
}

static int by_name(const void *a, const void *b) {
    return strcmp(a, b);
}

static void server_error(const pusher_server_error *error) {
    if (error->message.length == 0) {
        printf(error->code ? "the server reported error %u" : "the server reported an error without a code or a message", error->code);
        return;
    }
    text(error->message);
    if (error->code) {
        printf(" (%u)", error->code);
    }
}

static void message(const pusher_message *message, const char *separator) {
    text(message->name);
    if (message->user_id.bytes) {
        printf(" from ");
        text(message->user_id);
    }
    printf("%s", separator);
    text(message->data);
}

static void print_event(pusher_event *event) {
    const char *name = name_of(event->channel);
    switch (event->kind) {
    case PUSHER_EVENT_CONNECTED:
        printf("S ");
        text(event->u.connected);
        printf("\nE connected");
        break;
    case PUSHER_EVENT_SUBSCRIBED:
        printf("E subscribed %s", name);
        if (event->u.subscribed.members.mark) {
            static char members[100][64];
            size_t count = 0;
            pusher_member each;
            while (count < 100 && pusher_members_next(&event->u.subscribed.members, &each)) {
                snprintf(members[count++], sizeof members[0], "%.*s", PUSHER_PRINT(each.user_id));
            }
            qsort(members, count, sizeof members[0], by_name);
            printf(" with ");
            for (size_t i = 0; i < count; i++) {
                printf(i ? ", %s" : "%s", members[i]);
            }
        }
        printf(event->u.subscribed.has_gap ? " after a gap" : "");
        if (event->u.subscribed.has_gap && now_ms() - event->u.subscribed.gap_since_ms > 60000) {
            printf(" of a minute");
        }
        break;
    case PUSHER_EVENT_SUBSCRIPTION_FAILED:
        printf("E refused %s: ", name);
        server_error(&event->u.error);
        printf(event->u.error.retry_in_ms == PUSHER_NEVER ? "" : "; again later");
        break;
    case PUSHER_EVENT_CHANNEL:
        printf("E %s: ", name);
        message(&event->u.message, " ");
        break;
    case PUSHER_EVENT_MEMBER_ADDED:
        printf("E joined %s: ", name);
        text(event->u.member.user_id);
        putchar(' ');
        text(event->u.member.user_info);
        break;
    case PUSHER_EVENT_MEMBER_REMOVED:
        printf("E left %s: ", name);
        text(event->u.member.user_id);
        break;
    case PUSHER_EVENT_CACHE_MISS:
        printf("E nothing cached %s", name);
        break;
    case PUSHER_EVENT_DECRYPTION_FAILED: {
        static const char *const errors[] = {"NoKey", "Malformed", "NotAuthentic", "NotText"};
        printf("E undecryptable %s: ", name);
        text(event->u.undecryptable.name);
        printf(": %s", errors[event->u.undecryptable.error]);
        break;
    }
    case PUSHER_EVENT_SIGNED_IN:
        printf("E signed in as ");
        text(event->u.signed_in.user_id);
        break;
    case PUSHER_EVENT_SIGN_IN_FAILED:
        printf("E not signed in: ");
        server_error(&event->u.error);
        break;
    case PUSHER_EVENT_USER:
        printf("E to the user: ");
        message(&event->u.message, " ");
        break;
    case PUSHER_EVENT_WATCHLIST: {
        pusher_text status, id;
        pusher_user_ids ids;
        bool is_first = true;
        while (pusher_watchlist_next(&event->u.watchlist, &status, &ids)) {
            printf(is_first ? "E " : "\nE ");
            text(status);
            for (const char *separator = ": "; pusher_user_ids_next(&ids, &id); separator = ", ") {
                printf("%s", separator);
                text(id);
            }
            is_first = false;
        }
        break;
    }
    case PUSHER_EVENT_ERROR:
        printf("E error: ");
        server_error(&event->u.error);
        break;
    case PUSHER_EVENT_SUBSCRIPTION_COUNT:
        printf("E count %s: %u", name, event->u.count);
        break;
    default:
        printf("E other: ");
        message(&event->u.message, " ");
        break;
    }
    putchar('\n');
}

static void print_notice(const pusher_notice *notice) {
    switch (notice->kind) {
    case PUSHER_NOTICE_DISCONNECTED:
        printf("L %d %u %d\n", notice->reason, notice->code, notice->retry_in_ms == PUSHER_NEVER);
        break;
    case PUSHER_NOTICE_SUBSCRIPTION_FAILED:
        printf("F %s %d %u\n", name_of(notice->channel), notice->failure, notice->code);
        break;
    case PUSHER_NOTICE_SIGN_IN_FAILED:
        printf("G %d %u\n", notice->failure, notice->code);
        break;
    default:
        break;
    }
}

static pusher_status authorize_encrypted(const pusher_request *request) {
    pusher_credentials credentials = {key, (const uint8_t *)secret, strlen(secret)};
    pusher_authorization authorization;
    char token[256], shared_secret[44];
    check(pusher_sign_channel(&credentials, request, NULL, token, sizeof token, &authorization), "sign");
    if (has_signed && first_key + 1 < key_count) {
        first_key++;
    }
    has_signed = true;
    check(pusher_derive_secret(request->channel_name, master_keys[first_key], shared_secret, sizeof shared_secret,
                               &authorization.shared_secret),
          "derive");
    return pusher_connection_authorize(connection, now_ms(), request->ticket, &authorization);
}

static void authorize(const pusher_request *request) {
    const char *data = request->channel_kind == PUSHER_KIND_PRESENCE ? member : NULL;
    pusher_status status = request->channel_kind == PUSHER_KIND_ENCRYPTED
        ? authorize_encrypted(request)
        : pusher_connection_sign(connection, now_ms(), request->ticket, secret, data);
    if (status == PUSHER_ERROR_CHANNEL_DATA) {
        status = pusher_connection_deny(connection, now_ms(), request->ticket);
    }
    check(status, "authorize");
}

static void sign_in(const pusher_request *request) {
    check(pusher_connection_sign_user(connection, now_ms(), request->ticket, secret, user), "sign user");
}

static int open_socket(void) {
    char host[64];
    unsigned port;
    if (sscanf(url, "ws://%63[^:]:%u", host, &port) != 2) {
        return -1;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, host, &address.sin_addr);
    int opened = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (connect(opened, (struct sockaddr *)&address, sizeof address) != 0) {
        close(opened);
        return -1;
    }
    setsockopt(opened, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return opened;
}

/* Sends all that is due, by a small buffer, so that frames come in parts. */
static void write_socket(void) {
    uint8_t part[100];
    size_t length;
    bool is_passed = gate == OPEN;
    if (gate == ANSWERS && answers < pings) {
        answers++;
        is_passed = true;
    }
    for (;;) {
        check(pusher_connection_send(connection, part, sizeof part, &length), "send");
        if (length == 0) {
            return;
        }
        for (size_t sent = 0; is_passed && sent < length;) {
            ssize_t more = send(fd, part + sent, length - sent, MSG_NOSIGNAL);
            if (more < 0) {
                check(pusher_connection_handle_write_error(connection, now_ms(), PUSHER_SOCKET_RESET), "write error");
                return;
            }
            sent += (size_t)more;
        }
    }
}

/* Polls until the connection waits. Returns for how long. */
static uint32_t run(void) {
    pusher_action todo;
    for (;;) {
        memset(&todo, 0xa5, sizeof todo);
        check(pusher_connection_poll(connection, now_ms(), &todo), "poll");
        switch (todo.kind) {
        case PUSHER_ACTION_OPEN:
            fd = open_socket();
            if (fd >= 0) {
                gate = OPEN;
                check(pusher_connection_handle_opened(connection, now_ms(), todo.u.open.attempt), "opened");
            } else {
                check(pusher_connection_handle_open_failed(connection, now_ms(), todo.u.open.attempt), "open failed");
            }
            break;
        case PUSHER_ACTION_CLOSE:
            close(fd);
            fd = -1;
            break;
        case PUSHER_ACTION_WRITE:
            write_socket();
            break;
        case PUSHER_ACTION_READ:
        case PUSHER_ACTION_WAIT:
            return todo.u.timeout_ms;
        case PUSHER_ACTION_EVENT:
            print_event(&todo.u.event);
            break;
        case PUSHER_ACTION_NOTICE:
            print_notice(&todo.u.notice);
            break;
        case PUSHER_ACTION_AUTHORIZE:
            authorize(&todo.u.request);
            break;
        case PUSHER_ACTION_SIGN_IN:
            sign_in(&todo.u.request);
            break;
        case PUSHER_ACTION_BAD_MESSAGE:
            printf("E bad message\n");
            break;
        case PUSHER_ACTION_TOO_SMALL:
            printf("! the transmit buffer needs %zu bytes\n", todo.u.needed);
            exit(1);
        default:
            break;
        }
    }
}

static void read_socket(void) {
    uint8_t part[1500];
    ssize_t length = recv(fd, part, sizeof part, 0);
    if (length <= 0) {
        check(pusher_connection_handle_socket_error(connection, now_ms(),
                                                    length == 0 ? PUSHER_SOCKET_CLOSED : PUSHER_SOCKET_OTHER),
              "socket error");
        return;
    }
    if (gate == ANSWERS) {
        for (ssize_t at = 0; at + 13 <= length; at++) {
            if (memcmp(part + at, "\"pusher:ping\"", 13) == 0) {
                printf("P %u\n", ++pings);
            }
        }
    }
    size_t taken = 0, more;
    while (taken < (size_t)length && fd >= 0) {
        check(pusher_connection_recv(connection, part + taken, (size_t)length - taken, &more), "recv");
        taken += more;
        run();
    }
}

/* Carries out a command. Returns false if it has to be repeated. */
static bool command(char *line) {
    char *name = strtok(line, " \n"), *first = strtok(NULL, " \n"), *second = strtok(NULL, " \n"), *third = strtok(NULL, "\n");
    if (strcmp(name, "connect") == 0) {
        check(pusher_connection_connect(connection, now_ms()), name);
    } else if (strcmp(name, "disconnect") == 0) {
        check(pusher_connection_disconnect(connection, now_ms()), name);
    } else if (strcmp(name, "sign_in") == 0) {
        check(pusher_connection_sign_in(connection, now_ms()), name);
    } else if (strcmp(name, "subscribe") == 0) {
        pusher_channel channel;
        check(pusher_connection_subscribe(connection, now_ms(), first, &channel), name);
        for (size_t i = 0; i < CHANNELS; i++) {
            if (!names[i].is_used || names[i].channel.id == channel.id) {
                names[i].channel = channel;
                names[i].is_used = true;
                snprintf(names[i].name, sizeof names[i].name, "%s", first);
                break;
            }
        }
    } else if (strcmp(name, "unsubscribe") == 0) {
        pusher_channel channel = channel_of(first);
        check(pusher_connection_unsubscribe(connection, now_ms(), channel), name);
        for (size_t i = 0; i < CHANNELS; i++) {
            names[i].is_used = names[i].is_used && names[i].channel.id != channel.id;
        }
    } else if (strcmp(name, "trigger") == 0) {
        pusher_status status =
            pusher_connection_trigger(connection, now_ms(), channel_of(first), second, third, strlen(third), true);
        if (status == PUSHER_ERROR_BUSY || status == PUSHER_ERROR_RATE_LIMITED) {
            return false;
        }
        check(status, name);
    } else if (strcmp(name, "gate") == 0) {
        gate = strcmp(first, "shut") == 0 ? SHUT : strcmp(first, "answers") == 0 ? ANSWERS : OPEN;
    } else {
        printf("! unknown command %s\n", name);
        exit(1);
    }
    return true;
}

static void init(void) {
    pusher_config config;
    check(pusher_config_init(&config, 0), "config");
    fill_random(NULL, (uint8_t *)&config.seed, sizeof config.seed);
    config.reconnect_base_ms = 200;
    config.reconnect_cap_ms = 500;
    config.pong_timeout_ms = 120000;
    config.client_events_per_second = 0;
    pusher_options options = {.url = url,
                              .key = key,
                              .random = fill_random,
                              .receive_buffer = receive_buffer,
                              .receive_size = sizeof receive_buffer,
                              .transmit_buffer = transmit_buffer,
                              .transmit_size = sizeof transmit_buffer,
                              .config = &config};
    memset(&memory, 0xa5, sizeof memory);
    check(pusher_connection_init(&connection, &memory, sizeof memory, CHANNELS, NAME, &options), "init");
}

int main(int count, char **arguments) {
    if (count != 7) {
        return 2;
    }
    url = arguments[1], key = arguments[2], secret = arguments[3];
    for (char *hex = strtok(arguments[4], ","); hex != NULL && key_count < 4; hex = strtok(NULL, ","), key_count++) {
        for (size_t i = 0; i < 32; i++) {
            sscanf(hex + 2 * i, "%2hhx", &master_keys[key_count][i]);
        }
    }
    user = strcmp(arguments[5], "-") ? arguments[5] : NULL;
    member = strcmp(arguments[6], "-") ? arguments[6] : NULL;
    setvbuf(stdout, NULL, _IOLBF, 0);
    init();

    static char line[4096], copy[4096];
    size_t used = 0;
    bool has_input = true;
    for (;;) {
        uint32_t timeout_ms = run();
        char *end = memchr(line, '\n', used);
        if (end != NULL) {
            size_t length = (size_t)(end - line);
            memcpy(copy, line, length);
            copy[length] = '\0';
            if (command(copy)) {
                used -= length + 1;
                memmove(line, end + 1, used);
                continue;
            }
            timeout_ms = 5;
        } else if (!has_input) {
            pusher_connection_deinit(connection);
            return 0;
        }
        struct pollfd sources[2] = {{end == NULL ? 0 : -1, POLLIN, 0}, {fd, POLLIN, 0}};
        if (poll(sources, 2, timeout_ms > 1000 ? 1000 : (int)timeout_ms) < 0 && errno != EINTR) {
            return 1;
        }
        if (sources[0].revents) {
            ssize_t more = read(0, line + used, sizeof line - used);
            has_input = more > 0;
            used += more > 0 ? (size_t)more : 0;
        }
        if (fd >= 0 && sources[1].revents) {
            read_socket();
        }
    }
}
