//! A model of a Pusher server on one connection: its state and its possible answers.

/// The channels of the application, and the channel of user events.
pub(super) const CHANNELS: usize = 3;
/// The channel of user events.
pub(super) const TO_USER: usize = 2;

/// A request of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientMessage {
    Subscribe(usize),
    Unsubscribe(usize),
    SignIn(u8),
}

/// A message from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServerMessage {
    Succeeded(usize),
    /// A refusal that names the channel.
    Refused(usize),
    /// A refusal without a subject.
    RefusedSomething,
    SignedIn(u8),
    /// A refusal that names the sign-in.
    SignInRefused,
    /// The answer to a second subscription.
    Existing(usize),
    /// The answer to an unsubscription without a subscription.
    NotSubscribed(usize),
}

/// A signature that is checked in the background, while later requests are handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    Subscribe(usize),
    SignIn(u8),
}

/// How the server answers a request or a completed check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Accept,
    /// Refuses and names the subject.
    RefuseNamed,
    /// Refuses without naming the subject.
    RefuseUnnamed,
    /// Checks the signature in the background.
    Later,
    /// Drops the request without an answer.
    Never,
}

/// How a server answers requests that change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Confirms a second subscription again, and ignores an unsubscription without a subscription.
    Lenient,
    /// Answers both with errors that name the channel, as Pusher does.
    Strict,
}

/// One connection as the server sees it.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) subscribed: [bool; CHANNELS],
    /// The user that is bound to the connection, permanently.
    pub(super) user: Option<u8>,
    /// The number of pending checks of each kind.
    checks: [u8; CHANNELS + 2],
    manner: Manner,
}

impl Server {
    pub(super) fn new(manner: Manner) -> Self {
        Self { subscribed: [false; CHANNELS], user: None, checks: [0; CHANNELS + 2], manner }
    }

    /// Returns the same server on a new connection.
    pub(super) fn renewed(&self) -> Self {
        Self::new(self.manner)
    }

    /// Returns whether no check is pending.
    pub(super) fn is_idle(&self) -> bool {
        self.checks == [0; CHANNELS + 2]
    }

    pub(super) fn is_checking(&self, check: Check) -> bool {
        self.checks[place(check)] != 0
    }

    /// Completes a check.
    pub(super) fn finish(&mut self, check: Check, answer: Answer) -> Option<ServerMessage> {
        self.checks[place(check)] -= 1;
        self.answer(check, answer)
    }

    /// Answers a request; `None` if there is no answer, or not yet.
    pub(super) fn answer(&mut self, request: Check, answer: Answer) -> Option<ServerMessage> {
        let bound_to_another = match request {
            Check::SignIn(user) => self.user.is_some_and(|bound| bound != user),
            Check::Subscribe(_) => false,
        };
        match (request, answer) {
            (_, Answer::Later) => {
                self.checks[place(request)] += 1;
                None
            }
            (_, Answer::Never) => None,
            (_, Answer::RefuseUnnamed) => Some(ServerMessage::RefusedSomething),
            (Check::SignIn(_), Answer::RefuseNamed) => Some(ServerMessage::SignInRefused),
            (Check::SignIn(_), Answer::Accept) if bound_to_another => Some(ServerMessage::SignInRefused),
            (Check::SignIn(user), Answer::Accept) => {
                self.user = Some(user);
                Some(ServerMessage::SignedIn(user))
            }
            (Check::Subscribe(channel), Answer::RefuseNamed) => Some(ServerMessage::Refused(channel)),
            (Check::Subscribe(channel), Answer::Accept)
                if self.subscribed[channel] && self.manner == Manner::Strict =>
            {
                Some(ServerMessage::Existing(channel))
            }
            (Check::Subscribe(channel), Answer::Accept) => {
                self.subscribed[channel] = true;
                Some(ServerMessage::Succeeded(channel))
            }
        }
    }

    /// Ends a subscription. A pending check continues.
    pub(super) fn unsubscribe(&mut self, channel: usize) -> Option<ServerMessage> {
        let was_subscribed = std::mem::take(&mut self.subscribed[channel]);
        (!was_subscribed && self.manner == Manner::Strict).then_some(ServerMessage::NotSubscribed(channel))
    }

    pub(super) fn fingerprint(&self, into: &mut super::Fingerprint) {
        let Self { subscribed, user, checks, manner: _ } = self;
        into.flags(subscribed);
        into.number(user.map_or(0, u64::from));
        into.number(checks.iter().fold(1, |bits, &count| bits << 8 | u64::from(count)));
    }
}

fn place(check: Check) -> usize {
    match check {
        Check::Subscribe(channel) => channel,
        Check::SignIn(user) => CHANNELS + usize::from(user % 2),
    }
}
