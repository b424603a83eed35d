//! `cargo dev`: runs the whole stack on this machine, serves the web client, and prints a timeline of the pipeline.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod follow;
mod screen;
mod web_client;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use paloma_local::web::serve_detached;
use paloma_local::{Error, NewUser, Options, Port, Stack};
use paloma_printable::Printable;
use tokio::signal::ctrl_c;

use crate::web_client::{Building, Served};

/// Builds Paloma, runs it on this machine with its web client, and prints its pipeline until Ctrl-C.
#[derive(Parser)]
#[command(bin_name = "cargo dev", args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Arguments {
    /// Port of the local engine; default: 4566 if it is free, or else any free port
    #[arg(long)]
    port: Option<u16>,
    /// Return and keep the stack running
    #[arg(long, conflicts_with = "stop")]
    detach: bool,
    /// End the stacks that run detached
    #[arg(long, conflicts_with = "port")]
    stop: bool,
    /// Run without the web client
    #[arg(long, conflicts_with = "stop")]
    no_web: bool,
    #[command(subcommand)]
    other: Option<Other>,
}

/// The name of [`Other::Serve`].
const SERVE: &str = "serve";

#[derive(Subcommand)]
enum Other {
    /// Runs npm in web/, with a Node that fits and the packages installed
    Npm {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Serves the web client of a detached stack
    #[command(hide = true)]
    Serve { port: u16, files: PathBuf, description: PathBuf },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = tokio::select! {
        // First, since a running stack ends itself.
        biased;
        done = run(arguments) => done,
        // The engine and the builds end with this process.
        _ = ctrl_c() => std::process::exit(130),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            screen::print_error(Printable::lines(format!("cargo dev: {error}")));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Error> {
    match arguments.other {
        Some(Other::Npm { arguments }) => return web_client::npm(&arguments),
        Some(Other::Serve { port, files, description }) => return serve_detached(port, &files, &description),
        None => {}
    }
    if arguments.stop {
        screen::stopped(&paloma_local::stop_detached()?);
        return Ok(());
    }
    let bars = Arc::new(screen::Bars::default());
    let web = if arguments.no_web { None } else { Some(Building::start(arguments.detach, Arc::clone(&bars))?) };
    let mut options = Options {
        port: arguments.port.map_or(Port::Preferred, Port::Exactly),
        users: ["Ana", "Bruno", "Carla"].map(demo_user).into(),
        chats: true,
        ..Options::default()
    };
    if let Some(web) = &web {
        web.allow(&mut options);
    }
    let stack = Stack::start(options, move |progress| bars.show(progress)).await?;
    let path = stack.write_newest_description()?;
    let served = serve(web, &stack).await;
    screen::ready(&stack, &path, served.as_ref().map(Served::url));
    if arguments.detach {
        screen::detached();
        return stack.detach();
    }
    follow::follow(stack, served).await
}

/// Serves the web client. Without it, prints the cause: the stack is useful alone.
async fn serve(web: Option<Building>, stack: &Stack) -> Option<Served> {
    web?.serve(stack).await.inspect_err(screen::no_web_client).ok()
}

fn demo_user(name: &str) -> NewUser {
    NewUser {
        email: format!("{}@example.com", name.to_lowercase()),
        password: "Paloma-2026".to_owned(),
        name: Some(name.to_owned()),
    }
}
