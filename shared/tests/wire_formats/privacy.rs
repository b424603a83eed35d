//! Rows of privacy settings, and what they change in other rows.

use insta::assert_json_snapshot;
use paloma::domain::{Circle, Marks, MessageRef, PrivacyChange, Receipt, Watermark};
use paloma::store::Sharing;

use crate::fixtures::{ana, bruno, chat_id, member, message, minute, seq};
use crate::recorder::{Recorder, wrapped};

#[tokio::test]
async fn a_change_of_privacy_writes_the_user_and_the_copies_in_the_account() {
    let aws = Recorder::default();
    let environment = aws.environment();
    let change =
        PrivacyChange { receipts: Some(Circle::Nobody), groups: Some(Circle::Contacts), ..PrivacyChange::default() };

    let users = environment.users().unwrap();
    assert!(environment.accounts().unwrap().change_privacy(&users, ana(), change, minute(8)).await.unwrap());

    let parts = aws.json()["TransactItems"].clone();
    let update = |index: usize, name: &str| parts[index]["Update"][name].clone();
    let text = "SET receiptsPrivacy = :receiptsPrivacy, groupsPrivacy = :groupsPrivacy, privacyChangedAt = :now";
    assert_eq!(update(0, "UpdateExpression"), wrapped(text));
    assert_eq!(update(0, "ConditionExpression"), "attribute_exists(createdAt)");
    let text = "SET receiptsPrivacy = :receiptsPrivacy, receiptsHiddenAt = if_not_exists(receiptsHiddenAt, :now)";
    assert_eq!(update(1, "UpdateExpression"), wrapped(text));
    let values = update(1, "ExpressionAttributeValues");
    assert_eq!((&values[":receiptsPrivacy"], &values[":now"]), (&"S nobody".into(), &"N 1800000480000".into()));
}

#[tokio::test]
async fn a_change_without_copies_writes_the_user_alone() {
    let aws = Recorder::default();
    let environment = aws.environment();
    let change = PrivacyChange { discoverable_by_email: Some(Circle::Contacts), ..PrivacyChange::default() };
    let users = environment.users().unwrap();

    environment.accounts().unwrap().change_privacy(&users, ana(), change, minute(8)).await.unwrap();

    assert_eq!(aws.json()["TransactItems"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_hidden_receipt_keeps_the_decision() {
    let aws = Recorder::default();
    let ranges = (Watermark::at(4), Some(Watermark::at(6)));

    let statuses = aws.environment().statuses().unwrap();
    statuses.record(MessageRef::from(&message()), bruno(), Receipt::Read, ranges, None, minute(8)).await.unwrap();

    let values = &aws.json()["ExpressionAttributeValues"];
    assert_eq!((&values[":after"], &values[":hidden"]), (&"N 4".into(), &"N 6".into()));
}

#[tokio::test]
async fn a_hidden_receipt_leaves_the_mark_that_others_see() {
    let aws = Recorder::default();
    let marks = Marks { delivered: Watermark::at(6), read: Watermark::at(4) };
    let chats = aws.environment().chats().unwrap();

    chats.advance(chat_id(), bruno(), marks, Receipt::Read, (seq(7), None), Sharing::Hidden).await.unwrap();

    let update = aws.json()["UpdateExpression"].clone();
    assert_eq!(update, "SET deliveredSeq = :delivered, readSeq = :read, sharedRead = :shared");
    assert_json_snapshot!(aws.json()["ExpressionAttributeValues"], @r#"
    {
      ":delivered": "N 7",
      ":deliveredBefore": "N 6",
      ":read": "N 7",
      ":readBefore": "N 4",
      ":shared": "N 4"
    }
    "#);
}

#[tokio::test]
async fn a_sender_who_hides_receipts_keeps_the_mark_that_others_see() {
    let aws = Recorder::default();

    let kept = aws.environment().chats().unwrap().keep_shared_read(chat_id(), &member()).await.unwrap();

    assert_eq!(kept, member().marks.read, "the answer of this recorder is empty");
    assert_eq!(aws.json()["UpdateExpression"], "SET sharedRead = if_not_exists(sharedRead, readSeq)");
}
