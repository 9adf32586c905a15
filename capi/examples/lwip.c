/*
 * A connection over the raw API of lwIP 2.1, without an operating system. lwIP calls back; the callbacks only pass
 * things on and poll. Call pusher_start once, and pusher_tick from the main loop, beside sys_check_timeouts: both in
 * the context of lwIP.
 */
#include <stdbool.h>
#include <string.h>

#include "lwip/dns.h"
#include "lwip/sys.h"
#include "lwip/tcp.h"

#include "pusher_proto.h"

#define HOST "ws-eu.example.com"
#define PORT 80
#define KEY "app-key"

extern void board_random(void *context, uint8_t *bytes, size_t length); /* your random numbers */
extern uint32_t board_serial_number(void);
extern void on_event(const pusher_event *event); /* your application */
void pusher_start(void);
void pusher_tick(void);

static PUSHER_CONNECTION(8, 64) memory;
static uint8_t receive_buffer[2048], transmit_buffer[512];
static pusher_connection *connection;
static struct tcp_pcb *socket;
static uint16_t attempt;
static struct pbuf *received; /* what did not fit yet */
static u16_t received_at;     /* how much of it is passed on */
static bool is_polling;
static bool is_aborted; /* the socket, within a callback: lwIP must know */

static void poll_all(void);

/* Forgets the socket. The callbacks are taken away first, because none may come after the end. */
static void drop_socket(void) {
    if (received != NULL) {
        pbuf_free(received);
        received = NULL;
    }
    if (socket != NULL) {
        tcp_arg(socket, NULL);
        tcp_recv(socket, NULL);
        tcp_sent(socket, NULL);
        tcp_err(socket, NULL);
        if (tcp_close(socket) != ERR_OK) {
            tcp_abort(socket);
            is_aborted = true;
        }
        socket = NULL;
    }
}

/* Polls from within a callback of the socket. */
static err_t poll_within(void) {
    is_aborted = false;
    poll_all();
    return is_aborted ? ERR_ABRT : ERR_OK;
}

/* lwIP has freed the socket already. */
static void on_error(void *argument, err_t error) {
    (void)argument;
    socket = NULL;
    pusher_connection_handle_open_failed(connection, sys_now(), attempt); /* no effect if it was open */
    pusher_connection_handle_socket_error(connection, sys_now(),
                                          error == ERR_RST ? PUSHER_SOCKET_RESET : PUSHER_SOCKET_ABORTED);
    poll_all();
}

static err_t on_received(void *argument, struct tcp_pcb *pcb, struct pbuf *packet, err_t error) {
    (void)argument, (void)pcb, (void)error;
    if (packet == NULL) {
        pusher_connection_handle_socket_error(connection, sys_now(), PUSHER_SOCKET_CLOSED);
    } else if (received == NULL) {
        received = packet;
        received_at = 0;
    } else {
        pbuf_cat(received, packet);
    }
    return poll_within();
}

static err_t on_sent(void *argument, struct tcp_pcb *pcb, u16_t length) {
    (void)argument, (void)pcb, (void)length;
    return poll_within();
}

static err_t on_connected(void *argument, struct tcp_pcb *pcb, err_t error) {
    (void)argument, (void)pcb, (void)error;
    pusher_connection_handle_opened(connection, sys_now(), attempt);
    return poll_within();
}

static void connect_to(const ip_addr_t *address) {
    socket = address == NULL ? NULL : tcp_new();
    if (socket != NULL) {
        tcp_nagle_disable(socket); /* the connection writes whole messages */
        tcp_recv(socket, on_received);
        tcp_sent(socket, on_sent);
        tcp_err(socket, on_error);
        if (tcp_connect(socket, address, PORT, on_connected) == ERR_OK) {
            return;
        }
        drop_socket();
    }
    pusher_connection_handle_open_failed(connection, sys_now(), attempt);
}

static void on_resolved(const char *name, const ip_addr_t *address, void *argument) {
    (void)name, (void)argument;
    if (pusher_connection_is_opening(connection, attempt)) {
        connect_to(address);
        poll_all();
    }
}

static void open_socket(void) {
    ip_addr_t address;
    err_t error = dns_gethostbyname(HOST, &address, on_resolved, NULL);
    if (error == ERR_OK) {
        connect_to(&address);
    } else if (error != ERR_INPROGRESS) {
        connect_to(NULL);
    }
}

/* Passes on received bytes as long as the connection has space. Returns whether there were some. */
static bool pass_received(void) {
    size_t space, length;
    uint8_t *bytes;
    if (received == NULL || (bytes = pusher_connection_receive_space(connection, &space)) == NULL) {
        return false;
    }
    length = pbuf_copy_partial(received, bytes, (u16_t)(space > 0xffff ? 0xffff : space), received_at);
    received_at = (u16_t)(received_at + length);
    pusher_connection_handle_received(connection, length);
    if (socket != NULL) {
        tcp_recved(socket, (u16_t)length);
    }
    if (received_at == received->tot_len) {
        pbuf_free(received);
        received = NULL;
    }
    return length != 0;
}

/* Hands as many bytes to lwIP as it takes. Returns whether it took some; on_sent comes when there is room again. */
static bool send_some(void) {
    size_t length;
    const uint8_t *bytes = pusher_connection_unsent(connection, &length);
    if (socket == NULL || length == 0) {
        return false;
    }
    if (length > tcp_sndbuf(socket)) {
        length = tcp_sndbuf(socket);
    }
    if (length == 0 || tcp_write(socket, bytes, (u16_t)length, TCP_WRITE_FLAG_COPY) != ERR_OK) {
        return false;
    }
    tcp_output(socket);
    pusher_connection_handle_sent(connection, length);
    return true;
}

static void authorize(const pusher_request *request) {
    if (pusher_connection_sign(connection, sys_now(), request->ticket, "app-secret", NULL) != PUSHER_OK) {
        pusher_connection_deny(connection, sys_now(), request->ticket);
    }
}

/* Does all that can be done now. on_event may send commands: they are carried out by the next turn of the loop. */
static void poll_all(void) {
    pusher_action todo;
    if (is_polling) {
        return; /* a function of lwIP has called back at once */
    }
    is_polling = true;
    for (bool is_busy = true; is_busy && pusher_connection_poll(connection, sys_now(), &todo) == PUSHER_OK;) {
        switch (todo.kind) {
        case PUSHER_ACTION_OPEN:
            attempt = todo.u.open.attempt;
            open_socket();
            break;
        case PUSHER_ACTION_CLOSE:
            drop_socket();
            break;
        case PUSHER_ACTION_WRITE:
            is_busy = send_some();
            break;
        case PUSHER_ACTION_READ:
            is_busy = pass_received();
            break;
        case PUSHER_ACTION_WAIT:
            is_busy = false;
            break;
        case PUSHER_ACTION_AUTHORIZE:
            authorize(&todo.u.request);
            break;
        case PUSHER_ACTION_EVENT:
            on_event(&todo.u.event);
            break;
        default:
            break;
        }
    }
    is_polling = false;
}

void pusher_tick(void) {
    if (pusher_connection_timeout_ms(connection, sys_now()) == 0) {
        poll_all();
    }
}

void pusher_start(void) {
    static pusher_config config;
    static const char url[] = "ws://" HOST;
    pusher_config_init(&config, board_serial_number());
    const pusher_options options = {.url = url,
                                    .key = KEY,
                                    .random = board_random,
                                    .receive_buffer = receive_buffer,
                                    .receive_size = sizeof receive_buffer,
                                    .transmit_buffer = transmit_buffer,
                                    .transmit_size = sizeof transmit_buffer,
                                    .config = &config};
    if (pusher_connection_init(&connection, &memory, sizeof memory, 8, 64, &options) == PUSHER_OK) {
        pusher_connection_subscribe(connection, sys_now(), "private-orders", NULL);
        pusher_connection_connect(connection, sys_now());
        poll_all();
    }
}
