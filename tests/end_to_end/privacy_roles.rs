//! Each function's role for privacy settings.

use paloma::domain::{ChatId, Circle, Marks, PrivacyChange, Receipt, Seq, Timestamp, UserId};
use paloma::store::Sharing;
use paloma_tests::World;

use crate::least_privilege::denied;

#[tokio::test]
async fn functions_of_privacy_settings_access_only_these() {
    let world = World::get().await;
    let (chat, user, other) = (ChatId::random(), world.silent_people(1).await[0], UserId::random());
    let profile = world.environment_of("profile").await;
    let change = PrivacyChange { receipts: Some(Circle::Nobody), ..PrivacyChange::default() };
    let (accounts, users) = (profile.accounts().unwrap(), profile.users().unwrap());
    assert!(accounts.change_privacy(&users, user, change, Timestamp::now()).await.unwrap());
    assert!(!accounts.change_privacy(&users, other, change, Timestamp::now()).await.unwrap(), "an unknown user");
    assert!(profile.chats().unwrap().with_contact(&[user], other).await.unwrap().is_empty());
    denied("profile reading chats", profile.chats().unwrap().membership(chat, user).await);
    denied("profile suspending a user", accounts.suspend(user, Some(Timestamp::now())).await);
    denied("profile resetting a limit", accounts.grant(user, None).await);

    let summaries = world.environment_of("update-summaries").await;
    let receipts = summaries.accounts().unwrap().receipts_privacy(user).await.unwrap();
    assert_eq!(receipts, Some(Circle::Nobody));
    denied("update-summaries reading an account", summaries.accounts().unwrap().account(user).await);

    let sender = world.environment_of("send-message").await;
    let (seq, marks) = (Seq::try_from(1).unwrap(), Marks::default());
    let moved = sender.chats().unwrap().advance(chat, user, marks, Receipt::Read, (seq, None), Sharing::Hidden).await;
    denied("send-message moving marks", moved);

    let tracker = world.environment_of("track-presence").await;
    assert!(tracker.chats().unwrap().with_contact(&[user], other).await.unwrap().is_empty());
}
