//! Cold start: the time from exec to the first request for an event, and the memory in use then.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 21;

pub fn measure() {
    println!("exec to first request for an event, median of {RUNS} runs; resident memory then; size on disk");
    let settings = settings();
    for binary in release_binaries() {
        let mut starts: Vec<_> = (0..=RUNS).map(|_| start(&binary, &settings)).skip(1).collect();
        starts.sort_by_key(|(took, _)| *took);
        let (took, resident) = starts[RUNS / 2];
        let size = std::fs::metadata(&binary).expect("a binary").len();
        println!(
            "  {:<22} {:>6.1} ms  {:>5.1} MB resident  {:>5.1} MB on disk",
            binary.file_name().unwrap_or_default().to_string_lossy(),
            took.as_secs_f64() * 1e3,
            resident as f64 / 1024.0,
            size as f64 / 1e6,
        );
    }
}

/// Builds the functions for deployment. Returns their paths.
fn release_binaries() -> Vec<PathBuf> {
    let workspace = workspace();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut build = Command::new(cargo);
    build.args(["build", "--release", "--workspace", "--bins"]).current_dir(&workspace);
    // Build scripts must not see the variables that cargo sets for the benchmark's own package.
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            build.env_remove(name);
        }
    }
    assert!(build.status().expect("cargo").success(), "the functions do not build");
    let target = std::env::var("CARGO_TARGET_DIR").map_or_else(|_| workspace.join("target"), PathBuf::from);
    let mut names: Vec<_> = std::fs::read_dir(workspace.join("functions")).expect("functions/").flatten().collect();
    names.sort_by_key(std::fs::DirEntry::file_name);
    names.iter().map(|folder| target.join("release").join(folder.file_name())).collect()
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

/// Starts a function against a runtime API without events. Returns the time of its first request, and its memory in KB.
fn start(binary: &Path, settings: &[String]) -> (Duration, u64) {
    let runtime_api = TcpListener::bind("127.0.0.1:0").expect("a port");
    // Not blocking: the loop also checks whether the function has ended.
    runtime_api.set_nonblocking(true).expect("a socket");
    let address = runtime_api.local_addr().expect("an address").to_string();
    let started = Instant::now();
    let mut function = Command::new(binary)
        .env("AWS_LAMBDA_RUNTIME_API", &address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "bench")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "bench")
        .env("AWS_SECRET_ACCESS_KEY", "bench")
        // A number, since some variables are numbers.
        .envs(settings.iter().map(|name| (name, "10")))
        .env("SOCKET_ENDPOINT", "http://127.0.0.1:9")
        .stdout(Stdio::null())
        .spawn()
        .expect("a function");
    let connection = loop {
        match runtime_api.accept() {
            Ok((connection, _)) => break connection,
            Err(_) => assert!(function.try_wait().expect("a process").is_none(), "{} ended", binary.display()),
        }
        std::thread::sleep(Duration::from_micros(50));
    };
    connection.set_nonblocking(false).expect("a socket");
    let mut request = String::new();
    BufReader::new(&connection).read_line(&mut request).expect("a request");
    let took = started.elapsed();
    assert!(request.contains("/invocation/next"), "{request}");
    let resident = resident_kilobytes(function.id());
    function.kill().and_then(|()| function.wait()).expect("the function ends");
    (took, resident)
}

/// The names of all variables that `template.yaml` sets. It has a few other words in capitals, which functions ignore.
fn settings() -> Vec<String> {
    let template = std::fs::read_to_string(workspace().join("template.yaml")).expect("a template");
    let word = |text: &str| {
        let name = text.rsplit(|letter: char| !letter.is_ascii_uppercase() && letter != '_').next()?;
        (name.len() > 1).then(|| name.to_owned())
    };
    template.lines().flat_map(|line| line.split(": ").filter_map(word)).collect()
}

fn resident_kilobytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}
