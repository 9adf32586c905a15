//! The example `capi/examples/monitor.c`, and the program of docs/c.md.

use std::process::Command;
use std::time::Duration;

use crate::support::example::Example;
use crate::support::http::App;
use crate::support::peer::{Kind, Server};

const TIMEOUT: Duration = Duration::from_secs(20);

/// The program of docs/c.md, which the step takes from the document and compiles as that says.
#[test]
fn the_program_of_the_document_prints_an_event_on_a_channel_that_it_signs_for() {
    let Some(server) = Server::start(Kind::Soketi) else { return };
    let (ip, port) = (server.address().ip().to_string(), server.port().to_string());
    let mut command =
        Command::new(std::env::var_os("C_DOCUMENTED").expect("C_DOCUMENTED is not set: run tests/run.sh capi"));
    command.args([ip.as_str(), port.as_str(), App::OPEN.key, App::OPEN.secret]);
    let mut program = Example::watch("first", &mut command);
    program.wait_for_text("subscribed private-orders", TIMEOUT);
    server.api(App::OPEN).trigger(&["private-orders"], "placed", r#"{"id":7}"#, None);
    program.wait_for_text(r#"placed: {"id":7}"#, TIMEOUT);
    assert!(program.finish(TIMEOUT).success());
}

#[test]
fn the_monitor_in_c_signs_its_subscriptions_and_prints_an_event() {
    let Some(server) = Server::start(Kind::Soketi) else { return };
    let url = format!("ws://{}", server.address());
    let mut command = Command::new(std::env::var_os("C_MONITOR").expect("C_MONITOR is not set: run tests/run.sh capi"));
    command
        .args([url.as_str(), App::OPEN.key, "private-orders", "presence-room"])
        .env("PUSHER_SECRET", App::OPEN.secret);
    let mut monitor = Example::watch("monitor", &mut command);
    monitor.wait_for_text("subscribed private-orders", TIMEOUT);
    monitor.wait_for_text("subscribed presence-room member monitor", TIMEOUT);
    let api = server.api(App::OPEN);
    api.trigger(&["private-orders"], "placed", r#"{"id":7}"#, None);
    monitor.wait_for_text(r#"event private-orders placed {"id":7}"#, TIMEOUT);
    api.trigger(&["private-orders"], "end", "{}", None);
    assert!(monitor.finish(TIMEOUT).success());
}
