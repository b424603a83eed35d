//! Changes of messages and the times of membership (invariants 9 and 11).

use paloma_tests::{Person, World};
use serde_json::{Value, json};

use crate::group_members::{add, remove};
use crate::message_changes::{delete, edit, page};

#[tokio::test]
async fn windows_changes_of_earlier_messages_reach_no_new_member_and_no_former_one() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    let early = bruno.sends(&chat, "Before Carla").await;
    assert_eq!(add(&ana, &chat, &[carla.id()]).await.status, 200);
    let late = bruno.sends(&chat, "With Carla").await;
    let mut socket = carla.connects().await;
    assert_eq!(edit(&carla, &early, "Mine", 0).await.status, 404, "outside of the windows");
    assert_eq!(edit(&bruno, &early, "Still before Carla", 0).await.status, 200);
    assert_eq!(delete(&ana, &late).await.status, 200, "an admin");
    let frame = socket.receives("the first change that Carla may see", |frame| frame["type"] == "change").await;
    assert_eq!((&frame["changeSeq"], &frame["message"]["seq"]), (&json!(2), &json!(3)), "{frame}");
    let caught_up = page(&carla, &chat, "?after=3&changedAfter=0").await;
    assert_eq!(caught_up["changed"].as_array().unwrap().len(), 1, "{caught_up}");
    assert_eq!(caught_up["changeSeq"], 2);

    assert_eq!(remove(&ana, &chat, carla.id()).await.status, 200);
    assert_eq!(edit(&bruno, &early, "Without Carla", 1).await.status, 200);
    let former = page(&carla, &chat, "?after=3&changedAfter=2").await;
    assert_eq!((&former["changed"], &former["changeSeq"]), (&json!([]), &json!(2)), "{former}");
    // A device that was offline catches up with the changes before the removal, and knows from the list that it must.
    let behind = page(&carla, &chat, "?after=3&changedAfter=1").await;
    let changed = behind["changed"].as_array().unwrap();
    assert_eq!((changed.len(), &behind["changeSeq"], &behind["hasMoreChanges"]), (1, &json!(2), &json!(false)));
    assert!(changed[0]["deletedAt"].is_u64() && carla.listed(&chat).await["changeSeq"] == 2, "{behind}");
    assert_eq!(delete(&carla, &late).await.status, 403);
}

#[tokio::test]
async fn windows_a_former_member_keeps_the_content_from_before_the_removal_until_it_is_deleted() {
    let [ana, bruno, carla, dora] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let (first, second) = (bruno.sends(&chat, "First").await, bruno.sends(&chat, "Second").await);
    assert_eq!(edit(&bruno, &second, "Second, edited", 0).await.status, 200);
    assert_eq!(remove(&ana, &chat, carla.id()).await.status, 200);
    // A joining does not make the group forget that Carla has just left.
    assert_eq!(add(&ana, &chat, &[dora.id()]).await.status, 200);
    assert_eq!(edit(&bruno, &first, "After the removal", 0).await.status, 200);
    assert_eq!(edit(&bruno, &second, "Again after it", 1).await.status, 200);
    assert_eq!(edit(&bruno, &second, "And again", 3).await.status, 200);
    assert_eq!(page(&ana, &chat, "").await["messages"][1]["content"], "And again");
    for query in ["", "?after=0", "?before=3"] {
        let seen = page(&carla, &chat, query).await;
        let (one, two) = (&seen["messages"][0], &seen["messages"][1]);
        assert_eq!((&one["content"], &one["editedAt"]), (&json!("First"), &Value::Null), "{seen}");
        assert_eq!((&two["content"], &two["version"]), (&json!("Second, edited"), &json!(1)), "{seen}");
    }
    assert_eq!(delete(&bruno, &second).await.status, 200);
    let seen = page(&carla, &chat, "").await;
    assert_eq!(
        (&seen["messages"][1]["content"], &seen["messages"][1]["deletedBy"]),
        (&Value::Null, &json!(bruno.id()))
    );
    let key = second["messageId"].as_str().unwrap();
    let row = World::get().await.row("messages", "messageId", key).await.unwrap();
    assert!(!format!("{row:?}").contains("Second"), "the deletion removes all contents: {row:?}");
    // After rejoining, Carla sees the messages of her times as they are now.
    assert_eq!(add(&ana, &chat, &[carla.id()]).await.status, 200);
    assert_eq!(page(&carla, &chat, "").await["messages"][0]["content"], "After the removal");
}

/// A row has at most 400 KB: 30 contents of 16 KB would not fit.
#[tokio::test]
async fn windows_30_long_edits_after_removals_keep_the_contents_that_the_former_members_saw() {
    let world = World::get().await;
    let [ana, bruno, carla, dora] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id(), dora.id()]).await;
    let message = bruno.sends(&chat, "As sent").await;
    let long = |number: u64| format!("{number:02}").repeat(8_192);
    assert_eq!(remove(&ana, &chat, carla.id()).await.status, 200);
    for number in 0..30 {
        if number == 15 {
            assert_eq!(remove(&ana, &chat, dora.id()).await.status, 200);
        }
        let edited = edit(&bruno, &message, &long(number), number).await;
        assert_eq!(edited.status, 200, "edit {number}");
    }
    let first = async |person: &Person| page(person, &chat, "").await["messages"][0]["content"].clone();
    assert_eq!(first(&carla).await, "As sent");
    assert_eq!(first(&dora).await, long(14));
    assert_eq!(first(&ana).await, long(29));
}
