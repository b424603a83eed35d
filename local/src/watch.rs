//! Watches the sources for changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use notify::event::{Event, EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::error::Error;
use crate::stack::Stack;
use crate::workspace::Workspace;

/// Changes are reported after no file has changed for this long: an editor writes a file in several steps, and a
/// checkout changes many files.
const QUIET_PERIOD: Duration = Duration::from_millis(150);

/// The kinds of sources that have changed since the last deployment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// The functions' source code.
    pub code: bool,
    /// `template.yaml` or a state machine.
    pub template: bool,
}

/// Watches the sources of a stack.
#[derive(Debug)]
pub struct Sources {
    changes: UnboundedReceiver<Changes>,
    _watcher: RecommendedWatcher,
}

impl Sources {
    /// Begins to watch the sources that the stack was built from.
    pub fn watch(stack: &Stack) -> Result<Self, Error> {
        watch(stack.workspace()).map_err(|error| Error::Io {
            action: "could not watch the sources".to_owned(),
            source: std::io::Error::other(error),
        })
    }

    /// Waits for the next changes.
    pub async fn changed(&mut self) -> Changes {
        match self.changes.recv().await {
            Some(changes) => changes,
            None => std::future::pending().await,
        }
    }
}

fn watch(workspace: &Workspace) -> Result<Sources, notify::Error> {
    let (events, paths) = channel();
    let mut watcher = notify::recommended_watcher(move |event: Result<Event, notify::Error>| {
        if let Ok(event) = event
            && is_change(event.kind)
        {
            let _ = events.send(event.paths);
        }
    })?;
    for folder in ["functions", "shared", "statemachines"].map(|name| workspace.root.join(name)) {
        if folder.exists() {
            watcher.watch(&folder, RecursiveMode::Recursive)?;
        }
    }
    // Watches the folder, since an editor may replace template.yaml, and a watch on the file would end then.
    watcher.watch(&workspace.root, RecursiveMode::NonRecursive)?;

    let root = workspace.root.clone();
    let (sender, changes) = unbounded_channel();
    std::thread::spawn(move || gather(&root, &paths, &sender));
    Ok(Sources { changes, _watcher: watcher })
}

/// Combines bursts of changed paths into one `Changes` each, until the watcher or the receiver is dropped.
fn gather(root: &Path, paths: &Receiver<Vec<PathBuf>>, sender: &UnboundedSender<Changes>) {
    while let Ok(first) = paths.recv() {
        let mut changes = Changes::default();
        let rest = std::iter::from_fn(|| paths.recv_timeout(QUIET_PERIOD).ok());
        for path in std::iter::once(first).chain(rest).flatten() {
            changes.add(root, &path);
        }
        if changes != Changes::default() && sender.send(changes).is_err() {
            return;
        }
    }
}

impl Changes {
    fn add(&mut self, root: &Path, path: &Path) {
        let path = path.strip_prefix(root).unwrap_or(path);
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        self.code |= name.ends_with(".rs") || name == "Cargo.toml" || name == "Cargo.lock";
        self.template |= name == "template.yaml" || path.starts_with("statemachines");
    }
}

/// Excludes events of reading: cargo reads the sources.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Create(_) | EventKind::Remove(_) => true,
        EventKind::Modify(kind) => !matches!(kind, ModifyKind::Metadata(_)),
        EventKind::Any | EventKind::Access(_) | EventKind::Other => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(path: &str) -> Changes {
        let mut changes = Changes::default();
        changes.add(Path::new("/repository"), &Path::new("/repository").join(path));
        changes
    }

    #[test]
    fn only_sources_count_as_changes() {
        assert_eq!(changes("functions/fan-out/src/lib.rs"), Changes { code: true, template: false });
        assert_eq!(changes("template.yaml"), Changes { code: false, template: true });
        assert_eq!(changes("README.md"), Changes::default());
        assert_eq!(changes("shared/src/.lib.rs.swp"), Changes::default());
    }
}
