/*
 * Firmware without an operating system and without a C library: a Cortex-M4 (Arm MPS2, AN386) whose only link is its
 * UART, with a modem in transparent mode. It logs by semihosting. Events on its private channel are orders: `report`
 * triggers a client event, `end` ends the program. The vector table and the memory map are in mps2/.
 *
 *     arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -Os -nostdlib -Iinclude -Texamples/mps2/mps2.ld examples/firmware.c \
 *         examples/mps2/start.c libpusher_proto_c.a -Wl,--gc-sections -o firmware
 */
#include "pusher_proto.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define UART_DATA REGISTER(0x40004000u)
#define UART_STATE REGISTER(0x40004004u) /* 1: no room to send, 2: a byte has arrived */
#define UART_CONTROL REGISTER(0x40004008u)
#define UART_DIVIDER REGISTER(0x40004010u)
#define SYSTICK_CONTROL REGISTER(0xe000e010u)
#define SYSTICK_RELOAD REGISTER(0xe000e014u)
#define SYSTICK_COUNT REGISTER(0xe000e018u)
#define TICKS_PER_MS 25000u

#define PRIVATE "private-device"
#define PRESENCE "presence-devices"
#define KEY "app-key"
#define DIALLING_MS 1500u /* the time in which a modem hangs up, dials and connects */

static PUSHER_CONNECTION(4, 32) memory;
static uint8_t receive_buffer[1024], transmit_buffer[512];
static pusher_connection *connection;
static pusher_channel private_channel;

int main(void);

/* Milliseconds from a counter of 24 bits that counts down. Correct if called twice in a second. */
static uint32_t now_ms(void) {
    static uint32_t milliseconds = UINT32_MAX - 3000u; /* comes round after 3 s: the client must not notice */
    static uint32_t last = 0xffffffu, rest;
    uint32_t count = SYSTICK_COUNT;
    rest += (last - count) & 0xffffffu;
    last = count;
    milliseconds += rest / TICKS_PER_MS;
    rest %= TICKS_PER_MS;
    return milliseconds;
}

static uint32_t semihosting(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

/* A line of the log. */
static char line[512];
static size_t line_length;

static void put(pusher_text text) {
    for (size_t i = 0; i < text.length && line_length + 2 < sizeof line; i++) {
        line[line_length++] = text.bytes[i];
    }
}

static void put_c(const char *text) {
    while (*text && line_length + 2 < sizeof line) {
        line[line_length++] = *text++;
    }
}

static void put_number(uint32_t number) {
    char digits[10];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (count != 0) {
        put((pusher_text){&digits[--count], 1});
    }
}

static void end_line(void) {
    static const struct {
        const char *name;
        uint32_t mode, length;
    } console = {":tt", 4, 3};
    static uint32_t handle;
    if (handle == 0) {
        handle = semihosting(0x01, &console); /* SYS_OPEN, to write: the standard output of the host */
    }
    line[line_length++] = '\n';
    const struct {
        uint32_t handle;
        const char *bytes;
        uint32_t length;
    } block = {handle, line, line_length};
    semihosting(0x05, &block); /* SYS_WRITE */
    line_length = 0;
}

static void finish(uint32_t status) {
    const uint32_t reason[2] = {0x20026, status}; /* ADP_Stopped_ApplicationExit */
    semihosting(0x20, reason);                    /* SYS_EXIT_EXTENDED */
    for (;;) {
    }
}

static void check(pusher_status status, const char *what) {
    if (status != PUSHER_OK) {
        put_c(what), put_c(": "), put_c(pusher_status_name(status));
        end_line();
        finish(1);
    }
}

/* For tests only: predictable masks protect nothing. A product has the random numbers of its chip. */
static void fill_random(void *context, uint8_t *bytes, size_t length) {
    static uint32_t state = 0x2545f491u;
    (void)context;
    while (length-- != 0) {
        state ^= state << 13, state ^= state >> 17, state ^= state << 5;
        *bytes++ = (uint8_t)(state >> 24);
    }
}

static bool is(pusher_text text, const char *other) {
    size_t i = 0;
    while (i < text.length && other[i] == text.bytes[i]) {
        i++;
    }
    return i == text.length && other[i] == '\0';
}

static void authorize(const pusher_request *request) {
    const char *data = request->channel_kind == PUSHER_KIND_PRESENCE
        ? "{\"user_id\":\"device\",\"user_info\":{\"name\":\"UART\"}}"
        : NULL;
    check(pusher_connection_sign(connection, now_ms(), request->ticket, "app-secret", data), "sign");
}

/* Logs an event. Returns the order in it: `r`, `e` or 0. */
static char handle(const pusher_event *event) {
    switch (event->kind) {
    case PUSHER_EVENT_CONNECTED:
        put_c("connected: "), put(event->u.connected);
        break;
    case PUSHER_EVENT_SUBSCRIBED:
        put_c("subscribed "), put(event->channel_name), put_c(": "), put_number(event->u.subscribed.member_count);
        put_c(event->u.subscribed.has_gap ? " members, with a gap" : " members");
        break;
    case PUSHER_EVENT_SUBSCRIPTION_FAILED:
        put_c("refused "), put(event->channel_name), put_c(": "), put(event->u.error.message);
        break;
    case PUSHER_EVENT_MEMBER_ADDED:
    case PUSHER_EVENT_MEMBER_REMOVED:
        put_c(event->kind == PUSHER_EVENT_MEMBER_ADDED ? "joined " : "left ");
        put(event->channel_name), put_c(": "), put(event->u.member.user_id);
        break;
    case PUSHER_EVENT_CHANNEL:
        put_c("event "), put(event->channel_name), put_c(" "), put(event->u.message.name);
        put_c(" "), put(event->u.message.data);
        end_line();
        return is(event->u.message.name, "report") ? 'r' : is(event->u.message.name, "end") ? 'e' : 0;
    case PUSHER_EVENT_ERROR:
        put_c("error: "), put(event->u.error.message);
        break;
    default:
        return 0;
    }
    end_line();
    return 0;
}

static void report(unsigned *reports, char *order) {
    const char *data = *reports == 0 ? "{\"report\":\"first\"}" : "{\"report\":\"further\"}";
    size_t length = *reports == 0 ? 18 : 20;
    /* Busy, or the connection was lost: again after the next poll. */
    if (pusher_connection_trigger(connection, now_ms(), private_channel, "client-report", data, length, false)
        == PUSHER_OK) {
        put_c("sent client-report "), put_c(data);
        end_line();
        ++*reports;
        *order = 0;
    }
}

int main(void) {
    UART_DIVIDER = 217; /* 115,200 baud */
    UART_CONTROL = 3;   /* both ways, no interrupts */
    SYSTICK_RELOAD = 0xffffffu;
    SYSTICK_COUNT = 0;
    SYSTICK_CONTROL = 5; /* on, without an interrupt, from the clock of the processor: 25 MHz */

    pusher_config config;
    check(pusher_config_init(&config, 0x5eed), "config");
    /* Without a carrier signal, only an unanswered ping shows that the peer is gone. */
    config.activity_timeout_ms = 2000;
    config.pong_timeout_ms = 2000;
    config.handshake_timeout_ms = 4000;
    config.reconnect_cap_ms = 2000;
    pusher_options options = {
        .url = "ws://127.0.0.1", /* the modem has the address; this only names the server in the request */
        .key = KEY,
        .random = fill_random,
        .receive_buffer = receive_buffer,
        .receive_size = sizeof receive_buffer,
        .transmit_buffer = transmit_buffer,
        .transmit_size = sizeof transmit_buffer,
        .config = &config,
    };
    check(pusher_connection_init(&connection, &memory, sizeof memory, 4, 32, &options), "init");
    check(pusher_connection_subscribe(connection, now_ms(), PRIVATE, &private_channel), "subscribe");
    check(pusher_connection_subscribe(connection, now_ms(), PRESENCE, NULL), "subscribe");
    check(pusher_connection_connect(connection, now_ms()), "connect");

    bool is_dialling = false, is_open = false;
    uint32_t dialled_at = 0;
    uint16_t attempt = 0;
    char order = 0;
    unsigned reports = 0;
    for (;;) {
        uint32_t now = now_ms();
        if (is_dialling) {
            while (UART_STATE & 2) {
                (void)UART_DATA; /* of the last connection */
            }
            if (now - dialled_at >= DIALLING_MS) {
                is_dialling = false;
                is_open = true;
                check(pusher_connection_handle_opened(connection, now, attempt), "opened");
            }
        }
        pusher_action todo;
        check(pusher_connection_poll(connection, now, &todo), "poll");
        switch (todo.kind) {
        case PUSHER_ACTION_OPEN:
            attempt = todo.u.open.attempt;
            dialled_at = now;
            is_dialling = true;
            break;
        case PUSHER_ACTION_CLOSE:
            is_dialling = is_open = false;
            put_c("closed: "), put_number(todo.u.close.kind), put_c(" "), put_number(todo.u.close.code);
            end_line();
            break;
        case PUSHER_ACTION_WRITE: {
            size_t length, sent = 0;
            const uint8_t *bytes = pusher_connection_unsent(connection, &length);
            while (sent < length && !(UART_STATE & 1)) {
                UART_DATA = bytes[sent++];
            }
            check(pusher_connection_handle_sent(connection, sent), "sent");
            break;
        }
        case PUSHER_ACTION_READ: {
            size_t space, length = 0;
            uint8_t *bytes = pusher_connection_receive_space(connection, &space);
            while (is_open && length < space && UART_STATE & 2) {
                bytes[length++] = (uint8_t)UART_DATA;
            }
            if (length != 0) {
                check(pusher_connection_handle_received(connection, length), "received");
            }
            break;
        }
        case PUSHER_ACTION_WAIT:
            if (todo.u.timeout_ms == PUSHER_NEVER) {
                check(pusher_connection_deinit(connection), "deinit");
                finish(0);
            }
            break;
        case PUSHER_ACTION_AUTHORIZE:
            authorize(&todo.u.request);
            break;
        case PUSHER_ACTION_EVENT: {
            char next = handle(&todo.u.event);
            order = next ? next : order;
            break;
        }
        case PUSHER_ACTION_NOTICE:
            put_c(todo.u.notice.reason == PUSHER_REASON_PONG_TIMEOUT ? "notice: PongTimeout" : "notice: ");
            put_number(todo.u.notice.reason);
            end_line();
            break;
        default:
            break;
        }
        if (order == 'r') {
            report(&reports, &order);
        } else if (order == 'e') {
            check(pusher_connection_disconnect(connection, now), "disconnect");
            order = 0;
        }
    }
}
