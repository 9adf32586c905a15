//! The program of the guide's section on edge-nal.

use edge_nal::{AddrType, Dns, TcpConnect};
use embassy_futures::select::{Either, select};
use pusher_proto::connection::Authorizer;
use pusher_proto::io::Step;
use pusher_proto::{Connection, Instant};

/// Runs the connection until it is stopped.
async fn run<R: FnMut(&mut [u8])>(
    connection: &mut Connection<'_, R>,
    authorizer: &mut impl Authorizer,
    stack: &(impl TcpConnect + Dns),
    (host, port): (&str, u16),
    now: impl Fn() -> Instant,
    sleep_until: impl AsyncFn(Option<Instant>),
) {
    let mut socket = None;
    loop {
        let due = connection.poll_timeout();
        let step = connection.step_async(now(), socket.as_mut(), authorizer);
        // The losers are dropped: the sockets of edge-nal lose nothing by that.
        let step = match select(step, sleep_until(due)).await {
            Either::First(step) => step,
            Either::Second(()) => continue,
        };
        match step {
            Step::Open { attempt, .. } => {
                // Limit the time of both.
                let kind = AddrType::IPv4;
                socket = match stack.get_host_by_name(host, kind).await {
                    Ok(ip) => stack.connect((ip, port).into()).await.ok(),
                    Err(_) => None,
                };
                if socket.is_none() {
                    connection.handle_open_failed(now(), attempt);
                }
            }
            Step::Close(_) => socket = None,
            Step::Event(event) => println!("{event:?}"),
            Step::Wait { until: None } => return,
            Step::Wait { until } => sleep_until(until).await,
            _ => {}
        }
    }
}
