//! Ids that are derived. A different derivation would make a second message, chat, device or export of each stored one.

use insta::assert_snapshot;
use paloma::domain::{ChatId, ClientChatId, DeviceId, ExportId, MessageId, RecoveryCode};

use crate::fixtures::{ana, bruno, chat_id, client_message_id, device_token};

#[test]
fn a_message_id_follows_from_chat_sender_and_client_message_id() {
    let id = MessageId::derive(chat_id(), ana(), &client_message_id());

    assert_snapshot!(id, @"ac7af74a-6264-5ac4-b5ce-ce385c971ad3");
}

#[test]
fn a_direct_chat_id_follows_from_the_pair() {
    assert_snapshot!(ChatId::direct(ana(), bruno()), @"50ea9602-8f24-57ad-8e7d-1c1e3429120d");
}

#[test]
fn a_group_id_follows_from_creator_and_client_chat_id() {
    let client_chat_id = ClientChatId::try_from("client-chat-1".to_owned()).unwrap();

    assert_snapshot!(ChatId::group(ana(), &client_chat_id), @"1db93984-7244-5a44-9ac7-c0fddf152c32");
}

#[test]
fn a_device_id_follows_from_user_and_token() {
    assert_snapshot!(DeviceId::derive(ana(), &device_token().fingerprint()), @"5350b2ea-e19b-558e-b6df-be7505008866");
}

#[test]
fn an_export_id_follows_from_user_day_and_attempt() {
    assert_snapshot!(ExportId::derive(ana(), 20_833, 1), @"9654294c-a189-5d2e-9fc6-244480d01148");
}

#[test]
fn a_token_fingerprint_is_sha_256() {
    let fingerprint = device_token().fingerprint();

    assert_snapshot!(fingerprint.as_str(), @"62eb4fb7ad7cf7c710bca32793cad222b99112e64e388687efa0ad54e4dfcef7");
}

#[test]
fn a_recovery_code_hash_is_sha_256_of_the_digits() {
    let code = RecoveryCode::try_from("7ZK3-9QWX-0BTM-4H2E".to_owned()).unwrap();

    assert_snapshot!(code.hash().as_str(), @"c0dfb898dff7a390e42073324dad2777f1746c719598616b84709c8b77a7d132");
}
