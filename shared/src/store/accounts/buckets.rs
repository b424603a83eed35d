//! Charges to token buckets. A write adds to the stored time and has a condition, so concurrent calls each take their
//! own tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use super::Accounts;
use super::rows::{buckets_of, key, key_named};
use crate::domain::{Account, Action, Bucket, Email, Limited, SendCharge, Timestamp, UserId};
use crate::store::{Row, StoreError, number};

/// Tries of a write. Each try fails if the bucket is in another state than expected. After the last one the call
/// passes. Between two tries a bucket changes its state at most twice, when it empties and fills.
const MAX_TRIES: u32 = 6;

/// Time for which the buckets of an address are kept after the last use: longer than any of them takes to fill.
const RETENTION: Duration = Duration::from_secs(2 * 24 * 3600);

/// The buckets of a row by attribute, each with the time at which it is full.
type Buckets = BTreeMap<String, Timestamp>;

/// Tokens to take from one bucket.
struct Charge {
    name: &'static str,
    bucket: Bucket,
    tokens: u32,
}

/// A change of one bucket, and the state of the bucket that it applies to.
enum Change {
    /// For a full bucket: sets the time at which it is full again.
    SetFullAt(Timestamp),
    /// For a bucket that is not full: delays by this duration the time at which it is full again, if that time is at
    /// most the given one.
    Delay(Duration, Timestamp),
    /// For a bucket with fewer tokens than the charge: empties it, and sets the time at which it is full again.
    Empty(Timestamp),
}

impl Accounts {
    /// Takes tokens for actions of a user, with the account as just read. One write; none when a limit rejects the
    /// call.
    pub async fn charge(
        &self,
        account: &Account,
        actions: &[(Action, u32)],
        now: Timestamp,
    ) -> Result<Result<(), Limited>, StoreError> {
        let charges = self.charges(actions);
        self.write(key(account.user_id), account.buckets.clone(), false, now, &charges, Charge::take).await
    }

    /// Takes a token for an action with an email address, before there is a session. One write, or two if the address
    /// was used shortly before.
    pub async fn charge_address(
        &self,
        email: &Email,
        action: Action,
        now: Timestamp,
    ) -> Result<Result<(), Limited>, StoreError> {
        self.charge_name(format!("limits#{}", email.as_str()), action, now).await
    }

    /// Takes a token from a bucket of the whole deployment. One write, or two if it was used shortly before.
    pub async fn charge_deployment(&self, action: Action, now: Timestamp) -> Result<Result<(), Limited>, StoreError> {
        self.charge_name("limits#*".to_owned(), action, now).await
    }

    async fn charge_name(
        &self,
        name: String,
        action: Action,
        now: Timestamp,
    ) -> Result<Result<(), Limited>, StoreError> {
        self.write(key_named(name), Buckets::new(), true, now, &self.charges(&[(action, 1)]), Charge::take).await
    }

    /// Takes tokens from a user's bucket for sending, after messages were accepted. One write; two if the bucket filled
    /// or emptied since the acceptance. The bucket is emptied at most: after a burst above the limit the user can
    /// continue at the steady rate.
    pub async fn spend_on_sending(
        &self,
        user_id: UserId,
        SendCharge { grant, full_at, .. }: SendCharge,
        tokens: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let charge = Charge { name: Account::SEND_BUCKET, bucket: self.limits.send_bucket(grant), tokens };
        let spend = |charge: &Charge, seen, now| Ok(charge.spend(seen, now));
        let seen = full_at.map(|full_at| (Account::SEND_BUCKET.to_owned(), full_at)).into_iter().collect();
        self.write(key(user_id), seen, false, now, &[charge], spend).await?.ok();
        Ok(())
    }

    fn charges(&self, actions: &[(Action, u32)]) -> Vec<Charge> {
        let (factor, sign_ups) = (self.limits.rare_calls_factor, self.limits.sign_ups());
        let charges = actions.iter().flat_map(|(action, tokens)| {
            let tokens = *tokens;
            action.buckets().iter().map(move |(name, bucket)| {
                // Parameters of the deployment set the mails of the user pool per day.
                let bucket = if *action == Action::SignUp { sign_ups } else { bucket.times(factor) };
                Charge { name, bucket, tokens }
            })
        });
        charges.collect()
    }

    /// Applies the changes to the buckets of a row. The call passes if a row that must exist is missing.
    async fn write(
        &self,
        key: Row,
        mut seen: Buckets,
        may_create_row: bool,
        now: Timestamp,
        charges: &[Charge],
        change: impl Fn(&Charge, Option<Timestamp>, Timestamp) -> Result<Change, Limited>,
    ) -> Result<Result<(), Limited>, StoreError> {
        for _ in 0..MAX_TRIES {
            let mut update = self.client.update_item().table_name(&self.table).set_key(Some(key.clone()));
            let (mut changes, mut conditions) = (Vec::new(), Vec::new());
            if may_create_row {
                changes.push("#ttl = :ttl".to_owned());
                update = update
                    .expression_attribute_names("#ttl", "ttl")
                    .expression_attribute_values(":ttl", number(now.plus(RETENTION).as_secs()));
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
    /// The change that takes the tokens from a bucket that is full at this time, as last read.
    fn take(&self, full_at: Option<Timestamp>, now: Timestamp) -> Result<Change, Limited> {
        self.bucket.take(full_at, self.tokens, now)?;
        Ok(self.change(full_at, now))
    }

    /// As [`Self::take`], but empties a bucket with fewer tokens.
    fn spend(&self, full_at: Option<Timestamp>, now: Timestamp) -> Change {
        match self.bucket.take(full_at, self.tokens, now) {
            Ok(_) => self.change(full_at, now),
            Err(_) => Change::Empty(now.plus(self.bucket.capacity())),
        }
    }

    fn change(&self, full_at: Option<Timestamp>, now: Timestamp) -> Change {
        let cost = self.bucket.cost(self.tokens);
        match full_at.filter(|full_at| *full_at > now) {
            None => Change::SetFullAt(now.plus(cost)),
            Some(_) => Change::Delay(cost, now.plus(self.bucket.capacity().saturating_sub(cost))),
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
            Self::SetFullAt(next) => {
                changes.push(format!("{name} = :{name}"));
                conditions.push(format!("(attribute_not_exists({name}) OR {name} <= :now)"));
                update.expression_attribute_values(format!(":{name}"), number(next.as_millis()))
            }
            Self::Delay(cost, latest) => {
                changes.push(format!("{name} = {name} + :{name}"));
                conditions.push(format!("{name} > :now AND {name} <= :{name}Latest"));
                update
                    .expression_attribute_values(format!(":{name}"), number(cost.as_millis()))
                    .expression_attribute_values(format!(":{name}Latest"), number(latest.as_millis()))
            }
            Self::Empty(next) => {
                changes.push(format!("{name} = :{name}"));
                conditions.push(format!("{name} > :now"));
                update.expression_attribute_values(format!(":{name}"), number(next.as_millis()))
            }
        }
    }
}
