//! Reloads open pages when the built files change, with server-sent events.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::header::CONTENT_TYPE;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use notify::{Event as FileEvent, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::watch;

use crate::error::{Error, IoContext};

/// The page loads this script. The content security policy forbids inline scripts.
pub(super) const SCRIPT_PATH: &str = "/__reload.js";
pub(super) const EVENTS_PATH: &str = "/__reload";

/// An event carries the version of the files. A page that sees another version than its first one reloads; so it also
/// does after a restart of the server. A hidden page closes its connection: a browser opens at most six to a host.
const SCRIPT: &str = "let first, events;
const listen = () => {
  events?.close();
  if (document.hidden) return;
  events = new EventSource('/__reload');
  events.onmessage = ({ data }) => {
    first ??= data;
    if (data !== first) location.reload();
  };
};
document.addEventListener('visibilitychange', listen);
listen();
";

/// Files count as written when none has changed for this long.
const QUIET_PERIOD: Duration = Duration::from_millis(100);

/// The version of the files that open pages should show.
#[derive(Debug, Clone)]
pub struct Reloads {
    versions: watch::Sender<u64>,
    _watcher: Arc<RecommendedWatcher>,
}

impl Reloads {
    /// Reloads all open pages whenever a file below this folder has changed.
    ///
    /// The end of a build would be too early, because Angular reports it before it writes the files.
    pub fn watch(folder: &Path) -> Result<Self, Error> {
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let versions = watch::Sender::new(u64::try_from(started.as_millis()).unwrap_or_default());
        let (sender, events) = channel();
        let watcher = notify::recommended_watcher(move |event: Result<FileEvent, notify::Error>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = sender.send(());
            }
        });
        let watcher = watcher.and_then(|mut watcher| {
            watcher.watch(folder, RecursiveMode::Recursive)?;
            Ok(Arc::new(watcher))
        });
        let watcher = watcher.map_err(std::io::Error::other).context("watch", folder)?;
        let counted = versions.clone();
        std::thread::spawn(move || count(&events, &counted));
        Ok(Self { versions, _watcher: watcher })
    }

    pub(super) fn script() -> Response {
        ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response()
    }

    pub(super) fn events(&self) -> Response {
        let mut versions = self.versions.subscribe();
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

/// Raises the version once for each burst of events, until the watcher is dropped.
fn count(events: &Receiver<()>, versions: &watch::Sender<u64>) {
    while events.recv().is_ok() {
        while events.recv_timeout(QUIET_PERIOD).is_ok() {}
        versions.send_modify(|version| *version += 1);
    }
}
