//! Every call and every action, with every kind of caller that must be rejected. The test prints the number of cases.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use paloma::domain::{Timestamp, UserId};
use paloma::store::Accounts;
use paloma_tests::{Answer, Calls, Person, World};
use reqwest::Method;
use serde_json::{Value, json};

use crate::tokens::{signed_again, signed_by};

/// The calls that need no token.
const OPEN: [&str; 7] = [
    "POST /auth/login",
    "POST /auth/refresh",
    "POST /auth/challenge",
    "POST /auth/register",
    "POST /auth/confirm",
    "POST /auth/forgot",
    "POST /auth/reset",
];

/// The routes of the template, such as `GET /chats/{chatId}`.
fn routes() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml");
    let template = std::fs::read_to_string(path).unwrap();
    let keys = template.lines().filter_map(|line| line.split_once("{Route: \"")?.1.split_once('"'));
    let routes: Vec<_> = keys.map(|(key, _)| key.to_owned()).filter(|key| key.contains(" /")).collect();
    assert!(routes.len() > 20, "{routes:?}");
    routes
}

/// A valid request for a route, about a chat and a message of the members.
fn request(route: &str, chat: &str, message: &str, other: &str) -> (Method, String, Option<Value>) {
    let (method, path) = route.split_once(' ').unwrap();
    let unknown = UserId::random().to_string();
    let path = path.replace("{chatId}", chat).replace("{messageId}", message);
    let path = path.replace("{exportId}", &unknown).replace("{deviceId}", &unknown);
    let path = path.replace("{userId}", &unknown);
    let (path, body) = match route {
        "GET /users" => (format!("{path}?email={other}@example.com"), None),
        "PUT /me" => (path, Some(json!({ "name": "Mallory" }))),
        "POST /chats" => (path, Some(json!({ "type": "group", "participants": [other], "name": "Mine" }))),
        "POST /chats/{chatId}/messages" => (path, Some(json!({ "content": "It was me", "clientMessageId": "x" }))),
        "PUT /messages/{messageId}/status" => (path, Some(json!({ "status": "read" }))),
        "POST /chats/{chatId}/members" => (path, Some(json!({ "userIds": [other], "clientMessageId": "added" }))),
        "PUT /chats/{chatId}/members/{userId}/role" => (path, Some(json!({ "role": "admin" }))),
        "PATCH /messages/{messageId}" => (path, Some(json!({ "content": "I never said this", "version": 0 }))),
        "PUT /messages/{messageId}/reaction" => (path, Some(json!({ "emoji": "👍" }))),
        "PATCH /chats/{chatId}" => (path, Some(json!({ "name": "Ours" }))),
        "POST /chats/{chatId}/clear" => (path, Some(json!({ "upTo": 1 }))),
        "PUT /chats/{chatId}/mute" => (path, Some(json!({ "until": 253_402_300_799_999_u64 }))),
        "PUT /chats/{chatId}/pin" => (path, Some(json!({ "pinned": true }))),
        "PUT /chats/{chatId}/archive" => (path, Some(json!({ "archived": true }))),
        "PUT /chats/{chatId}/unread" => (path, Some(json!({ "markedUnread": true }))),
        "POST /reports" => (path, Some(json!({ "messageId": message, "reason": "spam" }))),
        "POST /devices" => (path, Some(json!({ "platform": "fcm", "token": format!("token-{unknown}") }))),
        "DELETE /me" => (path, Some(json!({ "password": "Paloma-2026" }))),
        _ if method == "GET" || method == "DELETE" => (path, None),
        _ => (path, Some(json!({}))),
    };
    (method.parse().unwrap(), path, body)
}

async fn status_of(person: &Person, authorization: Option<&str>, request: (Method, String, Option<Value>)) -> u16 {
    let mut browser = person.clone();
    browser.token.clear();
    let (method, path, body) = request;
    let mut request = browser.request(method, &path);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    Answer::to(request).await.status
}

/// Ends the access of a user.
async fn end_access(accounts: &Accounts, world: &World, person: &Person, how: &str) {
    let (user, now) = (person.id().parse().unwrap(), Timestamp::now());
    match how {
        "signed out" => assert!(accounts.void_sessions(user, now).await.unwrap()),
        "suspended" => assert!(accounts.suspend(user, Some(now)).await.unwrap()),
        "erased" => {
            let users = world.environment(&Calls::default()).users().unwrap();
            accounts.erase(&users, user, now).await.unwrap();
        }
        other => panic!("{other}"),
    }
}

/// The group and the message that the callers try to reach.
struct Target {
    group: String,
    message: String,
    owner: Person,
}

impl Target {
    fn request(&self, route: &str) -> (Method, String, Option<Value>) {
        request(route, &self.group, &self.message, self.owner.id())
    }

    fn frames(&self) -> [Value; 5] {
        let (group, message) = (&self.group, &self.message);
        [
            json!({ "action": "sendMessage", "chatId": group, "content": "Hello", "clientMessageId": "x" }),
            json!({ "action": "updateStatus", "messageId": message, "status": "read" }),
            json!({ "action": "updateStatus", "chatId": group, "seq": 1, "status": "read" }),
            json!({ "action": "typing", "chatId": group }),
            json!({ "action": "watch", "chatId": group }),
        ]
    }
}

/// Counts the cases.
#[derive(Default)]
struct Cases(AtomicUsize);

impl Cases {
    fn expect(&self, caller: &str, status: u16, allowed: &[u16], call: &str) {
        self.0.fetch_add(1, Relaxed);
        assert!(allowed.contains(&status), "{call} by {caller}: {status}");
    }
}

#[tokio::test]
async fn private_every_call_rejects_every_caller_without_access() {
    let world = World::get().await;
    let [ana, bruno, stranger, gone, suspended, erased] = world.people().await;
    let group = ana.group_with(&[bruno.id(), gone.id(), suspended.id(), erased.id()]).await;
    let message = ana.sends(&group, "Between us").await["messageId"].as_str().unwrap().to_owned();
    let target = Target { group, message, owner: ana };
    let routes: Vec<_> = routes().into_iter().filter(|route| !OPEN.contains(&route.as_str())).collect();
    let cases = Cases::default();

    invalid_tokens_are_rejected(&cases, &routes, &target, &bruno).await;
    for (how, person) in [("signed out", &gone), ("suspended", &suspended), ("erased", &erased)] {
        ended_access_is_rejected(&cases, &routes, &target, person, how).await;
    }
    a_stranger_finds_nothing(&cases, &routes, &target, &stranger).await;

    // No call had an effect.
    assert_eq!(bruno.history(&target.group, "").await.len(), 1);
    assert_eq!(bruno.listed(&target.group).await["unreadCount"], 1);
    // The test harness hides the output of `eprintln!`.
    let (cases, calls) = (cases.0.into_inner(), routes.len());
    writeln!(std::io::stderr(), "authorization: {cases} cases over {calls} calls and 5 actions, all rejected").unwrap();
}

async fn invalid_tokens_are_rejected(cases: &Cases, routes: &[String], target: &Target, bruno: &Person) {
    let id_token = bruno.post("/auth/login", json!({ "email": bruno.user.email, "password": bruno.user.password }));
    let id_token = id_token.await.text("idToken");
    let (header, rest) = bruno.token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let of_ana = target.owner.token.split('.').nth(1).unwrap();
    let callers = [
        ("no token", None),
        ("garbage", Some("Bearer garbage".to_owned())),
        ("an expired token", Some(format!("Bearer {}", signed_again(&bruno.token, -7_200).await))),
        ("a token of another pool", Some(format!("Bearer {}", signed_by(&bruno.token, "us-east-1_foreign", 0).await))),
        ("claims of another user", Some(format!("Bearer {header}.{of_ana}.{signature}"))),
        ("an id token", Some(format!("Bearer {id_token}"))),
    ];

    for route in routes {
        for (caller, authorization) in &callers {
            let status = status_of(bruno, authorization.as_deref(), target.request(route)).await;
            cases.expect(caller, status, &[401, 403], route);
        }
    }
}

async fn ended_access_is_rejected(cases: &Cases, routes: &[String], target: &Target, person: &Person, how: &str) {
    let world = World::get().await;
    let accounts = world.environment(&Calls::default()).accounts().unwrap();
    let mut socket = person.connects().await;
    let ticket = person.ticket().await;
    end_access(&accounts, world, person, how).await;

    let token = format!("Bearer {}", person.token);
    for route in routes {
        cases.expect(how, status_of(person, Some(&token), target.request(route)).await, &[401], route);
    }
    for frame in target.frames() {
        cases.expect(how, socket.status_of(frame.clone()).await, &[401], &frame["action"].to_string());
    }
    cases.expect(how, person.connects_with(&ticket).await.err().unwrap_or(101), &[403], "$connect");
}

/// A stranger is authenticated, and every chat and message is unknown.
async fn a_stranger_finds_nothing(cases: &Cases, routes: &[String], target: &Target, stranger: &Person) {
    let token = format!("Bearer {}", stranger.token);
    let mut socket = stranger.connects().await;

    for route in routes
        .iter()
        .filter(|route| route.contains("{chatId}") || route.contains("{messageId}") || *route == "POST /reports")
    {
        let status = status_of(stranger, Some(&token), target.request(route)).await;
        cases.expect("a stranger", status, &[404], route);
    }
    for frame in target.frames() {
        let status = socket.status_of(frame.clone()).await;
        cases.expect("a stranger", status, &[404], &frame["action"].to_string());
    }
    for ticket in ["", "garbage", "0123456789abcdef0123456789abcdef"] {
        let status = stranger.connects_with(ticket).await.err().unwrap_or(101);
        cases.expect("a forged ticket", status, &[401, 403], "$connect");
    }
}
