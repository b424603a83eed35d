//! The removal of a group: its transaction, and its record in the group's row.

use insta::assert_json_snapshot;
use paloma::domain::{DraftNotice, GroupChange, GroupRequest, Head, Reason};

use crate::fixtures::{group, minute};
use crate::recorder::Recorder;

#[tokio::test]
async fn a_removal_marks_the_head_and_keeps_the_members_and_the_reason_in_the_row_of_the_group() {
    let aws = Recorder::default();
    let (group, reason) = (group(), Reason::try_from("spam".to_owned()).unwrap());
    let (draft, request) = (DraftNotice::of_chat_removal(group.chat_id), GroupRequest::RemoveChat(reason));
    let change = GroupChange::new(&draft, &request, (&group, &Head::of(&group)), &[], minute(1)).unwrap().unwrap();

    aws.environment().message_log().unwrap().change_group(&change).await.unwrap();

    let parts = aws.json()["TransactItems"].clone();
    assert_json_snapshot!(parts[0]["Update"]["UpdateExpression"], @r#"
    [
      "SET lastSeq = :seq, lastCount = :count, lastTimestamp = :time, lastSenderId = :sender,",
      "lastMessageId = :id, participantCount = :size, membershipVersion = :version,",
      "onlyAdminsWrite = :admins, moreLeft = :more, removed = :removed REMOVE leftAt, leavers"
    ]
    "#);
    assert_json_snapshot!(parts[1]["Update"]["ExpressionAttributeValues"], @r#"
    {
      ":membershipVersion": "N 1",
      ":name": "S Friends",
      ":participants": [],
      ":removal": {
        "at": "N 1800000060000",
        "members": [
          "S aaaaaaaa-0000-4000-8000-000000000001",
          "S bbbbbbbb-0000-4000-8000-000000000002",
          "S cccccccc-0000-4000-8000-000000000003"
        ],
        "reason": "S spam"
      }
    }
    "#);
    assert_json_snapshot!(parts[2]["Put"]["Item"], @r#"
    {
      "chatId": "S 00000000-0000-4000-8000-0000000000c2",
      "clientMessageId": "S removal",
      "content": {
        "NULL": true
      },
      "count": "N 0",
      "createdAt": "N 1800000060000",
      "kind": {
        "type": "S chatRemoved"
      },
      "messageId": "S 43616c75-8e44-5e49-8e20-6fe8667a276c",
      "senderId": "S 00000000-0000-0000-0000-000000000000",
      "seq": "N 1",
      "status": "S sent",
      "timestamp": "N 1800000060000"
    }
    "#);
}
