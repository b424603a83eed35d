//! The web client in a real Chromium, against a real stack: runs the Playwright tests of `web/e2e`, and prints them by
//! name.
//!
//! `cargo test -p paloma-tests --test browser -- history` runs the tests with "history" in their names. With `--hold`
//! it only starts the stack, for `npx playwright test` in `web/e2e`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the test runner")]

mod arguments;
mod build;
mod chromium;
mod control;
mod gate;
mod playwright;
mod port;
mod seat;
mod untrusted;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use paloma_local::web::WebClient;
use paloma_tests::World;
use tokio::task::spawn_blocking;

use crate::arguments::Arguments;
use crate::chromium::Browser;
use crate::control::Control;
use crate::playwright::Playwright;
use crate::seat::{Ports, Seat, SharedStack};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::read();
    if !arguments.select_any() {
        println!("no browser test has this name");
        return ExitCode::SUCCESS;
    }
    match run(arguments).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("The browser tests cannot run. {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether all tests passed.
async fn run(arguments: Arguments) -> Result<bool, String> {
    let ports = Ports::reserve();
    let options = ports.options();
    let prepared = spawn_blocking(prepare);
    let world = World::start(options.clone()).await;
    let (client, files, browser) = prepared.await.map_err(|error| error.to_string())??;

    let port = world.stack.port();
    let untrusted_port = untrusted::serve(port).await;
    let stack = SharedStack { description: world.description(), port, untrusted_port, options };
    let seats = Seat::all(ports, &files, &stack).await;
    let playwright = Playwright::new(&seats, world.description(), &browser);
    let address = Arc::new(Control { world, seats }).serve().await;
    playwright.run(&client, address, &arguments).await
}

/// Finds everything that the tests need beside the stack, which starts at the same time.
fn prepare() -> Result<(WebClient, PathBuf, Browser), String> {
    let client = WebClient::install(&build::print).map_err(|error| error.to_string())?;
    let browser = chromium::find_or_install(&client)?;
    let files = build::build(&client).map_err(|error| error.to_string())?;
    Ok((client, files, browser))
}
