//! The client as it is deployed, built again when its sources have changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use paloma_local::web::WebClient;
use paloma_local::{Error, Progress};

use crate::playwright::{target, web};

/// Folders of `web/` that are no sources.
const PRODUCTS: [&str; 5] = ["node_modules", "dist", ".angular", "e2e", "coverage"];

/// Builds the client if a source is newer than the last build. Returns the folder of its `index.html`.
pub fn build(client: &WebClient) -> Result<PathBuf, Error> {
    let output = target().join("app");
    let index = output.join("browser/index.html");
    let built_at = fs::metadata(&index).and_then(|index| index.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    if newest(&web()) > built_at { client.build(Some(&output), &print) } else { Ok(output.join("browser")) }
}

/// Prints what has taken long.
pub fn print(progress: Progress) {
    if let Progress::Finished(step, took) = progress {
        eprintln!("{step:?}: {took:.1?}");
    }
}

/// The time of the last change in a folder.
fn newest(folder: &Path) -> SystemTime {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sources = entries.filter(|entry| !PRODUCTS.iter().any(|product| entry.file_name() == *product));
    let times = sources.filter_map(|entry| {
        let metadata = entry.metadata().ok()?;
        let changed = metadata.modified().ok()?;
        Some(if metadata.is_dir() { changed.max(newest(&entry.path())) } else { changed })
    });
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}
