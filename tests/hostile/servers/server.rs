//! Servers: a fair one, and one that turns hostile at a chosen moment.

use tungstenite::handshake::derive_accept_key;

/// What a server does when the client reads.
pub enum Reply {
    Bytes(Vec<u8>),
    /// Nothing until this time, or for ever.
    Wait(Option<u64>),
    /// The stream ends.
    End,
}

pub trait Server {
    /// Returns what the client reads at `now`; `sent` holds the bytes that the client has sent and this server has not
    /// read.
    fn poll(&mut self, now: u64, sent: &mut Vec<u8>) -> Reply;

    /// Returns whether the socket opens at all.
    fn opens(&self) -> bool {
        true
    }

    /// Returns how many bytes the server takes in one write at `now`.
    fn accepts(&mut self, _now: u64) -> usize {
        usize::MAX
    }
}

/// A frame from a server, with its first byte.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(length as u8),
        length @ 126..0x1_0000 => frame.extend([&[126], &(length as u16).to_be_bytes()[..]].concat()),
        length => frame.extend([&[127], &(length as u64).to_be_bytes()[..]].concat()),
    }
    frame.extend(payload);
    frame
}

pub fn text(text: &str) -> Vec<u8> {
    frame(0x81, text.as_bytes())
}

pub fn established(socket_id: &str) -> Vec<u8> {
    let data = serde_json::json!({ "socket_id": socket_id, "activity_timeout": 30 }).to_string();
    text(&serde_json::json!({ "event": "pusher:connection_established", "data": data }).to_string())
}

/// A close frame with this code.
pub fn close(code: u16) -> Vec<u8> {
    frame(0x88, &code.to_be_bytes())
}

/// What a server has read of its client.
#[derive(Default)]
pub struct Client {
    /// The value of `Sec-WebSocket-Accept`, after the request.
    pub accept: Option<String>,
    /// The text messages that have arrived since the last call.
    pub texts: Vec<String>,
    bytes: Vec<u8>,
}

impl Client {
    fn read(&mut self, sent: &mut Vec<u8>) {
        self.bytes.append(sent);
        if self.accept.is_none() {
            let Some(end) = self.bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return };
            let head: Vec<u8> = self.bytes.drain(..end + 4).collect();
            let head = String::from_utf8(head).unwrap();
            let key = head.split("Sec-WebSocket-Key: ").nth(1).unwrap().lines().next().unwrap();
            self.accept = Some(derive_accept_key(key.as_bytes()));
        }
        while let Some((first, payload, size)) = unmasked(&self.bytes) {
            self.bytes.drain(..size);
            if first == 0x81 {
                self.texts.push(String::from_utf8(payload).unwrap());
            }
        }
    }

    /// The answer to the handshake, with `headers` after the necessary ones.
    pub fn answer(&self, headers: &str) -> Vec<u8> {
        let accept = self.accept.as_deref().unwrap();
        let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
        format!("{head}Sec-WebSocket-Accept: {accept}\r\n{headers}\r\n").into_bytes()
    }
}

/// Returns the first byte, the payload and the size of the first frame of a client.
fn unmasked(bytes: &[u8]) -> Option<(u8, Vec<u8>, usize)> {
    let [first, second, ..] = *bytes else { return None };
    assert_eq!(second & 0x80, 0x80, "a client's frame is masked");
    let (start, length) = match second & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        length => (2, length.into()),
    };
    let (mask, masked) = bytes.get(start..start + 4 + length)?.split_at(4);
    let payload = masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Some((first, payload, start + 4 + length))
}

/// Answers every request as a server should, and sends an event on each channel.
pub fn fair_answers(texts: &[String]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in texts {
        let message: serde_json::Value = serde_json::from_str(message).unwrap();
        let name = message["data"]["channel"].as_str().unwrap_or_default();
        match message["event"].as_str().unwrap() {
            "pusher:subscribe" => {
                let presence =
                    r#"{\"presence\":{\"ids\":[\"me\",\"other\"],\"hash\":{\"me\":null,\"other\":null},\"count\":2}}"#;
                let data = if name.starts_with("presence-") { presence } else { "{}" };
                bytes.extend(text(&format!(
                    r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{name}","data":"{data}"}}"#
                )));
                bytes.extend(text(&format!(r#"{{"event":"fair","channel":"{name}","data":"1"}}"#)));
            }
            "pusher:ping" => bytes.extend(text(r#"{"event":"pusher:pong"}"#)),
            _ => {}
        }
    }
    bytes
}

/// A fair server.
pub struct Fair(Hostile);

impl Fair {
    pub fn new() -> Self {
        Self(Hostile::subscribed(|_, client| {
            let bytes = fair_answers(&std::mem::take(&mut client.texts));
            if bytes.is_empty() { Reply::Wait(None) } else { Reply::Bytes(bytes) }
        }))
    }
}

impl Server for Fair {
    fn poll(&mut self, now: u64, sent: &mut Vec<u8>) -> Reply {
        self.0.poll(now, sent)
    }
}

type Attack = Box<dyn FnMut(u64, &mut Client) -> Reply>;

/// The moment at which a server turns hostile.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    /// As soon as the socket is open.
    Opened,
    /// After the request of the handshake.
    Requested,
    /// After the handshake.
    Handshaken,
    /// After `pusher:connection_established`.
    Established,
    /// After the answers to the first subscriptions.
    Subscribed,
}

/// A server that is fair up to a stage. From then on, `attack` returns what it sends.
pub struct Hostile {
    stage: Stage,
    turns_at: Stage,
    client: Client,
    attack: Attack,
    accepts: Box<dyn FnMut(u64) -> usize>,
}

impl Hostile {
    fn new(turns_at: Stage, attack: impl FnMut(u64, &mut Client) -> Reply + 'static) -> Self {
        let accepts = Box::new(|_| usize::MAX);
        Self { stage: Stage::Opened, turns_at, client: Client::default(), attack: Box::new(attack), accepts }
    }

    pub fn opened(attack: impl FnMut(u64, &mut Client) -> Reply + 'static) -> Self {
        Self::new(Stage::Opened, attack)
    }

    pub fn requested(attack: impl FnMut(u64, &mut Client) -> Reply + 'static) -> Self {
        Self::new(Stage::Requested, attack)
    }

    pub fn handshaken(attack: impl FnMut(u64, &mut Client) -> Reply + 'static) -> Self {
        Self::new(Stage::Handshaken, attack)
    }

    pub fn established(attack: impl FnMut(u64, &mut Client) -> Reply + 'static) -> Self {
        Self::new(Stage::Established, attack)
    }

    pub fn subscribed(attack: impl FnMut(u64, &mut Client) -> Reply + 'static) -> Self {
        Self::new(Stage::Subscribed, attack)
    }

    /// Limits how many bytes each write takes.
    pub fn accepting(mut self, accepts: impl FnMut(u64) -> usize + 'static) -> Self {
        self.accepts = Box::new(accepts);
        self
    }
}

impl Server for Hostile {
    fn poll(&mut self, now: u64, sent: &mut Vec<u8>) -> Reply {
        self.client.read(sent);
        if self.stage == self.turns_at {
            return (self.attack)(now, &mut self.client);
        }
        match self.stage {
            Stage::Opened if self.client.accept.is_none() => Reply::Wait(None),
            Stage::Opened => {
                self.stage = Stage::Requested;
                self.poll(now, sent)
            }
            Stage::Requested => {
                self.stage = Stage::Handshaken;
                Reply::Bytes(self.client.answer(""))
            }
            Stage::Handshaken => {
                self.stage = Stage::Established;
                Reply::Bytes(established("1.1"))
            }
            Stage::Established if self.client.texts.len() < crate::world::CHANNELS.len() => Reply::Wait(None),
            _ => {
                self.stage = Stage::Subscribed;
                Reply::Bytes(fair_answers(&std::mem::take(&mut self.client.texts)))
            }
        }
    }

    fn accepts(&mut self, now: u64) -> usize {
        (self.accepts)(now)
    }
}

/// A server whose socket never opens.
pub struct Silent;

impl Server for Silent {
    fn poll(&mut self, _: u64, _: &mut Vec<u8>) -> Reply {
        Reply::Wait(None)
    }

    fn opens(&self) -> bool {
        false
    }
}

/// Sends the same bytes for ever.
pub fn endless(bytes: Vec<u8>) -> impl FnMut(u64, &mut Client) -> Reply {
    move |_, _| Reply::Bytes(bytes.clone())
}

/// Sends `bytes` once and then nothing.
pub fn once(bytes: Vec<u8>) -> impl FnMut(u64, &mut Client) -> Reply {
    let mut bytes = Some(bytes);
    move |_, _| bytes.take().map_or(Reply::Wait(None), Reply::Bytes)
}

/// Sends one byte of `bytes` per second, and repeats its last byte for ever.
pub fn drip(bytes: Vec<u8>) -> impl FnMut(u64, &mut Client) -> Reply {
    let (mut at, mut next) = (0, None);
    move |now, _| {
        let due = *next.get_or_insert(now);
        if now < due {
            return Reply::Wait(Some(due));
        }
        next = Some(now + 1000);
        at += 1;
        Reply::Bytes(vec![*bytes.get(at - 1).or(bytes.last()).unwrap()])
    }
}
