//! `paloma status`, and the errors of the command line.

use std::path::Path;
use std::process::Stdio;

use paloma::domain::UserId;
use paloma_tests::{World, paloma, run, until};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

fn named<'a>(list: &'a Value, key: &str, name: &str) -> &'a Value {
    let all = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    all.iter().find(|each| each[key] == name).unwrap_or_else(|| panic!("no {name} in {list}"))
}

/// Other tests of this process make dead letters too, so the test looks for its own.
#[tokio::test]
async fn status_shows_dead_letters_and_the_next_step() {
    let world = World::get().await;
    let poison = format!("poison {}", UserId::random());
    let dead_letters = world.sqs().send_message().queue_url(world.queue("relayDeadLetter")).message_body(&poison);
    dead_letters.send().await.unwrap();

    let output = world.paloma(&["status", "--json"]).await;
    assert_eq!((output.code, output.stderr.as_str()), (1, ""), "the verdict is bad: {}", output.stdout);
    let status = output.json();
    assert_eq!(status["stack"], "paloma-dev");
    let relay = named(&status["queues"], "name", "relay");
    assert!(relay["deadLetters"].as_u64() >= Some(1), "{relay}");
    assert_eq!(relay.get("waiting"), None, "streams have no waiting messages");
    let deliveries = named(&status["queues"], "name", "deliveries");
    assert!(deliveries["waiting"].is_u64() && deliveries["inFlight"].is_u64() && deliveries["delayed"].is_u64());
    assert_eq!(status["verdict"]["good"], false);
    let problems = status["verdict"]["problems"].as_array().unwrap();
    let dead = problems.iter().find(|of| of["summary"].as_str().unwrap().ends_with(" in relay")).expect("a problem");
    assert_eq!(dead["nextStep"], format!("see why: paloma dlq peek relay {}", world.local()));

    let output = world.paloma(&["status"]).await;
    assert_eq!(output.code, 1);
    let mut lines = output.stdout.lines();
    assert!(lines.next().unwrap().starts_with("Wrong: "), "{}", output.stdout);
    assert!(lines.next().unwrap().starts_with("First: "), "{}", output.stdout);
    assert!(!output.stdout.contains('\u{1b}'), "no colours without a terminal");

    // As on AWS: a suggestion repeats the given region, and the stack only if it is not the default.
    let operator = world.stack.operator_credentials(&["read"]).await.unwrap();
    let status = world.paloma_as(&operator, &["status", "--json", "--stack", "paloma-dev"]).await.json();
    let problems = status["verdict"]["problems"].as_array().unwrap().iter();
    let next: Vec<_> = problems.map(|problem| problem["nextStep"].as_str().unwrap()).collect();
    assert!(next.contains(&"see why: paloma dlq peek relay --region us-east-1"), "{next:?}");
    world.take_from("relayDeadLetter", &poison).await;
}

#[tokio::test]
async fn status_shows_consumers_sockets_and_functions() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let _phone = ana.connects().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "hello").await;
    let status = until("the socket and the figures", async || {
        let status = world.paloma(&["status", "--json"]).await.json();
        let sent = named(&status["functions"], "name", "dev-send-message")["invocations"].as_u64() >= Some(1);
        (sent && status["connections"]["count"].as_u64() >= Some(1)).then_some(status)
    })
    .await;
    let relay = status["consumers"].as_array().unwrap().iter().filter(|of| of["function"] == "dev-relay");
    let mut tables: Vec<_> = relay.map(|of| of["source"].as_str().unwrap()).collect();
    tables.sort_unstable();
    let expected = ["dev-changes", "dev-chats", "dev-message-status", "dev-messages", "dev-reports", "dev-users"];
    assert_eq!(tables, expected);
    assert!(status["consumers"].as_array().unwrap().iter().all(|of| of["state"] == "Enabled"), "{status}");
    assert_eq!(status["connections"]["isAll"], true);
}

/// The only line of an output.
fn sentence(stderr: &str) -> String {
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr.trim_end().to_owned()
}

/// Runs `paloma` with these arguments alone, in this folder. It must fail. Returns its sentence.
async fn fails(arguments: &[&str], folder: &Path) -> String {
    let mut command = paloma().await;
    command.args(arguments).current_dir(folder);
    let output = run(command, "").await;
    assert_eq!(output.code, 3, "{output:?}");
    sentence(&output.stderr)
}

#[tokio::test]
async fn a_failed_command_prints_one_sentence_with_the_remedy() {
    let world = World::get().await;

    let output = world.paloma(&["status", "--stack", "pamela"]).await;
    assert_eq!((output.code, output.stdout.as_str()), (3, ""));
    let expected = "paloma: there is no stack pamela in us-east-1: name another with --stack or PALOMA_STACK, or its \
                    region with --region";
    assert_eq!(sentence(&output.stderr), expected);

    // With --json the error is JSON.
    let output = world.paloma(&["status", "--stack", "pamela", "--json"]).await;
    let error: Value = serde_json::from_str(&output.stderr).expect("JSON");
    assert!(error["error"].as_str().unwrap().starts_with("there is no stack pamela"), "{error}");

    // An unknown command is an error of usage.
    assert_eq!(world.paloma(&["statsu"]).await.code, 2);

    // On AWS without credentials, and then without a region.
    let here = Path::new(".");
    let failure = fails(&["--region", "eu-west-1", "status"], here).await;
    assert!(failure.starts_with("paloma: no AWS credentials were found: "), "{failure}");
    let failure = fails(&["status"], here).await;
    assert!(failure.starts_with("paloma: no AWS region is set: give --region"), "{failure}");
}

#[tokio::test]
async fn a_failed_command_on_a_local_stack_prints_one_sentence_with_the_remedy() {
    let folder = std::env::temp_dir().join(format!("paloma-{}", UserId::random()));
    std::fs::create_dir_all(folder.join("target/local")).unwrap();
    let description = folder.join("target/local/stack.json");
    let inside = folder.join("shared/src");
    std::fs::create_dir_all(&inside).unwrap();

    // The engine is not running.
    std::fs::write(&description, r#"{"endpointUrl": "http://127.0.0.1:9", "region": "us-east-1"}"#).unwrap();
    let expected =
        "paloma: the local engine at http://127.0.0.1:9 does not answer: start a stack with `cargo dev --detach`";
    let failure = fails(&["--local", "status"], &inside).await;
    assert_eq!(failure, expected, "the description is found in a parent folder");

    // There is no description, and then an invalid one.
    std::fs::remove_file(&description).unwrap();
    let failure = fails(&["--local", "status"], &inside).await;
    assert!(failure.contains("cargo dev --detach"), "{failure}");
    std::fs::write(&description, "{}").unwrap();
    let local = format!("--local={}", description.display());
    let failure = fails(&[&local, "status"], &inside).await;
    assert!(failure.contains("does not describe a local stack"), "{failure}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The role of a function must not read the stack.
#[tokio::test]
async fn a_missing_permission_is_named() {
    let world = World::get().await;
    let role = world.stack.function_credentials("typing").await.unwrap();
    let output = world.paloma_as(&role, &["status"]).await;
    assert_eq!(output.code, 3);
    let expected =
        "paloma: permission denied: ask for cloudformation:DescribeStacks to be allowed on the stack paloma-dev";
    assert!(output.stderr.starts_with(expected), "{}", output.stderr);
}

#[tokio::test]
async fn a_closed_pipe_is_no_failure_and_colours_can_be_forced() {
    let world = World::get().await;
    let local = format!("--local={}", world.stack.description_path().display());
    let mut command = paloma().await;
    let mut process =
        command.args([&local, "status"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("paloma");
    // The pipe is closed before the first output.
    drop(process.stdout.take());
    let mut stderr = String::new();
    BufReader::new(process.stderr.take().unwrap()).read_line(&mut stderr).await.unwrap();
    assert_eq!(stderr, "");
    let code = process.wait().await.unwrap().code().expect("no signal");
    assert!(code <= 1, "the code is the verdict: {code}");

    let output = world.paloma(&["status", "--color", "always"]).await;
    assert!(output.stdout.contains("\u{1b}["), "{}", output.stdout);
    let output = world.paloma(&["completions", "bash"]).await;
    assert!(output.code == 0 && output.stdout.contains("status"), "{}", output.stdout);
}
