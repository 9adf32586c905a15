//! rust-mqtt: connect, subscribe, publish and receive, as pusher-proto's driver image does with channels.

#![no_std]
#![no_main]

use peers::{Socket, block_on};
use rust_mqtt::Bytes;
use rust_mqtt::buffer::BumpBuffer;
use rust_mqtt::client::Client;
use rust_mqtt::client::event::Event;
use rust_mqtt::client::options::{ConnectOptions, PublicationOptions, SubscriptionOptions, TopicReference};
use rust_mqtt::types::{MqttString, TopicFilter, TopicName};

async fn run(buffer: &mut [u8], id: &str, topic: &str, payload: &[u8], io: Socket, handler: fn(&[u8])) -> Option<()> {
    let mut buffer = BumpBuffer::new(buffer);
    let mut client = Client::<'_, '_, _, _, 1, 1, 1, 1, 16, 0, 1>::new(&mut buffer);
    client.connect(io, &ConnectOptions::new().clean_start(), Some(MqttString::from_str(id).ok()?)).await.ok()?;
    let topic = MqttString::from_str(topic).ok()?;
    client.subscribe(TopicFilter::new(topic.as_borrowed())?, &SubscriptionOptions::new()).await.ok()?;
    let options = PublicationOptions::new(TopicReference::Name(TopicName::new(topic.as_borrowed())?));
    client.publish(&options, Bytes::from(payload)).await.ok()?;
    loop {
        if let Event::Publish(message) = client.poll().await.ok()? {
            handler(&message.message);
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    core::hint::black_box::<fn(_, _, _, _, _, _) -> _>(|buffer, id, topic, payload, io, handler| {
        block_on(run(buffer, id, topic, payload, io, handler))
    });
}
