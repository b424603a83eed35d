//! Taking tokens out of buckets: one conditional write, on what was read before.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use super::accounts::{Accounts, buckets_of, key, key_of};
use super::{Row, StoreError, number};
use crate::domain::{Account, Action, Email, Limited, Timestamp};

/// Tries against others who take tokens at the same time. After that the call passes: a limit never blocks in doubt.
const MOST_TRIES: u32 = 4;

/// Time for which an address' buckets are kept after the last use: longer than any of them takes to fill.
const KEPT: Duration = Duration::from_secs(2 * 24 * 3600);

/// The buckets of a row, by attribute.
type Buckets = BTreeMap<String, Timestamp>;

/// What a charge makes of the buckets: the ones that change, with the time at which each is full again.
type Charged = Result<Vec<(&'static str, Timestamp)>, Limited>;

impl Accounts {
    /// Takes tokens for what a user does, whose account was just read. One write; none when a limit refuses.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn charge(
        &self,
        account: &Account,
        taken: &[(Action, u32)],
        now: Timestamp,
    ) -> Result<Result<(), Limited>, StoreError> {
        let take = |buckets: &Buckets| self.take(buckets, taken, now);
        self.write(key(account.user_id), account.buckets.clone(), false, now, take).await
    }

    /// Takes a token for an action that an email address stands for, before there is a session. One write, or two if
    /// the address was used of late.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn charge_address(
        &self,
        email: &Email,
        action: Action,
        now: Timestamp,
    ) -> Result<Result<(), Limited>, StoreError> {
        let take = |buckets: &Buckets| self.take(buckets, &[(action, 1)], now);
        self.write(key_of(format!("limits#{}", email.as_str())), Buckets::new(), true, now, take).await
    }

    /// Moves a user's bucket for sending after messages that were accepted. One write.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn spend_on_sending(&self, account: &Account, tokens: u32, now: Timestamp) -> Result<(), StoreError> {
        let bucket = self.limits.send_bucket(account);
        let spend = |buckets: &Buckets| {
            Ok(vec![(Account::SEND_BUCKET, bucket.spend(buckets.get(Account::SEND_BUCKET).copied(), tokens, now))])
        };
        self.write(key(account.user_id), account.buckets.clone(), false, now, spend).await?.ok();
        Ok(())
    }

    fn take(&self, buckets: &Buckets, taken: &[(Action, u32)], now: Timestamp) -> Charged {
        let each = taken.iter().flat_map(|(action, tokens)| action.buckets().iter().map(move |kept| (kept, *tokens)));
        let taken = each.map(|((name, bucket), tokens)| {
            let bucket = bucket.times(self.limits.rare_calls_factor);
            Ok((*name, bucket.take(buckets.get(*name).copied(), tokens, now)?))
        });
        taken.collect()
    }

    /// Writes what `charge` makes of the buckets, if they are still what was seen; otherwise once more from what they
    /// are. A row that must exist and does not passes.
    async fn write(
        &self,
        key: Row,
        mut seen: Buckets,
        may_make_row: bool,
        now: Timestamp,
        charge: impl Fn(&Buckets) -> Charged,
    ) -> Result<Result<(), Limited>, StoreError> {
        for _ in 0..MOST_TRIES {
            let charged = match charge(&seen) {
                Ok(charged) => charged,
                Err(limited) => return Ok(Err(limited)),
            };
            let mut update = self.client.update_item().table_name(&self.table).set_key(Some(key.clone()));
            let (mut changes, mut conditions) = (Vec::new(), Vec::new());
            if may_make_row {
                changes.push("#ttl = :ttl".to_owned());
                update = update
                    .expression_attribute_names("#ttl", "ttl")
                    .expression_attribute_values(":ttl", number(now.plus(KEPT).as_secs()));
            } else {
                conditions.push("attribute_exists(userId)".to_owned());
            }
            for (name, full_at) in charged {
                changes.push(format!("{name} = :{name}"));
                update = update.expression_attribute_values(format!(":{name}"), number(full_at.as_millis()));
                match seen.get(name) {
                    Some(before) => {
                        conditions.push(format!("{name} = :{name}Before"));
                        let before = number(before.as_millis());
                        update = update.expression_attribute_values(format!(":{name}Before"), before);
                    }
                    None => conditions.push(format!("attribute_not_exists({name})")),
                }
            }
            let written = update
                .update_expression(format!("SET {}", changes.join(", ")))
                .condition_expression(conditions.join(" AND "))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
                .await;
            let Err(error) = written else { return Ok(Ok(())) };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => match &failed.item {
                    Some(row) => seen = buckets_of(row),
                    None => return Ok(Ok(())),
                },
                _ => return Err(StoreError::call("UpdateItem of a bucket")(error)),
            }
        }
        Ok(Ok(()))
    }
}
