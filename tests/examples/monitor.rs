//! The monitor example alone: its demonstration, and invalid arguments. For real servers see `live_monitor.rs`.

#[path = "../support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use support::example::{self, Example};

const TIMEOUT: Duration = Duration::from_secs(20);

#[test]
fn the_demonstration_shows_every_step_in_order_and_ends_within_five_seconds() {
    let mut monitor = Example::spawn("monitor", &[], &[]);
    let started = Instant::now();
    let status = monitor.finish(TIMEOUT);
    let took = started.elapsed();
    let lines = monitor.seen().join("\n");
    assert!(status.success(), "{status}:\n{lines}");
    assert!(took < Duration::from_secs(5), "{took:?}:\n{lines}");

    // The required parts of the lines, in this order.
    let steps = [
        "demo",
        "connecting    to ws://127.0.0.1:",
        "connected     with the socket id 1.1",
        "authorizing   private-orders   with the secret",
        "authorizing   presence-room    with the secret",
        "subscribed    prices",
        r#"event         prices           changed {"apple":120}"#,
        "subscribed    private-orders",
        r#"event         private-orders   created {"id":7,"item":"apple"}"#,
        "subscribed    presence-room",
        "members       presence-room    ann (1)",
        r#"sent          presence-room    client-greeting {"text":"hello"}"#,
        "joined        presence-room    bob; now ann, bob (2)",
        r#"event         presence-room    client-greeting from bob {"text":"hi"}"#,
        "disconnected  the connection ended without a close code; next attempt in ",
        "connecting    to ws://127.0.0.1:",
        "connected     with the socket id 1.2",
        "authorizing   private-orders   with the secret",
        "authorizing   presence-room    with the secret",
        "gap           private-orders   events of the last ",
        "members       presence-room    ann, bob (2)",
        r#"event         private-orders   shipped {"id":7}"#,
        "closed",
    ];
    let mut rest = monitor.seen().iter();
    for step in steps {
        assert!(
            rest.any(|line| line.contains(&format!("Z  {step}"))),
            "{step:?} is missing or out of order in:\n{lines}"
        );
    }
}

#[test]
fn wrong_arguments_are_one_line_and_status_1() {
    let cases: [(&str, &str); 31] = [
        ("--url", "--url needs a URL"),
        ("--nonsense", "unknown option --nonsense"),
        ("-x", "unknown option -x"),
        ("news", "missing --url or --cluster"),
        ("--url ws://h --cluster eu --key k news", "--url and --cluster exclude each other"),
        ("--url ws://h news", "the application needs a --key"),
        ("--url ws://h --key k", "name at least one channel"),
        ("--url http://h --key k news", "the URL does not begin with ws:// or wss://"),
        ("--url ws://h:0 --key k news", "the port of the URL is not a number from 1 to 65535"),
        ("--url ws://h --key k private-a", "private-a is not public: use --secret or --auth-url"),
        ("--url ws://h --key k --secret s --auth-url http://h private-a", "--secret and --auth-url exclude each other"),
        ("--url ws://h --key k --auth-url h private-a", "h is not a URL of the form http://HOST"),
        ("--url ws://h --key k --auth-url http://h --user-id 7 presence-a", "the endpoint determines the user"),
        ("--url ws://h --key k --secret s --user-info { presence-a", "--user-info: { is not JSON"),
        ("--url ws://h --key k --exit-after x news", "--exit-after needs a number, not x"),
        ("--url ws://h --key k --send private-a client-a", "--send needs a channel, an event and JSON"),
        ("--url ws://h --key k --secret s --send news client-a 1", "news is not a channel for client events"),
        ("--url ws://h --key k --secret s --send private-a a 1", "begins with client-, a does not"),
        ("--url ws://h --key k --sign-in news", "--sign-in needs --secret"),
        ("--url ws://h --key k --master-key abc news", "--master-key needs 32 bytes in base64, 44 characters"),
        (
            "--url ws://h --key k --master-key MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= a",
            "--master-key needs --secret",
        ),
        (
            "--url ws://h --key k --secret s private-encrypted-a",
            "private-encrypted-a is encrypted: use --master-key, or",
        ),
        ("--url ws://h --key k --secret s --trigger a b", "--trigger needs a channel, an event and JSON"),
        ("--url ws://h --key k --secret s --trigger a b { news", "--trigger: { is not JSON"),
        ("--url ws://h --key k --secret s --trigger a b 1 news", "--trigger needs --secret and --app-id"),
        ("--url ws://h --key k --app-id 1 --trigger a b 1 news", "--trigger needs --secret and --app-id"),
        (
            "--url ws://h --key k --secret s --app-id 1 --trigger private-encrypted-a b 1 news",
            "private-encrypted-a is encrypted: use --master-key",
        ),
        ("--url ws://h --key k --api-url http://h news", "--api-url needs --app-id"),
        ("--url ws://h --key k --app-id 1 --api-url h news", "h is not a URL of the form http://HOST"),
        ("--url ws://h --key k a%b", "a%b: the channel name has a character at byte 1"),
        ("--url wss://h --key k --ca /nowhere/ca.pem news", "--ca /nowhere/ca.pem: "),
    ];
    for (arguments, sentence) in cases {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        assert_fails(&arguments, sentence);
    }
}

#[test]
fn a_refused_connection_is_one_line_and_status_1() {
    let address = support::process::free_address();
    let url = format!("ws://{address}");
    let port = address.port();
    let sentence = format!("127.0.0.1 port {port} cannot be reached: ");
    assert_fails(&["--url", &url, "--key", "k", "news"], &sentence);
}

#[test]
fn a_server_that_is_not_a_pusher_server_is_one_line_and_status_1() {
    let cases = [
        ("HTTP/1.1 404 Not Found\r\n\r\n", "not a Pusher server: the server refused the WebSocket with status 404"),
        (
            "SSH-2.0-Server\r\n",
            "not a Pusher server: the server's answer to the handshake is not HTTP; does the port expect TLS?",
        ),
        ("", "not a Pusher server: the socket ended"),
    ];
    for (answer, sentence) in cases {
        let url = format!("ws://{}", answer_once(answer));
        assert_fails(&["--url", &url, "--key", "k", "news"], sentence);
    }
}

#[test]
fn help_is_printed_with_status_0() {
    let mut monitor = Example::spawn("monitor", &["--help"], &[]);
    assert!(monitor.finish(TIMEOUT).success());
    let options = ["--url", "--cluster", "--key", "--ca", "--secret", "--master-key", "--auth-url", "--user-id"];
    let more = ["--user-info", "--sign-in", "--send", "--trigger", "--app-id", "--api-url", "--exit-after", "--json"];
    for option in options.into_iter().chain(more) {
        assert!(monitor.seen().iter().any(|line| line.trim_start().starts_with(option)), "{option}");
    }
}

#[test]
fn a_closed_pipe_ends_the_monitor_without_a_panic() {
    let mut child = example::command("monitor").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut reader = BufReader::with_capacity(1, child.stdout.take().unwrap());
    reader.read_line(&mut line).unwrap();
    drop(reader);
    let output = child.wait_with_output().unwrap(); // the demonstration exits by itself
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

/// Returns the output of the demonstration on a terminal, which `script` of util-linux provides.
#[cfg(target_os = "linux")]
fn on_a_terminal(environment: &[(&str, &str)]) -> String {
    let program = example::command("monitor").get_program().to_owned();
    let mut script = std::process::Command::new("script");
    script.args(["-qec", program.to_str().unwrap(), "/dev/null"]).env_remove("NO_COLOR").env("TERM", "xterm");
    let mut script = Example::watch("script", script.envs(environment.iter().copied()));
    assert!(script.finish(TIMEOUT).success());
    script.seen().join("\n")
}

#[cfg(target_os = "linux")]
#[test]
fn colours_are_used_only_on_a_terminal_that_supports_them() {
    let coloured = on_a_terminal(&[]);
    assert!(coloured.contains("Z  \x1b[32msubscribed\x1b[m    private-orders"), "{coloured:?}");
    assert!(
        coloured.contains("Z  \x1b[31mdisconnected\x1b[m  the connection ended without a close code"),
        "{coloured:?}"
    );
    for plain in [[("NO_COLOR", "1")], [("TERM", "dumb")]] {
        let printed = on_a_terminal(&plain);
        assert!(printed.contains("Z  subscribed    private-orders") && !printed.contains('\x1b'), "{printed:?}");
    }
    let mut monitor =
        Example::watch("monitor", example::command("monitor").env("TERM", "xterm").env_remove("NO_COLOR"));
    assert!(monitor.finish(TIMEOUT).success());
    assert!(!monitor.seen().join("").contains('\x1b'), "{:?}", monitor.seen());
}

/// Checks that the monitor exits with status 1 and prints only this message on stderr.
fn assert_fails(arguments: &[&str], sentence: &str) {
    let mut monitor = Example::spawn("monitor", arguments, &[]);
    let status = monitor.finish(TIMEOUT);
    let errors: Vec<&String> = monitor.seen().iter().filter(|line| line.starts_with("(stderr)")).collect();
    let [error] = errors[..] else { panic!("not one line for {arguments:?}: {errors:?}") };
    assert!(error.starts_with("(stderr) monitor: ") && error.contains(sentence), "{arguments:?}: {error}");
    assert_eq!(status.code(), Some(1), "{arguments:?}");
}

/// Accepts one connection, answers its request with `answer`, and closes it.
fn answer_once(answer: &'static str) -> std::net::SocketAddr {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 2048]);
        stream.write_all(answer.as_bytes()).unwrap();
    });
    address
}
