//! The users of the bench: a sender, a crowd with one socket each, and users who are always away.

use futures::StreamExt;
use paloma::domain::UserId;
use paloma_tests::{Person, Phone, Socket, World};

use crate::designs::Members;
use crate::scenario::{CROWD, Scenario};

pub struct Cast {
    pub sender: Person,
    /// The sender's socket.
    pub socket: Socket,
    pub crowd: Vec<Member>,
    silent: Vec<UserId>,
    /// Members of the crowd with a direct chat: a second one with the same member would be the same chat.
    partners: usize,
}

/// A user with an open socket.
pub struct Member {
    pub person: Person,
    pub socket: Socket,
}

/// A chat of the cast, and its recipients in the crowd.
pub struct Chat {
    pub id: String,
    pub recipients: std::ops::Range<usize>,
    /// Messages of it so far.
    pub seq: u32,
}

impl Cast {
    pub async fn of(world: &'static World) -> Self {
        let [sender] = world.people().await;
        let users = world.stack.create_users(CROWD).await.expect("users");
        let members = users.into_iter().map(async |user| {
            let person = Person::log_in(world, user).await;
            Member { socket: person.connects().await, person }
        });
        let crowd = futures::stream::iter(members).buffered(8).collect().await;
        let silent = world.silent_people(1_000).await;
        Self { socket: sender.connects().await, sender, crowd, silent, partners: 0 }
    }

    /// Pings on all sockets, as clients do: a socket without a frame from its client for ten minutes is closed.
    pub async fn ping(&mut self) {
        let sockets = self.crowd.iter_mut().map(|member| &mut member.socket).chain([&mut self.socket]);
        let pings = sockets.map(async |socket| drop(socket.received_frames().await));
        futures::stream::iter(pings).buffer_unordered(8).for_each(async |()| {}).await;
    }

    /// A new chat for a scenario.
    pub async fn chat(&mut self, world: &World, scenario: &Scenario) -> Chat {
        if !scenario.is_direct() {
            let online = self.crowd[..scenario.online].iter().map(|member| member.person.id().to_owned());
            let away = self.silent[..scenario.members - 1 - scenario.online].iter().map(ToString::to_string);
            let ids: Vec<_> = online.chain(away).collect();
            let id = self.sender.group_with(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
            return Chat { id, recipients: 0..scenario.online, seq: 0 };
        }
        if scenario.online == 0 {
            let [recipient] = world.people().await;
            for _ in 0..scenario.phones {
                Phone::of(&recipient, "fcm").await;
            }
            return Chat { id: self.sender.chat_with(&recipient).await, recipients: 0..0, seq: 0 };
        }
        let partner = self.partners;
        self.partners += 1;
        let id = self.sender.chat_with(&self.crowd[partner].person).await;
        Chat { id, recipients: partner..self.partners, seq: 0 }
    }

    /// The same members, for a design that has no users.
    pub fn members(&self, scenario: &Scenario) -> Members {
        let online = self.crowd[..scenario.online].iter().map(|member| member.person.id().to_owned());
        let away = self.silent[..scenario.members - 1 - scenario.online].iter().map(ToString::to_string);
        Members {
            chat: format!("{:032x}", fastrand::u128(..)),
            sender: self.sender.id().to_owned(),
            recipients: online.chain(away).collect(),
            online: scenario.online,
        }
    }
}
