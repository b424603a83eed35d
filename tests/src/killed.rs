//! Runs the real send-message in a process of its own, and kills it with SIGKILL between its transaction and its
//! enqueues.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Person, World};

/// Time limit for the function to reach its first enqueue.
const DEADLINE: Duration = Duration::from_secs(30);

/// Sends a message through a send-message that is killed when it connects to SQS: the message is stored, and no job is
/// enqueued.
pub async fn killed_before_enqueuing(world: &'static World, sender: &Person, chat: &str, content: &str) {
    let event = json!({
        "version": "2.0",
        "routeKey": "POST /chats/{chatId}/messages",
        "headers": {},
        "pathParameters": { "chatId": chat },
        "requestContext": {
            "requestId": "killed",
            "http": { "method": "POST" },
            "authorizer": { "jwt": { "claims": { "sub": sender.id() } } },
        },
        "body": json!({ "content": content, "clientMessageId": format!("{:032x}", fastrand::u128(..)) }).to_string(),
        "isBase64Encoded": false,
    });
    tokio::task::spawn_blocking(move || kill(world, &event)).await.expect("the killing");
}

fn kill(world: &World, event: &Value) {
    let (runtime_api, sqs) = (listen(), listen());
    let mut function = Command::new(binary())
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", address(&runtime_api))
        .env("AWS_ENDPOINT_URL_SQS", format!("http://{}", address(&sqs)))
        .env("AWS_ENDPOINT_URL", &world.description().endpoint_url)
        .env("AWS_REGION", &world.description().region)
        .env("AWS_ACCESS_KEY_ID", "000000000000")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .envs(["NAME", "VERSION", "MEMORY_SIZE"].map(|name| (format!("AWS_LAMBDA_FUNCTION_{name}"), "128")))
        .envs(["STREAM", "GROUP"].map(|name| (format!("AWS_LAMBDA_LOG_{name}_NAME"), "killed")))
        .envs(world.variables())
        .stdout(Stdio::null())
        .spawn()
        .expect("send-message");
    hand_over(accept(&runtime_api, &mut function), event);
    // The function stores the message before it connects to SQS.
    accept(&sqs, &mut function);
    function.kill().expect("a process to kill");
    assert_eq!(function.wait().expect("an end").signal(), Some(9), "killed by SIGKILL");
}

/// The binary that the stack has built.
fn binary() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let target = std::env::var("CARGO_TARGET_DIR").map_or_else(|_| workspace.join("target"), PathBuf::from);
    target.join("debug/send-message")
}

fn listen() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    // Not blocking: `accept` also checks whether the function has ended.
    listener.set_nonblocking(true).expect("a socket");
    listener
}

fn address(listener: &TcpListener) -> String {
    listener.local_addr().expect("an address").to_string()
}

fn accept(listener: &TcpListener, function: &mut Child) -> TcpStream {
    let started = Instant::now();
    loop {
        if let Ok((connection, _)) = listener.accept() {
            connection.set_nonblocking(false).expect("a socket");
            return connection;
        }
        assert!(function.try_wait().expect("a process").is_none(), "send-message ended too early");
        assert!(started.elapsed() < DEADLINE, "send-message did not connect within 30 s");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Answers the function's request for its next event, as Lambda's runtime API does.
fn hand_over(mut connection: TcpStream, event: &Value) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte).expect("a request");
        request.push(byte[0]);
    }
    let (body, deadline) = (event.to_string(), paloma::domain::Timestamp::now().plus(DEADLINE).as_millis());
    let function_arn = "arn:aws:lambda:us-east-1:000000000000:function:dev-send-message";
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         lambda-runtime-aws-request-id: killed\r\nlambda-runtime-deadline-ms: {deadline}\r\n\
         lambda-runtime-invoked-function-arn: {function_arn}\r\n\r\n{body}",
        body.len(),
    );
    connection.write_all(answer.as_bytes()).expect("to answer");
    // The connection must stay open until the function is killed.
    std::mem::forget(connection);
}
