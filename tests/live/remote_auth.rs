//! The program of examples/remote_auth with soketi and the example auth_server: all signatures come from the auth
//! server.
//!
//! `tests/run.sh remote_auth` builds the program and sets `REMOTE_AUTH` to its path.

#[path = "../support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;
use support::certificate::Certificate;
use support::example::{Example, auth_server, command};
use support::http::App;
use support::peer::{Kind, Server};
use support::process::{Scratch, free_address};

const PATIENCE: Duration = Duration::from_secs(15);
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const CHANNELS: [&str; 5] =
    ["private-a", "presence-room", "private-encrypted-secrets", "private-user-7", "private-user-8"];

fn program(url: &str, auth_url: &str, channels: &[&str], batch: &str, authority: Option<&Path>) -> Option<Example> {
    let Some(program) = std::env::var_os("REMOTE_AUTH").filter(|path| !path.is_empty()) else {
        support::left_out("the program of examples/remote_auth");
        return None;
    };
    let mut command = Command::new(program);
    command
        .args([url, App::OPEN.key, auth_url])
        .args(channels)
        .env("BATCH", batch)
        .env("SIGN_IN", "1")
        .env("MEMORY", "1");
    command.envs(authority.map(|path| ("TLS_AUTHORITY", path)));
    Some(Example::watch("remote_auth", &mut command))
}

fn start_auth_server() -> (Example, SocketAddr) {
    auth_server(command("auth_server").env("PUSHER_MASTER_KEY", MASTER_KEY), App::OPEN)
}

/// Waits until each of these lines was printed, in any order.
#[track_caller]
fn expect(program: &mut Example, lines: &[&str]) {
    let mut missing = lines.to_vec();
    while !missing.is_empty() {
        let is_missing = |missing: &[&str], line: &str| missing.iter().position(|start| line.starts_with(start));
        let found = program.wait_for(&format!("{missing:?}"), PATIENCE, |line| is_missing(&missing, line).is_some());
        missing.remove(is_missing(&missing, &found).unwrap());
    }
}

fn finish(server: &Server, mut program: Example) -> Vec<String> {
    server.api(App::OPEN).trigger(&["private-a"], "end", "{}", None);
    assert!(program.finish(PATIENCE).success());
    let seen = program.seen().to_vec();
    let memory: Vec<_> = seen.iter().filter(|line| line.starts_with("memory: ")).collect();
    println!("{}: {memory:?}", std::thread::current().name().unwrap_or_default());
    assert_eq!(memory.len(), 2, "{seen:?}");
    seen
}

fn requests(seen: &[String]) -> Vec<&str> {
    seen.iter().filter_map(|line| line.strip_prefix("request: ")).collect()
}

#[test]
fn every_signature_and_key_comes_from_the_auth_server_one_by_one() {
    let Some(server) = Server::start(Kind::Soketi) else { return };
    let (_auth_server, address) = start_auth_server();
    let url = format!("ws://{}", server.address());
    let auth_url = format!("http://{address}/pusher/auth?user_id=7");
    let Some(mut program) = program(&url, &auth_url, &CHANNELS, "1", None) else { return };
    let date = program.wait_for_text("server date: ", PATIENCE);
    let date: u64 = date.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    assert!((now - 60..=now + 1).contains(&date), "{date}, and now is {now}");
    // The auth server refuses the channel of another user.
    expect(&mut program, &["subscribed private-a", "subscribed presence-room", "subscribed private-encrypted-secrets"]);
    server.api(App::OPEN).trigger(&["presence-room"], "hello", &json!({ "n": 1 }).to_string(), None);
    expect(&mut program, &[r#"event presence-room hello {"n":1}"#]);
    let seen = finish(&server, program);
    let mut requests = requests(&seen);
    requests.sort_unstable();
    let channel = "1 channels, 200";
    assert_eq!(requests, [channel, channel, channel, channel, "1 channels, 403", "user, 200"]);
    assert!(seen.iter().any(|line| line.starts_with("SignedIn")), "{seen:?}");
    let failed =
        seen.iter().filter(|line| line.contains("private-user-8") || line.contains("AuthorizationFailed(403)"));
    assert_ne!(failed.count(), 0, "{seen:?}");
}

#[test]
fn several_tickets_go_in_one_request() {
    let Some(server) = Server::start(Kind::Soketi) else { return };
    let (_auth_server, address) = start_auth_server();
    let url = format!("ws://{}", server.address());
    let auth_url = format!("http://{address}/pusher/auth?user_id=7");
    let Some(mut program) = program(&url, &auth_url, &CHANNELS, "4", None) else { return };
    expect(&mut program, &["subscribed private-a", "subscribed presence-room", "subscribed private-encrypted-secrets"]);
    let seen = finish(&server, program);
    let count: usize = requests(&seen).iter().filter(|request| request.contains("channels")).count();
    assert!(count < CHANNELS.len(), "{seen:?}");
    assert!(requests(&seen).iter().any(|request| !request.starts_with('1') && request.ends_with("channels, 200")));
}

/// While the auth server is down, subscriptions wait; nothing is lost.
#[test]
fn an_auth_server_that_comes_late_is_asked_again() {
    let Some(server) = Server::start(Kind::Soketi) else { return };
    let address = free_address();
    let url = format!("ws://{}", server.address());
    let auth_url = format!("http://{address}/pusher/auth?user_id=7");
    let Some(mut program) = program(&url, &auth_url, &CHANNELS[..1], "1", None) else { return };
    expect(&mut program, &["request: 1 channels, 503"]);
    let mut late = command("auth_server");
    late.arg(App::OPEN.key).arg(address.port().to_string()).env("PUSHER_SECRET", App::OPEN.secret);
    let _late = Example::watch("auth_server", &mut late);
    expect(&mut program, &["subscribed private-a"]);
    finish(&server, program);
}

/// Ends TLS in front of a server that answers one request for each connection.
fn https(backend: SocketAddr, certificate: &Certificate) -> SocketAddr {
    let chain = vec![CertificateDer::from_pem_file(&certificate.certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&certificate.key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for tcp in listener.incoming().map_while(Result::ok) {
            let config = config.clone();
            thread::spawn(move || {
                let mut tls = StreamOwned::new(ServerConnection::new(config).unwrap(), tcp);
                let (mut request, mut byte) = (Vec::new(), [0]);
                let body = |request: &[u8]| {
                    let text = String::from_utf8_lossy(request).to_lowercase();
                    let (head, body) = text.split_once("\r\n\r\n")?;
                    let length: usize = head.split("content-length: ").nth(1)?.lines().next()?.parse().ok()?;
                    Some(body.len() == length)
                };
                while body(&request) != Some(true) {
                    if tls.read_exact(&mut byte).is_err() {
                        return;
                    }
                    request.extend(byte);
                }
                let mut answer = Vec::new();
                let mut server = TcpStream::connect(backend).unwrap();
                server.write_all(&request).unwrap();
                server.read_to_end(&mut answer).unwrap();
                tls.write_all(&answer).unwrap();
                tls.conn.send_close_notify();
                let _ = tls.flush();
            });
        }
    });
    address
}

#[test]
fn one_tls_session_listens_while_requests_are_plain() {
    listen_over_tls(false);
}

#[test]
fn two_tls_sessions_at_once_ask_and_listen() {
    listen_over_tls(true);
}

fn listen_over_tls(is_auth_secure: bool) {
    let Some(server) = Server::start_tls(Kind::Soketi) else { return };
    let (_auth_server, address) = start_auth_server();
    let scratch = Scratch::new();
    // The certificates of both servers have one authority, that of soketi.
    let authority = server.certificate_authority().unwrap();
    let directory = authority.parent().unwrap();
    let certificate = Certificate {
        authority: authority.into(),
        certificate: directory.join("server.crt"),
        key: directory.join("server.key"),
    };
    let der: PathBuf = scratch.path().join("ca.der");
    std::fs::write(&der, CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let url = format!("wss://localhost:{}", server.port());
    let auth_url = match is_auth_secure {
        true => format!("https://localhost:{}/pusher/auth?user_id=7", https(address, &certificate).port()),
        false => format!("http://{address}/pusher/auth?user_id=7"),
    };
    let Some(mut program) = program(&url, &auth_url, &CHANNELS, "4", Some(&der)) else { return };
    expect(&mut program, &["subscribed private-a", "subscribed presence-room", "subscribed private-encrypted-secrets"]);
    let data = json!({ "n": 1 }).to_string();
    for _ in 0..5 {
        server.api(App::OPEN).trigger(&["private-a"], "hello", &data, None);
    }
    expect(&mut program, &[r#"event private-a hello {"n":1}"#; 5]);
    finish(&server, program);
}
