//! The single-file examples with each other and with real servers. `tests/run.sh` installs the servers.

#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use support::example::Example;
use support::http::App;
use support::peer::{Kind, Server};

const TIMEOUT: Duration = Duration::from_secs(20);
const APP: App = App::OPEN;
const SECRET: (&str, &str) = ("PUSHER_SECRET", APP.secret);

/// Checks that the two subscribing examples receive everything that a third publishes, also after a restart of the
/// server.
fn events_pass_from_one_example_to_the_others(kind: Kind) {
    let Some(mut server) = Server::start(kind) else { return };
    let channel = "private-orders";
    let http = format!("http://{}", server.address());
    let trigger = |data: &str| {
        let mut example = Example::spawn("trigger", &[&http, APP.id, APP.key, channel, "created", data], &[SECRET]);
        assert!(example.finish(TIMEOUT).success(), "{:?}", example.seen());
        example.seen().to_vec()
    };
    let url = format!("ws://{}", server.address());
    let mut subscribers =
        ["own_websocket", "tokio"].map(|name| Example::spawn(name, &[&url, APP.key, channel, "2"], &[SECRET]));

    subscribers.iter_mut().for_each(|example| drop(example.wait_for_text("Subscribed", TIMEOUT)));
    assert_eq!(trigger(r#"{"id":7}"#), ["accepted", "subscribers present"]);
    subscribers.iter_mut().for_each(|example| drop(example.wait_for_text(r#"{\"id\":7}"#, TIMEOUT)));
    server.restart();
    for example in &mut subscribers {
        example.wait_for_text("Disconnected", TIMEOUT);
        example.wait_for_text("gap_since: Some", TIMEOUT);
    }
    // They exit on this event, possibly before the next query of the subscribers.
    assert_eq!(trigger(r#"{"id":8}"#)[0], "accepted");
    for example in &mut subscribers {
        example.wait_for_text(r#"{\"id\":8}"#, TIMEOUT);
        assert!(example.wait_for_exit(TIMEOUT).success());
    }
}

/// Checks that servers accept the signatures of the auth server for clients without the secret.
fn a_client_without_the_secret_is_authorized_by_the_auth_server(kind: Kind) {
    let Some(server) = Server::start(kind) else { return };
    let mut auth_server = Example::spawn("auth_server", &[APP.key], &[SECRET]);
    let line = auth_server.wait_for_text("listening on", TIMEOUT);
    let auth_url = format!("{}?user_id=7", line.split(' ').next_back().unwrap());
    let url = format!("ws://{}", server.address());
    let common = ["--url", &url, "--key", APP.key, "--auth-url", &auth_url, "--exit-after", "0"];

    let mut monitor = Example::spawn("monitor", &[&common[..], &["private-user-7", "presence-room"]].concat(), &[]);
    let status = monitor.finish(TIMEOUT);
    let lines = monitor.seen().join("\n");
    assert!(status.success(), "{lines}");
    assert!(
        lines.contains("subscribed    private-user-7") && lines.contains("members       presence-room    7"),
        "{lines}"
    );

    let mut monitor = Example::spawn("monitor", &[&common[..], &["private-user-8"]].concat(), &[]);
    assert_eq!(monitor.finish(TIMEOUT).code(), Some(1));
    assert!(monitor.seen().join("\n").contains("the auth endpoint refuses with status 403"), "{:?}", monitor.seen());
}

#[test]
fn events_pass_from_one_example_to_the_others_through_soketi() {
    events_pass_from_one_example_to_the_others(Kind::Soketi);
}

#[test]
fn events_pass_from_one_example_to_the_others_through_sockudo() {
    events_pass_from_one_example_to_the_others(Kind::Sockudo);
}

#[test]
fn a_client_without_the_secret_is_authorized_by_the_auth_server_for_soketi() {
    a_client_without_the_secret_is_authorized_by_the_auth_server(Kind::Soketi);
}

#[test]
fn a_client_without_the_secret_is_authorized_by_the_auth_server_for_sockudo() {
    a_client_without_the_secret_is_authorized_by_the_auth_server(Kind::Sockudo);
}
