/*
 * Prints what happens on the channels of a server: over POSIX sockets, with poll().
 *
 *     monitor ws://127.0.0.1:6001 app-key private-orders presence-room     PUSHER_SECRET: the secret of the app
 *
 * It ends at the event "end", or after Ctrl-C. TLS is yours: wrap send() and recv() in the calls of your TLS library.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "pusher_proto.h"

static PUSHER_CONNECTION(8, 64) memory;
static uint8_t receive_buffer[16384];
static uint8_t transmit_buffer[1024];
static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
    (void)number;
    interrupted = 1;
}

static uint32_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u);
}

static void fill_random(void *file, uint8_t *bytes, size_t length) {
    if (fread(bytes, 1, length, file) != length) {
        abort(); /* a machine without random numbers cannot mask its frames */
    }
}

/* Opens a TCP connection to the host and port of a URL. Returns -1 if it cannot. */
static int open_socket(const char *url) {
    char host[256];
    const char *port = "80", *start = strstr(url, "://");
    start = start ? start + 3 : url;
    snprintf(host, sizeof host, "%.*s", (int)strcspn(start, "/"), start);
    char *colon = strrchr(host, ':');
    if (colon) {
        *colon = '\0';
        port = colon + 1;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(host, port, &hints, &found) != 0) {
        return -1;
    }
    int fd = -1;
    for (struct addrinfo *each = found; each != NULL && fd < 0; each = each->ai_next) {
        fd = socket(each->ai_family, each->ai_socktype, each->ai_protocol);
        if (fd >= 0 && connect(fd, each->ai_addr, each->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    if (fd >= 0) {
        fcntl(fd, F_SETFL, O_NONBLOCK);
    }
    return fd;
}

/* Prints text of a peer: control characters could change the terminal. */
static void print_text(pusher_text text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        putchar(byte < 0x20 || byte == 0x7f ? '?' : byte);
    }
}

/* Prints an event. Returns whether it is the order to end. */
static bool print_event(pusher_event *event) {
    pusher_member member;
    switch (event->kind) {
    case PUSHER_EVENT_CONNECTED:
        printf("connected ");
        print_text(event->u.connected);
        break;
    case PUSHER_EVENT_SUBSCRIBED:
        printf("subscribed ");
        print_text(event->channel_name);
        if (event->u.subscribed.has_gap) {
            printf(", events may be missing");
        }
        while (pusher_members_next(&event->u.subscribed.members, &member)) {
            printf(" member ");
            print_text(member.user_id);
        }
        break;
    case PUSHER_EVENT_CHANNEL:
        printf("event ");
        print_text(event->channel_name);
        putchar(' ');
        print_text(event->u.message.name);
        putchar(' ');
        print_text(event->u.message.data);
        break;
    case PUSHER_EVENT_MEMBER_ADDED:
    case PUSHER_EVENT_MEMBER_REMOVED:
        printf(event->kind == PUSHER_EVENT_MEMBER_ADDED ? "joined " : "left ");
        print_text(event->channel_name);
        putchar(' ');
        print_text(event->u.member.user_id);
        break;
    case PUSHER_EVENT_SUBSCRIPTION_FAILED:
    case PUSHER_EVENT_ERROR:
        printf("error %u ", event->u.error.code);
        print_text(event->u.error.message);
        break;
    default:
        printf("other event %d", event->kind);
        break;
    }
    putchar('\n');
    return event->kind == PUSHER_EVENT_CHANNEL && event->u.message.name.length == 3
        && memcmp(event->u.message.name.bytes, "end", 3) == 0;
}

/* Signs a subscription and answers the request. */
static void authorize(pusher_connection *connection, const pusher_request *request) {
    const char *secret = getenv("PUSHER_SECRET");
    const char *member = request->channel_kind == PUSHER_KIND_PRESENCE ? "{\"user_id\":\"monitor\"}" : NULL;
    pusher_status status = pusher_connection_sign(connection, now_ms(), request->ticket, secret, member);
    if (status != PUSHER_OK) {
        fprintf(stderr, "not authorized: %s\n", pusher_status_name(status));
        pusher_connection_deny(connection, now_ms(), request->ticket);
    }
}

/* Reads what has arrived. */
static void read_socket(pusher_connection *connection, int fd) {
    size_t space;
    uint8_t *bytes = pusher_connection_receive_space(connection, &space);
    ssize_t length = recv(fd, bytes, space, 0);
    if (length > 0) {
        pusher_connection_handle_received(connection, (size_t)length);
    } else if (length == 0) {
        pusher_connection_handle_socket_error(connection, now_ms(), PUSHER_SOCKET_CLOSED);
    } else if (errno != EAGAIN && errno != EINTR) {
        pusher_connection_handle_socket_error(connection, now_ms(), PUSHER_SOCKET_RESET);
    }
}

/* Writes what is due, as much as the socket takes. Returns whether it took something. */
static bool write_socket(pusher_connection *connection, int fd) {
    size_t length;
    const uint8_t *bytes = pusher_connection_unsent(connection, &length);
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    if (sent >= 0) {
        pusher_connection_handle_sent(connection, (size_t)sent);
    } else if (errno == EAGAIN || errno == EINTR) {
        return false;
    } else {
        pusher_connection_handle_write_error(connection, now_ms(), PUSHER_SOCKET_RESET);
    }
    return true;
}

/* Waits for the socket or the timeout. */
static void wait_for(int fd, short events, uint32_t timeout_ms) {
    struct pollfd socket = {fd, events, 0};
    poll(&socket, 1, timeout_ms > 3600000 ? 3600000 : (int)timeout_ms);
}

int main(int count, char **arguments) {
    if (count < 4) {
        fprintf(stderr, "usage: %s URL KEY CHANNEL...\n", arguments[0]);
        return 2;
    }
    const char *url = arguments[1], *key = arguments[2];
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);

    FILE *random = fopen("/dev/urandom", "rb");
    if (random == NULL) {
        perror("/dev/urandom");
        return 1;
    }
    uint32_t seed;
    fill_random(random, (uint8_t *)&seed, sizeof seed);
    pusher_config config;
    pusher_config_init(&config, seed);
    pusher_options options = {
        .url = url,
        .key = key,
        .random = fill_random,
        .random_context = random,
        .receive_buffer = receive_buffer,
        .receive_size = sizeof receive_buffer,
        .transmit_buffer = transmit_buffer,
        .transmit_size = sizeof transmit_buffer,
        .config = &config,
    };
    pusher_connection *connection;
    pusher_status status = pusher_connection_init(&connection, &memory, sizeof memory, 8, 64, &options);
    for (int i = 3; status == PUSHER_OK && i < count; i++) {
        status = pusher_connection_subscribe(connection, now_ms(), arguments[i], NULL);
    }
    if (status != PUSHER_OK) {
        fprintf(stderr, "%s\n", pusher_status_name(status));
        return 1;
    }
    pusher_connection_connect(connection, now_ms());

    int fd = -1;
    for (;;) {
        if (interrupted) {
            interrupted = 0;
            pusher_connection_disconnect(connection, now_ms());
        }
        pusher_action todo;
        pusher_connection_poll(connection, now_ms(), &todo);
        switch (todo.kind) {
        case PUSHER_ACTION_OPEN:
            fd = todo.u.open.secure ? -1 : open_socket(url);
            if (fd >= 0) {
                pusher_connection_handle_opened(connection, now_ms(), todo.u.open.attempt);
            } else {
                fprintf(stderr, todo.u.open.secure ? "this program has no TLS\n" : "cannot connect\n");
                pusher_connection_handle_open_failed(connection, now_ms(), todo.u.open.attempt);
            }
            break;
        case PUSHER_ACTION_CLOSE:
            close(fd);
            fd = -1;
            break;
        case PUSHER_ACTION_WRITE:
            if (!write_socket(connection, fd)) {
                wait_for(fd, POLLOUT, todo.u.timeout_ms);
            }
            break;
        case PUSHER_ACTION_READ:
            wait_for(fd, POLLIN, todo.u.timeout_ms);
            read_socket(connection, fd);
            break;
        case PUSHER_ACTION_WAIT:
            if (todo.u.timeout_ms == PUSHER_NEVER) {
                pusher_state state = pusher_connection_state(connection);
                pusher_connection_deinit(connection);
                fclose(random);
                return state == PUSHER_STATE_FAILED;
            }
            wait_for(-1, 0, todo.u.timeout_ms);
            break;
        case PUSHER_ACTION_AUTHORIZE:
            authorize(connection, &todo.u.request);
            break;
        case PUSHER_ACTION_SIGN_IN:
            pusher_connection_deny(connection, now_ms(), todo.u.request.ticket);
            break;
        case PUSHER_ACTION_EVENT:
            if (print_event(&todo.u.event)) {
                pusher_connection_disconnect(connection, now_ms());
            }
            break;
        case PUSHER_ACTION_NOTICE:
            printf("notice %d, reason %d, failure %d, code %u\n", todo.u.notice.kind, todo.u.notice.reason,
                   todo.u.notice.failure, todo.u.notice.code);
            break;
        case PUSHER_ACTION_TOO_SMALL:
            fprintf(stderr, "the transmit buffer needs %zu bytes\n", todo.u.needed);
            break;
        default:
            break;
        }
    }
}
