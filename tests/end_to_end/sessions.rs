//! Ending all sessions of a user: tokens, sockets and phones. A new login is valid at once.

use std::time::Duration;

use paloma::domain::{ConnectionId, Session, Timestamp, UserId};
use paloma::queue::{Job, PresenceJob, SessionsEnded};
use paloma::sessions::Sessions;
use paloma_tests::{Answer, Calls, Person, Phone, Socket, World, until};
use reqwest::Method;
use serde_json::{Value, json};
use track_presence::TrackPresence;

use crate::durable::at_every_call;

/// A user on two devices, each with a session, a socket and a phone.
pub(crate) struct TwoDevices {
    devices: [(Person, String, Socket, Phone); 2],
    chat: String,
    unused_ticket: String,
}

/// Logs in with this password as another device. Returns the user with the access token, and the refresh token.
pub(crate) async fn log_in(person: &Person, password: &str) -> Result<(Person, String), Answer> {
    let mut browser = person.clone();
    browser.token.clear();
    let session = browser.post("/auth/login", json!({ "email": person.user.email, "password": password })).await;
    if session.status != 200 || session.body["accessToken"].is_null() {
        return Err(session);
    }
    browser.token = session.text("accessToken");
    Ok((browser, session.text("refreshToken")))
}

impl TwoDevices {
    pub(crate) async fn new() -> Self {
        let [ana, bruno] = World::get().await.people().await;
        let chat = ana.chat_with(&bruno).await;
        let device = async |platform| {
            let (person, refresh) = log_in(&ana, &ana.user.password).await.unwrap();
            let (socket, phone) = (person.connects().await, Phone::of(&person, platform).await);
            (person, refresh, socket, phone)
        };
        let devices = [device("fcm").await, device("apns").await];
        Self { unused_ticket: ana.ticket().await, devices, chat }
    }

    /// The user, in the session of the first device.
    pub(crate) fn user(&self) -> &Person {
        &self.devices[0].0
    }

    /// Checks that both sessions have ended: tokens, sockets, tickets and phones.
    pub(crate) async fn are_signed_out(mut self) {
        let started = std::time::Instant::now();
        for (_, _, socket, _) in &mut self.devices {
            assert!(socket.gets_closed().await);
        }
        assert!(started.elapsed() < Duration::from_secs(20), "sockets closed after {:?}", started.elapsed());
        for (person, refresh, _, phone) in &self.devices {
            let mut browser = person.clone();
            browser.token.clear();
            let refreshed = browser.post("/auth/refresh", json!({ "refreshToken": refresh })).await;
            assert_eq!(refreshed.problem(401), Vec::<String>::new());
            for (method, path, body) in calls(&self.chat) {
                let request = person.request(method.clone(), &path).json(&body);
                let answer = Answer::to(request).await;
                assert_eq!(answer.status, 401, "{method} {path}: {answer:?}");
            }
            assert_eq!(phone.attributes().await, None, "the endpoint is removed");
        }
        let user = self.user();
        let refused = user.connects_with(&self.unused_ticket).await;
        assert_eq!(refused.unwrap_err(), 403, "a ticket of an ended session is void");
        let rows = World::get().await.environment(&Calls::default()).devices().unwrap();
        let rows = rows.of_user(user.id().parse().unwrap()).await.unwrap();
        let is_old = |id: &str| self.devices.iter().any(|(_, _, _, phone)| phone.device_id == id);
        assert!(!rows.iter().any(|row| is_old(&row.device_id.to_string())), "{rows:?}");
    }
}

/// Calls that a valid token would get no 401 for.
fn calls(chat: &str) -> Vec<(Method, String, Value)> {
    let message = json!({ "content": "Still here", "clientMessageId": "1" });
    vec![
        (Method::GET, "/me".to_owned(), json!({})),
        (Method::PUT, "/me".to_owned(), json!({ "name": "Still here" })),
        (Method::GET, "/chats".to_owned(), json!({})),
        (Method::GET, format!("/chats/{chat}"), json!({})),
        (Method::POST, format!("/chats/{chat}/messages"), message),
        (Method::GET, format!("/chats/{chat}/messages"), json!({})),
        (Method::POST, "/ws/tickets".to_owned(), json!({})),
        (Method::GET, "/devices".to_owned(), json!({})),
        (Method::PUT, "/me/password".to_owned(), json!({ "oldPassword": "a", "newPassword": "Another-horse-1" })),
        (Method::PUT, "/me/email".to_owned(), json!({ "email": "a@example.com", "password": "a" })),
        (Method::POST, "/me/email/confirm".to_owned(), json!({ "code": "1" })),
        (Method::POST, "/me/totp".to_owned(), json!({ "password": "a" })),
        (Method::PUT, "/me/totp".to_owned(), json!({ "password": "a", "code": "1" })),
        (Method::DELETE, "/me/totp".to_owned(), json!({ "password": "a", "code": "1" })),
        (Method::DELETE, "/me".to_owned(), json!({ "password": "a" })),
    ]
}

/// Checks that a new login is valid for calls, sockets and phones, and stays valid.
pub(crate) async fn can_log_in_and_stay(person: &Person, password: &str) {
    let (person, refresh) = log_in(person, password).await.unwrap();
    assert_eq!(person.get("/me").await.status, 200, "a login right after the answer is valid");
    let mut socket = person.connects().await;
    let phone = Phone::of(&person, "fcm").await;
    let refreshed = person.post("/auth/refresh", json!({ "refreshToken": refresh })).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    socket.received_frames().await;
    assert!(phone.attributes().await.is_some());
    // The job that ends the old sessions does not affect the new one, even if it is late.
    let user_id: UserId = person.id().parse().unwrap();
    let account = World::get().await.environment(&Calls::default()).accounts().unwrap().account(user_id).await.unwrap();
    if let Some(void_before) = account.expect("an account").void_before {
        assert!(track(&Calls::default(), SessionsEnded { user_id, void_before, is_second: false }).await);
    }
    assert_eq!(person.get("/me").await.status, 200);
    socket.received_frames().await;
    assert!(phone.attributes().await.is_some());
}

async fn track(calls: &Calls, ended: SessionsEnded) -> bool {
    let track_presence = TrackPresence::new(&World::get().await.environment(calls)).unwrap();
    let job = Job::first_try("1", PresenceJob::SessionsEnded(ended));
    track_presence.track(&job).await.is_ok()
}

#[tokio::test]
async fn a_changed_password_ends_all_sessions() {
    let devices = TwoDevices::new().await;
    let user = devices.user().clone();
    let (old, new) = (user.user.password.as_str(), "Another-horse-1");
    let change = |old: &str, new: &str| json!({ "oldPassword": old, "newPassword": new });
    let wrong = user.put("/me/password", change("Wrong-horse-1", new)).await;
    assert_eq!(wrong.problem(403), Vec::<String>::new());
    for weak in ["short", "no-capitals-or-digits", ""] {
        assert_eq!(user.put("/me/password", change(old, weak)).await.problem(400), ["newPassword"], "{weak:?}");
    }
    assert_eq!(user.get("/me").await.status, 200, "a rejected change ends no session");

    let changed = user.put("/me/password", change(old, new)).await;
    assert_eq!(changed.status, 204, "{changed:?}");
    can_log_in_and_stay(&user, new).await;
    assert_eq!(log_in(&user, old).await.unwrap_err().status, 401);
    devices.are_signed_out().await;
}

/// The first answer was lost, or the function crashed after it had set the password.
#[tokio::test]
async fn a_password_change_can_be_repeated() {
    let [user] = World::get().await.people().await;
    let change = json!({ "oldPassword": user.user.password, "newPassword": "Another-horse-1" });
    assert_eq!(user.put("/me/password", change.clone()).await.status, 204);
    let (again, _) = log_in(&user, "Another-horse-1").await.unwrap();
    assert_eq!(again.put("/me/password", change).await.status, 204);
    assert_eq!(again.get("/me").await.status, 401, "the repetition also ends all sessions");
    can_log_in_and_stay(&user, "Another-horse-1").await;
}

#[tokio::test]
async fn an_operator_signs_a_user_out() {
    let world = World::get().await;
    let devices = TwoDevices::new().await;
    let user = devices.user().clone();
    let output = world.paloma(&["user", "sign-out", user.id(), "--json"]).await;
    assert_eq!((output.code, output.json()), (0, json!({ "userId": user.id(), "action": "signOut" })), "{output:?}");
    can_log_in_and_stay(&user, &user.user.password).await;
    devices.are_signed_out().await;
}

#[tokio::test]
async fn a_suspended_user_has_no_access_until_restored() {
    let world = World::get().await;
    let devices = TwoDevices::new().await;
    let user = devices.user().clone();
    let output = world.paloma(&["user", "suspend", &user.user.email]).await;
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.stdout.contains(&format!("paloma user restore {}", user.id())), "{output:?}");
    let refused = log_in(&user, &user.user.password).await.unwrap_err();
    assert_eq!(refused.status, 401, "{refused:?}");
    devices.are_signed_out().await;
    let shown = world.paloma(&["user", "show", user.id(), "--json"]).await.json();
    assert!(shown["suspendedAt"].is_u64() && shown["sessionsVoidBefore"].is_u64(), "{shown}");
    let shown = world.paloma(&["user", "show", user.id()]).await.stdout;
    assert!(shown.contains("suspended since"), "{shown}");

    assert_eq!(world.paloma(&["user", "restore", user.id()]).await.code, 0);
    can_log_in_and_stay(&user, &user.user.password).await;
    let shown = world.paloma(&["user", "show", user.id(), "--json"]).await.json();
    assert_eq!(shown["suspendedAt"], Value::Null);
}

#[tokio::test]
async fn an_operator_grants_a_limit_for_sending_and_revokes_it() {
    let world = World::get().await;
    let [bot] = world.people().await;
    let granted = async || {
        let shown = world.paloma(&["user", "show", bot.id(), "--json"]).await.json();
        shown["grant"].clone()
    };
    assert_eq!(granted().await, Value::Null);
    let output = world.paloma(&["user", "grant", bot.id(), "--burst", "500", "--per-second", "20"]).await;
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(granted().await, json!({ "burst": 500, "perSecond": 20 }));
    assert_eq!(world.paloma(&["user", "grant", bot.id(), "--none"]).await.code, 0);
    assert_eq!(granted().await, Value::Null);
    for incomplete in [&["--burst", "5"][..], &["--per-second", "5"], &[], &["--burst", "0", "--per-second", "1"]] {
        let output = world.paloma(&[&["user", "grant", bot.id()][..], incomplete].concat()).await;
        assert_eq!(output.code, 2, "{output:?}");
    }
}

/// After a crash, the enqueued job ends the sessions, because the token of the caller may be void. If no job was
/// enqueued, the token is still valid, and the caller repeats the call.
#[tokio::test]
async fn durable_sessions_end_by_the_job_or_by_a_repeated_call_after_any_crash() {
    let world = World::get().await;
    at_every_call(async |calls| {
        let devices = TwoDevices::new().await;
        let user = devices.user().clone();
        let user_id: UserId = user.id().parse().unwrap();
        let crashing = Sessions::new(&world.environment(&calls)).unwrap();
        assert_eq!(crashing.end(user_id).await.is_err(), calls.crashed());
        let enqueued = calls.carried_out() > 0;
        if !enqueued {
            Sessions::new(&world.environment(&Calls::default())).unwrap().end(user_id).await.unwrap();
        }
        until("the token to be void", async || (user.get("/me").await.status == 401).then_some(())).await;
        until("the phones to be deregistered", async || {
            let rows = world.environment(&Calls::default()).devices().unwrap().of_user(user_id).await.unwrap();
            rows.is_empty().then_some(())
        })
        .await;
        for (_, _, mut socket, _) in devices.devices {
            assert!(socket.gets_closed().await);
        }
    })
    .await;
}

#[tokio::test]
async fn durable_a_job_that_ends_sessions_and_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let connections = world.environment(&Calls::default()).connections().unwrap();
    at_every_call(async |calls| {
        let [user] = world.people().await;
        let user_id: UserId = user.id().parse().unwrap();
        let void_before = Timestamp::now();
        // Two rows without real sockets, one of them of a later session.
        let old = Session { user_id, authenticated_at: Timestamp::from_millis(void_before.as_secs() * 1_000) };
        let new = Session { user_id, authenticated_at: void_before.next_second() };
        for (name, session) in [("old", old), ("new", new)] {
            let id = ConnectionId::new(format!("{name}-of-{user_id}"));
            connections.open(id, session, void_before).await.unwrap();
        }
        let ended = SessionsEnded { user_id, void_before, is_second: false };
        assert_eq!(track(&calls, ended).await, !calls.crashed());
        assert!(track(&Calls::default(), ended).await);
        let sockets = connections.of_user(user_id, Timestamp::now()).await.unwrap();
        let sessions: Vec<_> = sockets.iter().map(|socket| socket.session).collect();
        assert_eq!(sessions, [new], "the later session keeps its socket");
        assert_eq!(user.get("/me").await.status, 401);
    })
    .await;
}
