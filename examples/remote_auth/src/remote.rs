//! An authorizer that asks an auth server, several tickets in one request. Without a heap.

use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::task::Poll;

use heapless::{Deque, String, Vec};
use pusher_proto::auth::form;
use pusher_proto::client::{Authorization, Ticket, UserAuthentication};
use pusher_proto::connection::{Answer, Authorizer, SendError, SignInRequest, SubscriptionRequest, UserAnswer};
use pusher_proto::{Connection, Instant};

/// The most tickets in one request.
const BATCH: usize = 4;
/// The most tickets that wait for a request. A subscription beyond that is retried by the client.
const QUEUE: usize = 8;
const REPLY: usize = 2048;

/// What must be signed: a channel, or without one the user.
#[derive(Clone, Debug)]
struct Wanted {
    ticket: Ticket,
    channel: Option<String<164>>,
}

/// The answer to one request.
struct Reply {
    tickets: Vec<Wanted, BATCH>,
    status: u16,
    body: Vec<u8, REPLY>,
    /// How many tickets are answered.
    done: usize,
}

/// The requests for the auth server and its reply, between the connection and [`serve`](Remote::serve).
///
/// Both run in one task, which polls the one after the other. So there is no waker.
pub struct Remote {
    batch: usize,
    socket_id: RefCell<String<64>>,
    queue: RefCell<Deque<Wanted, QUEUE>>,
    reply: RefCell<Option<Reply>>,
    is_new: Cell<bool>,
}

impl Remote {
    /// `batch` is the number of channels that the auth server takes in one request.
    pub fn new(batch: usize) -> Self {
        Self {
            batch: batch.clamp(1, BATCH),
            socket_id: RefCell::default(),
            queue: RefCell::default(),
            reply: RefCell::default(),
            is_new: Cell::new(false),
        }
    }

    fn ask(&self, socket_id: &str, wanted: Wanted) -> Result<(), ()> {
        let (mut own, mut queue) = (self.socket_id.borrow_mut(), self.queue.borrow_mut());
        if own.as_str() != socket_id {
            // Tickets of an earlier connection are stale.
            queue.clear();
            own.clear();
            own.push_str(socket_id).map_err(drop)?;
        }
        queue.push_back(wanted).map_err(drop)
    }

    /// Returns the tickets for one request: a user alone, or channels.
    fn next(&self) -> Option<Vec<Wanted, BATCH>> {
        let (mut queue, mut tickets) = (self.queue.borrow_mut(), Vec::new());
        while tickets.len() < self.batch
            && let Some(wanted) = queue.front().filter(|wanted| tickets.is_empty() || wanted.channel.is_some())
        {
            let is_user = wanted.channel.is_none();
            let _ = tickets.push(wanted.clone()); // has room for the batch
            queue.pop_front();
            if is_user {
                break;
            }
        }
        (!tickets.is_empty()).then_some(tickets)
    }

    /// Sends the requests, one after the other, by `post`: its arguments are whether it is for a user, the form, and
    /// the buffer for the body of the reply. It returns the status, 503 if there is no reply.
    pub async fn serve(&self, mut post: impl AsyncFnMut(bool, &str, &mut Vec<u8, REPLY>) -> u16) {
        loop {
            let tickets = poll_fn(|_| {
                // The last reply first: there is room for one.
                let next = if self.reply.borrow().is_none() { self.next() } else { None };
                next.map_or(Poll::Pending, Poll::Ready)
            })
            .await;
            let mut out = [0; 1024];
            let socket_id = self.socket_id.borrow().clone();
            let form = match &tickets[..] {
                [Wanted { channel: Some(first), .. }, more @ ..] => {
                    let more = more.iter().filter_map(|wanted| Some(("channel_name", wanted.channel.as_deref()?)));
                    let more: Vec<_, BATCH> = more.collect();
                    form::channel_form(&socket_id, first, &more, &mut out)
                }
                _ => form::user_form(&socket_id, &[], &mut out),
            };
            let mut body = Vec::new();
            let is_user = tickets.first().is_some_and(|wanted| wanted.channel.is_none());
            let status = match form {
                Ok(form) => post(is_user, form, &mut body).await,
                Err(_) => 413, // the names are too long for the buffer
            };
            *self.reply.borrow_mut() = Some(Reply { tickets, status, body, done: 0 });
            self.is_new.set(true);
        }
    }

    /// Returns once whether there is a reply to [`deliver`](Self::deliver).
    pub fn has_news(&self) -> bool {
        self.is_new.take()
    }

    /// Passes the reply to the connection. Call it before each step: a message that is being sent delays an answer.
    pub fn deliver<R: FnMut(&mut [u8]), const CHANNELS: usize>(
        &self,
        connection: &mut Connection<'_, R, CHANNELS>,
        now: Instant,
    ) {
        let mut slot = self.reply.borrow_mut();
        let Some(reply) = &mut *slot else { return };
        while let Some(wanted) = reply.tickets.get(reply.done) {
            // One object, or one line for each channel: an object, or the status of a refusal.
            let line = match reply.tickets.len() {
                1 => Some(&reply.body[..]),
                _ => reply.body.split(|&byte| byte == b'\n').nth(reply.done),
            };
            let mut text: Vec<u8, REPLY> = Vec::from_slice(line.unwrap_or_default()).unwrap_or_default();
            let mut status = reply.status;
            if text.first().is_some_and(u8::is_ascii_digit) {
                status =
                    text.get(..3).and_then(|digits| core::str::from_utf8(digits).ok()?.parse().ok()).unwrap_or(500);
            }
            let ticket = wanted.ticket;
            let is_busy = match &wanted.channel {
                _ if status != 200 => {
                    let _ = connection.deny_with_status(now, ticket, status); // stale: a new request follows
                    false
                }
                Some(_) => match Authorization::from_json(&mut text) {
                    Ok(authorization) => {
                        matches!(connection.authorize(now, ticket, &authorization), Err(SendError::Busy))
                    }
                    Err(_) => {
                        let _ = connection.deny(now, ticket);
                        false
                    }
                },
                None => match UserAuthentication::from_json(&mut text) {
                    Ok(user) => matches!(connection.authenticate(now, ticket, &user), Err(SendError::Busy)),
                    Err(_) => {
                        let _ = connection.deny(now, ticket);
                        false
                    }
                },
            };
            if is_busy {
                return; // the ticket stays, and the rest
            }
            reply.done += 1; // a stale ticket, too: a new request follows
        }
        *slot = None;
    }
}

/// The authorizer of a [`Remote`].
pub struct Later<'r>(pub &'r Remote);

impl Authorizer for Later<'_> {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        let Ok(channel) = String::try_from(request.channel_name) else { return Answer::Deny };
        match self.0.ask(request.socket_id, Wanted { ticket: request.ticket, channel: Some(channel) }) {
            Ok(()) => Answer::Later,
            Err(()) => Answer::Failed(503), // the queue is full: the client tries again later
        }
    }

    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        match self.0.ask(request.socket_id, Wanted { ticket: request.ticket, channel: None }) {
            Ok(()) => UserAnswer::Later,
            Err(()) => UserAnswer::Failed(503),
        }
    }
}
