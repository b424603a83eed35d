//! The part of `cargo dev` after the start: prints events, and reacts to changes of the sources.

use std::time::Duration;

use paloma_local::web::Build;
use paloma_local::{Changes, Error, Reload, Sources, Stack, timeline};
use tokio::signal::ctrl_c;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::screen;
use crate::web_client::Served;

/// Interval at which new log lines are printed.
const PRINT_INTERVAL: Duration = Duration::from_millis(200);

/// Prints the timeline, deploys changes of the sources, and reloads the web client's pages, until Ctrl-C.
pub async fn follow(mut stack: Stack, mut web: Option<Served>) -> Result<(), Error> {
    let mut sources = Sources::watch(&stack)?;
    let mut logs = stack.logs();
    logs.read(); // Skips the lines of the start.
    let mut print = interval(PRINT_INTERVAL);
    print.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reload = Reloader::default();
    screen::following(web.is_some());
    loop {
        tokio::select! {
            _ = ctrl_c() => break,
            _ = print.tick() => {
                stack.check()?;
                logs.read().iter().filter_map(timeline::format).for_each(screen::print);
            }
            changes = sources.changed() => reload.add(changes),
            result = reload.finished() => screen::reloaded(&result),
            build = rebuilt(&mut web) => screen::rebuilt(&build),
        }
        reload.start(&stack);
    }
    drop(web);
    drop(stack);
    screen::ended();
    // Does not wait for a running build: Ctrl-C ends it too.
    std::process::exit(0)
}

async fn rebuilt(web: &mut Option<Served>) -> Result<Build, Error> {
    match web {
        Some(web) => web.rebuilt().await,
        None => std::future::pending().await,
    }
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
