//! minimq: connect, subscribe, publish and receive, as pusher-proto's driver image does with channels.

#![no_std]
#![no_main]

use embassy_time_driver::Driver;
use minimq::{Buffers, ConfigBuilder, Publication, Session, TopicFilter};
use peers::{Socket, block_on};

struct Time;

impl Driver for Time {
    fn now(&self) -> u64 {
        core::hint::black_box(0)
    }

    fn schedule_wake(&self, _: u64, _: &core::task::Waker) {}
}

embassy_time_driver::time_driver_impl!(static TIME: Time = Time);

async fn run(
    buffers: Buffers<'_>,
    id: &str,
    topic: &str,
    payload: &[u8],
    io: Socket,
    handler: fn(&str, &[u8]),
) -> Option<()> {
    let mut session = Session::new(ConfigBuilder::new(buffers).client_id(id).ok()?);
    let mut connection = session.connect(io).await.ok()?;
    connection.subscribe(&[TopicFilter::new(topic)], &[]).await.ok()?;
    connection.publish(Publication::bytes(topic, payload)).await.ok()?;
    loop {
        let message = connection.recv().await.ok()?;
        handler(message.topic(), message.payload());
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    core::hint::black_box::<fn(_, _, _, _, _, _) -> _>(|buffers, id, topic, payload, io, handler| {
        block_on(run(buffers, id, topic, payload, io, handler))
    });
}
