//! What `cargo dev` shows, other than the timeline.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use paloma_local::{DemoUser, Error, Progress, Reload, Stack, Step};
use paloma_printable::Printable;

/// A line per step that is under way, and one for each that is done.
#[derive(Default)]
pub struct Bars {
    screen: MultiProgress,
    under_way: Mutex<HashMap<Step, ProgressBar>>,
}

impl Bars {
    /// Shows that something happened. Away from a terminal only what is done is shown.
    pub fn show(&self, progress: Progress) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Progress::Started(step) => {
                let bar = self.screen.add(ProgressBar::new_spinner());
                if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {msg}") {
                    bar.set_style(style);
                }
                bar.set_prefix(beginning(step));
                bar.enable_steady_tick(Duration::from_millis(100));
                under_way.insert(step, bar);
            }
            Progress::At(step, how_far) => {
                if let Some(bar) = under_way.get(&step) {
                    bar.set_message(Printable::from(how_far).to_string());
                }
            }
            Progress::Finished(step, took) => {
                if let Some(bar) = under_way.remove(&step) {
                    bar.finish_and_clear();
                }
                let done = format!("✓ {} in {:.1} s", end(step), took.as_secs_f64());
                self.screen.suspend(|| complain(done));
            }
        }
    }
}

fn beginning(step: Step) -> &'static str {
    match step {
        Step::Environment => "fetching the local engine",
        Step::Build => "building the functions",
        Step::Engine => "starting the local engine",
        Step::Deployment => "deploying template.yaml",
        Step::Users => "making users",
    }
}

fn end(step: Step) -> &'static str {
    match step {
        Step::Environment => "local engine at hand",
        Step::Build => "functions built",
        Step::Engine => "local engine started",
        Step::Deployment => "template.yaml deployed",
        Step::Users => "users made",
    }
}

/// Where everything is, and what to paste.
pub fn ready(stack: &Stack, description: &Path) {
    let made = stack.description();
    say("");
    say(format!("REST        {}", made.api_url));
    say(format!("WebSocket   {}", made.web_socket_url));
    say(format!("AWS         {}", made.endpoint_url));
    say(format!("described in {}", description.display()));
    say("");
    for user in &made.users {
        say(format!("user        {}  {}", user.email, user.password));
    }
    if let Some(user) = made.users.first() {
        paste("To try it, paste into another terminal:", &[chats(stack, user), listen(stack, user)]);
    }
    if let Some(user) = made.users.get(1) {
        paste(&format!("A phone for {}, whose pushes are shown below:", user.email), &[phone(stack, user)]);
    }
}

/// Commands to paste, with empty lines around each.
fn paste(title: &str, commands: &[String]) {
    say("");
    say(title);
    for command in commands {
        say("");
        say(format!("  {command}"));
    }
}

/// Logs in and lists chats.
fn chats(stack: &Stack, user: &DemoUser) -> String {
    as_user(stack, user, "/chats", "")
}

/// Logs in and registers a phone.
fn phone(stack: &Stack, user: &DemoUser) -> String {
    let token = format!("phone-of-{}", user.user_id);
    as_user(stack, user, "/devices", &format!(r#" -d '{{"platform":"fcm","token":"{token}"}}'"#))
}

/// A call as this user, who logs in for it. In single quotes, because of the `$default` in the address.
fn as_user(stack: &Stack, user: &DemoUser, path: &str, options: &str) -> String {
    let api = &stack.description().api_url;
    let login = format!(r#"{{"email":"{}","password":"{}"}}"#, user.email, user.password);
    let token = r#"sed 's/.*"accessToken":"\([^"]*\)".*/\1/'"#;
    format!(
        "curl -s '{api}{path}'{options} -H \"Authorization: Bearer $(curl -s '{api}/auth/login' -d '{login}' | {token})\""
    )
}

/// Takes a ticket and shows what comes on the socket.
fn listen(stack: &Stack, user: &DemoUser) -> String {
    let (python, script, description) = (stack.python(), stack.script("listen.py"), stack.description_path());
    format!("{} {} {} {}", short(&python), short(&script), short(&description), user.email)
}

/// As it can be written from here.
fn short(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// That the timeline begins.
pub fn following() {
    say("");
    say("Following the pipeline; changes in functions/, shared/ and template.yaml go live. Ctrl-C ends it.");
    say("");
}

/// That a change was seen.
pub fn reloading() {
    say("↻ a change: building");
}

/// What came of a change.
pub fn reloaded(result: &Result<Reload, Error>) {
    match result {
        Ok(reload) => {
            let template = reload.template.then(|| "template.yaml".to_owned());
            let live: Vec<String> = template.into_iter().chain(reload.functions.iter().cloned()).collect();
            let live =
                if live.is_empty() { "nothing that runs is different".to_owned() } else { live.join(", ") + " live" };
            say(format!("↻ {live} after {:.1} s", reload.took.as_secs_f64()));
        }
        Err(error) => say(Printable::lines(format!("↻ what ran before runs on: {error}"))),
    }
}

/// That the stack runs on without us.
pub fn detached() {
    say("");
    say("It runs on; `cargo dev --stop` ends it.");
}

/// What `--stop` ended.
pub fn stopped(ports: &[u16]) {
    if ports.is_empty() {
        say("Nothing was running detached.");
    }
    for port in ports {
        say(format!("The stack on port {port} has ended."));
    }
}

/// The last word.
pub fn ended() {
    say("");
    say("Everything has ended.");
}

/// Prints a line to stdout: with [`complain`], the only way to a terminal from here.
#[allow(clippy::print_stdout, reason = "the text is printable")]
pub fn say(text: impl Into<Printable>) {
    println!("{}", text.into());
}

/// Prints a line to stderr.
#[allow(clippy::print_stderr, reason = "the text is printable")]
pub fn complain(text: impl Into<Printable>) {
    eprintln!("{}", text.into());
}
