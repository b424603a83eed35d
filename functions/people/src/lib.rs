//! People kept apart. `PUT /blocks/{userId}` and `DELETE /blocks/{userId}` begin and end a block, and `GET /blocks`
//! lists the caller's blocks (`blocks`). `POST /reports` reports a message, a user or a chat to operators (`reports`).

mod blocks;
mod reports;

use paloma::edge::{Problem, Request, Response, admit};
use paloma::queue::{DeliveryJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Blocks, Chats, Messages, Reports, Users};

#[derive(Debug, Clone)]
pub struct People {
    accounts: Accounts,
    users: Users,
    blocks: Blocks,
    chats: Chats,
    messages: Messages,
    reports: Reports,
    deliveries: Queue<DeliveryJob>,
}

impl People {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            users: environment.users()?,
            blocks: environment.blocks()?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            reports: environment.reports()?,
            deliveries: environment.deliveries()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        if request.route == "POST /reports" {
            return self.report(&request).await;
        }
        let account = admit(&self.accounts, request.session()?).await?;
        match request.route.as_str() {
            "PUT /blocks/{userId}" => self.block(&account, request.path("userId", "user")?).await,
            "DELETE /blocks/{userId}" => self.unblock(&account, request.path("userId", "user")?).await,
            "GET /blocks" => self.list_blocks(account.user_id, &request).await,
            _ => Err(Problem::not_found("route")),
        }
    }
}
