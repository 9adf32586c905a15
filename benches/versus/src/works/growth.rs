//! The cost of more channels: a client that is subscribed to its maximum number of channels.
//!
//! All names have the same length and the same prefix, and the event belongs to the channel subscribed to last: the
//! worst case for the lookup.

use std::hint::black_box;

use pusher_proto::{Client, Event, Instant};

use crate::measure::Row;
use crate::ours;

pub fn rows() -> Vec<Row> {
    let mut rows = of::<1>();
    rows.extend(of::<8>());
    rows.extend(of::<64>());
    rows.extend(of::<256>());
    rows.extend(of::<1024>());
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows
}

fn of<const CHANNELS: usize>() -> Vec<Row> {
    vec![
        Row::new("growth", "event", CHANNELS).with("pusher-proto", event::<CHANNELS>()),
        Row::new("growth", "idle round", CHANNELS).with("pusher-proto", idle::<CHANNELS>()),
    ]
}

fn client<const CHANNELS: usize>() -> (Box<Client<CHANNELS, 64>>, String) {
    let names: Vec<String> = (0..CHANNELS).map(|number| format!("market-{number:06}")).collect();
    let (client, _) = ours::client(&names);
    (client, names[CHANNELS - 1].clone())
}

/// Returns an event of about 256 bytes.
fn event<const CHANNELS: usize>() -> impl FnMut() {
    let (mut client, name) = client::<CHANNELS>();
    let data = serde_json::to_string(&format!(r#"{{"price":"1800.07","note":"{}"}}"#, "z".repeat(150))).unwrap();
    let text = format!(r#"{{"event":"price","channel":"{name}","data":{data}}}"#).into_bytes();
    let mut buffer = text.clone();
    move || {
        buffer.copy_from_slice(black_box(&text));
        let Ok(Some(Event::Channel(message))) = client.handle_text(Instant::ZERO, &mut buffer) else {
            panic!("no event");
        };
        black_box(message);
    }
}

/// Makes the calls of an idle loop iteration.
fn idle<const CHANNELS: usize>() -> impl FnMut() {
    let (mut client, _) = client::<CHANNELS>();
    let mut out = [0; 256];
    move || {
        let client = black_box(&mut *client);
        client.handle_timeout(Instant::ZERO);
        assert!(client.poll_request().is_none());
        assert!(matches!(client.poll_transmit(Instant::ZERO, &mut out), Ok(None)));
        assert!(client.poll_notice().is_none());
        black_box(client.poll_timeout());
    }
}
