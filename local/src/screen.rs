//! Everything that `cargo dev` prints, except the timeline.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use paloma_local::web::Build;
use paloma_local::{DemoUser, Error, Progress, Reload, Stack, Step};
use paloma_printable::Printable;

/// Prints one line per step. On a terminal, a running step has a spinner.
#[derive(Default)]
pub struct Bars {
    screen: MultiProgress,
    running: Mutex<HashMap<Step, ProgressBar>>,
}

impl Bars {
    pub fn show(&self, progress: Progress) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Progress::Started(step) => {
                let bar = self.screen.add(ProgressBar::new_spinner());
                if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {msg}") {
                    bar.set_style(style);
                }
                bar.set_prefix(running_text(step));
                bar.enable_steady_tick(Duration::from_millis(100));
                running.insert(step, bar);
            }
            Progress::Advanced(step, text) => {
                if let Some(bar) = running.get(&step) {
                    bar.set_message(Printable::from(text).to_string());
                }
            }
            Progress::Failed(step) => clear(running.remove(&step)),
            Progress::Finished(step, duration) => {
                clear(running.remove(&step));
                let line = format!("✓ {} in {:.1} s", finished_text(step), duration.as_secs_f64());
                self.screen.suspend(|| print_error(line));
            }
        }
    }
}

fn clear(bar: Option<ProgressBar>) {
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

fn running_text(step: Step) -> &'static str {
    match step {
        Step::Environment => "installing the local engine",
        Step::Build => "building the functions",
        Step::Engine => "starting the local engine",
        Step::Deployment => "deploying template.yaml",
        Step::Users => "creating users",
        Step::Node => "installing Node",
        Step::Packages => "installing the web client's packages",
        Step::Web => "building the web client",
    }
}

fn finished_text(step: Step) -> &'static str {
    match step {
        Step::Environment => "local engine installed",
        Step::Build => "functions built",
        Step::Engine => "local engine started",
        Step::Deployment => "template.yaml deployed",
        Step::Users => "users created",
        Step::Node => "Node installed",
        Step::Packages => "packages of the web client installed",
        Step::Web => "web client built",
    }
}

/// Prints the addresses and the users. Without a web client, also commands to try.
pub fn ready(stack: &Stack, path: &Path, web: Option<&str>) {
    let description = stack.description();
    print("");
    print(format!("REST        {}", description.api_url));
    print(format!("WebSocket   {}", description.web_socket_url));
    print(format!("AWS         {}", description.endpoint_url));
    print(format!("stack.json  {}", path.display()));
    print("");
    for user in &description.users {
        print(format!("user        {:<7} {:<19} {}", user.name, user.email, user.password));
    }
    match web {
        Some(url) => print_first_steps(url, &description.users),
        None => print_ways_to_try(stack, &description.users),
    }
}

/// The codes that the local engine would mail.
const NEW_ACCOUNT_CODE: &str = "123456";
const LOST_PASSWORD_CODE: &str = "654321";

fn print_first_steps(url: &str, users: &[DemoUser]) {
    print("");
    match users {
        [first, second, ..] => print(format!(
            "Open {url} and choose {} on the login page. In a private window, choose {}.",
            first.name, second.name
        )),
        _ => print(format!("Open {url}")),
    }
    print(format!(
        "No mails are sent here: new accounts get the code {NEW_ACCOUNT_CODE}, lost passwords {LOST_PASSWORD_CODE}."
    ));
}

fn print_ways_to_try(stack: &Stack, users: &[DemoUser]) {
    if let Some(user) = users.first() {
        print_commands("To try it, paste into another terminal:", &[list_chats(stack, user), listen(stack, user)]);
    }
    if let Some(user) = users.get(1) {
        let title = format!("To register a phone for {} and see its pushes below:", user.email);
        print_commands(&title, &[register_phone(stack, user)]);
    }
}

/// Prints why there is no web client. The error has the remedy.
pub fn no_web_client(error: &Error) {
    print_error(Printable::lines(format!("! Without the web client: {error}")));
}

fn print_commands(title: &str, commands: &[String]) {
    print("");
    print(title);
    for command in commands {
        print("");
        print(format!("  {command}"));
    }
}

/// A command that logs in and lists chats.
fn list_chats(stack: &Stack, user: &DemoUser) -> String {
    as_user(stack, user, "/chats", "")
}

/// A command that logs in and registers a phone.
fn register_phone(stack: &Stack, user: &DemoUser) -> String {
    let token = format!("phone-of-{}", user.user_id);
    as_user(stack, user, "/devices", &format!(r#" -d '{{"platform":"fcm","token":"{token}"}}'"#))
}

/// A command that logs in as this user and calls the API. The URL is in single quotes because it contains `$default`.
fn as_user(stack: &Stack, user: &DemoUser, path: &str, options: &str) -> String {
    let api = &stack.description().api_url;
    let login = format!(r#"{{"email":"{}","password":"{}"}}"#, user.email, user.password);
    let token = r#"sed 's/.*"accessToken":"\([^"]*\)".*/\1/'"#;
    let log_in = format!("curl -s '{api}/auth/login' -d '{login}' | {token}");
    format!("curl -s '{api}{path}'{options} -H \"Authorization: Bearer $({log_in})\"")
}

/// A command that opens a WebSocket connection and prints its frames.
fn listen(stack: &Stack, user: &DemoUser) -> String {
    let (python, script, description) = (stack.python(), stack.script("listen.py"), stack.description_path());
    format!("{} {} {} {}", relative(&python), relative(&script), relative(&description), user.email)
}

/// The path relative to the working directory, if it is below it.
fn relative(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

pub fn following(with_web: bool) {
    let web = if with_web { ", web/" } else { "" };
    print("");
    print(format!("The timeline follows. Changes in functions/, shared/{web} and template.yaml are live in seconds."));
    print("Press Ctrl-C to end.");
    print("");
}

pub fn reloading() {
    print("↻ sources changed: building");
}

pub fn reloaded(result: &Result<Reload, Error>) {
    match result {
        Ok(reload) => {
            let template = reload.template.then(|| "template.yaml".to_owned());
            let deployed: Vec<String> = template.into_iter().chain(reload.functions.iter().cloned()).collect();
            let outcome = if deployed.is_empty() {
                "no function has changed".to_owned()
            } else {
                format!("deployed {}", deployed.join(", "))
            };
            print(format!("↻ {outcome} after {:.1} s", reload.duration.as_secs_f64()));
        }
        Err(error) => print(Printable::lines(format!("↻ not deployed, the old code keeps running: {error}"))),
    }
}

/// Prints the result of a build of the web client.
pub fn rebuilt(result: &Result<Build, Error>) {
    match result {
        Ok(Build::Built(took)) => print(format!("↻ web client built after {:.1} s", took.as_secs_f64())),
        Ok(Build::Failed(errors)) => {
            print(Printable::lines(format!("↻ the web client does not compile, the old files stay:\n{errors}")));
        }
        Err(error) => print(Printable::lines(format!("↻ changes of web/ have no effect until a restart: {error}"))),
    }
}

pub fn detached() {
    print("");
    print("The stack keeps running. End it with `cargo dev --stop`.");
}

pub fn stopped(ports: &[u16]) {
    if ports.is_empty() {
        print("No stack runs detached.");
    }
    for port in ports {
        print(format!("The stack on port {port} has ended."));
    }
}

pub fn ended() {
    print("");
    print("The stack has ended.");
}

/// Prints a line to stdout. This crate prints only through this function and [`print_error`].
#[allow(clippy::print_stdout, reason = "the text is printable")]
pub fn print(text: impl Into<Printable>) {
    println!("{}", text.into());
}

/// Prints a line to stderr.
#[allow(clippy::print_stderr, reason = "the text is printable")]
pub fn print_error(text: impl Into<Printable>) {
    eprintln!("{}", text.into());
}
