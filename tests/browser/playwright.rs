//! Runs Playwright.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use paloma_local::Description;
use paloma_local::web::WebClient;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::arguments::Arguments;
use crate::chromium::Browser;
use crate::seat::{Seat, SeatDescription, WORKERS};

/// Describes the stack to the tests: its addresses change with each run.
pub struct Playwright {
    stack: Value,
}

impl Playwright {
    pub fn new(seats: &[Seat], stack: &Description, browser: &Browser) -> Self {
        let browser = match browser {
            Browser::Installed(path) => Some(path),
            Browser::Playwrights => None,
        };
        let seats: Vec<SeatDescription> = seats.iter().map(Seat::describe).collect();
        let stack = json!({ "workers": WORKERS, "seats": seats, "apiUrl": stack.api_url, "browser": browser });
        Self { stack }
    }

    /// Runs the selected tests, or waits for Ctrl-C. Returns whether all passed.
    pub async fn run(mut self, client: &WebClient, control: SocketAddr, arguments: &Arguments) -> Result<bool, String> {
        self.stack["controlUrl"] = json!(format!("http://{control}"));
        let file = target().join("stack.json");
        let stack = self.stack.to_string();
        fs::create_dir_all(target()).and_then(|()| fs::write(&file, &stack)).map_err(|error| error.to_string())?;
        if arguments.hold {
            println!("The stack runs until Ctrl-C. In web/e2e: npx playwright test");
            return tokio::signal::ctrl_c().await.map(|()| true).map_err(|error| error.to_string());
        }
        let mut playwright = Command::from(client.npm(&["exec", "--", "playwright", "test"]));
        playwright.current_dir(folder()).env_remove("NO_COLOR").kill_on_drop(true);
        if !arguments.filters.is_empty() {
            let filters: Vec<_> = arguments.filters.iter().map(|filter| escaped(filter)).collect();
            playwright.arg("--grep").arg(filters.join("|"));
        }
        let status = playwright.env("PALOMA_STACK", file).status().await;
        status.map(|status| status.success()).map_err(|error| format!("npm cannot be run: {error}."))
    }
}

/// A regular expression for this text.
fn escaped(text: &str) -> String {
    let escape = |character: char| {
        let plain = character.is_alphanumeric() || character == ' ';
        if plain { character.to_string() } else { format!("\\{character}") }
    };
    text.chars().map(escape).collect()
}

/// The folder `web/`.
pub fn web() -> PathBuf {
    workspace().join("web")
}

/// The folder of the tests in TypeScript.
pub fn folder() -> PathBuf {
    web().join("e2e")
}

/// The folder for everything that the tests write.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from).join("browser")
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace")
}
