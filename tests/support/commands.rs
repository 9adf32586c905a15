//! The commands that `Client` and `Connection` share, for tests that drive both.

#![allow(dead_code)] // each test uses its own part

use pusher_proto::channel::SubscribeError;
use pusher_proto::client::{StaleChannel, StaleTicket, Ticket};
use pusher_proto::{Channel, Client, Connection, Instant};

pub trait Commands {
    fn connect(&mut self, now: Instant);
    fn disconnect(&mut self, now: Instant);
    fn ping_now(&mut self, now: Instant);
    fn subscribe(&mut self, now: Instant, name: &str) -> Result<Channel, SubscribeError>;
    fn unsubscribe(&mut self, now: Instant, channel: Channel) -> Result<(), StaleChannel>;
    fn sign_in(&mut self, now: Instant);
    fn sign_out(&mut self, now: Instant);
    fn deny(&mut self, now: Instant, ticket: Ticket) -> Result<(), StaleTicket>;
    fn deny_with_status(&mut self, now: Instant, ticket: Ticket, status: u16) -> Result<(), StaleTicket>;
}

macro_rules! commands {
    () => {
        fn connect(&mut self, now: Instant) {
            self.connect(now);
        }

        fn disconnect(&mut self, now: Instant) {
            self.disconnect(now);
        }

        fn ping_now(&mut self, now: Instant) {
            self.ping_now(now);
        }

        fn subscribe(&mut self, now: Instant, name: &str) -> Result<Channel, SubscribeError> {
            self.subscribe(now, name)
        }

        fn unsubscribe(&mut self, now: Instant, channel: Channel) -> Result<(), StaleChannel> {
            self.unsubscribe(now, channel)
        }

        fn sign_in(&mut self, now: Instant) {
            self.sign_in(now);
        }

        fn sign_out(&mut self, now: Instant) {
            self.sign_out(now);
        }

        fn deny(&mut self, now: Instant, ticket: Ticket) -> Result<(), StaleTicket> {
            self.deny(now, ticket)
        }

        fn deny_with_status(&mut self, now: Instant, ticket: Ticket, status: u16) -> Result<(), StaleTicket> {
            self.deny_with_status(now, ticket, status)
        }
    };
}

impl<const CHANNELS: usize, const NAME: usize> Commands for Client<CHANNELS, NAME> {
    commands!();
}

impl<R: FnMut(&mut [u8]), const CHANNELS: usize, const NAME: usize, B: AsRef<[u8]> + AsMut<[u8]>> Commands
    for Connection<'_, R, CHANNELS, NAME, B>
{
    commands!();
}
