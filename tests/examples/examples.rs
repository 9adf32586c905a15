//! Runs the small examples against scripted servers. For real servers see `live_examples.rs`, for hostile ones
//! `hostile_peers.rs`.

#[path = "../support/mod.rs"]
mod support;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::example::{Example, command};
use support::http::{App, request, sign};
use tungstenite::handshake::server::{Request, Response};
use tungstenite::{Message, WebSocket};

const TIMEOUT: Duration = Duration::from_secs(20);
const APP: App = App::OPEN;
const SECRET: (&str, &str) = ("PUSHER_SECRET", APP.secret);

#[test]
fn every_example_that_is_one_file_has_less_than_120_lines() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            let lines = std::fs::read_to_string(entry.path()).unwrap().lines().count();
            assert!(lines < 120, "{:?} has {lines} lines", entry.file_name());
            files += 1;
        }
    }
    assert!(files >= 5, "{files} examples");
}

/// The server's end of a connection.
struct Peer(WebSocket<TcpStream>);

impl Peer {
    /// Accepts a client and establishes its connection.
    fn accept(listener: &TcpListener, socket_id: &str) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        #[expect(clippy::result_large_err, reason = "tungstenite's type")]
        let check = |request: &Request, response: Response| {
            assert_eq!(request.uri().path(), format!("/app/{}", APP.key));
            assert!(request.uri().query().unwrap().starts_with("protocol=7&client="), "{request:?}");
            Ok(response)
        };
        let mut peer = Self(tungstenite::accept_hdr(stream, check).unwrap());
        let data = json!({ "socket_id": socket_id, "activity_timeout": 120 }).to_string();
        peer.send(json!({ "event": "pusher:connection_established", "data": data }));
        peer
    }

    fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).unwrap();
    }

    /// Returns the next event, without pings, and checks its name.
    fn receive(&mut self, event: &str) -> Value {
        loop {
            if let Message::Text(text) = self.0.read().unwrap() {
                let message: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(message["event"], event, "{message}");
                return message["data"].clone();
            }
        }
    }

    /// Accepts the subscription to `channel`, confirms it and publishes an event.
    fn subscribe(&mut self, socket_id: &str, channel: &str) {
        let data = self.receive("pusher:subscribe");
        let auth = format!("{}:{}", APP.key, sign(APP.secret, &format!("{socket_id}:{channel}")));
        assert_eq!(data, json!({ "channel": channel, "auth": auth }));
        self.send(json!({ "event": "pusher_internal:subscription_succeeded", "channel": channel, "data": "{}" }));
        self.send(json!({ "event": "created", "channel": channel, "data": "{\"id\":7}" }));
    }
}

/// Runs `script` with the listener of a server in a separate thread.
fn serve(script: impl FnOnce(TcpListener) + Send + 'static) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, thread::spawn(move || script(listener)))
}

/// Checks the behavior that the subscribing examples have in common.
fn subscribes_reconnects_and_ends(name: &str) {
    let (address, server) = serve(|listener| {
        let mut peer = Peer::accept(&listener, "1.1");
        peer.subscribe("1.1", "private-orders");
        peer.0.send(Message::Ping("are you there?".into())).unwrap();
        while !matches!(peer.0.read().unwrap(), Message::Pong(_)) {}
        drop(peer); // without a close frame

        let mut peer = Peer::accept(&listener, "1.2");
        peer.subscribe("1.2", "private-orders");
        // Waits until the client has disconnected.
        while peer.0.read().is_ok() {}
    });
    let url = format!("ws://{address}");
    let mut example = Example::spawn(name, &[&url, APP.key, "private-orders", "2"], &[SECRET]);
    let status = example.finish(TIMEOUT);
    let printed = example.seen().join("\n");
    assert!(status.success(), "{printed}");
    server.join().unwrap();

    let mut rest = example.seen().iter();
    let connection = ["Connected", "Subscribed", r#"Text("{\"id\":7}")"#];
    for part in connection.iter().chain(&["Disconnected"]).chain(&connection) {
        assert!(rest.any(|line| line.contains(part)), "{part} is missing or out of order:\n{printed}");
    }
}

/// Checks the error messages of the subscribing examples.
fn reports_why_it_ends(name: &str) {
    let (address, server) = serve(|listener| {
        let mut peer = Peer::accept(&listener, "1.1");
        let code = 4001.into();
        let message = tungstenite::protocol::CloseFrame { code, reason: "no such app".into() };
        peer.0.close(Some(message)).unwrap();
        while peer.0.read().is_ok() {}
    });
    let url = format!("ws://{address}");
    assert_fails(name, &[&url, APP.key, "news"], &[], "the server has no application with this key (4001)");
    server.join().unwrap();
    assert_fails(name, &[], &[], "needs URL KEY CHANNEL [COUNT]");
    assert_fails(name, &["http://h", "key", "news"], &[], "the URL does not begin with ws:// or wss://");
    assert_fails(name, &["ws://h", "key", "no blanks"], &[], "channel");
    assert_fails(name, &["ws://h", "key", "news", "many"], &[], "invalid digit");
    assert_fails(name, &["wss://h", "key", "news"], &[], "");
}

/// Checks that the example exits with status 1 and one line: its name and a sentence that contains this text.
#[track_caller]
fn assert_fails(name: &str, arguments: &[&str], environment: &[(&str, &str)], sentence: &str) {
    let mut example = Example::spawn(name, arguments, environment);
    let status = example.finish(TIMEOUT);
    let printed = example.seen().join("\n");
    assert_eq!(status.code(), Some(1), "{printed}");
    let errors: Vec<_> = example.seen().iter().filter_map(|line| line.strip_prefix("(stderr) ")).collect();
    let [error] = errors[..] else { panic!("not one line: {printed}") };
    assert!(error.starts_with(&format!("{name}: ")) && error.contains(sentence), "{printed}");
}

#[test]
fn own_websocket_subscribes_reconnects_and_ends() {
    subscribes_reconnects_and_ends("own_websocket");
}

#[test]
fn own_websocket_reports_why_it_ends() {
    reports_why_it_ends("own_websocket");
}

#[test]
fn tokio_subscribes_reconnects_and_ends() {
    subscribes_reconnects_and_ends("tokio");
}

#[test]
fn tokio_reports_why_it_ends() {
    reports_why_it_ends("tokio");
}

/// A running auth server and its address.
fn auth_server(environment: &[(&str, &str)]) -> (Example, SocketAddr) {
    support::example::auth_server(command("auth_server").envs(environment.iter().copied()), APP)
}

/// Returns the JSON of the auth server's answer, or the status of its refusal.
fn post_form(address: SocketAddr, path: &str, form: &str) -> Result<Value, u16> {
    let response = request(address, "POST", path, Some(form));
    if response.status == 200 { Ok(serde_json::from_str(&response.body).unwrap()) } else { Err(response.status) }
}

#[test]
fn auth_server_signs_what_its_rules_allow_and_refuses_the_rest() {
    let master_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let (_example, address) = auth_server(&[("PUSHER_MASTER_KEY", master_key)]);
    let token = |message: &str| format!("{}:{}", APP.key, sign(APP.secret, message));

    let form = "socket_id=1.1&channel_name=private-a%40b";
    assert_eq!(post_form(address, "/pusher/auth", form), Ok(json!({ "auth": token("1.1:private-a@b") })));

    let data = json!({ "user_id": "ann lee" }).to_string();
    let expected = json!({ "auth": token(&format!("1.1:presence-room:{data}")), "channel_data": data });
    let form = "socket_id=1.1&channel_name=presence-room";
    assert_eq!(post_form(address, "/pusher/auth", &format!("{form}&user_id=ann+lee")), Ok(expected.clone()));
    assert_eq!(post_form(address, "/pusher/auth?user_id=ann%20lee", form), Ok(expected));
    assert_eq!(post_form(address, "/pusher/auth", form), Err(403));

    let form = "socket_id=1.1&channel_name=private-user-7";
    assert_eq!(post_form(address, "/pusher/auth?user_id=7", form), Ok(json!({ "auth": token("1.1:private-user-7") })));
    assert_eq!(post_form(address, "/pusher/auth?user_id=8", form), Err(403));
    assert_eq!(post_form(address, "/pusher/auth", form), Err(403));

    let form = "socket_id=1.1&channel_name=private-encrypted-a";
    let reply = post_form(address, "/pusher/auth", form).unwrap();
    assert_eq!(reply["auth"], token("1.1:private-encrypted-a"));
    // SHA-256 of the name and the master key, as the server libraries derive it.
    let mut text = b"private-encrypted-a".to_vec();
    text.extend(0..32);
    let mut secret = [0; 44];
    let secret = Base64::encode(&Sha256::digest(text), &mut secret).unwrap();
    assert_eq!(reply["shared_secret"], secret);

    let data = json!({ "id": "7" }).to_string();
    let expected = json!({ "auth": token(&format!("1.1::user::{data}")), "user_data": data });
    assert_eq!(post_form(address, "/pusher/user-auth", "socket_id=1.1&user_id=7"), Ok(expected));
    assert_eq!(post_form(address, "/pusher/user-auth", "socket_id=1.1"), Err(403));
}

#[test]
fn auth_server_answers_several_channels_in_one_request_line_by_line() {
    let (_example, address) = auth_server(&[]);
    let form =
        "socket_id=1.1&channel_name=private-a&channel_name=private-user-8&channel_name=private-b&channel_name=%F";
    let response = request(address, "POST", "/pusher/auth?user_id=7", Some(form));
    let lines: Vec<&str> = response.body.split('\n').collect();
    let signed = |channel: &str| {
        json!({ "auth": format!("{}:{}", APP.key, sign(APP.secret, &format!("1.1:{channel}"))) }).to_string()
    };
    assert_eq!(lines, [&signed("private-a"), "403 Forbidden", &signed("private-b"), "400 Bad Request"]);
}

#[test]
fn auth_server_answers_invalid_requests_with_a_status_and_keeps_running() {
    let (_example, address) = auth_server(&[]);
    let cases = [
        ("/pusher/auth", "", 400),
        ("/pusher/auth", "socket_id=1.1", 400),
        ("/pusher/auth", "channel_name=private-a", 400),
        ("/pusher/auth", "socket_id=1.1&channel_name=private-%f", 400),
        ("/pusher/auth", "socket_id=1.1&channel_name=private-%ff", 400),
        ("/pusher/auth", "socket_id=1.1%3A%3Auser%3A&channel_name=private-a", 400),
        ("/pusher/auth", "socket_id=1.1&channel_name=private-encrypted-without-a-master-key", 403),
        ("/elsewhere", "socket_id=1.1&channel_name=private-a", 404),
        ("/pusher/auth", &"x".repeat(20_000), 400),
    ];
    for (path, form, status) in cases {
        assert_eq!(post_form(address, path, form), Err(status), "{path} {form:.60}");
    }
    assert_eq!(request(address, "GET", "/pusher/auth", None).status, 405);
    let raw = |text: &str| {
        use std::io::{Read, Write};
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.lines().next().unwrap_or_default().to_string()
    };
    assert_eq!(raw("POST /pusher/auth HTTP/1.1\r\n\r\n"), "HTTP/1.1 411 Length Required");
    assert_eq!(raw("POST /pusher/auth HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    assert_eq!(raw("POST /pusher/auth HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort"), "HTTP/1.1 400 Bad Request");
    assert_eq!(raw("\u{0}\r\n"), "HTTP/1.1 400 Bad Request");
    assert_eq!(raw(""), "HTTP/1.1 400 Bad Request");
    assert!(post_form(address, "/pusher/auth", "socket_id=1.1&channel_name=private-a").is_ok());
}

#[test]
fn auth_server_reports_why_it_does_not_start() {
    assert_fails("auth_server", &[], &[SECRET], "needs the key of the app, optionally a port");
    assert_fails("auth_server", &["key"], &[], "needs the secret of the app in PUSHER_SECRET");
    assert_fails("auth_server", &["key", "http"], &[SECRET], "invalid digit found in string");
    let short = [SECRET, ("PUSHER_MASTER_KEY", "AAAA")];
    assert_fails("auth_server", &["key"], &short, "PUSHER_MASTER_KEY is not 32 bytes in base64");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    assert_fails("auth_server", &["key", &port], &[SECRET], "Address already in use");
}

/// Starts an HTTP server that answers each request with the next of `answers`. Returns the requests.
fn http_server(answers: &'static [&'static str]) -> (SocketAddr, JoinHandle<Vec<String>>) {
    use std::io::{BufRead, BufReader, Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = move |answer: &&str| {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let mut reader = BufReader::new(&stream);
        let (mut head, mut body) = (String::new(), String::new());
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        let length = head.split("Content-Length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok()).unwrap();
        reader.take(length).read_to_string(&mut body).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
        format!("{} {body}", head.lines().next().unwrap())
    };
    (address, thread::spawn(move || answers.iter().map(serve).collect()))
}

const CUT_SHORT: &[&str] = &["HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}"];
const CUT_SHORT_IN_A_CHUNK: &[&str] = &["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{}"];

#[test]
fn trigger_publishes_and_prints_the_answer_of_the_server() {
    let (address, server) = http_server(&[
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{\"occupied\":true}",
    ]);
    let url = format!("http://{address}/");
    let arguments = [&url, APP.id, APP.key, "news", "headline", r#"{"text":"hello"}"#];
    let mut example = Example::spawn("trigger", &arguments, &[SECRET]);
    assert!(example.finish(TIMEOUT).success(), "{:?}", example.seen());
    assert_eq!(example.seen(), ["accepted", "subscribers present"]);

    let requests = server.join().unwrap();
    let path = format!("/apps/{}", APP.id);
    assert!(requests[0].starts_with(&format!("POST {path}/events?auth_key={}&", APP.key)), "{requests:?}");
    let body = r#" {"name":"headline","data":"{\"text\":\"hello\"}","channels":["news"]}"#;
    assert!(requests[0].ends_with(body), "{requests:?}");
    assert!(requests[1].starts_with(&format!("GET {path}/channels/news?auth_key={}&", APP.key)), "{requests:?}");
    // The signature covers all other parameters in their order (the values need no escapes).
    let target = requests[1].split(' ').nth(1).unwrap();
    let (target, signature) = target.split_once("&auth_signature=").unwrap();
    assert_eq!(signature, sign(APP.secret, &format!("GET\n{}", target.replace('?', "\n"))));
}

#[test]
fn trigger_accepts_a_path_prefix_and_chunked_answers() {
    let (address, server) = http_server(&[
        "HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n\
         HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;name=value\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n{\"occupied\":true}\r\n0\r\n\r\n",
    ]);
    let arguments = [&format!("http://{address}/eu/api/"), APP.id, APP.key, "news", "headline", "{}"];
    let mut example = Example::spawn("trigger", &arguments, &[SECRET]);
    assert!(example.finish(TIMEOUT).success(), "{:?}", example.seen());
    assert_eq!(example.seen(), ["accepted", "subscribers present"]);
    let requests = server.join().unwrap();
    assert!(requests[0].starts_with(&format!("POST /eu/api/apps/{}/events?auth_key=", APP.id)), "{requests:?}");
    // Servers do not sign the prefix of the API's path.
    let target = requests[1].split(' ').nth(1).unwrap().strip_prefix("/eu/api").unwrap();
    let (target, signature) = target.split_once("&auth_signature=").unwrap();
    assert_eq!(signature, sign(APP.secret, &format!("GET\n{}", target.replace('?', "\n"))));
}

#[test]
fn trigger_reports_why_nothing_was_published() {
    let fails = |url: &str, environment: &[(&str, &str)], sentence: &str| {
        assert_fails("trigger", &[url, APP.id, APP.key, "news", "headline", "{}"], environment, sentence);
    };
    let (address, server) = http_server(&["HTTP/1.1 401 Unauthorized\r\nContent-Length: 13\r\n\r\nUnknown key.\n"]);
    let sentence = "the server refused the request with status 401: Unknown key.";
    fails(&format!("http://{address}"), &[SECRET], sentence);
    server.join().unwrap();
    let (address, server) = http_server(&["\0"]);
    fails(&format!("http://{address}"), &[SECRET], "does not answer in HTTP");
    server.join().unwrap();
    let closed = support::process::free_address();
    fails(&format!("http://{closed}"), &[SECRET], "cannot be reached");
    fails("http://255.255.255.255", &[SECRET], "255.255.255.255 port 80 cannot be reached: ");
    fails("https://h", &[SECRET], "the URL does not begin with http://");
    for url in ["http://h:0", "http://h:65536", "http://h:x", "http://[::1", "http://", "http://h/ ", "h"] {
        fails(url, &[SECRET], &format!("{url} is not a URL of the form http://HOST[:PORT][/PATH]"));
    }
    for answer in [CUT_SHORT, CUT_SHORT_IN_A_CHUNK] {
        let (address, server) = http_server(answer);
        fails(&format!("http://{address}"), &[SECRET], "does not answer: the response is truncated");
        server.join().unwrap();
    }
    fails("http://h", &[], "needs the secret of the app in PUSHER_SECRET");
    assert_fails("trigger", &[], &[SECRET], "needs URL APP_ID KEY CHANNEL EVENT DATA");
}

/// Checks that an example started with an IPv6 address sends it as the `Host`, in brackets.
fn assert_brackets(start: impl FnOnce(&str) -> Example) {
    use std::io::{BufRead, BufReader};
    let listener = TcpListener::bind("[::1]:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let _example = start(&address);
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let head: Vec<_> = BufReader::new(stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
    assert!(head.contains(&format!("Host: {address}")), "{head:?}");
}

#[test]
fn the_host_header_has_an_ipv6_address_in_brackets() {
    assert_brackets(|address| {
        let arguments = [&format!("http://{address}"), APP.id, APP.key, "news", "headline", "{}"];
        Example::spawn("trigger", &arguments, &[SECRET])
    });
    for name in ["own_websocket", "tokio"] {
        assert_brackets(|address| Example::spawn(name, &[&format!("ws://{address}"), APP.key, "news"], &[]));
    }
    assert_brackets(|address| {
        let (server, _) = serve(|server| while Peer::accept(&server, "1.1").0.read().is_ok() {});
        let (url, auth_url) = (format!("ws://{server}"), format!("http://{address}"));
        Example::spawn("monitor", &["--url", &url, "--key", APP.key, "--auth-url", &auth_url, "private-a"], &[])
    });
}
