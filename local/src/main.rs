//! `cargo dev`: runs the whole stack on this machine, and prints a live timeline of the pipeline.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod screen;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use paloma_local::{Changes, Error, Options, Port, Reload, Sources, Stack, timeline};
use paloma_printable::Printable;
use tokio::signal::ctrl_c;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// Interval at which new log lines are printed.
const PRINT_INTERVAL: Duration = Duration::from_millis(200);

/// Builds Paloma, runs it on this machine, and prints its pipeline until Ctrl-C.
#[derive(Parser)]
#[command(bin_name = "cargo dev")]
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
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = tokio::select! {
        done = run(arguments) => done,
        // The engine and the build end with this process.
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
    if arguments.stop {
        screen::stopped(&paloma_local::stop_detached()?);
        return Ok(());
    }
    let options = Options {
        port: arguments.port.map_or(Port::Preferred, Port::Exactly),
        users: ["ana", "bruno", "carla"].map(|name| (format!("{name}@example.com"), "Paloma-2026".to_owned())).into(),
        ..Options::default()
    };
    let bars = screen::Bars::default();
    let stack = Stack::start(options, move |progress| bars.show(progress)).await?;
    let description = stack.write_newest_description()?;
    screen::ready(&stack, &description);
    if arguments.detach {
        screen::detached();
        return stack.detach();
    }
    follow(stack).await
}

/// Prints the timeline, and deploys changes of the sources, until Ctrl-C.
async fn follow(mut stack: Stack) -> Result<(), Error> {
    let mut sources = Sources::watch(&stack)?;
    let mut logs = stack.logs();
    logs.read(); // Skips the lines of the start.
    let mut print = interval(PRINT_INTERVAL);
    print.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reload = Reloader::default();
    screen::following();
    loop {
        tokio::select! {
            _ = ctrl_c() => break,
            _ = print.tick() => {
                stack.check()?;
                logs.read().iter().filter_map(timeline::format).for_each(screen::print);
            }
            changes = sources.changed() => reload.add(changes),
            result = reload.finished() => screen::reloaded(&result),
        }
        reload.start(&stack);
    }
    drop(stack);
    screen::ended();
    // Does not wait for a running build: Ctrl-C ends it too.
    std::process::exit(0)
}

/// Deploys changes in the background, one batch at a time.
#[derive(Default)]
struct Reloader {
    waiting: Changes,
    running: Option<JoinHandle<Result<Reload, Error>>>,
}

impl Reloader {
    fn add(&mut self, changes: Changes) {
        self.waiting.code |= changes.code;
        self.waiting.template |= changes.template;
    }

    fn start(&mut self, stack: &Stack) {
        if self.running.is_none() && self.waiting != Changes::default() {
            screen::reloading();
            self.running = Some(tokio::spawn(stack.reload(std::mem::take(&mut self.waiting))));
        }
    }

    async fn finished(&mut self) -> Result<Reload, Error> {
        let Some(running) = &mut self.running else { return std::future::pending().await };
        let result = running.await;
        self.running = None;
        result.unwrap_or_else(|error| Err(Error::Deployment(error.to_string())))
    }
}
