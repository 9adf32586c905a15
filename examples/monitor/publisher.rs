//! Events to publish over the HTTP API.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use pusher_proto::Payload;
use pusher_proto::auth::Credentials;
use pusher_proto::auth::rest::{Api, NewEvent, reply};
use rustls::ClientConfig;
use serde_json::json;

use crate::Failure;
use crate::args::{HttpApi, Options, Proof, ServerEvent};
use crate::http::post;
use crate::print::{Printer, data};

/// The largest request in bytes.
const LARGEST: usize = 1 << 17;

pub struct Publisher<'o> {
    options: &'o Options,
    tls: Arc<ClientConfig>,
    printer: Printer,
    is_done: bool,
}

impl<'o> Publisher<'o> {
    pub fn new(options: &'o Options, tls: &Arc<ClientConfig>, printer: Printer) -> Self {
        Self { options, tls: tls.clone(), printer, is_done: false }
    }

    /// Publishes all events, once.
    pub fn publish(&mut self) -> Result<(), Failure> {
        if std::mem::replace(&mut self.is_done, true) {
            return Ok(());
        }
        let (Proof::Secret(secret), Some(api)) = (&self.options.proof, &self.options.api) else { return Ok(()) };
        let credentials = Credentials::new(&self.options.key, secret.as_bytes());
        for event in &self.options.triggers {
            let ServerEvent { channel, event: name, data: json } = event;
            self.send(api, &credentials, event)
                .map_err(|why| format!("{name} is not published on {channel}: {why}"))?;
            let fields = json!({ "event": name, "data": data(Payload::Json(json)) });
            self.printer.line("triggered", Some(channel), &format!("{name} {json}"), fields)?;
        }
        Ok(())
    }

    fn send(&self, api: &HttpApi, credentials: &Credentials<'_>, event: &ServerEvent) -> Result<(), Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let mut out = vec![0; LARGEST];
        let data = self.encrypted(event)?;
        let data = NewEvent::new(&event.event, data.as_deref().unwrap_or(&event.data));
        let request = Api::new(&api.app_id, credentials).trigger(now, &data, &[&event.channel], &mut out)?;
        let url = api.url.join(request.target());
        let (status, mut body) = post(&url, request.headers(), request.body(), &self.tls)?;
        reply::accepted(status, &mut body).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Returns the encrypted data for an encrypted channel, `None` for others.
    #[cfg(feature = "encrypted")]
    fn encrypted(&self, event: &ServerEvent) -> Result<Option<String>, Failure> {
        use pusher_proto::ChannelKind;
        use pusher_proto::encryption::SharedSecret;

        let Some(key) = self.options.master_key.filter(|_| ChannelKind::of(&event.channel).is_encrypted()) else {
            return Ok(None);
        };
        let mut nonce = [0; 24];
        crate::random(&mut nonce);
        let mut out = vec![0; LARGEST];
        let data = SharedSecret::derive(&event.channel, &key).encrypt(&event.data, &nonce, &mut out)?;
        Ok(Some(data.to_owned()))
    }

    #[cfg(not(feature = "encrypted"))]
    fn encrypted(&self, _: &ServerEvent) -> Result<Option<String>, Failure> {
        Ok(None) // the command line refuses encrypted channels
    }
}
