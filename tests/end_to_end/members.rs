//! Names and avatars: a user sees those of users in the same chat, and no others.

use std::collections::BTreeSet;

use paloma::domain::UserId;
use paloma_tests::{Calls, Person, World};
use serde_json::{Value, json};

use crate::erase::erased;

/// The ids in a list of profiles.
fn ids(profiles: &Value) -> BTreeSet<&str> {
    let profiles = profiles.as_array().unwrap_or_else(|| panic!("no profiles: {profiles}"));
    profiles.iter().map(|profile| profile["userId"].as_str().unwrap()).collect()
}

/// The answer of `GET /users?ids=`.
async fn profiles_of(person: &Person, ids: &[&str]) -> Value {
    let answer = person.get(&format!("/users?ids={}", ids.join(","))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

/// Sets the name and the avatar of a user. Returns the profile that others see.
async fn set_profile(person: &Person, name: &str) -> Value {
    let avatar = format!("https://example.com/{name}.png");
    assert_eq!(person.put("/me", json!({ "name": name, "avatar": avatar })).await.status, 200);
    json!({ "userId": person.id(), "name": name, "avatar": avatar })
}

#[tokio::test]
async fn chats_contain_the_profiles_of_their_members() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (direct, group) = (ana.chat_with(&bruno).await, ana.group_with(&[bruno.id(), carla.id()]).await);
    let (ana_profile, bruno_profile) = (set_profile(&ana, "Ana").await, set_profile(&bruno, "Bruno").await);

    assert_eq!(
        ana.listed(&direct).await["members"],
        json!([bruno_profile]),
        "a list shows the other member of a direct chat"
    );
    assert_eq!(bruno.listed(&direct).await["members"], json!([ana_profile]));
    assert_eq!(ana.listed(&group).await["members"], Value::Null, "a list shows no members of groups");

    let one = ana.get(&format!("/chats/{direct}")).await;
    assert_eq!(one.body["members"], json!([ana_profile, bruno_profile]));
    let one = carla.get(&format!("/chats/{group}")).await;
    let members = one.body["members"].as_array().unwrap();
    assert_eq!(one.body["participants"], json!([ana.id(), bruno.id(), carla.id()]));
    assert_eq!((&members[0], &members[1]), (&ana_profile, &bruno_profile));
    assert_eq!(members[2], json!({ "userId": carla.id(), "name": carla.user.email.split('@').next() }));
    for answer in [one.body.to_string(), ana.get("/chats").await.body.to_string()] {
        assert!(!answer.contains("@example.com"), "addresses are private: {answer}");
    }
}

#[tokio::test]
async fn profiles_are_shown_of_users_who_share_a_chat_and_of_no_others() {
    let world = World::get().await;
    let [ana, bruno, carla, dora] = world.people().await;
    ana.chat_with(&bruno).await;
    ana.group_with(&[carla.id()]).await;
    // Dora shares chats with Bruno and Carla, and none with Ana.
    dora.group_with(&[bruno.id(), carla.id()]).await;
    let unknown = UserId::random().to_string();

    let bruno_profile = set_profile(&bruno, "Bruno").await;
    let all = [bruno.id(), carla.id(), dora.id(), &unknown, ana.id(), bruno.id()];
    let found = profiles_of(&ana, &all).await;
    assert_eq!(ids(&found["users"]), BTreeSet::from([ana.id(), bruno.id(), carla.id()]));
    assert_eq!(found["users"][0], bruno_profile);
    assert!(found["cursor"].is_null() && !found.to_string().contains("@example.com"), "{found}");
    // A user without a common chat and an unknown user get the same answer.
    assert_eq!(profiles_of(&ana, &[dora.id()]).await, profiles_of(&ana, &[&unknown]).await);

    erased(&bruno).await;
    assert_eq!(ids(&profiles_of(&ana, &all).await["users"]), BTreeSet::from([ana.id(), carla.id()]));

    for (query, fields) in [
        ("?ids=", vec!["ids"]),
        ("?ids=ana", vec!["ids"]),
        ("?ids=a,b", vec!["ids"]),
        ("?ids=x&email=a@example.com", vec!["ids"]),
    ] {
        assert_eq!(ana.get(&format!("/users{query}")).await.problem(400), fields, "{query}");
    }
    let both = format!("/users?ids={unknown}&email={}", carla.user.email);
    assert_eq!(ana.get(&both).await.problem(400), ["email", "ids"]);
    let many = vec![unknown.as_str(); 101].join(",");
    assert_eq!(ana.get(&format!("/users?ids={many}")).await.problem(400), ["ids"]);
}

#[tokio::test]
async fn a_large_group_shows_the_profile_of_every_member() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let silent: Vec<_> = world.silent_people(1_023).await.iter().map(ToString::to_string).collect();
    let silent: Vec<_> = silent.iter().map(String::as_str).collect();
    let chat = ana.group_with(&silent).await;
    let one = ana.get(&format!("/chats/{chat}")).await;
    assert_eq!(one.body["members"].as_array().map(Vec::len), Some(1_024));
    let last = &silent[923..];
    assert_eq!(ids(&profiles_of(&ana, last).await["users"]), last.iter().copied().collect());
}

/// A search looks at the direct chats first, and then at no more than 200 chats at a time.
#[tokio::test]
async fn a_search_through_many_chats_is_paged() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let (chats, calls) = (world.environment(&Calls::default()).chats().unwrap(), Calls::default());
    let watched = world.environment(&calls).chats().unwrap();
    let (me, other, stranger): (UserId, UserId, _) =
        (ana.id().parse().unwrap(), bruno.id().parse().unwrap(), UserId::random());
    let silent = world.silent_people(1).await;
    // The chat with Bruno is the oldest; 250 chats are newer.
    ana.group_with(&[bruno.id()]).await;
    let now = paloma::domain::Timestamp::now();
    for _ in 0..250 {
        let new = paloma::domain::NewChat::group(me, silent.clone(), None, None).unwrap();
        chats.create(new, None, &[], now.plus(std::time::Duration::from_secs(1))).await.unwrap();
    }
    let first = watched.known_users(me, &[other, silent[0], stranger], None).await.unwrap();
    assert_eq!(first.found, [silent[0]].into());
    assert_eq!(calls.made(), ["BatchGetItem", "Query", "BatchGetItem", "Query", "BatchGetItem"]);
    let next = watched.known_users(me, &[other, stranger], first.next).await.unwrap();
    assert_eq!((next.found, next.next), ([other].into(), None));

    // The same search over REST.
    let ids = format!("/users?ids={},{stranger}", bruno.id());
    let page = ana.get(&ids).await.body;
    assert_eq!(page["users"], json!([]));
    let rest = ana.get(&format!("{ids}&cursor={}", page["cursor"].as_str().expect("a cursor"))).await.body;
    assert_eq!((rest["users"][0]["userId"].as_str(), &rest["cursor"]), (Some(bruno.id()), &Value::Null));
    assert_eq!(ana.get(&format!("{ids}&cursor=x")).await.problem(400), ["cursor"]);
}
