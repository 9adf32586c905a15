/*
 * Wrong calls: each is an error code, and nothing is written outside the memory that belongs to the library. Built with
 * the address sanitizer.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pusher_proto.h"

#undef NDEBUG
#define CHECK(condition)                                                   \
    do {                                                                   \
        if (!(condition)) {                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                       \
        }                                                                  \
    } while (0)

static PUSHER_CONNECTION(8, 64) memory;
static PUSHER_CLIENT(4, 32) client_memory;
static uint8_t rx[512], tx[512];
static pusher_config config;

static void fill_random(void *context, uint8_t *bytes, size_t length) {
    CHECK(context == &config);
    memset(bytes, 4, length);
}

static pusher_options options(void) {
    pusher_options options = {.url = "ws://127.0.0.1:6001",
                              .key = "key",
                              .random = fill_random,
                              .random_context = &config,
                              .receive_buffer = rx,
                              .receive_size = sizeof rx,
                              .transmit_buffer = tx,
                              .transmit_size = sizeof tx,
                              .config = &config};
    return options;
}

static void initialisation(void) {
    pusher_options good = options(), bad;
    pusher_connection *connection = NULL;
    pusher_client *client = NULL;
    CHECK(pusher_connection_init(NULL, &memory, sizeof memory, 8, 64, &good) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_init(&connection, NULL, sizeof memory, 8, 64, &good) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_init(&connection, &memory, sizeof memory, 8, 64, NULL) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_init(&connection, &memory, sizeof memory - 24, 8, 64, &good) == PUSHER_ERROR_MEMORY);
    CHECK(pusher_connection_init(&connection, &memory, sizeof memory, 32, 64, &good) == PUSHER_ERROR_MEMORY);
    CHECK(pusher_connection_init(&connection, memory.bytes + 4, sizeof memory, 4, 32, &good) == PUSHER_ERROR_MEMORY);
    CHECK(pusher_connection_init(&connection, &memory, sizeof memory, 9, 64, &good) == PUSHER_ERROR_CAPACITY);
    CHECK(pusher_connection_init(&connection, &memory, sizeof memory, 64, 8, &good) == PUSHER_ERROR_CAPACITY);
    bad = good, bad.url = NULL;
    CHECK(pusher_connection_init(&connection, &memory, sizeof memory, 8, 64, &bad) == PUSHER_ERROR_NULL);
    bad = good, bad.url = "http://127.0.0.1";
    CHECK(pusher_connection_init(&connection, &memory, sizeof memory, 8, 64, &bad) == PUSHER_ERROR_URL);
    bad = good, bad.key = "\xff";
    CHECK(pusher_connection_init(&connection, &memory, sizeof memory, 8, 64, &bad) == PUSHER_ERROR_TEXT);
    bad = good, bad.random = NULL;
    CHECK(pusher_connection_init(&connection, &memory, sizeof memory, 8, 64, &bad) == PUSHER_ERROR_NULL);
    bad = good, bad.receive_buffer = NULL;
    CHECK(pusher_connection_init(&connection, &memory, sizeof memory, 8, 64, &bad) == PUSHER_ERROR_NULL);
    bad = good, bad.config = NULL;
    CHECK(pusher_connection_init(&connection, &memory, sizeof memory, 8, 64, &bad) == PUSHER_ERROR_NULL);
    CHECK(connection == NULL);
    CHECK(pusher_client_init(&client, &client_memory, sizeof client_memory, 8, 64, &config) == PUSHER_ERROR_MEMORY);
    CHECK(pusher_client_init(&client, &client_memory, sizeof client_memory, 4, 32, NULL) == PUSHER_ERROR_NULL);
    CHECK(pusher_client_init(&client, &client_memory, sizeof client_memory, 4, 33, &config) == PUSHER_ERROR_CAPACITY);
    CHECK(client == NULL);
}

/* Every function with a handle that is none. */
static void handles(pusher_connection *connection, pusher_client *client, pusher_status expected) {
    pusher_channel channel = {0};
    pusher_ticket ticket = {0};
    pusher_action action;
    pusher_event event;
    pusher_notice notice;
    pusher_client_request request;
    pusher_text text = {"k:00", 4};
    pusher_authorization authorization = {text, {NULL, 0}, {NULL, 0}};
    pusher_authentication authentication = {text, text};
    size_t length;
    uint16_t code;
    char out[100], message[] = "{}";

    CHECK(pusher_connection_connect(connection, 1) == expected);
    CHECK(pusher_connection_disconnect(connection, 1) == expected);
    CHECK(pusher_connection_ping_now(connection, 1) == expected);
    CHECK(pusher_connection_subscribe(connection, 1, "a", &channel) == expected);
    CHECK(pusher_connection_unsubscribe(connection, 1, channel) == expected);
    CHECK(pusher_connection_set_retries(connection, channel, 1) == expected);
    CHECK(pusher_connection_sign_in(connection, 1) == expected);
    CHECK(pusher_connection_sign_out(connection, 1) == expected);
    CHECK(pusher_connection_trigger(connection, 1, channel, "client-a", "{}", 2, true) == expected);
    CHECK(pusher_connection_authorize(connection, 1, ticket, &authorization) == expected);
    CHECK(pusher_connection_authenticate(connection, 1, ticket, &authentication) == expected);
    CHECK(pusher_connection_sign(connection, 1, ticket, "secret", NULL) == expected);
    CHECK(pusher_connection_sign_user(connection, 1, ticket, "secret", "{}") == expected);
    CHECK(pusher_connection_deny(connection, 1, ticket) == expected);
    CHECK(pusher_connection_deny_with_status(connection, 1, ticket, 503) == expected);
    CHECK(pusher_connection_handle_opened(connection, 1, 1) == expected);
    CHECK(!pusher_connection_is_opening(connection, 1));
    CHECK(pusher_connection_handle_open_failed(connection, 1, 1) == expected);
    CHECK(pusher_connection_handle_socket_error(connection, 1, 99) == expected);
    CHECK(pusher_connection_handle_write_error(connection, 1, 99) == expected);
    CHECK(pusher_connection_recv(connection, (uint8_t *)"a", 1, &length) == expected);
    CHECK(pusher_connection_receive_space(connection, &length) == NULL);
    CHECK(pusher_connection_handle_received(connection, 1) == expected);
    CHECK(pusher_connection_send(connection, (uint8_t *)out, sizeof out, &length) == expected);
    CHECK(pusher_connection_unsent(connection, &length) == NULL);
    CHECK(pusher_connection_handle_sent(connection, 1) == expected);
    CHECK(pusher_connection_poll(connection, 1, &action) == expected);
    CHECK(pusher_connection_timeout_ms(connection, 1) == PUSHER_NEVER);
    CHECK(pusher_connection_needed(connection) == 0);
    CHECK(pusher_connection_state(connection) == PUSHER_STATE_DISCONNECTED);
    CHECK(pusher_connection_reason(connection, &code) == PUSHER_REASON_NONE && code == 0);
    CHECK(pusher_connection_channel_status(connection, channel) == PUSHER_CHANNEL_STALE);
    CHECK(pusher_connection_channel_name(connection, channel).bytes == NULL);
    CHECK(pusher_connection_socket_id(connection).bytes == NULL);
    CHECK(!pusher_connection_is_signed_in(connection));
    CHECK(pusher_connection_deinit(connection) == expected);

    CHECK(pusher_client_connect(client, 1) == expected);
    CHECK(pusher_client_disconnect(client, 1) == expected);
    CHECK(pusher_client_ping_now(client, 1) == expected);
    CHECK(pusher_client_subscribe(client, 1, "a", &channel) == expected);
    CHECK(pusher_client_unsubscribe(client, 1, channel) == expected);
    CHECK(pusher_client_set_retries(client, channel, 1) == expected);
    CHECK(pusher_client_sign_in(client, 1) == expected);
    CHECK(pusher_client_sign_out(client, 1) == expected);
    CHECK(pusher_client_trigger(client, 1, channel, "client-a", "{}", 2, true, out, sizeof out, &length) == expected);
    CHECK(pusher_client_authorize(client, 1, ticket, &authorization, out, sizeof out, &length) == expected);
    CHECK(pusher_client_rekey(client, 1, ticket, &authorization) == expected);
    CHECK(pusher_client_authenticate(client, 1, ticket, &authentication, out, sizeof out, &length) == expected);
    CHECK(pusher_client_deny(client, 1, ticket) == expected);
    CHECK(pusher_client_deny_with_status(client, 1, ticket, 503) == expected);
    CHECK(pusher_client_handle_open(client, 1) == expected);
    CHECK(pusher_client_handle_open_failed(client, 1) == expected);
    CHECK(pusher_client_handle_close(client, 1, 4000) == expected);
    CHECK(pusher_client_handle_activity(client, 1) == expected);
    CHECK(pusher_client_handle_text(client, 1, message, 2, &event) == expected);
    CHECK(pusher_client_handle_timeout(client, 1) == expected);
    CHECK(pusher_client_timeout_ms(client, 1) == PUSHER_NEVER);
    CHECK(pusher_client_poll_request(client, &request) == expected);
    CHECK(pusher_client_poll_transmit(client, 1, out, sizeof out, &length) == expected);
    CHECK(pusher_client_poll_notice(client, 1, &notice) == expected);
    CHECK(pusher_client_state(client) == PUSHER_STATE_DISCONNECTED);
    CHECK(pusher_client_reason(client, &code) == PUSHER_REASON_NONE && code == 0);
    CHECK(pusher_client_channel_status(client, channel) == PUSHER_CHANNEL_STALE);
    CHECK(pusher_client_channel_name(client, channel).bytes == NULL);
    CHECK(pusher_client_socket_id(client).bytes == NULL);
    CHECK(!pusher_client_is_signed_in(client));
    CHECK(pusher_client_deinit(client) == expected);
}

/* NULL where none is allowed, and values that mean nothing, with a good handle. */
static void arguments(pusher_connection *connection, pusher_client *client) {
    pusher_channel channel = {0x12345678};
    pusher_ticket ticket = {0xfffffffe};
    pusher_text none = {NULL, 0};
    pusher_authorization authorization = {none, none, none};
    pusher_credentials credentials = {"key", (const uint8_t *)"secret", 6};
    pusher_request request = {.socket_id = {"1.1", 3}, .channel_name = {"private-a", 9}};
    pusher_authentication authentication;
    size_t length;
    char out[70], name[201];

    CHECK(pusher_connection_subscribe(connection, 1, NULL, &channel) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_subscribe(connection, 1, "", &channel) == PUSHER_ERROR_NAME);
    CHECK(pusher_connection_subscribe(connection, 1, "a b", &channel) == PUSHER_ERROR_NAME);
    CHECK(pusher_connection_subscribe(connection, 1, "\xc3", &channel) == PUSHER_ERROR_TEXT);
    memset(name, 'n', sizeof name - 1), name[200] = '\0';
    CHECK(pusher_connection_subscribe(connection, 1, name, &channel) == PUSHER_ERROR_NAME);
    CHECK(pusher_connection_unsubscribe(connection, 1, channel) == PUSHER_ERROR_STALE);
    CHECK(pusher_connection_set_retries(connection, channel, 1) == PUSHER_ERROR_STALE);
    for (char digit = '0'; digit < '8'; digit++) {
        CHECK(pusher_connection_subscribe(connection, 1, (char[]){'c', digit, '\0'}, NULL) == PUSHER_OK);
    }
    CHECK(pusher_connection_subscribe(connection, 1, "c8", NULL) == PUSHER_ERROR_FULL);
    CHECK(pusher_connection_trigger(connection, 1, channel, NULL, NULL, 0, true) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_trigger(connection, 1, channel, "client-a", "\xff", 1, true) == PUSHER_ERROR_TEXT);
    CHECK(pusher_connection_trigger(connection, 1, channel, "client-a", "{}", 2, true) == PUSHER_ERROR_STALE);
    CHECK(pusher_connection_authorize(connection, 1, ticket, NULL) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_authorize(connection, 1, ticket, &authorization) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_sign(connection, 1, ticket, NULL, NULL) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_sign(connection, 1, ticket, "secret", "\xff") == PUSHER_ERROR_TEXT);
    CHECK(pusher_connection_sign(connection, 1, ticket, "secret", NULL) == PUSHER_ERROR_STALE);
    CHECK(pusher_connection_sign_user(connection, 1, ticket, "secret", NULL) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_sign_user(connection, 1, ticket, "secret", "{}") == PUSHER_ERROR_STALE);
    CHECK(pusher_connection_deny(connection, 1, ticket) == PUSHER_ERROR_STALE);
    CHECK(pusher_connection_poll(connection, 1, NULL) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_recv(connection, NULL, 1, &length) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_recv(connection, rx, 1, NULL) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_send(connection, NULL, 1, &length) == PUSHER_ERROR_NULL);
    CHECK(pusher_connection_unsent(connection, NULL) == NULL);
    CHECK(pusher_connection_handle_received(connection, SIZE_MAX) == PUSHER_OK);
    CHECK(pusher_connection_handle_sent(connection, SIZE_MAX) == PUSHER_OK);

    CHECK(pusher_client_handle_text(client, 1, NULL, 1, NULL) == PUSHER_ERROR_NULL);
    CHECK(pusher_client_poll_request(client, NULL) == PUSHER_ERROR_NULL);
    CHECK(pusher_client_poll_notice(client, 1, NULL) == PUSHER_ERROR_NULL);
    CHECK(pusher_client_poll_transmit(client, 1, out, sizeof out, NULL) == PUSHER_ERROR_NULL);

    CHECK(pusher_sign_channel(NULL, &request, NULL, out, sizeof out, &authorization) == PUSHER_ERROR_NULL);
    CHECK(pusher_sign_channel(&credentials, NULL, NULL, out, sizeof out, &authorization) == PUSHER_ERROR_NULL);
    CHECK(pusher_sign_channel(&credentials, &request, NULL, out, 67, &authorization) == PUSHER_ERROR_TOO_SMALL);
    CHECK(pusher_sign_channel(&credentials, &request, NULL, NULL, 70, &authorization) == PUSHER_ERROR_NULL);
    CHECK(pusher_sign_channel(&credentials, &request, NULL, out, 68, &authorization) == PUSHER_OK);
    CHECK(authorization.auth.length == 68 && memcmp(authorization.auth.bytes, "key:", 4) == 0);
    request.socket_id.bytes = "1:1";
    CHECK(pusher_sign_channel(&credentials, &request, NULL, out, 68, &authorization) == PUSHER_ERROR_SIGN);
    CHECK(pusher_sign_user(&credentials, &request, NULL, out, 68, &authentication) == PUSHER_ERROR_NULL);
    CHECK(pusher_read_authorization(out, 3, &authorization) == PUSHER_ERROR_REPLY);
    CHECK(pusher_read_authentication(NULL, 3, &authentication) == PUSHER_ERROR_NULL);
    CHECK(pusher_write_form(&request, out, 3, &length) == PUSHER_ERROR_TOO_SMALL && length == 38);
    CHECK(pusher_config_init(NULL, 1) == PUSHER_ERROR_NULL);
    CHECK(!pusher_members_next(NULL, NULL) && !pusher_watchlist_next(NULL, NULL, NULL) && !pusher_user_ids_next(NULL, NULL));
    pusher_members members;
    memset(&members, 0, sizeof members);
    CHECK(!pusher_members_next(&members, NULL));
    CHECK(strcmp(pusher_status_name(PUSHER_ERROR_NOT_OPEN), "PUSHER_ERROR_NOT_OPEN") == 0);
    CHECK(strcmp(pusher_status_name(-99), "?") == 0 && strcmp(pusher_status_name(1), "?") == 0);
}

int main(void) {
    CHECK(pusher_config_init(&config, 7) == PUSHER_OK);
    CHECK(config.activity_timeout_ms == 120000 && config.reconnect_limit == PUSHER_NEVER);
    initialisation();
    handles(NULL, NULL, PUSHER_ERROR_HANDLE);
    handles((pusher_connection *)(void *)&memory, (pusher_client *)(void *)&client_memory, PUSHER_ERROR_HANDLE);

    pusher_options good = options();
    pusher_connection *connection;
    pusher_client *client;
    CHECK(pusher_connection_init(&connection, &memory, sizeof memory, 8, 64, &good) == PUSHER_OK);
    CHECK(pusher_client_init(&client, &client_memory, sizeof client_memory, 4, 32, &config) == PUSHER_OK);
    CHECK((void *)connection == &memory && (void *)client == &client_memory);
    /* Each handle as the other type. */
    handles((pusher_connection *)(void *)client, (pusher_client *)(void *)connection, PUSHER_ERROR_HANDLE);
    /* A pointer into a handle. */
    handles((pusher_connection *)(void *)(memory.bytes + 8), (pusher_client *)(void *)(client_memory.bytes + 3),
            PUSHER_ERROR_HANDLE);
    arguments(connection, client);
    CHECK(pusher_connection_deinit(connection) == PUSHER_OK && pusher_client_deinit(client) == PUSHER_OK);
    /* After their end. */
    handles(connection, client, PUSHER_ERROR_HANDLE);
    puts("wrong calls are errors");
    return 0;
}
