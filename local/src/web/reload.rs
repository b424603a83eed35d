//! Reloads open pages after a build, with server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::header::CONTENT_TYPE;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;

/// The page loads this script. The content security policy forbids inline scripts.
pub(super) const SCRIPT_PATH: &str = "/__reload.js";
pub(super) const EVENTS_PATH: &str = "/__reload";

/// An event carries the version of the files. A page that sees another version than its first one reloads; so it also
/// does after a restart of the server.
const SCRIPT: &str = "let first;
new EventSource('/__reload').onmessage = ({ data }) => {
  first ??= data;
  if (data !== first) location.reload();
};
";

/// The version of the files that open pages should show.
#[derive(Debug, Clone)]
pub struct Reloads(Arc<watch::Sender<u64>>);

impl Default for Reloads {
    fn default() -> Self {
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(Arc::new(watch::Sender::new(u64::try_from(started.as_millis()).unwrap_or_default())))
    }
}

impl Reloads {
    /// Reloads all open pages.
    pub fn reload(&self) {
        self.0.send_modify(|version| *version += 1);
    }

    pub(super) fn script() -> Response {
        ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response()
    }

    pub(super) fn events(&self) -> Response {
        let mut versions = self.0.subscribe();
        versions.mark_changed();
        let events = futures::stream::unfold(versions, async |mut versions| {
            versions.changed().await.ok()?;
            let event = Event::default().data(versions.borrow_and_update().to_string());
            Some((Ok::<_, Infallible>(event), versions))
        });
        Sse::new(events).keep_alive(KeepAlive::default()).into_response()
    }

    /// The page with a reference to the script.
    pub(super) fn add_to(page: &str) -> String {
        let script = format!("<script src=\"{SCRIPT_PATH}\" defer></script></head>");
        page.replacen("</head>", &script, 1)
    }
}
