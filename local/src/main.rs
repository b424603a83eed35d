//! `cargo dev`: the whole stack on this machine, and the pipeline live.
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

/// How often new log lines are shown.
const SHOW_EVERY: Duration = Duration::from_millis(200);

/// Builds Paloma, runs it on this machine, and follows its pipeline until Ctrl-C.
#[derive(Parser)]
#[command(bin_name = "cargo dev")]
struct Arguments {
    /// Port of the local engine; 4566 if that is free, or else any
    #[arg(long)]
    port: Option<u16>,
    /// Leave the stack running and return
    #[arg(long, conflicts_with = "stop")]
    detach: bool,
    /// End what --detach left running
    #[arg(long, conflicts_with = "port")]
    stop: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = tokio::select! {
        done = run(arguments) => done,
        // Whatever was started ends with this process.
        _ = ctrl_c() => std::process::exit(130),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            screen::complain(Printable::lines(format!("cargo dev: {error}")));
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
        port: arguments.port.map_or(Port::Usual, Port::Exactly),
        users: ["ana", "bruno", "carla"].map(|name| (format!("{name}@example.com"), "Paloma-2026".to_owned())).into(),
        ..Options::default()
    };
    let bars = screen::Bars::default();
    let stack = Stack::start(options, move |progress| bars.show(progress)).await?;
    let description = stack.announce()?;
    screen::ready(&stack, &description);
    if arguments.detach {
        screen::detached();
        return stack.detach();
    }
    follow(stack).await
}

/// Shows what the functions do, and deploys what changes, until Ctrl-C.
async fn follow(mut stack: Stack) -> Result<(), Error> {
    let mut sources = Sources::watch(&stack)?;
    let mut logs = stack.logs();
    logs.read(); // What the demo users did to become known is nobody's news.
    let mut show = interval(SHOW_EVERY);
    show.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reload = Reloading::default();
    screen::following();
    loop {
        tokio::select! {
            _ = ctrl_c() => break,
            _ = show.tick() => {
                stack.check()?;
                logs.read().iter().filter_map(timeline::format).for_each(screen::say);
            }
            changes = sources.changed() => reload.note(changes),
            result = reload.finished() => screen::reloaded(&result),
        }
        reload.start(&stack);
    }
    drop(stack);
    screen::ended();
    // A build that is still running hears Ctrl-C too; it is not waited for.
    std::process::exit(0)
}

/// Deploys changes one lot after another, beside everything else.
#[derive(Default)]
struct Reloading {
    waiting: Changes,
    running: Option<JoinHandle<Result<Reload, Error>>>,
}

impl Reloading {
    fn note(&mut self, changes: Changes) {
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
