//! Each function can make the calls that it needs, and no others. The engine enforces IAM.

use paloma::bus::Bus;
use paloma::domain::{
    ChangeSeq, ChatId, ConnectionId, Content, Device, DeviceToken, DomainEvent, Email, Head, Marks, Member, MessageId,
    Platform, PushEndpoint, Receipt, Report, ReportedItem, Seq, Session, Status, Timestamp, UserId,
};
use paloma::phones::{Push, PushOutcome};
use paloma::queue::{Audience, DeliveryJob};
use paloma::store::{Sharing, TicketOwner};
use paloma_tests::{Person, Phone, World};

/// Checks that IAM denied a call; any other error is a failure.
pub(crate) fn denied<T>(call: &str, result: Result<T, impl std::fmt::Display>) {
    match result {
        Ok(_) => panic!("{call} was allowed"),
        Err(error) => assert!(
            ["AccessDenied", "AuthorizationError"].iter().any(|word| error.to_string().contains(word)),
            "{call}: {error}"
        ),
    }
}

#[tokio::test]
async fn functions_that_read_cannot_write() {
    let world = World::get().await;
    let (chat, user) = (ChatId::random(), UserId::random());
    for reader in ["get-chats", "get-messages", "get-receipts", "typing"] {
        let environment = world.environment_of(reader).await;
        let (chats, now) = (environment.chats().unwrap(), Timestamp::now());
        assert!(chats.membership(chat, user).await.unwrap().is_none(), "{reader} may read");
        denied(&format!("{reader} moving a chat in a list"), chats.move_to_top(chat, user, now).await);
        denied(
            &format!("{reader} opening a socket"),
            environment.connections().unwrap().open(ConnectionId::new("x"), Session::beginning_now(user), now).await,
        );
    }
}

#[tokio::test]
async fn send_message_can_store_messages_and_enqueue_and_nothing_else() {
    let world = World::get().await;
    let environment = world.environment_of("send-message").await;
    let (chat, user) = (ChatId::random(), UserId::random());
    assert!(environment.chats().unwrap().membership(chat, user).await.unwrap().is_none());
    // A reply names a message.
    assert!(environment.messages().unwrap().message(a_message(chat, user)).await.unwrap().is_none());
    let raised = environment.messages().unwrap().raise_status(a_message(chat, user), Status::Read).await;
    denied("changing messages", raised);
    denied("reading users", environment.users().unwrap().user(user).await);
    denied(
        "finding users",
        environment.users().unwrap().by_email(&Email::try_from("a@example.com".to_owned()).unwrap()).await,
    );
    denied("reading sockets", environment.connections().unwrap().of_user(user, Timestamp::now()).await);
    let received = environment.sqs().receive_message().queue_url(world.queue("deliveries")).send().await;
    denied("consuming deliveries", received.map_err(|error| format!("{error:?}")));
    let dead_letter =
        environment.sqs().send_message().queue_url(world.queue("deliveriesDeadLetter")).message_body("x").send().await;
    denied("sending dead letters", dead_letter.map_err(|error| format!("{error:?}")));
}

#[tokio::test]
async fn fan_out_cannot_change_messages_or_marks() {
    let world = World::get().await;
    let environment = world.environment_of("fan-out").await;
    let (chat, user) = (ChatId::random(), world.silent_people(1).await[0]);
    assert!(environment.chats().unwrap().chat(chat).await.unwrap().is_none());
    let seq = Seq::try_from(1).unwrap();
    denied(
        "moving marks",
        environment
            .chats()
            .unwrap()
            .advance(chat, user, Marks::default(), Receipt::Read, (seq, None), Sharing::Shared)
            .await,
    );
    denied(
        "opening sockets",
        environment
            .connections()
            .unwrap()
            .open(ConnectionId::new("x"), Session::beginning_now(user), Timestamp::now())
            .await,
    );
    let content = Content::try_from("x".to_owned()).unwrap();
    let client_message_id = "x".to_owned().try_into().unwrap();
    let draft = paloma::domain::Draft { chat_id: chat, sender_id: user, client_message_id, content, reply_to: None };
    let head = paloma::domain::Head::new(2, Timestamp::now());
    let message = draft.following(&head, Timestamp::now());
    let sender = paloma::domain::Member::new(user, Timestamp::now());
    denied("storing messages", environment.message_log().unwrap().accept(&message, &head, &sender).await);
}

#[tokio::test]
async fn functions_of_presence_read_only_the_chat_rows_that_they_need() {
    let world = World::get().await;
    let (chat, user, now) = (ChatId::random(), UserId::random(), Timestamp::now());
    let (connection, known) = (ConnectionId::new("x"), world.silent_people(1).await[0]);

    let tracker = world.environment_of("track-presence").await;
    assert_eq!(tracker.users().unwrap().presence(user).await.unwrap(), None);
    assert_eq!(tracker.connections().unwrap().watchers_of(user, now).await.unwrap(), []);
    denied("track-presence reading chats", tracker.chats().unwrap().membership(chat, user).await);
    denied(
        "track-presence opening sockets",
        tracker.connections().unwrap().open(connection.clone(), Session::beginning_now(known), now).await,
    );
    let email = Email::try_from("a@example.com".to_owned()).unwrap();
    denied("track-presence finding users", tracker.users().unwrap().by_email(&email).await);

    let watcher = world.environment_of("watch-presence").await;
    assert!(watcher.chats().unwrap().membership(chat, user).await.unwrap().is_none());
    assert_eq!(watcher.users().unwrap().presence(user).await.unwrap(), None);
    assert!(!watcher.connections().unwrap().watch(&connection, chat, user).await.unwrap());
    denied("watch-presence closing sockets", watcher.connections().unwrap().close(&connection).await);
    denied("watch-presence reading sockets", watcher.connections().unwrap().of_user(user, now).await);
    let noted = watcher.users().unwrap().write_presence(user, Default::default(), true, now).await;
    denied("watch-presence setting a user online", noted);
    denied("watch-presence moving a chat in a list", watcher.chats().unwrap().move_to_top(chat, user, now).await);
}

#[tokio::test]
async fn functions_of_tickets_can_access_nothing_else() {
    let world = World::get().await;
    let (chat, user) = (ChatId::random(), UserId::random());
    for function in ["issue-ticket", "authorize-connection", "connections"] {
        let environment = world.environment_of(function).await;
        denied(&format!("{function} reading chats"), environment.chats().unwrap().membership(chat, user).await);
        denied(
            &format!("{function} reading sockets"),
            environment.connections().unwrap().of_user(user, Timestamp::now()).await,
        );
        let email = Email::try_from("a@example.com".to_owned()).unwrap();
        denied(&format!("{function} finding users"), environment.users().unwrap().by_email(&email).await);
        let erased = environment.accounts().unwrap().erase(&environment.users().unwrap(), user, Timestamp::now()).await;
        denied(&format!("{function} erasing a user"), erased);
    }
    let owner = TicketOwner { session: Session::beginning_now(user), device_id: None };
    let issuer = world.environment_of("issue-ticket").await.tickets().unwrap();
    let (ticket, _) = issuer.issue(owner, Timestamp::now()).await.unwrap();
    denied("issue-ticket taking a ticket", issuer.redeem(&ticket, Timestamp::now()).await);
    let taker = world.environment_of("authorize-connection").await.tickets().unwrap();
    assert_eq!(taker.redeem(&ticket, Timestamp::now()).await.unwrap(), Some(owner));
    denied("authorize-connection issuing one", taker.issue(owner, Timestamp::now()).await);
    // Sockets and tickets are in separate tables, so a function that stores sockets cannot forge a ticket.
    let connections = world.environment_of("connections").await.tickets().unwrap();
    denied("connections issuing a ticket", connections.issue(owner, Timestamp::now()).await);
}

#[tokio::test]
async fn functions_of_push_reach_phones_and_nothing_else() {
    let world = World::get().await;
    let [bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let (chat, user) = (ChatId::random(), bruno.id().parse().unwrap());
    let endpoint = PushEndpoint::new(phone.endpoint.clone());
    let push = Push { message: r#"{"GCM":"{}"}"#.to_owned(), attributes: Vec::new() };

    let pusher = world.environment_of("push").await;
    assert_eq!(pusher.phones().push(&endpoint, &push).await.unwrap(), PushOutcome::Accepted);
    denied("push removing endpoints", pusher.phones().remove(&endpoint).await);
    let strangers = PushEndpoint::new(phone.endpoint.replace("/paloma/", "/another-app/"));
    denied("push pushing to another app", pusher.phones().push(&strangers, &push).await);
    let status = paloma::domain::Status::Read;
    denied("push changing messages", pusher.messages().unwrap().raise_status(a_message(chat, user), status).await);
    denied("push registering devices", pusher.devices().unwrap().put(&device(&bruno, &phone)).await);
    denied("push enqueuing deliveries", pusher.deliveries().unwrap().enqueue("x", &a_delivery(chat)).await);

    let registrar = world.environment_of("devices").await;
    denied("devices pushing", registrar.phones().push(&endpoint, &push).await);
    denied("devices reading chats", registrar.chats().unwrap().membership(chat, user).await);
    denied(
        "devices erasing a user",
        registrar.accounts().unwrap().erase(&registrar.users().unwrap(), user, Timestamp::now()).await,
    );

    let feedback = world.environment_of("push-feedback").await;
    denied("push-feedback pushing", feedback.phones().push(&endpoint, &push).await);
    denied("push-feedback listing devices of users", feedback.devices().unwrap().of_user(user).await);

    let settings = world.environment_of("chat-settings").await;
    let chats = settings.chats().unwrap();
    let (head, member) = (Head::new(2, Timestamp::now()), Member::new(user, Timestamp::now()));
    assert!(!chats.mute(chat, (&head, &member), None).await.unwrap());
    assert!(!chats.archive(chat, user, None).await.unwrap() && !chats.mark_unread(chat, user, None).await.unwrap());
    denied("chat-settings moving a chat in a list", chats.move_to_top(chat, user, Timestamp::now()).await);
    denied("chat-settings reading a chat by itself", chats.chat(chat).await);
    let accounts = settings.accounts().unwrap();
    accounts.unpin(user, chat).await.unwrap();
    denied("chat-settings suspending a user", accounts.suspend(user, Some(Timestamp::now())).await);
}

#[tokio::test]
async fn functions_of_erasure_and_export_can_do_nothing_else() {
    let world = World::get().await;
    let known = world.silent_people(1).await[0];
    let (chat, user, now) = (ChatId::random(), UserId::random(), Timestamp::now());
    let email = Email::try_from("a@example.com".to_owned()).unwrap();

    let eraser = world.environment_of("erase-account").await;
    assert!(eraser.chats().unwrap().member(chat, user).await.unwrap().is_none());
    denied("erase-account reading a message", eraser.messages().unwrap().message(a_message(chat, user)).await);
    denied("erase-account finding users", eraser.users().unwrap().by_email(&email).await);
    denied(
        "erase-account opening sockets",
        eraser.connections().unwrap().open(ConnectionId::new("x"), Session::beginning_now(known), now).await,
    );

    let exporter = world.environment_of("export-account").await;
    assert!(exporter.chats().unwrap().views(&[chat], user).await.unwrap().is_empty());
    denied("export-account leaving a chat", exporter.chats().unwrap().record_erasure(chat, user).await);
    denied(
        "export-account erasing a user",
        exporter.accounts().unwrap().erase(&exporter.users().unwrap(), user, now).await,
    );
    denied("export-account redacting", exporter.messages().unwrap().redact(a_message(chat, user), user, now).await);

    let account = world.environment_of("account").await;
    assert_eq!(account.accounts().unwrap().account(user).await.unwrap(), None);
    denied("account reading chats", account.chats().unwrap().membership(chat, user).await);
    denied("account erasing by itself", account.accounts().unwrap().erase(&account.users().unwrap(), user, now).await);
    denied("account removing exports", account.exports().unwrap().delete_all(user).await);
}

#[tokio::test]
async fn relay_can_publish_and_enqueue_and_change_nothing() {
    let world = World::get().await;
    let relay = world.environment_of("relay").await;
    let (chat, user) = (ChatId::random(), UserId::random());
    relay.bus().unwrap().publish(&[DomainEvent::user_connected(user, Timestamp::now())]).await.unwrap();
    assert!(relay.chats().unwrap().head(chat).await.unwrap().is_none());
    let seq = Seq::try_from(1).unwrap();
    denied("relay moving marks", relay.chats().unwrap().mark_pushed(chat, user, (seq, ChangeSeq::START)).await);
    denied("relay reading messages", relay.messages().unwrap().message(a_message(chat, user)).await);
    relay.deliveries().unwrap().enqueue("x", &a_delivery(chat)).await.unwrap();
    denied(
        "relay changing messages",
        relay.messages().unwrap().raise_status(a_message(chat, user), Status::Read).await,
    );
    let elsewhere = Bus::new(relay.aws(), "default".to_owned());
    denied(
        "relay publishing to another bus",
        elsewhere.publish(&[DomainEvent::user_connected(user, Timestamp::now())]).await,
    );
}

#[tokio::test]
async fn reports_are_made_by_people_and_read_by_erasure_and_export_alone() {
    let world = World::get().await;
    let (chat, user) = (ChatId::random(), UserId::random());
    let item = ReportedItem::User { user_id: user, name: None, avatar: None };
    let report = Report::new(user, item, "spam".parse().unwrap(), Timestamp::now());
    let id = report.report_id;
    let people = world.environment_of("people").await;
    denied("people reading reports", people.reports().unwrap().report(id).await);
    denied("people finding reports", people.reports().unwrap().by_user(user).await);
    denied("people removing a reporter", people.reports().unwrap().forget_reporter(id).await);
    denied(
        "people changing messages",
        people.messages().unwrap().raise_status(a_message(chat, user), Status::Read).await,
    );
    for function in ["change-message", "send-message", "relay", "get-messages", "account"] {
        let reports = world.environment_of(function).await.reports().unwrap();
        denied(&format!("{function} reporting"), reports.put(report.clone()).await);
        denied(&format!("{function} reading reports"), reports.report(id).await);
    }
    let exporter = world.environment_of("export-account").await.reports().unwrap();
    assert_eq!(exporter.by_user(user).await.unwrap(), []);
    denied("export-account finding reports about a user", exporter.about_user(user).await);
    denied("export-account removing a reporter", exporter.forget_reporter(id).await);
    let eraser = world.environment_of("erase-account").await.reports().unwrap();
    eraser.forget_reporter(id).await.unwrap();
    denied("erase-account reporting", eraser.put(report).await);
}

fn a_message(chat: ChatId, user: UserId) -> MessageId {
    MessageId::derive(chat, user, &"x".to_owned().try_into().unwrap())
}

fn a_delivery(chat_id: ChatId) -> DeliveryJob {
    DeliveryJob::of_typing(chat_id, UserId::random(), Audience::Only(Vec::new()), Timestamp::now())
}

fn device(person: &Person, phone: &Phone) -> Device {
    let token = DeviceToken::try_from(phone.token.clone()).unwrap();
    Device {
        user_id: person.id().parse().unwrap(),
        device_id: phone.device_id.parse().unwrap(),
        platform: Platform::Fcm,
        endpoint: PushEndpoint::new(phone.endpoint.clone()),
        token_fingerprint: token.fingerprint(),
        updated_at: Timestamp::now(),
    }
}
