//! Pins the message of each error: it says what happened, in words that an application can show or log.
#![cfg(all(feature = "embedded-io", feature = "encrypted", feature = "rest", feature = "users"))]

use std::fmt::Display;

use pusher_proto::auth::form::channel_form;
use pusher_proto::auth::rest::ApiRequestError;
use pusher_proto::auth::rest::reply::ApiError;
use pusher_proto::auth::webhook::WebhookError;
use pusher_proto::auth::{InvalidSignature, SignError};
use pusher_proto::channel::{NameError, SubscribeError, SubscriptionFailure};
use pusher_proto::client::{AuthorizeError, Reason, ReplyError, StaleTicket, TriggerError};
use pusher_proto::connection::{CloseReason, SendError, SocketError};
use pusher_proto::encryption::DecryptError;
use pusher_proto::endpoint::{HeaderError, UrlError};
use pusher_proto::envelope::EnvelopeError;
use pusher_proto::websocket::{CloseCode, Error, HandshakeError, ProtocolError, RequestError, WriteError};
use pusher_proto::{Instant, OutputTooSmall, Payload};

/// Checks each error of a table against its message.
#[track_caller]
fn say<E: Display>(table: &[(E, &str)]) {
    for (error, message) in table {
        assert_eq!(error.to_string(), *message);
    }
}

/// The error of a form that is written into no buffer.
fn too_small() -> OutputTooSmall {
    channel_form("1.1", "c", &[], &mut []).unwrap_err()
}

const NO_ROOM: &str = "output buffer too small: it needs 28 bytes";

#[test]
fn errors_of_names_and_subscriptions_say_what_is_wrong() {
    say(&[
        (NameError::Empty, "the channel name is empty"),
        (NameError::TooLong { length: 70, limit: 64 }, "the channel name has 70 bytes, more than 64"),
        (
            NameError::BadCharacter { at: 3 },
            "the channel name has a character at byte 3 other than A-Z a-z 0-9 _ - = @ , . ;",
        ),
        (NameError::Reserved, "channel names that begin with #server-to-user- belong to the server"),
    ]);
    say(&[
        (SubscribeError::InvalidName(NameError::Empty), "the channel name is empty"),
        (
            SubscribeError::TooManyChannels,
            "all channel slots are in use; unsubscribe from a channel or increase CHANNELS",
        ),
        (SubscribeError::EncryptionNotBuilt, "encrypted channels are not built in; enable the feature `encrypted`"),
    ]);
    say(&[
        (SubscriptionFailure::Denied, "the application denied the authorization"),
        (
            SubscriptionFailure::MissingChannelData,
            "no channel_data for the presence channel; call set_channel_data or add it to the authorization",
        ),
        (
            SubscriptionFailure::MissingSharedSecret,
            "the authorization of an encrypted channel needs a shared_secret of 32 bytes in base64; add it",
        ),
        (SubscriptionFailure::MissingUserData, "no user_data for the sign-in; call set_user_data"),
        (SubscriptionFailure::AuthorizationFailed(503), "the auth server answered with HTTP status 503"),
        (SubscriptionFailure::AuthorizationTimeout, "the application did not answer the authorization request in time"),
        (SubscriptionFailure::SubscriptionTimeout, "the server did not answer the subscription in time"),
        (SubscriptionFailure::Rejected(Some(401)), "the server refused the subscription with 401"),
        (SubscriptionFailure::Rejected(None), "the server refused the subscription"),
    ]);
}

#[test]
fn errors_of_commands_say_what_to_change() {
    say(&[
        (AuthorizeError::StaleTicket, "the ticket is stale; ignore it, the client issues a new one if needed"),
        (AuthorizeError::MissingChannelData, "no channel_data for the presence channel; add it to the authorization"),
        (
            AuthorizeError::MissingSharedSecret,
            "the authorization of an encrypted channel needs a shared_secret of 32 bytes in base64; add it",
        ),
        (AuthorizeError::OutputTooSmall(too_small()), NO_ROOM),
    ]);
    say(&[
        (TriggerError::StaleChannel, "the channel handle is stale: the channel was unsubscribed; subscribe again"),
        (TriggerError::NotSubscribed, "the channel is not subscribed; wait for Event::Subscribed"),
        (TriggerError::NotAllowed, "clients may send events on private and presence channels only"),
        (TriggerError::InvalidEventName, "the name of a client event begins with client- and has at most 200 bytes"),
        (
            TriggerError::DataTooLarge { size: 10_241, limit: 10_240 },
            "the data of the event has 10241 bytes, more than 10240",
        ),
        (TriggerError::NotJson, "the data of the event is not JSON"),
        (TriggerError::ValueTooLarge, "the data of the event does not fit into the output buffer; enlarge it"),
        (
            TriggerError::RateLimited { retry_at: Instant::from_millis(1500) },
            "too many client events; the next may be sent at 1500 ms",
        ),
        (TriggerError::OutputTooSmall(too_small()), NO_ROOM),
    ]);
    say(&[
        (SendError::Busy, "a message is being sent; try again after the next poll"),
        (SendError::Client(TriggerError::NotJson), "the data of the event is not JSON"),
    ]);
    assert_eq!(AuthorizeError::from(StaleTicket), AuthorizeError::StaleTicket);
}

#[test]
fn reasons_of_a_lost_connection_say_who_ended_it() {
    say(&[
        (Reason::Abnormal, "the connection ended without a close code"),
        (Reason::ConnectFailed, "the connection to the server could not be opened"),
        (
            Reason::Misconfigured,
            "the handshake request cannot be written; enlarge the transmit buffer or correct the endpoint",
        ),
        (Reason::HandshakeTimeout, "the server did not establish the connection in time"),
        (Reason::PongTimeout, "the server did not answer a ping"),
        (Reason::Code(4000), "the application accepts only TLS connections (4000)"),
        (Reason::Code(4001), "the server has no application with this key (4001)"),
        (Reason::Code(4003), "the application is disabled (4003)"),
        (Reason::Code(4004), "the application is over its connection quota (4004)"),
        (Reason::Code(4005), "the path does not exist (4005)"),
        (Reason::Code(4006), "the server refuses the version string (4006)"),
        (Reason::Code(4007), "the server does not support this protocol version (4007)"),
        (Reason::Code(4008), "the request names no protocol version (4008)"),
        (Reason::Code(4009), "the connection is not authorized (4009)"),
        (Reason::Code(4100), "the server is over capacity (4100)"),
        (Reason::Code(4200), "the server requested a reconnect (4200)"),
        (Reason::Code(4201), "the server did not receive a pong (4201)"),
        (Reason::Code(4202), "the server closed an inactive connection (4202)"),
        (Reason::Code(4242), "the server closed the connection with 4242"),
    ]);
    let code = CloseCode::new(4200);
    say(&[
        (CloseReason::Requested, "the client closes the connection"),
        (CloseReason::Server { code, reason: "" }, "the server closed with 4200"),
        (CloseReason::Server { code, reason: "bye" }, "the server closed with 4200: bye"),
        (CloseReason::Server { code: None, reason: "" }, "the server closed without a code"),
        (CloseReason::Socket { error: SocketError::Closed, opened: true }, "the socket ended"),
        (
            CloseReason::Handshake(HandshakeError::NotHttp),
            "the server's answer to the handshake is not HTTP; does the port expect TLS?",
        ),
        (CloseReason::Protocol(ProtocolError::Masked), "the server masked a frame"),
        (CloseReason::Request(RequestError::OutputTooSmall(too_small())), NO_ROOM),
    ]);
    say(&[
        (SocketError::Other, "the socket failed"),
        (SocketError::NotFound, "the socket failed: not found"),
        (SocketError::PermissionDenied, "the socket failed: permission denied"),
        (SocketError::ConnectionRefused, "the socket failed: connection refused"),
        (SocketError::ConnectionReset, "the socket failed: connection reset"),
        (SocketError::ConnectionAborted, "the socket failed: connection aborted"),
        (SocketError::NotConnected, "the socket failed: not connected"),
        (SocketError::AddrInUse, "the socket failed: address in use"),
        (SocketError::AddrNotAvailable, "the socket failed: address not available"),
        (SocketError::BrokenPipe, "the socket failed: broken pipe"),
        (SocketError::AlreadyExists, "the socket failed: already exists"),
        (SocketError::InvalidInput, "the socket failed: invalid input"),
        (SocketError::InvalidData, "the socket failed: invalid data"),
        (SocketError::TimedOut, "the socket failed: timed out"),
        (SocketError::Interrupted, "the socket failed: interrupted"),
        (SocketError::Unsupported, "the socket failed: not supported"),
        (SocketError::OutOfMemory, "the socket failed: out of memory"),
        (SocketError::WriteZero, "the socket failed: a write accepted no bytes"),
    ]);
}

#[test]
fn errors_of_the_websocket_layer_say_who_broke_which_rule() {
    say(&[
        (HandshakeError::Status(404), "the server refused the WebSocket with status 404"),
        (HandshakeError::MissingUpgrade, "the server's answer to the handshake lacks Upgrade: websocket"),
        (HandshakeError::MissingConnection, "the server's answer to the handshake lacks Connection: Upgrade"),
        (
            HandshakeError::WrongAccept,
            "the server's Sec-WebSocket-Accept does not match the key; a proxy may have answered",
        ),
        (HandshakeError::UnexpectedExtension, "the server chose an extension that was not offered"),
        (HandshakeError::UnexpectedSubprotocol, "the server chose a subprotocol that was not offered"),
        (
            HandshakeError::HeadTooLong { capacity: 300 },
            "the server's answer to the handshake does not fit the receive buffer of 300 bytes; enlarge it",
        ),
    ]);
    say(&[
        (ProtocolError::ReservedBits, "the server set a reserved bit without an extension"),
        (ProtocolError::UnknownOpcode(3), "the server sent a frame of unknown opcode 3"),
        (ProtocolError::LengthNotMinimal, "the server encoded a length in too many bytes"),
        (ProtocolError::LengthOutOfRange, "the server announced a length of more than 63 bits"),
        (ProtocolError::ControlTooLong, "the server sent a control frame of more than 125 bytes"),
        (ProtocolError::ControlFragmented, "the server fragmented a control frame"),
        (ProtocolError::UnexpectedContinuation, "the server continued a message that it had not begun"),
        (ProtocolError::MessageInterrupted, "the server began a message inside another"),
        (ProtocolError::CloseTooShort, "the server sent half a close code"),
        (ProtocolError::InvalidCloseCode(1005), "the server sent the invalid close code 1005"),
        (ProtocolError::InvalidUtf8, "the server sent text that is not UTF-8"),
    ]);
    say(&[
        (
            Error::Handshake(HandshakeError::NotHttp),
            "the server's answer to the handshake is not HTTP; does the port expect TLS?",
        ),
        (Error::Protocol(ProtocolError::InvalidUtf8), "the server sent text that is not UTF-8"),
    ]);
    let malformed = "the target, the host or a header of the request contains a forbidden character";
    say(&[(RequestError::Malformed, malformed), (RequestError::OutputTooSmall(too_small()), NO_ROOM)]);
    say(&[
        (WriteError::NotOpen, "the WebSocket is not open; write after the handshake and before the close"),
        (WriteError::OutputTooSmall(too_small()), NO_ROOM),
    ]);
}

#[test]
fn errors_of_an_endpoint_say_which_part_is_wrong() {
    say(&[
        (UrlError::Scheme, "the URL does not begin with ws:// or wss://"),
        (UrlError::Host, "the URL's host is missing or has an invalid character"),
        (UrlError::Port, "the port of the URL is not a number from 1 to 65535"),
        (UrlError::Path, "the path of the URL has a character that is not valid in a path"),
        (UrlError::Cluster, "the cluster is empty or has a character that is not valid in a host"),
        (UrlError::Query, "the query has a character that must be percent-encoded"),
    ]);
    say(&[
        (HeaderError::Name { index: 1 }, "header 1 of the handshake: its name is not a token"),
        (
            HeaderError::Value { index: 2 },
            "header 2 of the handshake: its value has a character that is not valid in a header",
        ),
        (HeaderError::Reserved { index: 3 }, "header 3 of the handshake: its name belongs to the handshake"),
    ]);
}

#[test]
fn errors_of_messages_say_what_the_server_sent() {
    say(&[
        (EnvelopeError::NotUtf8 { at: 5 }, "the server sent a message that is not UTF-8 at byte 5"),
        (EnvelopeError::NotJson { at: 5 }, "the server sent a message that is not JSON at byte 5"),
        (EnvelopeError::NotAnObject, "the server sent a message that is not a JSON object"),
        (EnvelopeError::MissingEvent, "the server sent a message without an event name"),
        (EnvelopeError::MissingData, "the server sent a protocol event without the data it must carry"),
        (EnvelopeError::SocketIdTooLong { length: 99 }, "the server sent a socket id of 99 bytes; the limit is 64"),
        (EnvelopeError::NotOpen, "a message arrived while no connection is open; report the open transport first"),
        (EnvelopeError::NotEstablished, "the server's first message does not establish the connection"),
    ]);
    say(&[
        (DecryptError::NoKey, "there is no key for the encrypted channel"),
        (DecryptError::Malformed, "the data of the event is not encrypted in the expected format"),
        (DecryptError::NotAuthentic, "the data of the event is encrypted with another key, or was changed"),
        (DecryptError::NotText, "the decrypted data of the event is not UTF-8"),
    ]);
    let error = Payload::Json("[1,2").parse::<[u8; 2]>().unwrap_err();
    assert_eq!(error.to_string(), "the data of the event is not JSON of the expected shape");
    assert_eq!(Payload::Json("[1,2]").parse::<[u8; 2]>(), Ok([1, 2]));
}

#[test]
fn errors_of_signatures_and_of_the_http_api_say_whose_they_are() {
    say(&[
        (SignError::SocketId, "the socket id to sign is empty or contains a colon"),
        (SignError::Channel, "the name of the channel to sign is empty or contains a colon"),
    ]);
    say(&[(InvalidSignature, "the signature that was received is not 64 lower-case hexadecimal digits")]);
    say(&[
        (WebhookError::Key, "the webhook is for another app key"),
        (WebhookError::Signature, "the webhook's signature does not match its body"),
        (WebhookError::NotJson, "the webhook's signature is valid but its body is not a JSON object"),
    ]);
    say(&[
        (ReplyError::NotJson, "the auth endpoint's reply is not a JSON object"),
        (ReplyError::MissingAuth, "the auth endpoint's reply has no auth"),
        (ReplyError::MissingUserData, "the auth endpoint's reply has no user_data"),
    ]);
    say(&[
        (ApiError::Refused { status: 401, message: "no" }, "the server refused the request with status 401: no"),
        (ApiError::Malformed, "the server's response is not the expected JSON"),
    ]);
    say(&[
        (ApiRequestError::Channels, "the event needs 1 to 100 channels"),
        (ApiRequestError::Batch, "the batch needs 1 to 10 events"),
        (ApiRequestError::Output(too_small()), NO_ROOM),
    ]);
}
