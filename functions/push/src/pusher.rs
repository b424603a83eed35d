//! The clients and limits that all stages of push share.

use std::sync::Arc;

use paloma::bus::Bus;
use paloma::phones::Phones;
use paloma::queue::{ConsumedQueue, NotificationJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Changes, Chats, Devices, Messages, Reachability, Users};
use tokio::sync::Semaphore;

/// Members served at once, over all jobs of a batch. Each takes one or two connections to AWS.
pub(crate) const AT_ONCE: usize = 64;

#[derive(Debug, Clone)]
pub struct Pusher {
    pub(crate) chats: Chats,
    pub(crate) changes: Changes,
    pub(crate) messages: Messages,
    pub(crate) users: Users,
    pub(crate) devices: Devices,
    pub(crate) reachability: Reachability,
    pub(crate) phones: Phones,
    pub(crate) notifications: Queue<NotificationJob>,
    pub(crate) bus: Bus,
    pub(crate) source: ConsumedQueue,
    pub(crate) with_content: bool,
    pub(crate) slots: Arc<Semaphore>,
}

impl Pusher {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            chats: environment.chats()?,
            changes: environment.changes()?,
            messages: environment.messages()?,
            users: environment.users()?,
            devices: environment.devices()?,
            reachability: environment.reachability()?,
            phones: environment.phones(),
            notifications: environment.notifications()?,
            bus: environment.bus()?,
            source: environment.source("NOTIFICATIONS")?,
            with_content: environment.flag("PUSH_CONTENT")?,
            slots: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }
}
