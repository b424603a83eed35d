//! The tables of a function.

use super::{Environment, MissingVariable};
use crate::domain::{Retention, SendLimit};
use crate::group_changes::GroupChanges;
use crate::store::{
    Accounts, Blocks, ChangeLog, Changes, Chats, Connections, Devices, Limits, MessageLog, Messages, Reachability,
    Reports, Statuses, StoredReactions, Tickets, Users,
};

impl Environment {
    /// The Users table, from `USERS_TABLE`.
    pub fn users(&self) -> Result<Users, MissingVariable> {
        Ok(Users::new(self.dynamodb(), self.variable("USERS_TABLE")?))
    }

    /// The Accounts table, from `ACCOUNTS_TABLE`, with the limits of this deployment.
    pub fn accounts(&self) -> Result<Accounts, MissingVariable> {
        let number = |name: &str| self.variable(name)?.parse().map_err(|_| MissingVariable(name.to_owned()));
        let limits = Limits {
            send: SendLimit { burst: number("SEND_BURST")?, per_second: number("SENDS_PER_SECOND")? },
            rare_calls_factor: number("RARE_CALLS_FACTOR")?,
            sign_ups_per_day: number("SIGN_UPS_PER_DAY")?,
        };
        Ok(Accounts::new(self.dynamodb(), self.variable("ACCOUNTS_TABLE")?, limits))
    }

    /// The Tickets table, from `TICKETS_TABLE`.
    pub fn tickets(&self) -> Result<Tickets, MissingVariable> {
        Ok(Tickets::new(self.dynamodb(), self.variable("TICKETS_TABLE")?))
    }

    /// The Chats table, from `CHATS_TABLE`.
    pub fn chats(&self) -> Result<Chats, MissingVariable> {
        Ok(Chats::new(self.dynamodb(), self.variable("CHATS_TABLE")?))
    }

    /// The Blocks table, from `BLOCKS_TABLE`, with the Chats table.
    pub fn blocks(&self) -> Result<Blocks, MissingVariable> {
        Ok(Blocks::new(self.dynamodb(), self.variable("BLOCKS_TABLE")?, self.variable("CHATS_TABLE")?))
    }

    /// The Reports table, from `REPORTS_TABLE`.
    pub fn reports(&self) -> Result<Reports, MissingVariable> {
        Ok(Reports::new(self.dynamodb(), self.variable("REPORTS_TABLE")?))
    }

    /// The Messages table, from `MESSAGES_TABLE`, without messages that are too old.
    pub fn messages(&self) -> Result<Messages, MissingVariable> {
        Ok(self.messages_of_any_age()?.kept_for(self.retention()?))
    }

    /// The Messages table, from `MESSAGES_TABLE`, with messages of any age.
    pub fn messages_of_any_age(&self) -> Result<Messages, MissingVariable> {
        Ok(Messages::new(self.dynamodb(), self.variable("MESSAGES_TABLE")?))
    }

    /// The time for which messages are kept, from `MESSAGE_RETENTION_DAYS`.
    pub fn retention(&self) -> Result<Retention, MissingVariable> {
        let days = self.variable("MESSAGE_RETENTION_DAYS")?;
        days.parse().map_err(|_| MissingVariable("MESSAGE_RETENTION_DAYS".to_owned()))
    }

    /// Whether a stranger's chat is a request, from `MESSAGE_REQUESTS`. It is not if all users know each other.
    pub fn message_requests(&self) -> Result<bool, MissingVariable> {
        let name = "MESSAGE_REQUESTS";
        self.variable(name)?.parse().map_err(|_| MissingVariable(name.to_owned()))
    }

    /// The stores and queues that change groups.
    pub fn group_changes(&self) -> Result<GroupChanges, MissingVariable> {
        Ok(GroupChanges {
            chats: self.chats()?,
            log: self.message_log()?,
            messages: self.messages()?,
            deliveries: self.deliveries()?,
            summaries: self.summaries()?,
        })
    }

    /// The transactions that accept messages, from `CHATS_TABLE` and `MESSAGES_TABLE`.
    pub fn message_log(&self) -> Result<MessageLog, MissingVariable> {
        let (chats, messages) = (self.variable("CHATS_TABLE")?, self.variable("MESSAGES_TABLE")?);
        Ok(MessageLog::new(self.dynamodb(), chats, messages, self.retention()?))
    }

    /// The transactions that change messages, from `CHATS_TABLE`, `MESSAGES_TABLE` and `CHANGES_TABLE`.
    pub fn change_log(&self) -> Result<ChangeLog, MissingVariable> {
        let (chats, messages) = (self.variable("CHATS_TABLE")?, self.variable("MESSAGES_TABLE")?);
        Ok(ChangeLog::new(self.dynamodb(), chats, messages, self.variable("CHANGES_TABLE")?))
    }

    /// The Changes table, from `CHANGES_TABLE`.
    pub fn changes(&self) -> Result<Changes, MissingVariable> {
        Ok(Changes::new(self.dynamodb(), self.variable("CHANGES_TABLE")?))
    }

    /// The Reactions table, from `REACTIONS_TABLE`.
    pub fn reactions(&self) -> Result<StoredReactions, MissingVariable> {
        Ok(StoredReactions::new(self.dynamodb(), self.variable("REACTIONS_TABLE")?))
    }

    /// The MessageStatus table, from `MESSAGE_STATUS_TABLE`.
    pub fn statuses(&self) -> Result<Statuses, MissingVariable> {
        Ok(Statuses::new(self.dynamodb(), self.variable("MESSAGE_STATUS_TABLE")?))
    }

    /// The Connections table, from `CONNECTIONS_TABLE` and `ACCOUNTS_TABLE`.
    pub fn connections(&self) -> Result<Connections, MissingVariable> {
        Ok(Connections::new(self.dynamodb(), self.variable("CONNECTIONS_TABLE")?, self.reachability()?))
    }

    /// The sockets and phones in accounts, from `ACCOUNTS_TABLE`.
    pub fn reachability(&self) -> Result<Reachability, MissingVariable> {
        Ok(Reachability::new(self.dynamodb(), self.variable("ACCOUNTS_TABLE")?))
    }

    /// The Devices table, from `DEVICES_TABLE`.
    pub fn devices(&self) -> Result<Devices, MissingVariable> {
        Ok(Devices::new(self.dynamodb(), self.variable("DEVICES_TABLE")?))
    }
}
