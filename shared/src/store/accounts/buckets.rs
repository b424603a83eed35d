//! Taking tokens out of buckets: one conditional write, which does not depend on what was read before. So calls that come
//! at the same time each take their own tokens, and none slips through beside another.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use super::Accounts;
use super::rows::{buckets_of, key, key_of};
use crate::domain::{Account, Action, Bucket, Email, Limited, Timestamp};
use crate::store::{Row, StoreError, number};

/// Tries in which a bucket turned out to be in another state than was seen. After that the call passes: a limit lets a
/// call through in doubt. A bucket changes its state twice at most between two tries, when it empties and fills.
const MOST_TRIES: u32 = 6;

/// Time for which an address' buckets are kept after the last use: longer than any of them takes to fill.
const KEPT: Duration = Duration::from_secs(2 * 24 * 3600);

/// The buckets of a row, by attribute.
type Buckets = BTreeMap<String, Timestamp>;

/// Tokens to take out of one bucket.
struct Charge {
    name: &'static str,
    bucket: Bucket,
    tokens: u32,
}

/// A change of one bucket, with the condition on which it is right.
enum Change {
    /// The bucket is full: it is full again at this time.
    OfFull(Timestamp),
    /// It is not, and moves by this much if it then lies at most there.
    By(Duration, Timestamp),
    /// It holds less than was spent: it is empty now, and full again at this time.
    ToEmpty(Timestamp),
}

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
        let charges = self.charges(taken);
        self.write(key(account.user_id), account.buckets.clone(), false, now, &charges, Charge::take).await
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
        self.charge_name(format!("limits#{}", email.as_str()), action, now).await
    }

    /// Takes a token out of a bucket that the whole deployment shares. One write, or two if it was used of late.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn charge_deployment(&self, action: Action, now: Timestamp) -> Result<Result<(), Limited>, StoreError> {
        self.charge_name("limits#*".to_owned(), action, now).await
    }

    async fn charge_name(
        &self,
        name: String,
        action: Action,
        now: Timestamp,
    ) -> Result<Result<(), Limited>, StoreError> {
        self.write(key_of(name), Buckets::new(), true, now, &self.charges(&[(action, 1)]), Charge::take).await
    }

    /// Moves a user's bucket for sending after messages that were accepted. One write. The bucket never owes more than it
    /// holds, so that a flood that slipped through is followed by the steady rate and not by silence.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn spend_on_sending(&self, account: &Account, tokens: u32, now: Timestamp) -> Result<(), StoreError> {
        let bucket = self.limits.send_bucket(account);
        let charge = Charge { name: Account::SEND_BUCKET, bucket, tokens };
        let spend = |charge: &Charge, seen, now| Ok(charge.spend(seen, now));
        let seen = account.buckets.clone();
        self.write(key(account.user_id), seen, false, now, &[charge], spend).await?.ok();
        Ok(())
    }

    fn charges(&self, taken: &[(Action, u32)]) -> Vec<Charge> {
        let (factor, sign_ups) = (self.limits.rare_calls_factor, self.limits.sign_ups());
        let charges = taken.iter().flat_map(|(action, tokens)| {
            let tokens = *tokens;
            action.buckets().iter().map(move |(name, bucket)| {
                // The user pool's mails of a day are no matter of the product's own.
                let bucket = if *action == Action::SignUp { sign_ups } else { bucket.times(factor) };
                Charge { name, bucket, tokens }
            })
        });
        charges.collect()
    }

    /// Changes the buckets of a row, once their states are as the changes need them. A row that must exist and does not
    /// passes.
    async fn write(
        &self,
        key: Row,
        mut seen: Buckets,
        may_make_row: bool,
        now: Timestamp,
        charges: &[Charge],
        change: impl Fn(&Charge, Option<Timestamp>, Timestamp) -> Result<Change, Limited>,
    ) -> Result<Result<(), Limited>, StoreError> {
        for _ in 0..MOST_TRIES {
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
            for charge in charges {
                match change(charge, seen.get(charge.name).copied(), now) {
                    Ok(change) => update = change.add_to(update, charge.name, now, &mut changes, &mut conditions),
                    Err(limited) => return Ok(Err(limited)),
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

impl Charge {
    /// The change that takes the tokens out of a bucket which was last seen to be full again then.
    fn take(&self, full_at: Option<Timestamp>, now: Timestamp) -> Result<Change, Limited> {
        self.bucket.take(full_at, self.tokens, now)?;
        Ok(self.change(full_at, now))
    }

    /// The same, but a bucket that holds fewer is emptied.
    fn spend(&self, full_at: Option<Timestamp>, now: Timestamp) -> Change {
        match self.bucket.take(full_at, self.tokens, now) {
            Ok(_) => self.change(full_at, now),
            Err(_) => Change::ToEmpty(now.plus(self.bucket.capacity())),
        }
    }

    fn change(&self, full_at: Option<Timestamp>, now: Timestamp) -> Change {
        let cost = self.bucket.cost(self.tokens);
        match full_at.filter(|full_at| *full_at > now) {
            None => Change::OfFull(now.plus(cost)),
            Some(_) => Change::By(cost, now.plus(self.bucket.capacity().saturating_sub(cost))),
        }
    }
}

impl Change {
    fn add_to(
        self,
        update: UpdateItemFluentBuilder,
        name: &str,
        now: Timestamp,
        changes: &mut Vec<String>,
        conditions: &mut Vec<String>,
    ) -> UpdateItemFluentBuilder {
        let update = update.expression_attribute_values(":now", number(now.as_millis()));
        match self {
            Self::OfFull(next) => {
                changes.push(format!("{name} = :{name}"));
                conditions.push(format!("(attribute_not_exists({name}) OR {name} <= :now)"));
                update.expression_attribute_values(format!(":{name}"), number(next.as_millis()))
            }
            Self::By(cost, latest) => {
                changes.push(format!("{name} = {name} + :{name}"));
                conditions.push(format!("{name} > :now AND {name} <= :{name}Latest"));
                update
                    .expression_attribute_values(format!(":{name}"), number(cost.as_millis()))
                    .expression_attribute_values(format!(":{name}Latest"), number(latest.as_millis()))
            }
            Self::ToEmpty(next) => {
                changes.push(format!("{name} = :{name}"));
                conditions.push(format!("{name} > :now"));
                update.expression_attribute_values(format!(":{name}"), number(next.as_millis()))
            }
        }
    }
}
