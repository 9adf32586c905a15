/*
 * pusher_proto.h: a Pusher Channels client for firmware. No heap, no I/O, no panic.
 *
 * Written by cbindgen from capi/src. Do not edit.
 *
 * Two layers:
 *
 * - pusher_connection_*: over a byte stream, such as a TCP socket, a TLS session or a modem. WebSocket inside.
 *   pusher_connection_poll returns the next action. Pass received bytes to pusher_connection_recv; fetch outgoing bytes
 *   with pusher_connection_send.
 * - pusher_client_*: over a WebSocket of your own. Text in, text out.
 *
 * Rules for all functions:
 *
 * - Memory: nothing is allocated. A handle lives in memory that you provide:
 *       static PUSHER_CONNECTION(8, 64) memory;
 *   The library keeps a pointer only where the documentation of that function or field states it.
 * - Lengths are in bytes. Texts are UTF-8. A `const char *` ends with NUL unless a length stands beside it. A
 *   pusher_text is a pointer and a length, without a NUL.
 * - Pointers must be valid or NULL. A NULL that is not allowed is PUSHER_ERROR_NULL. A handle of the other type,
 *   uninitialised memory or a handle after its end returns PUSHER_ERROR_HANDLE if its memory is still intact. Do not
 *   rely on it.
 * - Events, requests and actions hold pointers into your buffers and into the handle. They are valid until the next
 *   call with the handle that is not a getter. The documentation of each getter states that it is one.
 * - An error leaves the state as it was before the call. No function blocks. The only callback is `random`.
 * - Time: milliseconds of your clock, which wrap around after 2^32 and must not go back. Call the library at least
 *   once in 24 days.
 * - Threads and interrupts: one call at a time with one handle. Different handles are independent. "Interrupt: no"
 *   means that a function must not run in an interrupt that may interrupt another call with the same handle: set a
 *   flag instead, and call from the main loop. A call takes as long as an event needs, some 5,000 instructions for 256
 *   bytes.
 */


#ifndef PUSHER_PROTO_H
#define PUSHER_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the library was built with encrypted channels, the default. Define it as 0 for a library without them, whose
   clients are smaller. */
#ifndef PUSHER_ENCRYPTED
#define PUSHER_ENCRYPTED 1
#endif

/* The size of the memory of a client, in bytes, for a number of channels and the longest channel name. */
#define PUSHER_CLIENT_SIZE(channels, name) \
    (((sizeof(void *) == 8 ? 336u : 328u) + (channels) * PUSHER_SLOT_SIZE(name) + 7u) / 8u * 8u)
/* The size of the memory of a connection, in bytes, without its two buffers. */
#define PUSHER_CONNECTION_SIZE(channels, name) \
    (PUSHER_CLIENT_SIZE(channels, name) + (sizeof(void *) == 8 ? 520u : 360u))
/* The size of one channel in them. */
#define PUSHER_SLOT_SIZE(name) (((name) + 38u) / 8u * 8u + 1u + (PUSHER_ENCRYPTED ? 48u : 0u))

/* The type of the memory of a client: `static PUSHER_CLIENT(8, 64) memory;` */
#define PUSHER_CLIENT(channels, name) \
    union { uint64_t alignment; unsigned char bytes[PUSHER_CLIENT_SIZE(channels, name)]; }
/* The type of the memory of a connection: `static PUSHER_CONNECTION(8, 64) memory;` */
#define PUSHER_CONNECTION(channels, name) \
    union { uint64_t alignment; unsigned char bytes[PUSHER_CONNECTION_SIZE(channels, name)]; }

/* The arguments of printf for a pusher_text: printf("%.*s", PUSHER_PRINT(text)). */
#define PUSHER_PRINT(text) (int)(text).length, (text).bytes ? (text).bytes : ""


// No timeout, and no retry.
#define PUSHER_NEVER UINT32_MAX

// The result of a function. An error leaves the state as it was before the call.
enum pusher_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Success.
    PUSHER_OK = 0,
    // A pointer that must not be NULL is NULL.
    PUSHER_ERROR_NULL = -1,
    // The handle is of the other type, was never initialised, or is not initialised any more.
    PUSHER_ERROR_HANDLE = -2,
    // The memory for the handle is too small, or not aligned to 8 bytes. Use PUSHER_CLIENT or PUSHER_CONNECTION.
    PUSHER_ERROR_MEMORY = -3,
    // The library was built without this capacity.
    PUSHER_ERROR_CAPACITY = -4,
    // A text is not UTF-8.
    PUSHER_ERROR_TEXT = -5,
    // The URL or the key is not valid. See pusher_options.
    PUSHER_ERROR_URL = -6,
    // The channel name is empty, too long, has a character other than `A-Z a-z 0-9 _ - = @ , . ;`, or begins with
    // `#server-to-user-`.
    PUSHER_ERROR_NAME = -7,
    // All channels of the client are in use.
    PUSHER_ERROR_FULL = -8,
    // The library was built without encrypted channels.
    PUSHER_ERROR_NOT_BUILT = -9,
    // The channel was unsubscribed, or the ticket is no longer valid. Do nothing: the client issues a new ticket if it
    // needs one.
    PUSHER_ERROR_STALE = -10,
    // A message is being sent. Try again after the next PUSHER_ACTION_READ.
    PUSHER_ERROR_BUSY = -11,
    // The output buffer or the transmit buffer is too small. The documentation of each function
    // names the place of the needed size.
    PUSHER_ERROR_TOO_SMALL = -12,
    // A presence channel needs `channel_data`, and no user is signed in. Or the `channel_data` is not valid.
    PUSHER_ERROR_CHANNEL_DATA = -13,
    // An encrypted channel needs a `shared_secret` of 32 bytes in base64.
    PUSHER_ERROR_SHARED_SECRET = -14,
    // The server has not confirmed the subscription, or there is no connection.
    PUSHER_ERROR_NOT_SUBSCRIBED = -15,
    // Clients may send events only on private and presence channels.
    PUSHER_ERROR_NOT_ALLOWED = -16,
    // The name of a client event must begin with `client-` and have at most 200 bytes.
    PUSHER_ERROR_EVENT_NAME = -17,
    // The data is larger than pusher_config.client_event_limit.
    PUSHER_ERROR_TOO_LARGE = -18,
    // The data was passed as JSON and is not JSON.
    PUSHER_ERROR_NOT_JSON = -19,
    // The limit of events or messages per time is reached. Try again later.
    PUSHER_ERROR_RATE_LIMITED = -20,
    // The id of the connection or the name of the channel cannot be signed.
    PUSHER_ERROR_SIGN = -21,
    // The reply of the auth server is not a JSON object, or a field is missing.
    PUSHER_ERROR_REPLY = -22,
    // The server sent a message that cannot be decoded. The connection continues.
    PUSHER_ERROR_MESSAGE = -23,
    // A message arrived while no WebSocket is open.
    PUSHER_ERROR_NOT_OPEN = -24,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_status pusher_status;
#else
typedef int32_t pusher_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The kind of a channel, which its name decides.
enum pusher_channel_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Needs no authorization.
    PUSHER_KIND_PUBLIC = 0,
    // `private-`, `private-cache-`
    PUSHER_KIND_PRIVATE,
    // `presence-`, `presence-cache-`: the authorization needs `channel_data`, unless a user is signed in.
    PUSHER_KIND_PRESENCE,
    // `private-encrypted-`, `private-encrypted-cache-`: the authorization needs a `shared_secret`.
    PUSHER_KIND_ENCRYPTED,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_channel_kind pusher_channel_kind;
#else
typedef uint8_t pusher_channel_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The kind of a request of the client.
enum pusher_client_request_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Nothing.
    PUSHER_REQUEST_NONE = 0,
    // Open a WebSocket: `secure`. Then call pusher_client_handle_open, or pusher_client_handle_open_failed.
    PUSHER_REQUEST_OPEN,
    // Close the WebSocket with the code `close_code` and drop it. Pass nothing on that still arrives on it.
    PUSHER_REQUEST_CLOSE,
    // Authorize a subscription: `request`. Now or within pusher_config.authorization_timeout_ms, call
    // pusher_client_authorize or pusher_client_deny.
    PUSHER_REQUEST_AUTHORIZE,
    // Get a new key for an encrypted channel: `request`. Call pusher_client_rekey or pusher_client_deny.
    PUSHER_REQUEST_REKEY,
    // Authenticate the user: `request`. Call pusher_client_authenticate or pusher_client_deny.
    PUSHER_REQUEST_SIGN_IN,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_client_request_kind pusher_client_request_kind;
#else
typedef uint8_t pusher_client_request_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The kind of a notice.
enum pusher_notice_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // No notice.
    PUSHER_NOTICE_NONE = 0,
    // The connection is lost or an attempt failed: `reason`, `code`, `retry_in_ms`. PUSHER_NEVER: the client has given
    // up.
    PUSHER_NOTICE_DISCONNECTED,
    // There has been no connection for pusher_config.unavailable_after_ms. The client keeps trying.
    PUSHER_NOTICE_UNAVAILABLE,
    // A subscription was not answered in time, or the application refused it: `channel`, `failure`, `code`,
    // `retry_in_ms`.
    PUSHER_NOTICE_SUBSCRIPTION_FAILED,
    // There is no new key for an encrypted channel, which keeps the old one: `channel`, `failure`, `code`.
    PUSHER_NOTICE_REKEY_FAILED,
    // A sign-in was not answered in time, or the application refused it: `failure`, `code`, `retry_in_ms`.
    PUSHER_NOTICE_SIGN_IN_FAILED,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_notice_kind pusher_notice_kind;
#else
typedef uint8_t pusher_notice_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Why there is no connection.
enum pusher_reason
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // No reason: there is a connection, or the application has not requested one.
    PUSHER_REASON_NONE = 0,
    // The server closed with the code in `code`, or sent an error with it just before.
    PUSHER_REASON_CODE,
    // The transport ended without a code.
    PUSHER_REASON_ABNORMAL,
    // The transport could not be opened.
    PUSHER_REASON_CONNECT_FAILED,
    // The transmit buffer is too small for the handshake request. The client does not retry.
    PUSHER_REASON_MISCONFIGURED,
    // The server did not establish the connection in time.
    PUSHER_REASON_HANDSHAKE_TIMEOUT,
    // The server did not answer a ping.
    PUSHER_REASON_PONG_TIMEOUT,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_reason pusher_reason;
#else
typedef uint8_t pusher_reason;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Why a subscription or a sign-in failed.
enum pusher_failure
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // It did not fail.
    PUSHER_FAILURE_NONE = 0,
    // The application denied it.
    PUSHER_FAILURE_DENIED,
    // A presence channel needs `channel_data`, and no user is signed in.
    PUSHER_FAILURE_CHANNEL_DATA,
    // An encrypted channel needs a shared secret.
    PUSHER_FAILURE_SHARED_SECRET,
    // A sign-in needs user data.
    PUSHER_FAILURE_USER_DATA,
    // The auth server of the application answered with the HTTP status in `code`.
    PUSHER_FAILURE_AUTHORIZATION,
    // The application did not answer the ticket in time.
    PUSHER_FAILURE_AUTHORIZATION_TIMEOUT,
    // The server did not answer in time.
    PUSHER_FAILURE_SUBSCRIPTION_TIMEOUT,
    // The server refused, with the code in `code` if it is not 0.
    PUSHER_FAILURE_REJECTED,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_failure pusher_failure;
#else
typedef uint8_t pusher_failure;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The state of the connection.
enum pusher_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The application has not requested a connection. Also for a handle that is not valid.
    PUSHER_STATE_DISCONNECTED = 0,
    // An attempt is in progress.
    PUSHER_STATE_CONNECTING,
    // The connection is established.
    PUSHER_STATE_CONNECTED,
    // The connection is lost; another attempt will follow.
    PUSHER_STATE_WAITING,
    // The client has given up: an unchanged attempt would fail the same way.
    PUSHER_STATE_FAILED,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_state pusher_state;
#else
typedef uint8_t pusher_state;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The status of a subscription.
enum pusher_channel_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The channel was unsubscribed, or the handle is not valid.
    PUSHER_CHANNEL_STALE = 0,
    // The subscription waits for a connection, or for its turn on it.
    PUSHER_CHANNEL_WAITING,
    // The application holds a ticket.
    PUSHER_CHANNEL_AUTHORIZING,
    // The server has not confirmed the subscription yet.
    PUSHER_CHANNEL_PENDING,
    // The server has confirmed the subscription.
    PUSHER_CHANNEL_SUBSCRIBED,
    // The subscription failed and is retried.
    PUSHER_CHANNEL_RETRYING,
    // The subscription failed. It is retried after a reconnect or by another pusher_connection_subscribe.
    PUSHER_CHANNEL_FAILED,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_channel_status pusher_channel_status;
#else
typedef uint8_t pusher_channel_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The kind of an event, and the member of the union that is set.
enum pusher_event_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // No event.
    PUSHER_EVENT_NONE = 0,
    // The connection is established: `connected`.
    PUSHER_EVENT_CONNECTED,
    // A subscription is confirmed: `subscribed`.
    PUSHER_EVENT_SUBSCRIBED,
    // The server refused a subscription: `error`.
    PUSHER_EVENT_SUBSCRIPTION_FAILED,
    // An event was published on a channel: `message`.
    PUSHER_EVENT_CHANNEL,
    // A member joined a presence channel: `member`.
    PUSHER_EVENT_MEMBER_ADDED,
    // A member left a presence channel: `member`, without information.
    PUSHER_EVENT_MEMBER_REMOVED,
    // The number of connections that are subscribed to a channel: `count`.
    PUSHER_EVENT_SUBSCRIPTION_COUNT,
    // A cache channel has no cached event.
    PUSHER_EVENT_CACHE_MISS,
    // An event on an encrypted channel could not be decrypted and is lost: `undecryptable`.
    PUSHER_EVENT_DECRYPTION_FAILED,
    // The user is signed in: `signed_in`.
    PUSHER_EVENT_SIGNED_IN,
    // The server refused the sign-in: `error`.
    PUSHER_EVENT_SIGN_IN_FAILED,
    // An event for the signed-in user: `message`.
    PUSHER_EVENT_USER,
    // Users on the watchlist went online or offline: `watchlist`.
    PUSHER_EVENT_WATCHLIST,
    // The server reported an error that belongs to no subscription: `error`. The connection stays open.
    PUSHER_EVENT_ERROR,
    // Any other message, such as an event on a channel that is no longer subscribed: `message`. `channel_name` is set
    // if the server named one.
    PUSHER_EVENT_OTHER,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_event_kind pusher_event_kind;
#else
typedef uint8_t pusher_event_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Why an event cannot be decrypted.
enum pusher_decrypt_error
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The channel has no key.
    PUSHER_DECRYPT_NO_KEY = 0,
    // The data does not have the form of encrypted data. It may have been published without encryption.
    PUSHER_DECRYPT_MALFORMED,
    // The data was encrypted with another key, or changed.
    PUSHER_DECRYPT_NOT_AUTHENTIC,
    // The decrypted data is not UTF-8.
    PUSHER_DECRYPT_NOT_TEXT,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_decrypt_error pusher_decrypt_error;
#else
typedef uint8_t pusher_decrypt_error;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What to do next, and the member of the union that is set.
enum pusher_action_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Internal progress only; poll again.
    PUSHER_ACTION_PROGRESS = 0,
    // Open a socket to the server: `open`. Then call pusher_connection_handle_opened or
    // pusher_connection_handle_open_failed.
    PUSHER_ACTION_OPEN,
    // Drop the socket: `close`. Poll again.
    PUSHER_ACTION_CLOSE,
    // Send bytes: pusher_connection_send, or pusher_connection_unsent and pusher_connection_handle_sent. If the socket
    // takes none now, wait until it does, or until `timeout_ms`, and poll again.
    PUSHER_ACTION_WRITE,
    // Wait for bytes, at most `timeout_ms`, and pass them to pusher_connection_recv. Poll again.
    PUSHER_ACTION_READ,
    // There is no socket. Wait `timeout_ms`, or for a command. PUSHER_NEVER: only a command helps.
    PUSHER_ACTION_WAIT,
    // An event from the server: `event`. Poll again.
    PUSHER_ACTION_EVENT,
    // A change caused by the clock, the transport or the application: `notice`. Poll again.
    PUSHER_ACTION_NOTICE,
    // Authorize a subscription: `request`. Now or within pusher_config.authorization_timeout_ms, call
    // pusher_connection_authorize or pusher_connection_deny. Also requested to renew the key of an encrypted channel.
    // Poll again.
    PUSHER_ACTION_AUTHORIZE,
    // Authenticate the user: `request`. In the same way, call pusher_connection_authenticate or
    // pusher_connection_deny. Poll again.
    PUSHER_ACTION_SIGN_IN,
    // The server sent a message that cannot be decoded. The connection continues. Poll again.
    PUSHER_ACTION_BAD_MESSAGE,
    // The transmit buffer is too small for the next message, which stays pending: `needed` bytes. Poll again.
    PUSHER_ACTION_TOO_SMALL,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_action_kind pusher_action_kind;
#else
typedef uint8_t pusher_action_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Why a socket is dropped.
enum pusher_close_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The client closes the connection, because of a command or a deadline.
    PUSHER_CLOSE_REQUESTED = 0,
    // The server closed the WebSocket: `code`, or 0, and `text`.
    PUSHER_CLOSE_SERVER,
    // The socket ended or failed after the WebSocket was open: `code` as you passed it to
    // pusher_connection_handle_socket_error.
    PUSHER_CLOSE_SOCKET,
    // The socket ended or failed before. sockudo does this for an unknown key.
    PUSHER_CLOSE_SOCKET_EARLY,
    // The server did not open a WebSocket: `code` is its HTTP status, or 0 if the answer is wrong in another way.
    PUSHER_CLOSE_HANDSHAKE,
    // The server's answer to the handshake does not fit the receive buffer, which has `size` bytes.
    PUSHER_CLOSE_HANDSHAKE_TOO_LONG,
    // The server violated the WebSocket protocol: `code` is the close code, 1002 or 1007.
    PUSHER_CLOSE_PROTOCOL,
    // The server sent a message of `size` bytes or more, which does not fit the receive buffer: `code` is 1009.
    PUSHER_CLOSE_TOO_BIG,
    // The transmit buffer needs `size` bytes for the handshake request. The client does not retry.
    PUSHER_CLOSE_REQUEST_TOO_LONG,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_close_kind pusher_close_kind;
#else
typedef uint8_t pusher_close_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The errors of a socket, for pusher_connection_handle_socket_error. They are reported back; the connection treats all
// alike.
enum pusher_socket_error
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint8_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The server ended the stream: a read returned no bytes.
    PUSHER_SOCKET_CLOSED = 0,
    // Any other error.
    PUSHER_SOCKET_OTHER = 1,
    // The server refused the connection.
    PUSHER_SOCKET_REFUSED = 4,
    // The server reset the connection.
    PUSHER_SOCKET_RESET = 5,
    // The connection was aborted.
    PUSHER_SOCKET_ABORTED = 6,
    // Data was malformed, such as a TLS record.
    PUSHER_SOCKET_INVALID_DATA = 13,
    // The operation took too long.
    PUSHER_SOCKET_TIMED_OUT = 14,
    // Memory ran out.
    PUSHER_SOCKET_OUT_OF_MEMORY = 17,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum pusher_socket_error pusher_socket_error;
#else
typedef uint8_t pusher_socket_error;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A client over the WebSocket of the application: texts in, texts out. The caller provides its memory, see
// PUSHER_CLIENT.
typedef struct pusher_client pusher_client;

// A connection over a byte stream, with a client inside. The caller provides its memory, see PUSHER_CONNECTION.
typedef struct pusher_connection pusher_connection;

// The key and the secret of an application. A device that strangers can open should use an auth server instead.
typedef struct pusher_credentials {
    // The key. Ends with NUL.
    const char *key;
    // The secret.
    const uint8_t *secret;
    // The length of the secret in bytes.
    size_t secret_length;
} pusher_credentials;

// One request for an authorization, on one connection. An answer to an old one is PUSHER_ERROR_STALE.
typedef struct pusher_ticket {
    // Has no meaning to the application.
    uint32_t id;
} pusher_ticket;

// A channel of a client. pusher_connection_subscribe returns it. It stays valid across reconnects until the
// application unsubscribes; later use is PUSHER_ERROR_STALE.
typedef struct pusher_channel {
    // For comparisons only.
    uint32_t id;
} pusher_channel;

// A text: UTF-8, without a NUL at its end. Print it with `printf("%.*s", PUSHER_PRINT(text))`.
typedef struct pusher_text {
    // The first byte; NULL if there is no text.
    const char *bytes;
    // The length in bytes.
    size_t length;
} pusher_text;

// A request of the client: authorize a subscription, or authenticate the user. Its texts point into the handle and are
// valid until the next call with it that is not a getter.
typedef struct pusher_request {
    // For the answer.
    struct pusher_ticket ticket;
    // The channel; not set for the user.
    struct pusher_channel channel;
    // The id of the connection, at most 64 bytes.
    struct pusher_text socket_id;
    // The name of the channel; NULL for the user.
    struct pusher_text channel_name;
    // The kind of the channel.
    pusher_channel_kind channel_kind;
} pusher_request;

// The answer to a request of a channel. The texts are yours; they are needed only during the call.
typedef struct pusher_authorization {
    // `KEY:SIGNATURE`.
    struct pusher_text auth;
    // For presence channels: the JSON that was signed, with a `user_id`. NULL if there is none.
    struct pusher_text channel_data;
    // For encrypted channels: 32 bytes in base64. It is never sent. NULL if there is none.
    struct pusher_text shared_secret;
} pusher_authorization;

// The answer to a request of the user. The texts are yours; they are needed only during the call.
typedef struct pusher_authentication {
    // `KEY:SIGNATURE`.
    struct pusher_text auth;
    // The JSON that was signed, with an `id`.
    struct pusher_text user_data;
} pusher_authentication;

// Settings of a client. pusher_config_init sets the defaults; change what differs. All spans are in milliseconds, at
// most 12 days.
typedef struct pusher_config {
    // Seed of the random waits before a reconnect. Give each device its own, or all reconnect in the same second after
    // an outage. Not a secret: a serial number is enough.
    uint32_t seed;
    // How long the connection may be idle before the client sends a ping. A shorter value of the server takes
    // precedence. Default: 120000.
    uint32_t activity_timeout_ms;
    // How long to wait for the answer to a ping. Default: 30000.
    uint32_t pong_timeout_ms;
    // How long the server may take to establish the connection; counted for the socket and again for the WebSocket.
    // Default: 15000.
    uint32_t handshake_timeout_ms;
    // How long the application may take to answer a ticket. Default: 10000.
    uint32_t authorization_timeout_ms;
    // How long the server may take to answer a subscription. Default: 10000.
    uint32_t subscription_timeout_ms;
    // How long a connection may be missing before PUSHER_NOTICE_UNAVAILABLE. Default: 10000.
    uint32_t unavailable_after_ms;
    // The longest first wait before a reconnect. The second is this plus the first, and each further one twice the
    // last. Default: 1000.
    uint32_t reconnect_base_ms;
    // The longest wait. Default: 120000.
    uint32_t reconnect_cap_ms;
    // How long a connection must last before the waits are reset. Default: 30000.
    uint32_t reconnect_stable_after_ms;
    // How many attempts in a row may fail before the client gives up; PUSHER_NEVER: it never does. Default:
    // PUSHER_NEVER.
    uint32_t reconnect_limit;
    // The window of `pacing_messages`. Default: 0.
    uint32_t pacing_per_ms;
    // The largest data of a client event in bytes. Default: 10240.
    uint32_t client_event_limit;
    // How many messages the server accepts in `pacing_per_ms`; 0: no limit. Default: 0.
    uint8_t pacing_messages;
    // How many client events the server accepts in a second; 0: no limit. Default: 10.
    uint8_t client_events_per_second;
    // Retries of a subscription on one connection after a transient failure. Default: 5.
    uint8_t subscription_retries;
    // Not 0: refuse channel names of more than 164 bytes, as Pusher does. Default: 0.
    uint8_t strict_names;
} pusher_config;

// A request of the client.
typedef struct pusher_client_request {
    // The kind.
    pusher_client_request_kind kind;
    // PUSHER_REQUEST_OPEN: whether the server demanded TLS. Use TLS then even if your URL does not require it.
    bool secure;
    // PUSHER_REQUEST_CLOSE: the close code.
    uint16_t close_code;
    // The three others.
    struct pusher_request request;
} pusher_client_request;

// A change caused by the clock, the transport or the application. It holds no pointers.
typedef struct pusher_notice {
    // The kind.
    pusher_notice_kind kind;
    // Why there is no connection.
    pusher_reason reason;
    // Why a subscription or a sign-in failed.
    pusher_failure failure;
    // The code of `reason` or `failure`; 0 if there is none.
    uint16_t code;
    // Milliseconds until the client tries again; PUSHER_NEVER if it does not.
    uint32_t retry_in_ms;
    // The channel.
    struct pusher_channel channel;
} pusher_notice;

// The members of a presence channel, for pusher_members_next. Do not copy it: it reads the receive buffer in place.
typedef struct pusher_members {
    // Not 0 if the server listed the members.
    size_t mark;
    // Private.
    size_t state[7];
} pusher_members;

// PUSHER_EVENT_SUBSCRIBED.
typedef struct pusher_subscribed {
    // The members of a presence channel. `mark` is 0 if the server listed none.
    struct pusher_members members;
    // The number of members as the server counts them; 0 if it did not.
    uint32_t member_count;
    // Whether events on this channel may have been missed, because an earlier subscription was lost with its
    // connection.
    bool has_gap;
    // Since when, in the milliseconds of your clock, if `has_gap`: the last byte received before the loss. Fetch
    // missed data from its source: the server keeps no events.
    uint32_t gap_since_ms;
} pusher_subscribed;

// An error that the server reported.
typedef struct pusher_server_error {
    // Its text; may be empty.
    struct pusher_text message;
    // Milliseconds until the client retries; PUSHER_NEVER if it does not on this connection.
    uint32_t retry_in_ms;
    // Its code, or the HTTP-like status of a subscription error; 0 if it has none.
    uint16_t code;
} pusher_server_error;

// An event with a name and data.
typedef struct pusher_message {
    // The name of the event. Names of client events begin with `client-`.
    struct pusher_text name;
    // Its data; NULL if it has none. A text without escapes, or JSON: see `is_json`.
    struct pusher_text data;
    // Whether `data` is a JSON value. Servers send most data as a text, which holds JSON of the publisher.
    bool is_json;
    // The user who triggered a client event on a presence channel, if the server names it.
    struct pusher_text user_id;
} pusher_message;

// PUSHER_EVENT_DECRYPTION_FAILED.
typedef struct pusher_undecryptable {
    // The name of the event, which is not encrypted.
    struct pusher_text name;
    // The reason.
    pusher_decrypt_error error;
} pusher_undecryptable;

// A member of a presence channel.
typedef struct pusher_member {
    // The id of the user.
    struct pusher_text user_id;
    // The information about the user: a text or JSON. NULL if there is none.
    struct pusher_text user_info;
    // Whether `user_info` is a JSON value.
    bool is_json;
} pusher_member;

// PUSHER_EVENT_SIGNED_IN.
typedef struct pusher_signed_in {
    // The id of the user.
    struct pusher_text user_id;
    // PUSHER_OK, or why the channel of user events has no slot. Then user events arrive only from servers that send
    // them without a subscription.
    pusher_status listening;
} pusher_signed_in;

// The changes in a watchlist event, for pusher_watchlist_next. Do not copy it.
typedef struct pusher_watchlist {
    // Not 0 if there may be changes.
    size_t mark;
    // Private.
    size_t state[8];
} pusher_watchlist;

// The part of an event that depends on its kind.
typedef union pusher_event_data {
    // PUSHER_EVENT_CONNECTED: the id of the connection.
    struct pusher_text connected;
    // PUSHER_EVENT_SUBSCRIBED.
    struct pusher_subscribed subscribed;
    // PUSHER_EVENT_SUBSCRIPTION_FAILED, _SIGN_IN_FAILED, _ERROR.
    struct pusher_server_error error;
    // PUSHER_EVENT_CHANNEL, _USER, _OTHER.
    struct pusher_message message;
    // PUSHER_EVENT_DECRYPTION_FAILED.
    struct pusher_undecryptable undecryptable;
    // PUSHER_EVENT_MEMBER_ADDED, _MEMBER_REMOVED.
    struct pusher_member member;
    // PUSHER_EVENT_SUBSCRIPTION_COUNT.
    uint32_t count;
    // PUSHER_EVENT_SIGNED_IN.
    struct pusher_signed_in signed_in;
    // PUSHER_EVENT_WATCHLIST.
    struct pusher_watchlist watchlist;
} pusher_event_data;

// An event from the server. Its texts point into the receive buffer (client: into the text that you passed) or into
// the handle. They are valid until the next call with the handle that is not a getter.
typedef struct pusher_event {
    // The kind.
    pusher_event_kind kind;
    // The channel, for events of a channel.
    struct pusher_channel channel;
    // Its name, for events of a channel; NULL otherwise. May be empty if the server did not send it: see
    // pusher_client_channel_name.
    struct pusher_text channel_name;
    // The part that depends on `kind`.
    union pusher_event_data u;
} pusher_event;

// Fills `length` bytes with random numbers that the server cannot predict (RFC 6455 section 10.3): 16 bytes for each
// connection, 4 for each frame. Called from within pusher_connection_poll and the commands that send. It must return,
// and must not call the library with the same handle.
typedef void (*pusher_random)(void *context, uint8_t *bytes, size_t length);

// The parameters of a connection. Everything here except `config` must stay valid and unchanged until
// pusher_connection_deinit.
typedef struct pusher_options {
    // The server: `ws://host`, `wss://host:port` or `ws://host/prefix`, at most with a port and a path. Ends with NUL.
    // It is not resolved: you open the socket. Or NULL, with a `cluster`.
    const char *url;
    // The cluster of Pusher Channels, such as "eu", if `url` is NULL. Ends with NUL. The socket must be one with TLS
    // to `ws-CLUSTER.pusher.com`, port 443.
    const char *cluster;
    // The key of the application. Ends with NUL.
    const char *key;
    // Your random numbers.
    pusher_random random;
    // Passed to `random`; may be NULL.
    void *random_context;
    // The receive buffer: the largest message and 1 byte, and at least the handshake answer of the server, 200 to 500
    // bytes. The connection owns it. Events point into it.
    uint8_t *receive_buffer;
    // Its size in bytes.
    size_t receive_size;
    // The transmit buffer: the largest message and 14 bytes, and at least the handshake request: 193 bytes, the host
    // and port, the path and the key. 512 bytes are enough for most. The connection owns it.
    uint8_t *transmit_buffer;
    // Its size in bytes.
    size_t transmit_size;
    // The settings, needed only during the call. NULL is not allowed: the seed has no default.
    const struct pusher_config *config;
} pusher_options;

// PUSHER_ACTION_OPEN.
typedef struct pusher_open {
    // For pusher_connection_handle_opened.
    uint16_t attempt;
    // Whether the socket must use TLS: because of the URL, or because the server demanded it.
    bool secure;
} pusher_open;

// PUSHER_ACTION_CLOSE.
typedef struct pusher_close {
    // The reason of the server; often empty.
    struct pusher_text text;
    // A size in bytes.
    size_t size;
    // The kind.
    pusher_close_kind kind;
    // A code.
    uint16_t code;
} pusher_close;

// The part of an action that depends on its kind.
typedef union pusher_action_data {
    // PUSHER_ACTION_OPEN.
    struct pusher_open open;
    // PUSHER_ACTION_CLOSE.
    struct pusher_close close;
    // PUSHER_ACTION_EVENT.
    struct pusher_event event;
    // PUSHER_ACTION_NOTICE.
    struct pusher_notice notice;
    // PUSHER_ACTION_AUTHORIZE, PUSHER_ACTION_SIGN_IN.
    struct pusher_request request;
    // PUSHER_ACTION_WRITE, _READ, _WAIT: milliseconds, or PUSHER_NEVER.
    uint32_t timeout_ms;
    // PUSHER_ACTION_TOO_SMALL: bytes.
    size_t needed;
} pusher_action_data;

// What to do next.
typedef struct pusher_action {
    // The kind.
    pusher_action_kind kind;
    // The part that depends on `kind`.
    union pusher_action_data u;
} pusher_action;

// The users of one change, for pusher_user_ids_next. Do not copy it.
typedef struct pusher_user_ids {
    // Not 0 if there may be users.
    size_t mark;
    // Private.
    size_t state[3];
} pusher_user_ids;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Signs the subscription of a channel with the secret of the application.
//
// `credentials` are needed only during the call. `request` is that of PUSHER_ACTION_AUTHORIZE or
// PUSHER_REQUEST_AUTHORIZE. `channel_data`, which ends with NUL, is the JSON of a presence channel, such as
// `{"user_id":"7"}`; NULL for other channels. `out` gets the token: `out_size` must be the length of the key and 65
// bytes. On success `authorization` points to `out` and `channel_data`: pass it on while they exist. For an encrypted
// channel, add the `shared_secret`: see pusher_derive_secret.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_TEXT, PUSHER_ERROR_SIGN, PUSHER_ERROR_TOO_SMALL.
// Interrupt: may be called, it has no state; it computes four or more blocks of SHA-256.
pusher_status pusher_sign_channel(const struct pusher_credentials *credentials,
                                  const struct pusher_request *request,
                                  const char *channel_data,
                                  char *out,
                                  size_t out_size,
                                  struct pusher_authorization *authorization);

// Signs a user with the secret of the application.
//
// `credentials` are needed only during the call. `request` is that of PUSHER_ACTION_SIGN_IN or PUSHER_REQUEST_SIGN_IN.
// `user_data`, which ends with NUL, is JSON such as `{"id":"7"}`. `out` gets the token: `out_size` must be the length
// of the key and 65 bytes. On success `authentication` points to `out` and `user_data`: pass it on while they exist.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_TEXT, PUSHER_ERROR_SIGN, PUSHER_ERROR_TOO_SMALL.
// Interrupt: may be called, it has no state; it computes four or more blocks of SHA-256.
pusher_status pusher_sign_user(const struct pusher_credentials *credentials,
                               const struct pusher_request *request,
                               const char *user_data,
                               char *out,
                               size_t out_size,
                               struct pusher_authentication *authentication);

// Derives the shared secret of an encrypted channel from the master key of the application.
//
// `channel_name` is that of a request. `master_key` has 32 bytes. `out` gets 44 characters of base64 and no NUL:
// `out_size` must be 44 or more. On success `shared_secret` points to `out`. Wipe `out` when you have passed it on.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_TEXT, PUSHER_ERROR_TOO_SMALL, PUSHER_ERROR_NOT_BUILT.
// Interrupt: may be called, it has no state.
pusher_status pusher_derive_secret(struct pusher_text channel_name,
                                   const uint8_t *master_key,
                                   char *out,
                                   size_t out_size,
                                   struct pusher_text *shared_secret);

// Writes the body of a request to your auth server: `socket_id=..&channel_name=..`, of the type
// `application/x-www-form-urlencoded`.
//
// `request` is that of PUSHER_ACTION_AUTHORIZE, or of PUSHER_ACTION_SIGN_IN: then there is no `channel_name`. `out`
// gets the text without a NUL, and `length` its length; after PUSHER_ERROR_TOO_SMALL the size that `out_size` must be.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_TEXT, PUSHER_ERROR_TOO_SMALL.
// Interrupt: may be called, it has no state.
pusher_status pusher_write_form(const struct pusher_request *request, char *out, size_t out_size, size_t *length);

// Reads the reply of your auth server for a channel: `{"auth": "..", "channel_data"?: "..", "shared_secret"?: ".."}`.
//
// `reply` has `length` bytes, without a NUL. It is decoded in place: `authorization` points into it.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_REPLY. If the HTTP status is not 200, do not call it: see
// pusher_connection_deny_with_status.
// Interrupt: may be called, it has no state.
pusher_status pusher_read_authorization(char *reply, size_t length, struct pusher_authorization *authorization);

// Reads the reply of your auth server for the user: `{"auth": "..", "user_data": ".."}`.
//
// `reply` has `length` bytes, without a NUL. It is decoded in place: `authentication` points into it.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_REPLY.
// Interrupt: may be called, it has no state.
pusher_status pusher_read_authentication(char *reply, size_t length, struct pusher_authentication *authentication);

// Creates a client in your memory. It does nothing until pusher_client_connect.
//
// `memory` has `size` bytes: a `static PUSHER_CLIENT(channels, name) memory;` is right. It must not move and must not
// be used for anything else until pusher_client_deinit. A handle that is already there is lost. `channels` and `name`:
// see pusher_connection_init. `settings` is needed only during the call. On success `*client` is the handle, which is
// the address of `memory`. The call needs as much stack as the memory is large, and 300 bytes: call it early.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_MEMORY, PUSHER_ERROR_CAPACITY.
// Interrupt: no.
pusher_status pusher_client_init(struct pusher_client **client,
                                 void *memory,
                                 size_t size,
                                 uint16_t channels,
                                 uint16_t name,
                                 const struct pusher_config *settings);

// Ends a client. Keys of encrypted channels are wiped.
//
// Afterwards the handle is not valid, and the memory is yours again.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_client_deinit(struct pusher_client *client);

// Returns the next request of the client. Call it after each input and each command until it is PUSHER_REQUEST_NONE,
// then pusher_client_poll_transmit, then pusher_client_poll_notice.
//
// On success `*request` is the request. Its texts are valid until the next call with this handle that is not a getter.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_client_poll_request(struct pusher_client *client, struct pusher_client_request *request);

// Writes the next message to send: pings, pongs, subscriptions. Call it until `*written` is 0, and send each as a text
// message.
//
// `now_ms`: your clock. `out` has `size` bytes and gets the message without a NUL: the longest channel name and 52
// bytes do. `*written` is its length; 0 if there is none; after PUSHER_ERROR_TOO_SMALL the size that `out` needs.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TOO_SMALL (the message stays pending).
// Interrupt: no.
pusher_status pusher_client_poll_transmit(struct pusher_client *client,
                                          uint32_t now_ms,
                                          char *out,
                                          size_t size,
                                          size_t *written);

// Returns the next change that no message reports. Call it until it is PUSHER_NOTICE_NONE.
//
// `now_ms`: your clock. On success `*notice` is the notice, which holds no pointers.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_client_poll_notice(struct pusher_client *client, uint32_t now_ms, struct pusher_notice *notice);

// Answers a PUSHER_REQUEST_AUTHORIZE: writes the message that you must send.
//
// `now_ms`: your clock. `authorization` and its texts are needed only during the call. `out` has `size` bytes and gets
// the message without a NUL: 60 bytes, the name and the token; `channel_data` needs 18 more and its length with quotes
// escaped. `*written` is its length; after PUSHER_ERROR_TOO_SMALL the size that `out` needs.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the
// ticket is still valid: PUSHER_ERROR_CHANNEL_DATA, PUSHER_ERROR_SHARED_SECRET, PUSHER_ERROR_TOO_SMALL.
// Interrupt: no.
pusher_status pusher_client_authorize(struct pusher_client *client,
                                      uint32_t now_ms,
                                      struct pusher_ticket ticket,
                                      const struct pusher_authorization *authorization,
                                      char *out,
                                      size_t size,
                                      size_t *written);

// Answers a PUSHER_REQUEST_REKEY. There is nothing to send.
//
// `now_ms`: your clock. `authorization` and its texts are needed only during the call.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE, PUSHER_ERROR_NOT_BUILT,
// PUSHER_ERROR_SHARED_SECRET (the ticket is still valid).
// Interrupt: no.
pusher_status pusher_client_rekey(struct pusher_client *client,
                                  uint32_t now_ms,
                                  struct pusher_ticket ticket,
                                  const struct pusher_authorization *authorization);

// Answers a PUSHER_REQUEST_SIGN_IN: writes the message that you must send.
//
// `now_ms`: your clock. `authentication` and its texts are needed only during the call. `out` has `size` bytes and
// gets the message without a NUL: 59 bytes, the token and the user data with quotes escaped. `*written` is its length;
// after PUSHER_ERROR_TOO_SMALL the size that `out` needs.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE, PUSHER_ERROR_TOO_SMALL (the
// ticket is still valid).
// Interrupt: no.
pusher_status pusher_client_authenticate(struct pusher_client *client,
                                         uint32_t now_ms,
                                         struct pusher_ticket ticket,
                                         const struct pusher_authentication *authentication,
                                         char *out,
                                         size_t size,
                                         size_t *written);

// Denies a PUSHER_REQUEST_AUTHORIZE, _REKEY or _SIGN_IN: the subscription or sign-in fails permanently. Then poll.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
// Interrupt: no.
pusher_status pusher_client_deny(struct pusher_client *client, uint32_t now_ms, struct pusher_ticket ticket);

// Reports that your auth server answered with an HTTP status other than 200. 429 and 500 to 599 are retried with
// backoff; use 503 if it did not answer at all. Then poll.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
// Interrupt: no.
pusher_status pusher_client_deny_with_status(struct pusher_client *client,
                                             uint32_t now_ms,
                                             struct pusher_ticket ticket,
                                             uint16_t http_status);

// Connects, and reconnects until pusher_client_disconnect. Then poll.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_client_connect(struct pusher_client *client, uint32_t now_ms);

// Disconnects and keeps the subscriptions for the next pusher_client_connect. PUSHER_REQUEST_CLOSE follows.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_client_disconnect(struct pusher_client *client, uint32_t now_ms);

// Pings the server now, or starts the next attempt now: after a sleep, or when the network has changed. Then poll.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_client_ping_now(struct pusher_client *client, uint32_t now_ms);

// Subscribes to a channel on this connection and on each later one. Then poll.
//
// `now_ms`: your clock. `name` ends with NUL and is needed only during the call; its prefix decides the kind of the
// channel. On success `*channel` is the channel; `channel` may be NULL. A second call with the same name returns the
// same channel.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_NAME, PUSHER_ERROR_FULL,
// PUSHER_ERROR_NOT_BUILT.
// Interrupt: no.
pusher_status pusher_client_subscribe(struct pusher_client *client,
                                      uint32_t now_ms,
                                      const char *name,
                                      struct pusher_channel *channel);

// Unsubscribes from a channel. Then poll.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
// Interrupt: no.
pusher_status pusher_client_unsubscribe(struct pusher_client *client, uint32_t now_ms, struct pusher_channel channel);

// Sets how many times the subscription of a channel is retried on one connection, in place of
// pusher_config.subscription_retries.
//
// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
// Interrupt: no.
pusher_status pusher_client_set_retries(struct pusher_client *client, struct pusher_channel channel, uint8_t retries);

// Signs the user in on this connection and on each later one: PUSHER_REQUEST_SIGN_IN follows. It takes one channel of
// the client and a name of 16 bytes and the id. Then poll.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_NOT_BUILT.
// Interrupt: no.
pusher_status pusher_client_sign_in(struct pusher_client *client, uint32_t now_ms);

// Signs the user out. If the server may know the user, the client reconnects. Then poll.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_NOT_BUILT.
// Interrupt: no.
pusher_status pusher_client_sign_out(struct pusher_client *client, uint32_t now_ms);

// Writes an event to the other clients on a private or presence channel, which you must send as a text message.
//
// `now_ms`: your clock. `event` begins with `client-` and ends with NUL. `data` has `length` bytes of UTF-8; NULL:
// none. `is_json`: send it as this JSON value; else as a text. `out` has `size` bytes and gets the message without a
// NUL: 33 bytes, the names and the data; a text needs 2 more, and 1 for each quote and backslash. `*written` is its
// length; after PUSHER_ERROR_TOO_SMALL the size that `out` needs.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE, PUSHER_ERROR_NOT_SUBSCRIBED,
// PUSHER_ERROR_NOT_ALLOWED, PUSHER_ERROR_EVENT_NAME, PUSHER_ERROR_TOO_LARGE, PUSHER_ERROR_NOT_JSON,
// PUSHER_ERROR_RATE_LIMITED, PUSHER_ERROR_TOO_SMALL.
// Interrupt: no.
pusher_status pusher_client_trigger(struct pusher_client *client,
                                    uint32_t now_ms,
                                    struct pusher_channel channel,
                                    const char *event,
                                    const char *data,
                                    size_t length,
                                    bool is_json,
                                    char *out,
                                    size_t size,
                                    size_t *written);

// Returns the state of the connection.
//
// A getter. PUSHER_STATE_DISCONNECTED for a handle that is not valid.
// Interrupt: no.
pusher_state pusher_client_state(const struct pusher_client *client);

// Returns why there is no connection, or why the last attempt failed. `*code`, if `code` is not NULL, is the close
// code, or 0.
//
// A getter. PUSHER_REASON_NONE for a handle that is not valid.
// Interrupt: no.
pusher_reason pusher_client_reason(const struct pusher_client *client, uint16_t *code);

// Returns the status of a subscription.
//
// A getter. PUSHER_CHANNEL_STALE for a handle that is not valid.
// Interrupt: no.
pusher_channel_status pusher_client_channel_status(const struct pusher_client *client, struct pusher_channel channel);

// Returns the name of a channel; NULL if it was unsubscribed, or for a handle that is not valid. Valid until it is
// unsubscribed.
//
// A getter.
// Interrupt: no.
struct pusher_text pusher_client_channel_name(const struct pusher_client *client, struct pusher_channel channel);

// Returns the id of the connection; NULL if there is none, or for a handle that is not valid. Valid until the next
// pusher_client_handle_text.
//
// A getter.
// Interrupt: no.
struct pusher_text pusher_client_socket_id(const struct pusher_client *client);

// Returns whether the server has confirmed the sign-in.
//
// A getter. False for a handle that is not valid.
// Interrupt: no.
bool pusher_client_is_signed_in(const struct pusher_client *client);

// Reports that the WebSocket of PUSHER_REQUEST_OPEN is open: its handshake has succeeded. Poll afterwards.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_client_handle_open(struct pusher_client *client, uint32_t now_ms);

// Reports that the WebSocket of PUSHER_REQUEST_OPEN cannot be opened. The client tries again later. Poll afterwards.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_client_handle_open_failed(struct pusher_client *client, uint32_t now_ms);

// Reports that the WebSocket closed. The code decides what follows. Not needed after PUSHER_REQUEST_CLOSE. Poll
// afterwards.
//
// `now_ms`: your clock. `code` is the code of the close frame; 0 if there was none.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_client_handle_close(struct pusher_client *client, uint32_t now_ms, uint16_t code);

// Reports that the server sent a ping or a pong of the WebSocket: it is alive.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_client_handle_activity(struct pusher_client *client, uint32_t now_ms);

// Passes a text message of the server to the client. Poll afterwards.
//
// `now_ms`: your clock. `text` has `length` bytes; it is decoded in place, so it must be yours to change. On success
// `*event` is the event in it; PUSHER_EVENT_NONE if it concerns only the client. The event's texts point into `text`.
// They are valid until you change it. Texts from the handle are valid until the next call that is not a getter.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_MESSAGE, PUSHER_ERROR_NOT_OPEN.
// Interrupt: no.
pusher_status pusher_client_handle_text(struct pusher_client *client,
                                        uint32_t now_ms,
                                        char *text,
                                        size_t length,
                                        struct pusher_event *event);

// Handles expired timers. Call it when pusher_client_timeout_ms has passed; earlier does no harm. Poll afterwards.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_client_handle_timeout(struct pusher_client *client, uint32_t now_ms);

// Returns how many milliseconds you may wait before the next pusher_client_handle_timeout; PUSHER_NEVER: as long as
// you like. Call it after the polls.
//
// `now_ms`: your clock. PUSHER_NEVER for a handle that is not valid.
// Interrupt: no.
uint32_t pusher_client_timeout_ms(struct pusher_client *client, uint32_t now_ms);

// Sets all settings to their defaults.
//
// `config` must not be NULL. `seed`: see pusher_config.
// Errors: PUSHER_ERROR_NULL.
// Interrupt: may be called, it has no state.
pusher_status pusher_config_init(struct pusher_config *config, uint32_t seed);

// Creates a connection in your memory. It does nothing until pusher_connection_connect.
//
// `memory` has `size` bytes: a `static PUSHER_CONNECTION(channels, name) memory;` is right. It must not move and must
// not be used for anything else until pusher_connection_deinit. A handle that is already there is lost. `channels` and
// `name` are one of the capacities of this library: 4 and 32, 8 and 64, 32 and 64, 64 and 164, unless it was built
// with fewer. `name` is the length of the longest channel name in bytes. `options`: see there. On success
// `*connection` is the handle, which is the address of `memory`. The call needs as much stack as the memory is large,
// and 300 bytes: call it early.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_MEMORY, PUSHER_ERROR_CAPACITY, PUSHER_ERROR_TEXT, PUSHER_ERROR_URL.
// Interrupt: no.
pusher_status pusher_connection_init(struct pusher_connection **connection,
                                     void *memory,
                                     size_t size,
                                     uint16_t channels,
                                     uint16_t name,
                                     const struct pusher_options *options);

// Ends a connection without a close frame: see pusher_connection_disconnect. Keys of encrypted channels are wiped.
//
// Afterwards the handle is not valid, and the memory, the buffers and the texts of the options are yours again. Close
// the socket yourself.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_deinit(struct pusher_connection *connection);

// Returns the next action. Carry it out and poll again, until PUSHER_ACTION_READ, PUSHER_ACTION_WAIT, or a
// PUSHER_ACTION_WRITE that the socket does not accept. Poll again after each input, each command, and when the timeout
// has passed. It never blocks.
//
// `now_ms`: your clock. On success `*action` is what to do. Its texts are valid until the next call with this handle
// that is not a getter.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_poll(struct pusher_connection *connection,
                                     uint32_t now_ms,
                                     struct pusher_action *action);

// Returns how many milliseconds you may wait before the next pusher_connection_poll; PUSHER_NEVER: as long as you
// like. 0 after an input or a command.
//
// `now_ms`: your clock. PUSHER_NEVER for a handle that is not valid.
// Interrupt: no.
uint32_t pusher_connection_timeout_ms(struct pusher_connection *connection, uint32_t now_ms);

// Signs the subscription of a PUSHER_ACTION_AUTHORIZE with the secret of the application, and answers it. Poll
// afterwards.
//
// `now_ms`: your clock. `secret` is the secret that belongs to pusher_options.key. `channel_data` is the JSON of a
// presence channel, such as `{"user_id":"7"}`; NULL for other channels. Both end with NUL and are needed only during
// the call. For an encrypted channel use pusher_sign_channel, which leaves room for the shared secret.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the
// ticket is still valid: PUSHER_ERROR_SIGN, PUSHER_ERROR_BUSY, PUSHER_ERROR_CHANNEL_DATA, PUSHER_ERROR_SHARED_SECRET,
// PUSHER_ERROR_TOO_SMALL (the transmit buffer; see pusher_connection_needed).
// Interrupt: no.
pusher_status pusher_connection_sign(struct pusher_connection *connection,
                                     uint32_t now_ms,
                                     struct pusher_ticket ticket,
                                     const char *secret,
                                     const char *channel_data);

// Signs the user of a PUSHER_ACTION_SIGN_IN with the secret of the application, and answers it. Poll afterwards.
//
// `now_ms`: your clock. `secret` is the secret that belongs to pusher_options.key. `user_data` is JSON such as
// `{"id":"7"}`. Both end with NUL and are needed only during the call.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the
// ticket is still valid: PUSHER_ERROR_SIGN, PUSHER_ERROR_BUSY, PUSHER_ERROR_TOO_SMALL (the transmit buffer; see
// pusher_connection_needed).
// Interrupt: no.
pusher_status pusher_connection_sign_user(struct pusher_connection *connection,
                                          uint32_t now_ms,
                                          struct pusher_ticket ticket,
                                          const char *secret,
                                          const char *user_data);

// Answers a PUSHER_ACTION_AUTHORIZE. Poll afterwards.
//
// `now_ms`: your clock. `authorization` and its texts are needed only during the call.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the
// ticket is still valid: PUSHER_ERROR_BUSY, PUSHER_ERROR_CHANNEL_DATA, PUSHER_ERROR_SHARED_SECRET,
// PUSHER_ERROR_TOO_SMALL (the transmit buffer; see pusher_connection_needed).
// Interrupt: no.
pusher_status pusher_connection_authorize(struct pusher_connection *connection,
                                          uint32_t now_ms,
                                          struct pusher_ticket ticket,
                                          const struct pusher_authorization *authorization);

// Answers a PUSHER_ACTION_SIGN_IN. Poll afterwards.
//
// `now_ms`: your clock. `authentication` and its texts are needed only during the call.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE. After the following the
// ticket is still valid: PUSHER_ERROR_BUSY, PUSHER_ERROR_TOO_SMALL (the transmit buffer; see
// pusher_connection_needed).
// Interrupt: no.
pusher_status pusher_connection_authenticate(struct pusher_connection *connection,
                                             uint32_t now_ms,
                                             struct pusher_ticket ticket,
                                             const struct pusher_authentication *authentication);

// Denies a PUSHER_ACTION_AUTHORIZE or a PUSHER_ACTION_SIGN_IN: the subscription or sign-in fails permanently. Poll
// afterwards.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
// Interrupt: no.
pusher_status pusher_connection_deny(struct pusher_connection *connection,
                                     uint32_t now_ms,
                                     struct pusher_ticket ticket);

// Reports that your auth server answered with an HTTP status other than 200. 429 and 500 to 599 are retried with
// backoff; use 503 if it did not answer at all. Poll afterwards.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
// Interrupt: no.
pusher_status pusher_connection_deny_with_status(struct pusher_connection *connection,
                                                 uint32_t now_ms,
                                                 struct pusher_ticket ticket,
                                                 uint16_t http_status);

// Connects, and reconnects until pusher_connection_disconnect. Poll afterwards.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_connect(struct pusher_connection *connection, uint32_t now_ms);

// Disconnects and keeps the subscriptions for the next pusher_connection_connect. Poll until PUSHER_ACTION_WAIT: the
// connection sends a close frame first.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_disconnect(struct pusher_connection *connection, uint32_t now_ms);

// Pings the server now, or starts the next attempt now: after a sleep, or when the network has changed. Poll
// afterwards.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_ping_now(struct pusher_connection *connection, uint32_t now_ms);

// Subscribes to a channel on this connection and on each later one. Poll afterwards.
//
// `now_ms`: your clock. `name` ends with NUL and is needed only during the call; its prefix decides the kind of the
// channel. On success `*channel` is the channel; `channel` may be NULL. A second call with the same name returns the
// same channel.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_NAME, PUSHER_ERROR_FULL,
// PUSHER_ERROR_NOT_BUILT.
// Interrupt: no.
pusher_status pusher_connection_subscribe(struct pusher_connection *connection,
                                          uint32_t now_ms,
                                          const char *name,
                                          struct pusher_channel *channel);

// Unsubscribes from a channel. Poll afterwards.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
// Interrupt: no.
pusher_status pusher_connection_unsubscribe(struct pusher_connection *connection,
                                            uint32_t now_ms,
                                            struct pusher_channel channel);

// Sets how many times the subscription of a channel is retried on one connection, in place of
// pusher_config.subscription_retries.
//
// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_STALE.
// Interrupt: no.
pusher_status pusher_connection_set_retries(struct pusher_connection *connection,
                                            struct pusher_channel channel,
                                            uint8_t retries);

// Signs the user in on this connection and on each later one: PUSHER_ACTION_SIGN_IN follows. It takes one channel of
// the client and a name of 16 bytes and the id. Poll afterwards.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_NOT_BUILT.
// Interrupt: no.
pusher_status pusher_connection_sign_in(struct pusher_connection *connection, uint32_t now_ms);

// Signs the user out. If the server may know the user, the client reconnects. Poll afterwards.
//
// `now_ms`: your clock.
// Errors: PUSHER_ERROR_HANDLE, PUSHER_ERROR_NOT_BUILT.
// Interrupt: no.
pusher_status pusher_connection_sign_out(struct pusher_connection *connection, uint32_t now_ms);

// Sends an event to the other clients on a private or presence channel. Poll afterwards.
//
// `now_ms`: your clock. `event` begins with `client-` and ends with NUL. `data` has `length` bytes of UTF-8; NULL:
// none. `is_json`: send it as this JSON value; else as a text. All are needed only during the call.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE, PUSHER_ERROR_TEXT, PUSHER_ERROR_STALE, PUSHER_ERROR_BUSY,
// PUSHER_ERROR_NOT_SUBSCRIBED, PUSHER_ERROR_NOT_ALLOWED, PUSHER_ERROR_EVENT_NAME, PUSHER_ERROR_TOO_LARGE,
// PUSHER_ERROR_NOT_JSON, PUSHER_ERROR_RATE_LIMITED, PUSHER_ERROR_TOO_SMALL (see pusher_connection_needed).
// Interrupt: no.
pusher_status pusher_connection_trigger(struct pusher_connection *connection,
                                        uint32_t now_ms,
                                        struct pusher_channel channel,
                                        const char *event,
                                        const char *data,
                                        size_t length,
                                        bool is_json);

// Returns the size that the transmit buffer must have, in bytes, after PUSHER_ERROR_TOO_SMALL of a command.
//
// A getter. 0 for a handle that is not valid.
// Interrupt: no.
size_t pusher_connection_needed(const struct pusher_connection *connection);

// Returns the state of the connection.
//
// A getter. PUSHER_STATE_DISCONNECTED for a handle that is not valid.
// Interrupt: no.
pusher_state pusher_connection_state(const struct pusher_connection *connection);

// Returns why there is no connection, or why the last attempt failed. `*code`, if `code` is not NULL, is the close
// code, or 0.
//
// A getter. PUSHER_REASON_NONE for a handle that is not valid.
// Interrupt: no.
pusher_reason pusher_connection_reason(const struct pusher_connection *connection, uint16_t *code);

// Returns the status of a subscription.
//
// A getter. PUSHER_CHANNEL_STALE for a handle that is not valid.
// Interrupt: no.
pusher_channel_status pusher_connection_channel_status(const struct pusher_connection *connection,
                                                       struct pusher_channel channel);

// Returns the name of a channel; NULL if it was unsubscribed, or for a handle that is not valid. Valid until it is
// unsubscribed.
//
// A getter.
// Interrupt: no.
struct pusher_text pusher_connection_channel_name(const struct pusher_connection *connection,
                                                  struct pusher_channel channel);

// Returns the id of the connection; NULL if there is none, or for a handle that is not valid. Valid until the next
// pusher_connection_poll.
//
// A getter.
// Interrupt: no.
struct pusher_text pusher_connection_socket_id(const struct pusher_connection *connection);

// Returns whether the server has confirmed the sign-in.
//
// A getter. False for a handle that is not valid.
// Interrupt: no.
bool pusher_connection_is_signed_in(const struct pusher_connection *connection);

// Reports that the socket of PUSHER_ACTION_OPEN is open. Poll afterwards.
//
// `now_ms`: your clock. `attempt` is that of the action; if it is over, the call has no effect: see
// pusher_connection_is_opening.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_handle_opened(struct pusher_connection *connection, uint32_t now_ms, uint16_t attempt);

// Returns whether the attempt `attempt` still waits for a socket, for programs that open sockets in the background. If
// not, drop the socket.
//
// A getter. False for a handle that is not valid.
// Interrupt: no.
bool pusher_connection_is_opening(const struct pusher_connection *connection, uint16_t attempt);

// Reports that the socket of PUSHER_ACTION_OPEN cannot be opened. The connection tries again later. Poll afterwards.
//
// `now_ms`: your clock. `attempt` is that of the action; if it is over, the call has no effect.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_handle_open_failed(struct pusher_connection *connection,
                                                   uint32_t now_ms,
                                                   uint16_t attempt);

// Reports that the socket has ended or failed. Bytes passed before are still decoded; then PUSHER_ACTION_CLOSE
// follows.
//
// `now_ms`: your clock. `error` is a pusher_socket_error; any other number counts as PUSHER_SOCKET_OTHER.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_handle_socket_error(struct pusher_connection *connection,
                                                    uint32_t now_ms,
                                                    uint32_t error);

// Reports that the socket accepts no more bytes but may still return some, such as the reason of the server. Read it
// to its end and call pusher_connection_handle_socket_error. After 2 s the connection ends in any case.
//
// `now_ms`: your clock. `error` is a pusher_socket_error; any other number counts as PUSHER_SOCKET_OTHER.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_handle_write_error(struct pusher_connection *connection,
                                                   uint32_t now_ms,
                                                   uint32_t error);

// Passes received bytes to the connection, which copies as many as fit its receive buffer. Poll until
// PUSHER_ACTION_READ, then pass the rest.
//
// `received` has `length` bytes, needed only during the call. `*taken` is the number of bytes taken: 0 if the attempt
// is over, or before the poll.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_recv(struct pusher_connection *connection,
                                     const uint8_t *received,
                                     size_t length,
                                     size_t *taken);

// Returns the space for the next bytes of the socket, to read into it without a copy. Then call
// pusher_connection_handle_received.
//
// `*length` is its size in bytes; not 0 after PUSHER_ACTION_READ. The space is part of the receive buffer, valid until
// the next call with this handle. NULL for a handle that is not valid.
// Interrupt: no.
uint8_t *pusher_connection_receive_space(struct pusher_connection *connection, size_t *length);

// Reports that `length` bytes were read into the front of pusher_connection_receive_space. Poll afterwards.
//
// More than the space counts as the space.
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_handle_received(struct pusher_connection *connection, size_t length);

// Copies bytes to send into your buffer and counts them as sent: for a transport that takes them all.
//
// `out` has `size` bytes. `*length` is the number of bytes to send; 0 if there is none. Call again until it is 0, then
// poll.
// Errors: PUSHER_ERROR_NULL, PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_send(struct pusher_connection *connection, uint8_t *out, size_t size, size_t *length);

// Returns the bytes to send, for a transport that may take a part of them. Then call pusher_connection_handle_sent.
//
// `*length` is their number; 0 if there is none. They are part of the transmit buffer, valid until the next call with
// this handle. A getter. NULL for a handle that is not valid.
// Interrupt: no.
const uint8_t *pusher_connection_unsent(const struct pusher_connection *connection, size_t *length);

// Reports that the first `length` bytes of pusher_connection_unsent were sent. More than there are counts as all. Poll
// afterwards.
//
// Errors: PUSHER_ERROR_HANDLE.
// Interrupt: no.
pusher_status pusher_connection_handle_sent(struct pusher_connection *connection, size_t length);

// Reads the next member of a presence channel.
//
// `members` is that of a PUSHER_EVENT_SUBSCRIBED, before the next call with the handle of the event; an empty one has
// no members. A member may be reported twice: once with its information, once without. The texts of `member` are valid
// as long as the event. Returns whether there was a member, and has set `member` to it. False for a NULL pointer.
// Interrupt: no, if the interrupted code uses the event or its handle.
bool pusher_members_next(struct pusher_members *members, struct pusher_member *member);

// Reads the next change of a watchlist: some users went online or offline.
//
// `watchlist` is that of a PUSHER_EVENT_WATCHLIST, before the next call with the handle of the event. `status` is set
// to "online" or "offline", as the server sent it, and is valid as long as the event. Read `user_ids` before the next
// change. Returns whether there was a change. False for a NULL pointer.
// Interrupt: no, if the interrupted code uses the event or its handle.
bool pusher_watchlist_next(struct pusher_watchlist *watchlist,
                           struct pusher_text *status,
                           struct pusher_user_ids *user_ids);

// Reads the next user of a change of a watchlist.
//
// `user_ids` is that of pusher_watchlist_next. `user_id` is valid as long as the event.
// Returns whether there was a user, and has set `user_id`. False for a NULL pointer.
// Interrupt: no, if the interrupted code uses the event or its handle.
bool pusher_user_ids_next(struct pusher_user_ids *user_ids, struct pusher_text *user_id);

// Returns a name for a status, such as "PUSHER_ERROR_BUSY".
//
// The name ends with NUL and is constant.
// Interrupt: may be called, it has no state.
const char *pusher_status_name(int32_t status);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PUSHER_PROTO_H */
