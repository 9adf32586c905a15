//! Authorization of private and presence channels.

use std::sync::Arc;

use pusher_proto::auth::{Credentials, form};
use pusher_proto::client::Authorization;
#[cfg(feature = "encrypted")]
use pusher_proto::connection::EncryptedCredentials;
use pusher_proto::connection::{Answer, Authorizer, SignInRequest, SubscriptionRequest, UserAnswer};
use rustls::ClientConfig;
use serde_json::json;

use crate::Failure;
use crate::args::{Options, Proof};
use crate::http::{Url, post};
use crate::print::Printer;

/// Answers the connection's authorization requests, and keeps the reason of a refusal for the run loop.
pub struct Authority<'o> {
    means: Means<'o>,
    printer: Printer,
    /// Whether a request was authorized before: later failures may be transient.
    has_authorized: bool,
    failure: Option<Failure>,
}

enum Means<'o> {
    Secret(Credentials<'o>),
    #[cfg(feature = "encrypted")]
    MasterKey(EncryptedCredentials<'o>),
    Endpoint {
        url: &'o Url,
        tls: Arc<ClientConfig>,
        reply: Vec<u8>,
    },
    None,
}

/// A failed authorization.
enum Refusal {
    Final(Failure),
    MayPass(Failure),
}

impl<'o> Authority<'o> {
    pub fn new(options: &'o Options, tls: &Arc<ClientConfig>, printer: Printer) -> Self {
        let means = match &options.proof {
            Proof::Secret(secret) => {
                let credentials = Credentials::new(&options.key, secret.as_bytes());
                match options.master_key {
                    #[cfg(feature = "encrypted")]
                    Some(key) => Means::MasterKey(EncryptedCredentials::new(credentials, key)),
                    _ => Means::Secret(credentials),
                }
            }
            Proof::Endpoint(url) => Means::Endpoint { url, tls: tls.clone(), reply: Vec::new() },
            Proof::None => Means::None,
        };
        Self { means, printer, has_authorized: false, failure: None }
    }

    /// Returns the failure of an authorization that a retry would not repair.
    pub fn check(&mut self) -> Result<(), Failure> {
        self.failure.take().map_or(Ok(()), Err)
    }
}

impl Authorizer for Authority<'_> {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        let (printer, name) = (self.printer, request.channel_name);
        let print = |means: &str| printer.line("authorizing", Some(name), means, json!({ "means": means }));
        let (printed, answer) = match &mut self.means {
            Means::Secret(credentials) => (print("with the secret"), sign(credentials, request)),
            #[cfg(feature = "encrypted")]
            Means::MasterKey(credentials) => (print("with the secret"), Ok(credentials.authorize(request))),
            Means::Endpoint { url, tls, reply } => {
                (print(&format!("by {url}")), request_authorization(url, tls, request, reply))
            }
            Means::None => (Ok(()), Err(Refusal::Final("neither a secret nor an auth endpoint is set".into()))),
        };
        match answer {
            _ if printed.is_err() => self.failure = printed.err().map(Failure::from),
            Ok(answer) => {
                self.has_authorized = true;
                return answer;
            }
            Err(Refusal::MayPass(failure)) if self.has_authorized => {
                let why = failure.to_string();
                let printed = printer.line("unauthorized", Some(name), &why, json!({ "reason": why }));
                self.failure = printed.err().map(Failure::from);
                return Answer::Failed(503); // the connection retries after a pause
            }
            Err(Refusal::Final(failure) | Refusal::MayPass(failure)) => {
                self.failure = Some(format!("{name} is not authorized: {failure}").into());
            }
        }
        Answer::Deny
    }

    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        match &mut self.means {
            Means::Secret(credentials) => credentials.authenticate(request),
            #[cfg(feature = "encrypted")]
            Means::MasterKey(credentials) => credentials.authenticate(request),
            _ => UserAnswer::Deny, // signing in requires the secret on the command line
        }
    }
}

fn sign<'c>(credentials: &'c Credentials<'_>, request: &SubscriptionRequest<'_>) -> Result<Answer<'c>, Refusal> {
    let signature = credentials
        .sign_channel(request.socket_id, request.channel_name, request.channel_data)
        .map_err(|error| Refusal::Final(error.into()))?;
    Ok(Answer::Signature { key: credentials.key(), signature })
}

/// Sends a request to an auth endpoint, and parses its reply in place in `reply`.
fn request_authorization<'r>(
    url: &Url,
    tls: &Arc<ClientConfig>,
    request: &SubscriptionRequest<'_>,
    reply: &'r mut Vec<u8>,
) -> Result<Answer<'r>, Refusal> {
    let mut form = [0; 1024]; // three times the longest names
    let form = form::channel_form(request.socket_id, request.channel_name, &[], &mut form);
    let form = form.map_err(|error| Refusal::Final(error.into()))?;
    let (status, body) = post(url, &[("Content-Type", form::CONTENT_TYPE)], form, tls).map_err(Refusal::MayPass)?;
    *reply = body;
    match status {
        200 | 201 => {
            let authorization = Authorization::from_json(reply).map_err(|error| Refusal::Final(error.into()))?;
            Ok(Answer::Authorization(authorization))
        }
        500.. => Err(Refusal::MayPass(format!("the auth endpoint answers with status {status}").into())),
        _ => Err(Refusal::Final(format!("the auth endpoint refuses with status {status}").into())),
    }
}
