//! The client as it is deployed, built again when its sources have changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::playwright::{target, web};

/// Folders of `web/` that are no sources.
const PRODUCTS: [&str; 5] = ["node_modules", "dist", ".angular", "e2e", "coverage"];

/// Installs the packages, and builds the client if a source is newer than the last build. Returns the folder of its
/// `index.html`.
pub fn client() -> Result<PathBuf, String> {
    let output = target().join("app");
    let index = output.join("browser/index.html");
    let built_at = fs::metadata(&index).and_then(|index| index.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    if !web().join("node_modules/.package-lock.json").exists() {
        npm(&["ci", "--no-progress"])?;
    }
    if newest(&web()) > built_at {
        npm(&["run", "build", "--", &format!("--output-path={}", output.display())])?;
    }
    Ok(output.join("browser"))
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

fn npm(arguments: &[&str]) -> Result<(), String> {
    let run = Command::new("npm").args(arguments).current_dir(web()).output();
    let run = run.map_err(|error| format!("npm cannot be run: {error}"))?;
    let output = || format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    if run.status.success() { Ok(()) } else { Err(format!("npm {} failed:\n{}", arguments.join(" "), output())) }
}
