//! Requests: the users who do not know another one, and the acceptance of a group's request.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem, Update};

use super::Chats;
use super::keys::{chat_key, head_key, member_key};
use super::rows::{MemberRow, chat_of};
use crate::domain::{ChatId, Head, Member, PageLimit, UserId};
use crate::store::transaction::{is_lost, pause_before_retry};
use crate::store::{RequestOutcome, StoreError, batch, number};

const OPERATION: &str = "TransactWriteItems of an accepted request";

/// Pages of 100 chats in which users are searched for one who is no stranger.
const MAX_PAGES: usize = 3;

impl Chats {
    /// Those of `others` who do not know `user`: they share no chat with `user` that both have accepted.
    ///
    /// First the direct chats are read, since their ids follow from the users. For users not found there, the 300
    /// newest chats of `user` are searched: three calls per 100 chats, and more if many users of `others` are in them.
    pub async fn strangers_among(&self, user: UserId, others: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let mut strangers: HashSet<_> = others.iter().copied().collect();
        let direct: Vec<_> = others.iter().map(|other| (ChatId::direct(user, *other), *other)).collect();
        self.remove_known(user, direct, &mut strangers).await?;
        let mut from = None;
        for _ in 0..MAX_PAGES {
            if strangers.is_empty() {
                break;
            }
            let (chats, next) = self.of_user(user, PageLimit::MAX, from).await?;
            let keys = chats.into_iter().map(chat_key).collect();
            let mut shared = Vec::new();
            for row in batch::get(&self.client, &self.table, keys).await? {
                let chat = chat_of(row)?;
                let members = chat.participants.iter().filter(|member| strangers.contains(member));
                shared.extend(members.map(|member| (chat.chat_id, *member)));
            }
            self.remove_known(user, shared, &mut strangers).await?;
            from = next;
            if from.is_none() {
                break;
            }
        }
        Ok(others.iter().copied().filter(|other| strangers.contains(other)).collect())
    }

    /// Removes the users who have accepted a chat that `user` has accepted too.
    async fn remove_known(
        &self,
        user: UserId,
        shared: Vec<(ChatId, UserId)>,
        strangers: &mut HashSet<UserId>,
    ) -> Result<(), StoreError> {
        let chats: HashSet<_> = shared.iter().map(|(chat_id, _)| *chat_id).collect();
        let own = chats.into_iter().map(|chat_id| member_key(chat_id, user));
        let keys = own.chain(shared.iter().map(|(chat_id, other)| member_key(*chat_id, *other))).collect();
        let rows = batch::get(&self.client, &self.table, keys).await?;
        let mut accepted: HashMap<ChatId, HashSet<UserId>> = HashMap::new();
        for row in rows {
            let Some(chat_id) = super::list::chat_of_key(&row) else { continue };
            let Some(member) = MemberRow::member(row)? else { continue };
            if member.requested_by.is_none() && member.is_current() {
                accepted.entry(chat_id).or_default().insert(member.user_id);
            }
        }
        let is_known = |(chat_id, other): &(ChatId, UserId)| {
            accepted.get(chat_id).is_some_and(|members| members.contains(&user) && members.contains(other))
        };
        for (_, other) in shared.iter().filter(|pair| is_known(pair)) {
            strangers.remove(other);
        }
        Ok(())
    }

    /// Accepts the request of a group. One read, and up to 4 write units.
    ///
    /// # Errors
    /// Also when messages of the group were faster for 8 s.
    pub async fn accept(&self, chat_id: ChatId, user: UserId) -> Result<RequestOutcome, StoreError> {
        let started = Instant::now();
        loop {
            let Some((head, member)) = self.membership(chat_id, user).await? else {
                return Ok(RequestOutcome::NotFound);
            };
            if member.requested_by.is_none() {
                return Ok(RequestOutcome::Unchanged);
            }
            let parts = self.acceptance(chat_id, &head, &member.accepting(&head))?;
            match self.client.transact_write_items().set_transact_items(Some(parts)).send().await {
                Ok(_) => return Ok(RequestOutcome::Changed),
                Err(error) if is_lost(&error) => {}
                Err(error) => return Err(StoreError::call(OPERATION)(error)),
            }
            pause_before_retry(OPERATION, started).await?;
        }
    }

    /// The member counts for the group's ticks from here on, so no message may come between the marks and the head.
    fn acceptance(&self, chat_id: ChatId, head: &Head, member: &Member) -> Result<Vec<TransactWriteItem>, StoreError> {
        let check = ConditionCheck::builder().table_name(&self.table).set_key(Some(head_key(chat_id)));
        let check =
            check.condition_expression("lastSeq = :last").expression_attribute_values(":last", number(head.last_seq));
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(member_key(chat_id, member.user_id)))
            .update_expression(
                "SET deliveredSeq = :delivered, readSeq = :read, readCount = :count REMOVE requestedBy, askedId",
            )
            .condition_expression("attribute_exists(requestedBy)")
            .expression_attribute_values(":delivered", number(member.marks.delivered))
            .expression_attribute_values(":read", number(member.marks.read))
            .expression_attribute_values(":count", number(member.read_count()));
        let check = check.build().map_err(StoreError::unbuilt(OPERATION))?;
        let update = update.build().map_err(StoreError::unbuilt(OPERATION))?;
        Ok(vec![
            TransactWriteItem::builder().condition_check(check).build(),
            TransactWriteItem::builder().update(update).build(),
        ])
    }
}
