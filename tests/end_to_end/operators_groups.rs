//! `paloma chat show`, `paloma user show` and `paloma trace` in a group that has changed.

use paloma_tests::{World, until};
use serde_json::{Value, json};

use crate::erase::{erased, until_summarised};
use crate::group_members::{add, patch, remove, set_role};

#[tokio::test]
async fn a_group_is_shown_with_roles_windows_and_former_members() {
    let world = World::get().await;
    let [ana, bruno, carla, dora] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), dora.id()]).await;
    set_role(&ana, &chat, bruno.id(), "admin").await;
    add(&ana, &chat, &[carla.id()]).await;
    ana.sends(&chat, "A secret of ours").await;
    remove(&ana, &chat, carla.id()).await;
    patch(&ana, &chat, json!({ "onlyAdminsWrite": true, "name": "A secret name" })).await;
    erased(&dora).await;
    until_summarised(&ana, &chat, 6).await;

    let shown = world.paloma(&["chat", "show", &chat, "--json"]).await.json();
    let roles: Vec<_> = shown["members"].as_array().unwrap().iter().map(|member| &member["role"]).collect();
    assert_eq!(roles, [&json!("admin"), &json!("admin")], "{shown}");
    let former = json!([
        { "userId": carla.id(), "windows": [{ "from": 2, "to": 4 }], "erased": false },
        { "userId": dora.id(), "windows": null, "erased": true },
    ]);
    assert_eq!(shown["former"], former, "{shown}");
    assert_eq!((&shown["membershipVersion"], &shown["onlyAdminsWrite"]), (&json!(5), &json!(true)));
    assert_eq!(shown["lastMessage"]["notice"], json!({ "type": "memberLeft" }), "{shown}");
    let output = world.paloma(&["chat", "show", &chat]).await;
    assert_eq!(output.code, 0, "{output:?}");
    for part in ["admins may write", "changed 5 times", "Former members", "2–4", "erased", "system message memberLeft"]
    {
        assert!(output.stdout.contains(part), "no {part:?} in {}", output.stdout);
    }

    // The former member has nothing unread, and sees no later message.
    let user = world.paloma(&["user", "show", carla.id(), "--json"]).await.json();
    let of_group = &user["chats"][0];
    assert_eq!((&user["unread"], &of_group["isFormer"], &of_group["lastSeq"]), (&json!(0), &json!(true), &json!(4)));
}

#[tokio::test]
async fn trace_names_the_change_that_a_system_message_reports() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    let added = add(&ana, &chat, &[carla.id()]).await.body["message"].clone();
    let promoted = set_role(&ana, &chat, bruno.id(), "admin").await.body["message"].clone();
    let renamed = patch(&ana, &chat, json!({ "name": "A secret name" })).await.body["message"].clone();
    let removed = remove(&ana, &chat, carla.id()).await.body["message"].clone();
    let left = remove(&ana, &chat, ana.id()).await.body["message"].clone();
    for (message, notice, recipients) in [
        (&added, json!({ "type": "membersAdded", "userIds": [carla.id()] }), 1),
        (&promoted, json!({ "type": "roleChanged", "userIds": [bruno.id()], "role": "admin" }), 1),
        (&renamed, json!({ "type": "chatChanged", "fields": ["name"] }), 1),
        (&removed, json!({ "type": "memberRemoved", "userIds": [carla.id()] }), 1),
        (&left, json!({ "type": "memberLeft" }), 1),
    ] {
        let id = message["messageId"].as_str().unwrap();
        let trace = until("the steps of all stages", async || {
            let trace = world.paloma(&["trace", id, "--json"]).await.json();
            let steps = trace["steps"].as_array().unwrap();
            let has = |stage: &str| steps.iter().any(|step: &Value| step["stage"] == stage);
            (has("fan-out") && has("update-summaries") && has("members")).then_some(trace)
        })
        .await;
        assert_eq!((&trace["notice"], &trace["problems"]), (&notice, &json!([])), "{trace}");
        assert_eq!(trace["recipients"].as_array().map(Vec::len), Some(recipients), "{trace}");
        assert!(!trace.to_string().contains("secret"), "{trace}");
    }
    let output = world.paloma(&["trace", removed["messageId"].as_str().unwrap(), "--content"]).await;
    let named = format!("system message memberRemoved: {}", carla.id());
    assert!(output.code == 0 && output.stdout.contains(&named), "{output:?}");
}
