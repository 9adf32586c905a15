//! This crate's client, connected and subscribed.

use pusher_proto::client::{Authorization, Client, Config, Request};
use pusher_proto::connection::Action;
use pusher_proto::websocket::MAX_HEADER_LEN;
use pusher_proto::{Channel, Connection, Endpoint, Event, Instant};

use crate::frames::{CHANNEL, websocket};

const ESTABLISHED: &str = r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}"#;

/// Returns a client that is connected and subscribed to `channels`, in that order.
pub fn client<const CHANNELS: usize>(channels: &[String]) -> (Box<Client<CHANNELS, 64>>, Vec<Channel>) {
    let now = Instant::ZERO;
    let mut client = Box::new(Client::new(Config::new(1)));
    client.connect(now);
    let _ = client.poll_request();
    client.handle_open(now);
    client.handle_text(now, &mut ESTABLISHED.to_owned().into_bytes()).unwrap();
    let mut out = [0; 256];
    let mut handles = Vec::new();
    for name in channels {
        handles.push(client.subscribe(now, name).unwrap());
        client.poll_transmit(now, &mut out).unwrap().unwrap();
        client.handle_text(now, &mut succeeded(name, "{}")).unwrap().unwrap();
    }
    (client, handles)
}

/// Subscribes to the presence channel `name`, up to the server's pending answer.
pub fn subscribe_to_presence(client: &mut Client<8, 64>, name: &str) -> Channel {
    let now = Instant::ZERO;
    let channel = client.subscribe(now, name).unwrap();
    let Some(Request::Authorize(ticket)) = client.poll_request() else { panic!("no ticket") };
    let authorization = Authorization::from_signature("key", "signature").with_channel_data(r#"{"user_id":"7"}"#);
    client.authorize(now, ticket, &authorization, &mut [0; 512]).unwrap();
    channel
}

/// Unsubscribes and sends the message to the server.
pub fn unsubscribe(client: &mut Client<8, 64>, channel: Channel) {
    client.unsubscribe(Instant::ZERO, channel).unwrap();
    client.poll_transmit(Instant::ZERO, &mut [0; 128]).unwrap().unwrap();
}

/// Confirms a subscription; `data` is JSON.
pub fn succeeded(channel: &str, data: &str) -> Vec<u8> {
    let data = serde_json::to_string(data).unwrap();
    format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{channel}","data":{data}}}"#).into_bytes()
}

/// Fills in masks as fast as possible, because they protect nothing here.
pub fn random() -> impl FnMut(&mut [u8]) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move |bytes: &mut [u8]| {
        if let Ok(key) = <&mut [u8; 16]>::try_from(&mut *bytes) {
            *key = *b"the sample nonce"; // of RFC 6455, with a known answer
            return;
        }
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        for (byte, random) in bytes.iter_mut().zip(state.to_le_bytes()) {
            *byte = random;
        }
    }
}

/// Returns an open connection that is subscribed to [`CHANNEL`], with a receive buffer of `rx` bytes.
pub fn connection(rx: usize) -> Connection<'static, impl FnMut(&mut [u8])> {
    let endpoint = Endpoint::from_url("ws://127.0.0.1:6001", "app-key").unwrap();
    let (rx, tx) = (vec![0; rx.max(512)].leak(), vec![0; MAX_HEADER_LEN + 512].leak());
    let mut connection = Connection::new(Client::<8, 64>::new(Config::new(1)), endpoint, random(), rx, tx);
    connection.connect(Instant::ZERO);
    let mut replies = [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
            .to_vec(),
        websocket(ESTABLISHED.as_bytes()),
        websocket(&succeeded(CHANNEL, "{}")),
    ]
    .into_iter();
    loop {
        match connection.poll(Instant::ZERO, &mut pusher_proto::connection::DenyAll) {
            Action::Open { attempt, .. } => connection.handle_opened(Instant::ZERO, attempt),
            Action::Write => {
                let len = connection.unsent().len();
                connection.handle_sent(len);
            }
            Action::Read { .. } => {
                let Some(reply) = replies.next() else { return connection };
                connection.receive_space()[..reply.len()].copy_from_slice(&reply);
                connection.handle_received(reply.len());
            }
            Action::Event(Event::Connected { .. }) => {
                connection.subscribe(Instant::ZERO, CHANNEL).unwrap();
            }
            Action::Event(Event::Subscribed { .. }) | Action::Progress => {}
            other => panic!("{other:?}"),
        }
    }
}
