/*
 * Runs capi/examples/lwip.c over lwIP's port to Unix, against a server in the same process: the network interface
 * returns what is sent to its own address. The server checks the subscription, publishes an event, and resets the
 * connection. The program must reconnect and receive the event again.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../examples/lwip.c"

#include "lwip/netif.h"
#include "lwip/tcpip.h"
#include "lwip/timeouts.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

/* For the handshake key of 16 bytes 4. */
static const char HANDSHAKE[] = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Accept: qxuoi6TdLAVblW3X0cuvPg6Ld2A=\r\n\r\n";
static const char CONNECTED[] = "{\"event\":\"pusher:connection_established\",\"data\":\"{\\\"socket_id\\\":\\\"1.1\\\"}\"}";
static const char SUCCEEDED[] =
    "{\"event\":\"pusher_internal:subscription_succeeded\",\"channel\":\"private-orders\",\"data\":\"{}\"}";
static const char PLACED[] = "{\"event\":\"placed\",\"channel\":\"private-orders\",\"data\":\"{\\\"id\\\":7}\"}";

static struct netif network;
static char request[2048]; /* what the server has received, with a NUL */
static size_t request_length;
static bool is_open;
static unsigned connections, subscriptions, events;

void board_random(void *context, uint8_t *bytes, size_t length) {
    (void)context;
    memset(bytes, 4, length);
}

uint32_t board_serial_number(void) {
    return 7;
}

/* The build of Debian has no DNS. */
err_t dns_gethostbyname(const char *name, ip_addr_t *address, dns_found_callback found, void *argument) {
    (void)found, (void)argument;
    CHECK(strcmp(name, HOST) == 0);
    IP_ADDR4(address, 10, 0, 0, 1);
    return ERR_OK;
}

static void write_text(struct tcp_pcb *pcb, const char *text) {
    uint8_t header[4] = {0x81, 126, 0, (uint8_t)strlen(text)};
    if (header[3] < 126) {
        header[1] = header[3];
    }
    CHECK(tcp_write(pcb, header, header[3] < 126 ? 2 : 4, TCP_WRITE_FLAG_COPY) == ERR_OK);
    tcp_output(pcb); /* a segment of its own */
    CHECK(tcp_write(pcb, text, (u16_t)strlen(text), TCP_WRITE_FLAG_COPY) == ERR_OK);
    tcp_output(pcb);
}

static err_t server_received(void *argument, struct tcp_pcb *pcb, struct pbuf *packet, err_t error) {
    (void)argument, (void)error;
    if (packet == NULL) {
        return tcp_close(pcb);
    }
    CHECK(request_length + packet->tot_len < sizeof request);
    size_t length = pbuf_copy_partial(packet, request + request_length, packet->tot_len, 0);
    if (is_open) { /* each byte of the mask is 4, also in the header, which no check reads */
        for (size_t i = 0; i < length; i++) {
            request[request_length + i] ^= 4;
        }
    }
    request_length += length;
    tcp_recved(pcb, packet->tot_len);
    pbuf_free(packet);
    request[request_length] = 0;
    if (!is_open && strstr(request, "\r\n\r\n") != NULL) {
        CHECK(strncmp(request, "GET /app/app-key?", 17) == 0);
        is_open = true;
        request_length = 0;
        CHECK(tcp_write(pcb, HANDSHAKE, sizeof HANDSHAKE - 1, TCP_WRITE_FLAG_COPY) == ERR_OK);
        write_text(pcb, CONNECTED);
    } else if (is_open && memmem(request, request_length, "private-orders", 14) != NULL
               && memmem(request, request_length, "\"auth\":\"app-key:", 16) != NULL) {
        subscriptions++;
        request_length = 0;
        write_text(pcb, SUCCEEDED);
        write_text(pcb, PLACED);
    }
    return ERR_OK;
}

static struct tcp_pcb *accepted;

static err_t server_accepted(void *argument, struct tcp_pcb *pcb, err_t error) {
    (void)argument;
    CHECK(error == ERR_OK);
    connections++;
    is_open = false;
    request_length = 0;
    accepted = pcb;
    tcp_recv(pcb, server_received);
    return ERR_OK;
}

static void reset(void *argument) {
    (void)argument;
    tcp_abort(accepted);
}

void on_event(const pusher_event *event) {
    if (event->kind == PUSHER_EVENT_CHANNEL) {
        CHECK(event->u.message.data.length == 8 && memcmp(event->u.message.data.bytes, "{\"id\":7}", 8) == 0);
        if (++events == 1) {
            sys_timeout(1, reset, NULL);
            return;
        }
        CHECK(connections == 2 && subscriptions == 2);
        puts("two connections over lwIP");
        fflush(stdout);
        _exit(0);
    }
}

static void tick(void *argument) {
    pusher_tick();
    sys_timeout(5, tick, argument);
}

static err_t no_output(struct netif *netif, struct pbuf *packet, const ip4_addr_t *address) {
    (void)netif, (void)packet, (void)address;
    return ERR_RTE;
}

static err_t set_up(struct netif *netif) {
    netif->name[0] = 'l', netif->name[1] = 'o';
    netif->output = no_output;
    netif->mtu = 1500;
    return ERR_OK;
}

static void start(void *argument) {
    ip4_addr_t address, mask, gateway;
    IP4_ADDR(&address, 10, 0, 0, 1), IP4_ADDR(&mask, 255, 0, 0, 0), IP4_ADDR(&gateway, 0, 0, 0, 0);
    CHECK(netif_add(&network, &address, &mask, &gateway, NULL, set_up, tcpip_input) != NULL);
    netif_set_default(&network);
    netif_set_up(&network);
    netif_set_link_up(&network);
    struct tcp_pcb *server = tcp_new();
    CHECK(tcp_bind(server, IP_ADDR_ANY, PORT) == ERR_OK);
    server = tcp_listen(server);
    tcp_accept(server, server_accepted);
    pusher_start();
    tick(argument);
}

int main(void) {
    tcpip_init(start, NULL);
    sleep(20);
    printf("%u connections, %u subscriptions, %u events\n", connections, subscriptions, events);
    return 1;
}
