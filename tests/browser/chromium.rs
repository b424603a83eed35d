//! The browser of the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use paloma_local::web::WebClient;

/// Names of Chromium and Chrome on the path.
const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// Places of Chromium and Chrome that are not on the path.
const PLACES: [&str; 5] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/opt/google/chrome/chrome",
    "/snap/bin/chromium",
    "/usr/lib/chromium/chromium",
];

/// Installs the headless Chromium of the pinned Playwright, unless it is installed.
const INSTALL: [&str; 5] = ["exec", "--", "playwright", "install", "chromium-headless-shell"];

#[derive(Debug, PartialEq, Eq)]
pub enum Browser {
    Installed(PathBuf),
    /// The one that Playwright installs and finds by itself.
    Playwrights,
}

/// The browser that `PALOMA_CHROMIUM` names, or else Chromium or Chrome on this machine, or else Playwright's own.
pub fn find_or_install(client: &WebClient) -> Result<Browser, String> {
    if let Some(named) = std::env::var_os("PALOMA_CHROMIUM").map(PathBuf::from) {
        let missing = format!("PALOMA_CHROMIUM is set to {}, which does not exist.", named.display());
        return if named.is_file() { Ok(Browser::Installed(named)) } else { Err(missing) };
    }
    match on_machine() {
        Some(browser) => Ok(Browser::Installed(browser)),
        None => install(client).map(|()| Browser::Playwrights),
    }
}

fn on_machine() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let on_path = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let at_home = PLACES.iter().map(|place| home.join(place.trim_start_matches('/')));
    on_path.chain(PLACES.iter().map(PathBuf::from)).chain(at_home).find(|program| is_program(program))
}

fn is_program(path: &Path) -> bool {
    path.is_file() && Command::new(path).arg("--version").output().is_ok_and(|version| version.status.success())
}

fn install(client: &WebClient) -> Result<(), String> {
    let installed = client.npm(&INSTALL).output();
    if installed.is_ok_and(|installed| installed.status.success()) {
        return Ok(());
    }
    let command = if Path::new("/usr/bin/apt-get").exists() {
        "sudo apt-get install chromium"
    } else if cfg!(target_os = "macos") {
        "brew install --cask chromium"
    } else {
        "npx playwright install chromium-headless-shell"
    };
    Err(format!(
        "There is no Chromium or Chrome on this machine, and Playwright's own cannot be downloaded. Run: {command} \
         (or set PALOMA_CHROMIUM to the path of a browser)."
    ))
}
