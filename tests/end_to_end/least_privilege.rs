//! Each function can do what it needs, and nothing else: IAM is enforced, so these are the roles' own answers.

use paloma::bus::Bus;
use paloma::domain::{
    ChatId, ConnectionId, Content, Device, DeviceToken, DomainEvent, Email, Event, MessageId, Platform, PushEndpoint,
    Receipt, Seq, Session, Timestamp, UserId,
};
use paloma::phones::{Push, Pushed};
use paloma::queue::{Audience, DeliveryJob};
use paloma::store::TicketOwner;
use paloma_tests::{Person, Phone, World};

/// What a function may not do must fail by IAM's word, not by some other accident.
fn denied<T>(what: &str, result: Result<T, impl std::fmt::Display>) {
    match result {
        Ok(_) => panic!("{what} was allowed"),
        Err(error) => assert!(
            ["AccessDenied", "AuthorizationError"].iter().any(|word| error.to_string().contains(word)),
            "{what}: {error}"
        ),
    }
}

#[tokio::test]
async fn a_function_that_reads_cannot_write() {
    let world = World::get().await;
    let (chat, user) = (ChatId::random(), UserId::random());
    for reader in ["get-chats", "get-messages", "get-receipts", "typing"] {
        let environment = world.environment_of(reader).await;
        let (chats, now) = (environment.chats().unwrap(), Timestamp::now());
        assert!(chats.membership(chat, user).await.unwrap().is_none(), "{reader} may read");
        denied(&format!("{reader} moving a list"), chats.touch(chat, user, now).await);
        denied(
            &format!("{reader} opening a socket"),
            environment.connections().unwrap().open(ConnectionId::new("x"), Session::beginning_now(user), now).await,
        );
    }
}

#[tokio::test]
async fn send_message_writes_messages_and_enqueues_and_that_is_all() {
    let world = World::get().await;
    let environment = world.environment_of("send-message").await;
    let (chat, user) = (ChatId::random(), UserId::random());
    assert!(environment.chats().unwrap().membership(chat, user).await.unwrap().is_none());
    denied(
        "reading messages",
        environment
            .messages()
            .unwrap()
            .message(MessageId::derive(chat, user, &"x".to_owned().try_into().unwrap()))
            .await,
    );
    denied("reading people", environment.users().unwrap().user(user).await);
    denied(
        "looking people up",
        environment.users().unwrap().by_email(&Email::try_from("a@example.com".to_owned()).unwrap()).await,
    );
    denied("reading sockets", environment.connections().unwrap().of_user(user, Timestamp::now()).await);
    let received = environment.sqs().receive_message().queue_url(world.queue("deliveries")).send().await;
    denied("consuming deliveries", received.map_err(|error| format!("{error:?}")));
    let elsewhere =
        environment.sqs().send_message().queue_url(world.queue("deliveriesDeadLetter")).message_body("x").send().await;
    denied("writing dead letters", elsewhere.map_err(|error| format!("{error:?}")));
}

#[tokio::test]
async fn fan_out_cannot_touch_messages_or_marks() {
    let world = World::get().await;
    let environment = world.environment_of("fan-out").await;
    let (chat, user) = (ChatId::random(), UserId::random());
    assert!(environment.chats().unwrap().chat(chat).await.unwrap().is_none());
    let seq = Seq::try_from(1).unwrap();
    denied(
        "moving marks",
        environment.chats().unwrap().advance(chat, user, Default::default(), Receipt::Read, seq).await,
    );
    denied("reading members", environment.chats().unwrap().members(chat, &[user]).await);
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
    let draft = paloma::domain::Draft { chat_id: chat, sender_id: user, client_message_id, content };
    let message = draft.following(&paloma::domain::Head::new(2, Timestamp::now()), Timestamp::now());
    denied("storing messages", environment.message_log().unwrap().accept(&message).await);
}

#[tokio::test]
async fn those_who_handle_presence_see_no_more_of_chats_than_they_must() {
    let world = World::get().await;
    let (chat, user, now) = (ChatId::random(), UserId::random(), Timestamp::now());
    let nobody = ConnectionId::new("x");

    let tracker = world.environment_of("track-presence").await;
    assert_eq!(tracker.users().unwrap().presence(user).await.unwrap(), None);
    assert_eq!(tracker.connections().unwrap().watchers_of(user, now).await.unwrap(), []);
    denied("track-presence reading chats", tracker.chats().unwrap().membership(chat, user).await);
    denied(
        "track-presence opening sockets",
        tracker.connections().unwrap().open(nobody.clone(), Session::beginning_now(user), now).await,
    );
    let email = Email::try_from("a@example.com".to_owned()).unwrap();
    denied("track-presence looking people up", tracker.users().unwrap().by_email(&email).await);

    let watcher = world.environment_of("watch-presence").await;
    assert!(watcher.chats().unwrap().membership(chat, user).await.unwrap().is_none());
    assert_eq!(watcher.users().unwrap().presence(user).await.unwrap(), None);
    assert!(!watcher.connections().unwrap().watch(&nobody, chat, user).await.unwrap());
    denied("watch-presence closing sockets", watcher.connections().unwrap().close(&nobody).await);
    denied("watch-presence reading sockets", watcher.connections().unwrap().of_user(user, now).await);
    let noted = watcher.users().unwrap().note_presence(user, Default::default(), true, now).await;
    denied("watch-presence making somebody online", noted);
    denied("watch-presence moving a list", watcher.chats().unwrap().touch(chat, user, now).await);
}

#[tokio::test]
async fn those_who_handle_tickets_see_nothing_else() {
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
        denied(&format!("{function} looking people up"), environment.users().unwrap().by_email(&email).await);
        let erased = environment.accounts().unwrap().erase(&environment.users().unwrap(), user, Timestamp::now()).await;
        denied(&format!("{function} erasing somebody"), erased);
    }
    let owner = TicketOwner { session: Session::beginning_now(user), device_id: None };
    let issuer = world.environment_of("issue-ticket").await.tickets().unwrap();
    let (ticket, _) = issuer.issue(owner, Timestamp::now()).await.unwrap();
    denied("issue-ticket taking a ticket", issuer.take(&ticket, Timestamp::now()).await);
    let taker = world.environment_of("authorize-connection").await.tickets().unwrap();
    assert_eq!(taker.take(&ticket, Timestamp::now()).await.unwrap(), Some(owner));
    denied("authorize-connection issuing one", taker.issue(owner, Timestamp::now()).await);
    // Sockets and tickets lie in tables of their own: a function that remembers sockets forges no ticket.
    let connections = world.environment_of("connections").await.tickets().unwrap();
    denied("connections issuing a ticket", connections.issue(owner, Timestamp::now()).await);
}

#[tokio::test]
async fn those_who_push_reach_phones_and_nothing_else() {
    let world = World::get().await;
    let [bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let (chat, user) = (ChatId::random(), bruno.id().parse().unwrap());
    let endpoint = PushEndpoint::new(phone.endpoint.clone());
    let push = Push { message: r#"{"GCM":"{}"}"#.to_owned(), attributes: Vec::new() };

    let pusher = world.environment_of("push").await;
    assert_eq!(pusher.phones().push(&endpoint, &push).await.unwrap(), Pushed::Taken);
    denied("push removing endpoints", pusher.phones().remove(&endpoint).await);
    let strangers = PushEndpoint::new(phone.endpoint.replace("/paloma/", "/another-app/"));
    denied("push pushing to another app", pusher.phones().push(&strangers, &push).await);
    denied("push reading messages", pusher.messages().unwrap().message(a_message(chat, user)).await);
    denied("push registering devices", pusher.devices().unwrap().put(&device(&bruno, &phone)).await);
    denied("push enqueuing deliveries", pusher.deliveries().unwrap().enqueue("x", &a_delivery(chat)).await);

    let registrar = world.environment_of("devices").await;
    denied("devices pushing", registrar.phones().push(&endpoint, &push).await);
    denied("devices reading chats", registrar.chats().unwrap().membership(chat, user).await);
    denied(
        "devices erasing somebody",
        registrar.accounts().unwrap().erase(&registrar.users().unwrap(), user, Timestamp::now()).await,
    );

    let feedback = world.environment_of("push-feedback").await;
    denied("push-feedback pushing", feedback.phones().push(&endpoint, &push).await);
    denied("push-feedback listing devices of people", feedback.devices().unwrap().of_user(user).await);

    let mute = world.environment_of("mute-chat").await;
    assert!(!mute.chats().unwrap().mute(chat, user, None).await.unwrap());
    denied("mute-chat moving a list", mute.chats().unwrap().touch(chat, user, Timestamp::now()).await);
    denied("mute-chat reading a chat by itself", mute.chats().unwrap().chat(chat).await);
}

#[tokio::test]
async fn those_who_erase_and_export_can_do_that_and_no_more() {
    let world = World::get().await;
    let (chat, user, now) = (ChatId::random(), UserId::random(), Timestamp::now());
    let email = Email::try_from("a@example.com".to_owned()).unwrap();

    let eraser = world.environment_of("erase-account").await;
    assert!(eraser.chats().unwrap().member(chat, user).await.unwrap().is_none());
    denied("erase-account reading a message", eraser.messages().unwrap().message(a_message(chat, user)).await);
    denied("erase-account looking people up", eraser.users().unwrap().by_email(&email).await);
    denied(
        "erase-account opening sockets",
        eraser.connections().unwrap().open(ConnectionId::new("x"), Session::beginning_now(user), now).await,
    );

    let exporter = world.environment_of("export-account").await;
    assert!(exporter.chats().unwrap().views(&[chat], user).await.unwrap().is_empty());
    denied("export-account leaving a chat", exporter.chats().unwrap().leave(chat, user).await);
    denied(
        "export-account erasing somebody",
        exporter.accounts().unwrap().erase(&exporter.users().unwrap(), user, now).await,
    );
    denied("export-account redacting", exporter.messages().unwrap().redact(a_message(chat, user), user, now).await);

    let account = world.environment_of("account").await;
    assert_eq!(account.accounts().unwrap().account(user).await.unwrap(), None);
    denied("account reading chats", account.chats().unwrap().membership(chat, user).await);
    denied("account erasing by itself", account.accounts().unwrap().erase(&account.users().unwrap(), user, now).await);
    denied("account removing exports", account.exports().unwrap().remove_all(user).await);
}

#[tokio::test]
async fn the_relay_tells_and_changes_nothing() {
    let world = World::get().await;
    let relay = world.environment_of("relay").await;
    let (chat, user) = (ChatId::random(), UserId::random());
    relay.bus().unwrap().tell(&[DomainEvent::user_connected(user, Timestamp::now())]).await.unwrap();
    assert!(relay.chats().unwrap().head(chat).await.unwrap().is_none());
    let seq = Seq::try_from(1).unwrap();
    denied("relay moving marks", relay.chats().unwrap().mark_pushed(chat, user, seq).await);
    denied("relay reading messages", relay.messages().unwrap().message(a_message(chat, user)).await);
    denied("relay enqueuing deliveries", relay.deliveries().unwrap().enqueue("x", &a_delivery(chat)).await);
    let elsewhere = Bus::new(relay.aws(), "default".to_owned());
    denied("relay telling another bus", elsewhere.tell(&[DomainEvent::user_connected(user, Timestamp::now())]).await);
}

fn a_message(chat: ChatId, user: UserId) -> MessageId {
    MessageId::derive(chat, user, &"x".to_owned().try_into().unwrap())
}

fn a_delivery(chat_id: ChatId) -> DeliveryJob {
    DeliveryJob {
        chat_id: Some(chat_id),
        audience: Audience::Only(Vec::new()),
        event: Event::Typing { chat_id, user_id: UserId::random() },
        origin: None,
        accepted_at: Timestamp::now(),
        expires_at: None,
    }
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
