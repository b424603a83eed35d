//! Invariants 3, 11 and 12 for changes of a group: the function `members` crashes before and after each of its calls in
//! turn. After each crash the group is as before or as after the change, and the same request again ends right.

use ::members::Members;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use paloma::domain::{Chat, ChatId, ClientMessageId, NewChat, Role, Timestamp};
use paloma::edge::Request;
use paloma::store::Chats;
use paloma_tests::{Calls, LONG, Person, World, until, until_within};
use serde_json::{Value, json};

use crate::durable::at_every_call;
use crate::group_races::user;

/// A group of Ana, who is its admin, Bruno and Carla. Dora is no member.
struct Cast {
    ana: Person,
    bruno: Person,
    carla: Person,
    dora: Person,
    chat_id: ChatId,
}

/// The request of a signed-in user, as API Gateway hands it to the function.
pub(crate) fn request(caller: &Person, route: &str, (chat_id, user): (ChatId, &str), body: &Value) -> Request {
    let in_a_second = Timestamp::now().as_secs() + 1;
    let method = route.split(' ').next();
    let event: ApiGatewayV2httpRequest = serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": route,
        "headers": {},
        "pathParameters": { "chatId": chat_id, "userId": user },
        "requestContext": {
            "http": { "method": method },
            "authorizer": { "jwt": { "claims": { "sub": caller.id(), "auth_time": in_a_second.to_string() } } },
        },
        "body": body.to_string(),
        "isBase64Encoded": false,
    }))
    .unwrap();
    Request::from(event)
}

/// The group as its rows show it. They must agree with each other, also after a crash.
async fn consistent_group(chats: &Chats, chat_id: ChatId) -> Chat {
    let (chat, head) = (chats.chat(chat_id).await.unwrap().unwrap(), chats.head(chat_id).await.unwrap().unwrap());
    let membership = &chat.membership;
    assert_eq!((head.roster.size(), head.roster.version()), (chat.participants.len(), membership.membership_version));
    assert_eq!(head.last_seq.as_u64(), membership.membership_version, "each change is one message");
    assert!(!membership.admins.is_empty(), "invariant 12: {chat:?}");
    assert!(membership.admins.iter().all(|admin| chat.participants.contains(admin)), "{chat:?}");
    let members = chats.members(chat_id, &chat.participants).await.unwrap();
    assert_eq!(members.len(), chat.participants.len(), "each member has a row");
    for member in &members {
        let role = if chat.is_admin(member.user_id) { Role::Admin } else { Role::Member };
        assert!(member.is_current() && member.role == role, "{member:?}");
    }
    for former in chats.members(chat_id, &membership.former).await.unwrap() {
        assert!(!former.is_current() && former.farewell.is_some(), "{former:?}");
    }
    chat
}

/// Crashes one kind of request everywhere, and repeats it. `has_changed` tells whether a group is as after the change.
async fn enumerate(request_of: impl Fn(&Cast, &str) -> Request, has_changed: impl Fn(&Cast, &Chat) -> bool) {
    let world = World::get().await;
    let [bruno, carla, dora] = world.people().await;
    let chats = world.environment(&Calls::default()).chats().unwrap();
    let mut socket = bruno.connects().await;
    let mut changed = Vec::new();
    at_every_call(async |calls| {
        // A new admin each time: the limit for invitations is per user.
        let [ana] = world.people().await;
        let group = NewChat::group(user(&ana), vec![user(&bruno), user(&carla)], None, None).unwrap();
        let chat_id = group.chat_id();
        chats.create(group, None, &[], Timestamp::now()).await.unwrap();
        let [bruno, carla, dora] = [&bruno, &carla, &dora].map(Clone::clone);
        let cast = Cast { ana, bruno, carla, dora, chat_id };
        let client_message_id = String::from(ClientMessageId::random());

        let crashing = Members::new(&world.environment(&calls)).unwrap();
        let first = crashing.answer(request_of(&cast, &client_message_id)).await;
        assert_eq!(first.is_err(), calls.crashed(), "a crash is an error");
        if let Err(problem) = first {
            assert_eq!(problem.status, 503, "{problem:?}");
        }
        let between = consistent_group(&chats, chat_id).await;
        assert_eq!(has_changed(&cast, &between), between.membership.membership_version == 1, "as before, or as after");

        let retried = Members::new(&world.environment(&Calls::default())).unwrap();
        let again = retried.answer(request_of(&cast, &client_message_id)).await.expect("the retry succeeds");
        assert_eq!(again.status, 200);
        let after = consistent_group(&chats, chat_id).await;
        assert!(has_changed(&cast, &after) && after.membership.membership_version == 1, "changed once: {after:?}");
        changed.push(chat_id.to_string());
    })
    .await;

    for chat in &changed {
        // After a crash between the transaction and the jobs, the safety net enqueues these after 60 s.
        until_within(LONG, "the summary of the change", async || {
            (bruno.listed(chat).await["lastMessage"]["seq"] == 1).then_some(())
        })
        .await;
        assert!(socket.receives_message(chat, 1).await["kind"].is_object());
        assert_eq!(bruno.history(chat, "").await.len(), 1, "one message for two tries");
    }
}

fn adding(cast: &Cast, client_message_id: &str) -> Request {
    let body = json!({ "userIds": [cast.dora.id()], "clientMessageId": client_message_id });
    request(&cast.ana, "POST /chats/{chatId}/members", (cast.chat_id, ""), &body)
}

#[tokio::test]
async fn durable_an_addition_that_crashes_anywhere_is_finished_by_its_retry() {
    enumerate(adding, |cast, chat| chat.participants.contains(&user(&cast.dora))).await;
}

#[tokio::test]
async fn durable_a_removal_that_crashes_anywhere_is_finished_by_its_retry() {
    let removing = |cast: &Cast, _: &str| {
        let of_carla = (cast.chat_id, cast.carla.id());
        request(&cast.ana, "DELETE /chats/{chatId}/members/{userId}", of_carla, &json!({}))
    };
    enumerate(removing, |cast, chat| !chat.participants.contains(&user(&cast.carla))).await;
}

#[tokio::test]
async fn durable_a_leaving_of_the_last_admin_that_crashes_anywhere_is_finished_by_its_retry() {
    let leaving = |cast: &Cast, _: &str| {
        let of_ana = (cast.chat_id, cast.ana.id());
        request(&cast.ana, "DELETE /chats/{chatId}/members/{userId}", of_ana, &json!({}))
    };
    let has_left = |cast: &Cast, chat: &Chat| {
        !chat.participants.contains(&user(&cast.ana)) && chat.membership.admins == [user(&cast.bruno)]
    };
    enumerate(leaving, has_left).await;
}

#[tokio::test]
async fn durable_a_change_of_a_role_that_crashes_anywhere_is_finished_by_its_retry() {
    let promoting = |cast: &Cast, _: &str| {
        let of_bruno = (cast.chat_id, cast.bruno.id());
        request(&cast.ana, "PUT /chats/{chatId}/members/{userId}/role", of_bruno, &json!({ "role": "admin" }))
    };
    enumerate(promoting, |cast, chat| chat.is_admin(user(&cast.bruno))).await;
}

#[tokio::test]
async fn durable_a_change_of_the_group_that_crashes_anywhere_is_finished_by_its_retry() {
    let renaming = |cast: &Cast, _: &str| {
        let change = json!({ "name": "Ours", "onlyAdminsWrite": true });
        request(&cast.ana, "PATCH /chats/{chatId}", (cast.chat_id, ""), &change)
    };
    enumerate(renaming, |_, chat| chat.membership.only_admins_write).await;
}

/// A first try that stopped before its transaction runs on after the member was removed again.
#[tokio::test]
async fn idempotent_a_late_repetition_of_an_addition_re_adds_no_removed_member() {
    let world = World::get().await;
    let [ana, bruno, carla, dora] = world.people().await;
    let chat_id: ChatId = ana.group_with(&[bruno.id(), carla.id()]).await.parse().unwrap();
    let cast = Cast { ana, bruno, carla, dora, chat_id };
    let environment = world.environment(&Calls::default());
    let (members, chats) = (Members::new(&environment).unwrap(), environment.chats().unwrap());
    assert_eq!(members.answer(adding(&cast, "once")).await.unwrap().status, 200);
    crate::group_members::remove(&cast.ana, &chat_id.to_string(), cast.dora.id()).await;
    for _ in 0..3 {
        assert_eq!(members.answer(adding(&cast, "once")).await.unwrap().status, 200);
    }
    let chat = consistent_group(&chats, chat_id).await;
    assert!(!chat.participants.contains(&user(&cast.dora)));
    let id = chat_id.to_string();
    until("the removal in the list", async || (cast.bruno.listed(&id).await["lastMessage"]["seq"] == 2).then_some(()))
        .await;
}
