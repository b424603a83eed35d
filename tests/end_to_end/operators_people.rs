//! `paloma user` and `paloma chat`.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sfn::types::ExecutionStatus;
use paloma_printable::is_hidden;
use paloma_tests::{Calls, Phone, World, until};
use serde_json::json;

#[tokio::test]
async fn a_user_is_shown_by_email_or_id_without_tokens_or_content() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let _socket = bruno.connects().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "A secret of ours").await;
    ana.sends(&chat, "And another").await;

    let shown = until("two unread", async || {
        let shown = world.paloma(&["user", "show", bruno.id(), "--json"]).await.json();
        (shown["unread"] == 2 && shown["sockets"].as_array()?.len() == 1).then_some(shown)
    })
    .await;
    assert_eq!(shown["userId"], bruno.id());
    let devices = shown["devices"].as_array().unwrap();
    assert_eq!((devices.len(), &devices[0]["deviceId"]), (1, &json!(phone.device_id)));
    assert_eq!(shown["chats"][0]["chatId"], chat);
    assert_eq!((&shown["chats"][0]["lastSeq"], &shown["chats"][0]["readSeq"]), (&json!(2), &json!(0)));
    for secret in ["secret", "endpoint", "token", "Fingerprint"] {
        assert!(!shown.to_string().contains(secret), "{secret} in {shown}");
    }
    let email = shown["email"].as_str().unwrap();
    let output = world.paloma(&["user", "show", &email.to_uppercase()]).await;
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    for part in [email, bruno.id(), &chat, "2 messages unread", "Sockets: 1", "Devices for push: 1"] {
        assert!(output.stdout.contains(part), "no {part:?} in {}", output.stdout);
    }

    let output = world.paloma(&["user", "show", "unknown@example.com"]).await;
    assert_eq!(output.code, 3);
    assert!(
        output.stderr.contains("there is no user unknown@example.com in the stack paloma-dev"),
        "{}",
        output.stderr
    );
    assert_eq!(world.paloma(&["user", "show", "bruno"]).await.code, 2, "neither an email nor an id");
}

/// Content is any text, and a row of an earlier version may hold a name that is invalid today.
#[tokio::test]
async fn control_characters_in_names_and_content_are_escaped_for_the_terminal() {
    let hostile = "\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}2J\u{202e}\u{2028}\nroot";
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let update = world.dynamodb().update_item().table_name(&world.description().tables["users"]);
    let update = update.key("userId", AttributeValue::S(ana.id().to_owned())).update_expression("SET #name = :name");
    let name = AttributeValue::S("\u{2066}Ana\u{2069}\u{200b}".to_owned());
    update.expression_attribute_names("#name", "name").expression_attribute_values(":name", name).send().await.unwrap();
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, hostile).await;
    let message = sent["messageId"].as_str().unwrap();
    until("the summary", async || (bruno.listed(&chat).await["lastMessage"]["seq"] == 1).then_some(())).await;

    for (arguments, part) in [
        (vec!["user", "show", ana.id()], r"\u{2066}Ana\u{2069}\u{200b}"),
        (vec!["chat", "show", &chat, "--content"], r"\u{9b}2J\u{202e}\u{2028}"),
        (vec!["trace", message, "--content"], r"\u{9b}2J\u{202e}\u{2028}"),
    ] {
        let output = world.paloma(&arguments).await;
        assert!(output.stdout.contains(part), "no {part} in {}", output.stdout);
        let json = world.paloma(&[arguments, vec!["--json"]].concat()).await;
        json.json();
        for printed in [output.stdout, json.stdout] {
            assert!(!printed.chars().any(|each| is_hidden(each) && each != '\n'), "{printed:?}");
        }
    }
}

#[tokio::test]
async fn disconnecting_closes_every_socket_of_one_user() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let (mut phone, mut laptop, mut ana_socket) =
        (bruno.connects().await, bruno.connects().await, ana.connects().await);
    let sockets = async || {
        let shown = world.paloma(&["user", "show", bruno.id(), "--json"]).await.json();
        shown["sockets"].as_array().unwrap().len()
    };
    until("both sockets", async || (sockets().await == 2).then_some(())).await;

    let output = world.paloma(&["user", "disconnect", bruno.id(), "--json"]).await;
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(output.json(), json!({ "userId": bruno.id(), "closed": 2, "stale": 0 }));
    assert!(phone.gets_closed().await && laptop.gets_closed().await);
    assert_eq!(sockets().await, 0, "the rows are deleted");
    ana_socket.received_frames().await; // The pong shows that the socket of Ana is open.
    let output = world.paloma(&["user", "disconnect", bruno.id()]).await;
    assert!(output.code == 0 && output.stdout.starts_with("0 sockets of "), "{output:?}");
}

#[tokio::test]
async fn a_chat_is_shown_with_the_marks_of_all_members() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let sent = ana.sends(&chat, "A secret of ours").await;
    assert_eq!(bruno.acknowledges(&sent, "read").await.status, 200);

    let shown = until("the summary and the receipt", async || {
        let shown = world.paloma(&["chat", "show", &chat, "--json"]).await.json();
        let members = shown["members"].as_array().unwrap();
        let read = members.iter().filter(|member| member["readSeq"] == 1).count();
        (read == 2 && shown["lastMessage"]["seq"] == 1).then_some(shown)
    })
    .await;
    assert_eq!((&shown["type"], &shown["participants"], &shown["lastSeq"]), (&json!("group"), &json!(3), &json!(1)));
    let carla_member = &shown["members"][0];
    let expected = (&json!(carla.id()), &json!(1));
    assert_eq!(
        (&carla_member["userId"], &carla_member["unread"]),
        expected,
        "the member with the lowest marks comes first"
    );
    assert_eq!(shown["lowest"]["readSeq"], 0);
    assert!(!shown.to_string().contains("secret"), "{shown}");

    let output = world.paloma(&["chat", "show", &chat]).await;
    assert!(
        output.code == 0 && output.stdout.contains(carla.id()) && !output.stdout.contains("secret"),
        "{}",
        output.stdout
    );
    let output = world.paloma(&["chat", "show", &chat, "--content"]).await;
    assert!(output.stdout.contains("A secret of ours"), "{}", output.stdout);
    let output = world.paloma(&["chat", "show", carla.id()]).await;
    assert_eq!(output.code, 3);
    assert!(output.stderr.contains("there is no chat"), "{}", output.stderr);
}

#[tokio::test]
async fn an_export_ends_with_a_link_to_the_file() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "For the record").await;
    let output = world.paloma(&["user", "export", &ana.user.email, "--watch", "--json"]).await;
    assert_eq!(output.code, 0, "{output:?}");
    let export = output.json();
    assert_eq!((&export["userId"], &export["status"]), (&json!(ana.id()), &json!("SUCCEEDED")), "{export}");
    let file = reqwest::get(export["link"].as_str().expect("a link")).await.unwrap().text().await.unwrap();
    assert!(file.contains("For the record") && file.contains(ana.id()), "{file}");
    assert!(!file.contains(&bruno.user.email), "nothing private of others");
}

#[tokio::test]
async fn an_erasure_needs_the_typed_email_of_the_user() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let output = world.paloma_with_input("other@example.com\n", &["user", "erase", ana.id()]).await;
    assert_eq!((output.code, output.stdout.as_str()), (2, ""));
    assert!(output.stderr.contains(&format!("Type {} to continue", ana.user.email)), "{}", output.stderr);
    assert_eq!(
        world.paloma_with_input("", &["user", "erase", ana.id()]).await.code,
        2,
        "an empty answer is no consent"
    );
    assert_eq!(ana.get("/me").await.status, 200);

    let typed = format!("{}\n", ana.user.email);
    let output = world.paloma_with_input(&typed, &["user", "erase", ana.id(), "--json"]).await;
    assert_eq!(output.code, 0, "{output:?}");
    let workflow = output.json();
    assert_eq!(workflow["status"], "RUNNING");
    let sfn = aws_sdk_sfn::Client::new(world.environment(&Calls::default()).aws());
    let describe = sfn.describe_execution().execution_arn(workflow["executionArn"].as_str().unwrap());
    let execution = describe.send().await.unwrap();
    assert_ne!(execution.status, ExecutionStatus::Failed);
    assert_eq!(execution.input(), Some(json!({ "userId": ana.id() }).to_string().as_str()));
    until("the user to be unknown", async || {
        (world.paloma(&["user", "show", &ana.user.email]).await.code == 3).then_some(())
    })
    .await;
}
