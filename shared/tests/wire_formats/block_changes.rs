//! Changes of messages during a block.

use insta::assert_json_snapshot;
use paloma::domain::{ChangeRequest, ChangeSeq, Content};

use crate::changes::{head, transaction_of};
use crate::fixtures::bruno;

#[tokio::test]
async fn an_edit_during_a_block_keeps_the_content_that_the_blocker_sees() {
    let content = Content::try_from("Hello, Bruna!".to_owned()).unwrap();
    let mut head = head();
    (head.roster, head.blocked_change) = (head.roster.blocked_by([bruno()].into()), ChangeSeq::at(4));
    let transaction = transaction_of(&head, ChangeRequest::Edit { content, version: ChangeSeq::START }).await;
    assert_json_snapshot!(transaction[0]["Update"]["ConditionExpression"], @r##"
    [
      "attribute_exists(chatId) AND changeSeq = :before AND NOT contains(erased, :actor) AND NOT",
      "contains(leavers, :leaver) AND lastMessage.seq = :seq AND NOT contains(blockers, :leaver)",
      "AND contains(blockers, :other)"
    ]
    "##);
    let message = &transaction[1]["Update"];
    assert_json_snapshot!((&message["UpdateExpression"], &message["ExpressionAttributeValues"][":earlier"]), @r##"
    [
      [
        "SET version = :change, content = :content, editedAt = :at, earlier = :earlier REMOVE",
        "contentVersion"
      ],
      [
        {
          "content": "S Hello, Bruno!",
          "version": "N 0"
        }
      ]
    ]
    "##);
}
