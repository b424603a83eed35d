//! Notices when the sources change.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use notify::event::{Event, EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::error::Error;
use crate::stack::Stack;
use crate::workspace::Workspace;

/// An editor writes a file in several strokes, and a branch is many files: wait for so long a silence.
const SILENCE: Duration = Duration::from_millis(150);

/// What has changed since it was last deployed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// Something that functions are compiled from.
    pub code: bool,
    /// `template.yaml`, or what it includes.
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
    ///
    /// # Errors
    /// If the operating system refuses to watch.
    pub fn watch(stack: &Stack) -> Result<Self, Error> {
        watch(stack.workspace()).map_err(|error| Error::Io {
            action: "could not watch the sources".to_owned(),
            source: std::io::Error::other(error),
        })
    }

    /// The next changes, once it is quiet again.
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
    // The folder and not the file: editors replace files, and a replaced file is no longer watched.
    watcher.watch(&workspace.root, RecursiveMode::NonRecursive)?;

    let root = workspace.root.clone();
    let (sender, changes) = unbounded_channel();
    std::thread::spawn(move || gather(&root, &paths, &sender));
    Ok(Sources { changes, _watcher: watcher })
}

/// Turns bursts of changed paths into changes, until nobody watches or listens any more.
fn gather(root: &Path, paths: &Receiver<Vec<PathBuf>>, sender: &UnboundedSender<Changes>) {
    while let Ok(first) = paths.recv() {
        let mut changes = Changes::default();
        let rest = std::iter::from_fn(|| paths.recv_timeout(SILENCE).ok());
        for path in std::iter::once(first).chain(rest).flatten() {
            changes.note(root, &path);
        }
        if changes != Changes::default() && sender.send(changes).is_err() {
            return;
        }
    }
}

impl Changes {
    fn note(&mut self, root: &Path, path: &Path) {
        let path = path.strip_prefix(root).unwrap_or(path);
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        self.code |= name.ends_with(".rs") || name == "Cargo.toml" || name == "Cargo.lock";
        self.template |= name == "template.yaml" || path.starts_with("statemachines");
    }
}

/// Reading a file, as cargo does, is an event too.
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
        changes.note(Path::new("/repository"), &Path::new("/repository").join(path));
        changes
    }

    #[test]
    fn sources_are_told_from_other_files() {
        assert_eq!(changes("functions/fan-out/src/lib.rs"), Changes { code: true, template: false });
        assert_eq!(changes("template.yaml"), Changes { code: false, template: true });
        assert_eq!(changes("README.md"), Changes::default());
        assert_eq!(changes("shared/src/.lib.rs.swp"), Changes::default());
    }
}
