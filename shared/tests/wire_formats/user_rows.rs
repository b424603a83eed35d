//! Rows of users, their connections and their devices. A row that was stored years ago must stay readable.

use insta::assert_json_snapshot;
use paloma::domain::{Device, Platform, PushEndpoint, RecoveryCode, SendLimit, Session};
use paloma::store::{ListedSocket, TicketOwner};

use crate::fixtures::{ana, bruno, connection_id, device_id, device_token, email, minute, user};
use crate::recorder::Recorder;

#[tokio::test]
async fn a_connection() {
    let aws = Recorder::default();

    aws.environment().connections().unwrap().open(connection_id(), session(), minute(8)).await.unwrap();

    assert_json_snapshot!(aws.row(), @r#"
    {
      "authenticatedAt": "N 1800000000000",
      "connectedAt": "N 1800000480000",
      "connectionId": "S L0SM9cOFvHcCIhw=",
      "isListed": {
        "BOOL": true
      },
      "lastSeenAt": "N 1800000480000",
      "nextLookAt": "N 1800000480000",
      "ttl": "N 1800008280",
      "userId": "S aaaaaaaa-0000-4000-8000-000000000001"
    }
    "#);
}

/// In the account of its user.
#[tokio::test]
async fn a_listed_socket() {
    let aws = Recorder::default();
    let socket = ListedSocket { connection_id: connection_id(), connected_at: minute(8) };

    aws.environment().reachability().unwrap().add_socket(ana(), &socket).await.unwrap();

    assert_json_snapshot!(aws.json(), @r#"
    {
      "ConditionExpression": "attribute_exists(userId)",
      "ExpressionAttributeValues": {
        ":sockets": {
          "SS": [
            "L0SM9cOFvHcCIhw=#1800000480000"
          ]
        }
      },
      "Key": {
        "userId": "S aaaaaaaa-0000-4000-8000-000000000001"
      },
      "TableName": "Accounts",
      "UpdateExpression": "ADD sockets :sockets"
    }
    "#);
}

#[tokio::test]
async fn a_ticket() {
    let aws = Recorder::default();
    let owner = TicketOwner { session: session(), device_id: Some(device_id()) };

    aws.environment().tickets().unwrap().issue(owner, minute(8)).await.unwrap();

    let mut row = aws.row();
    let ticket = row["ticket"].take();
    assert_eq!(ticket.as_str().map(str::len), Some("S ".len() + 32), "a random ticket: {ticket}");
    assert_json_snapshot!(row, @r#"
    {
      "authenticatedAt": "N 1800000000000",
      "deviceId": "S 00000000-0000-4000-8000-0000000000d1",
      "expiresAt": "N 1800000540000",
      "ticket": null,
      "ttl": "N 1800000600",
      "userId": "S aaaaaaaa-0000-4000-8000-000000000001"
    }
    "#);
}

#[tokio::test]
async fn a_device() {
    let aws = Recorder::default();
    let device = Device {
        user_id: bruno(),
        device_id: device_id(),
        platform: Platform::ApnsSandbox,
        endpoint: PushEndpoint::new("arn:aws:sns:eu-west-1:123456789012:endpoint/APNS_SANDBOX/paloma/5e3e9847"),
        token_fingerprint: device_token().fingerprint(),
        updated_at: minute(1),
    };

    aws.environment().devices().unwrap().put(&device).await.unwrap();

    assert_json_snapshot!(aws.row(), @r#"
    {
      "deviceId": "S 00000000-0000-4000-8000-0000000000d1",
      "endpointArn": "S arn:aws:sns:eu-west-1:123456789012:endpoint/APNS_SANDBOX/paloma/5e3e9847",
      "platform": "S apns_sandbox",
      "tokenFingerprint": "S 62eb4fb7ad7cf7c710bca32793cad222b99112e64e388687efa0ad54e4dfcef7",
      "updatedAt": "N 1800000060000",
      "userId": "S bbbbbbbb-0000-4000-8000-000000000002"
    }
    "#);
}

#[tokio::test]
async fn a_user_with_the_claim_of_the_address_and_the_account() {
    let aws = Recorder::default();
    let environment = aws.environment();
    let (accounts, users) = (environment.accounts().unwrap(), environment.users().unwrap());

    accounts.register(&users, user()).await.unwrap();

    assert_json_snapshot!(aws.json()["TransactItems"], @r##"
    [
      {
        "Update": {
          "ConditionExpression": "attribute_not_exists(userId)",
          "ExpressionAttributeNames": {
            "#name": "name"
          },
          "ExpressionAttributeValues": {
            ":email": "S ana@example.com",
            ":name": "S Ana",
            ":now": "N 1800000000000"
          },
          "Key": {
            "userId": "S aaaaaaaa-0000-4000-8000-000000000001"
          },
          "TableName": "Users",
          "UpdateExpression": "SET email = :email, #name = :name, createdAt = :now"
        }
      },
      {
        "Put": {
          "ConditionExpression": "attribute_not_exists(userId) OR ownerId = :owner",
          "ExpressionAttributeValues": {
            ":owner": "S aaaaaaaa-0000-4000-8000-000000000001"
          },
          "Item": {
            "ownerId": "S aaaaaaaa-0000-4000-8000-000000000001",
            "userId": "S email#ana@example.com"
          },
          "TableName": "Accounts"
        }
      },
      {
        "Update": {
          "ExpressionAttributeValues": {
            ":none": "N 0",
            ":now": "N 1800000000000"
          },
          "Key": {
            "userId": "S aaaaaaaa-0000-4000-8000-000000000001"
          },
          "TableName": "Accounts",
          "UpdateExpression": "SET createdAt = if_not_exists(createdAt, :now), phoneAt = if_not_exists(phoneAt, :none)"
        }
      }
    ]
    "##);
}

#[tokio::test]
async fn an_erased_user_leaves_an_id_and_a_time() {
    let aws = Recorder::default();
    let environment = aws.environment();
    let (accounts, users) = (environment.accounts().unwrap(), environment.users().unwrap());

    accounts.erase(&users, ana(), minute(9)).await.unwrap();

    assert_json_snapshot!(aws.row(), @r#"
    {
      "erasedAt": "N 1800000540000",
      "userId": "S aaaaaaaa-0000-4000-8000-000000000001"
    }
    "#);
}

#[tokio::test]
async fn a_granted_limit() {
    let aws = Recorder::default();
    let grant = SendLimit { burst: 200, per_second: 20 };

    aws.environment().accounts().unwrap().grant(ana(), Some(grant)).await.unwrap();

    assert_json_snapshot!(aws.json(), @r##"
    {
      "ConditionExpression": "attribute_exists(userId)",
      "ExpressionAttributeNames": {
        "#name": "grant"
      },
      "ExpressionAttributeValues": {
        ":value": {
          "burst": "N 200",
          "perSecond": "N 20"
        }
      },
      "Key": {
        "userId": "S aaaaaaaa-0000-4000-8000-000000000001"
      },
      "TableName": "Accounts",
      "UpdateExpression": "SET #name = :value"
    }
    "##);
}

#[tokio::test]
async fn recovery_codes_are_stored_as_hashes() {
    let aws = Recorder::default();
    let code = RecoveryCode::try_from("7ZK3-9QWX-0BTM-4H2E".to_owned()).unwrap();

    aws.environment().accounts().unwrap().put_recovery_codes(ana(), &[code]).await.unwrap();

    assert_json_snapshot!(aws.row(), @r#"
    {
      "codes": {
        "SS": [
          "c0dfb898dff7a390e42073324dad2777f1746c719598616b84709c8b77a7d132"
        ]
      },
      "userId": "S recovery#aaaaaaaa-0000-4000-8000-000000000001"
    }
    "#);
}

#[tokio::test]
async fn a_change_of_address() {
    let aws = Recorder::default();

    aws.environment().accounts().unwrap().begin_email_change(ana(), email(), minute(8)).await.unwrap();

    assert_json_snapshot!(aws.row(), @r#"
    {
      "askedAt": "N 1800000480000",
      "email": "S ana@example.com",
      "ttl": "N 1800086880",
      "userId": "S email-change#aaaaaaaa-0000-4000-8000-000000000001"
    }
    "#);
}

/// A session of Ana that began with a login.
fn session() -> Session {
    Session { user_id: ana(), authenticated_at: minute(0) }
}
