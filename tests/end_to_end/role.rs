//! The role of a function, to try calls that IAM must allow or deny.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, TransactWriteItem, WriteRequest};
use paloma_tests::World;

/// DynamoDB with the role of a function.
pub(crate) struct Role {
    function: &'static str,
    pub(crate) client: Client,
    tables: HashMap<String, String>,
}

pub(crate) type Row = HashMap<String, AttributeValue>;

impl Role {
    pub(crate) async fn of(world: &World, function: &'static str) -> Self {
        let client = Client::new(world.environment_of(function).await.aws());
        Self { function, client, tables: world.variables() }
    }

    pub(crate) fn table(&self, table: &str) -> &str {
        &self.tables[&format!("{table}_TABLE")]
    }

    /// Updates these attributes of a row. The row need not exist.
    pub(crate) async fn updates(&self, table: &str, key: &Row, attributes: &[&str]) -> Result<(), String> {
        let sets: Vec<_> = attributes.iter().enumerate().map(|(index, _)| format!("#a{index} = :value")).collect();
        let names = attributes.iter().enumerate().map(|(index, name)| (format!("#a{index}"), (*name).to_owned()));
        let update = self.client.update_item().table_name(self.table(table)).set_key(Some(key.clone()));
        let update = update
            .update_expression(format!("SET {}", sets.join(", ")))
            .set_expression_attribute_names(Some(names.collect()))
            .expression_attribute_values(":value", AttributeValue::N("1".to_owned()));
        update.send().await.map(drop).map_err(|error| format!("{error:?}"))
    }

    pub(crate) async fn cannot_update(&self, table: &str, key: &Row, attributes: &[&str]) {
        let call = format!("updating {attributes:?} of {key:?} in {table}");
        self.denied(&call, self.updates(table, key, attributes).await);
    }

    pub(crate) async fn cannot_put(&self, table: &str, row: &Row) {
        let put = self.client.put_item().table_name(self.table(table)).set_item(Some(row.clone())).send().await;
        self.denied(&format!("putting {row:?} into {table}"), put.map_err(|error| format!("{error:?}")));
    }

    pub(crate) async fn cannot_delete(&self, table: &str, key: &Row) {
        let deleted = self.client.delete_item().table_name(self.table(table)).set_key(Some(key.clone())).send().await;
        self.denied(&format!("deleting {key:?} from {table}"), deleted.map_err(|error| format!("{error:?}")));
    }

    /// Tries both kinds of BatchWriteItem, which IAM cannot distinguish.
    pub(crate) async fn cannot_batch(&self, table: &str, key: &Row) {
        let delete = DeleteRequest::builder().set_key(Some(key.clone())).build().unwrap();
        let put = PutRequest::builder().set_item(Some(key.clone())).build().unwrap();
        for write in
            [WriteRequest::builder().delete_request(delete).build(), WriteRequest::builder().put_request(put).build()]
        {
            let written = self.client.batch_write_item().request_items(self.table(table), vec![write]).send().await;
            self.denied(&format!("writing {table} by batch"), written.map_err(|error| format!("{error:?}")));
        }
    }

    pub(crate) async fn cannot_read(&self, table: &str, key: &Row) {
        let read = self.client.get_item().table_name(self.table(table)).set_key(Some(key.clone())).send().await;
        self.denied(&format!("reading {key:?} of {table}"), read.map_err(|error| format!("{error:?}")));
    }

    pub(crate) async fn cannot_transact(&self, call: &str, parts: Vec<TransactWriteItem>) {
        let written = self.client.transact_write_items().set_transact_items(Some(parts)).send().await;
        self.denied(call, written.map_err(|error| format!("{error:?}")));
    }

    pub(crate) fn denied<T>(&self, call: &str, result: Result<T, String>) {
        let error = result.err().unwrap_or_else(|| panic!("{} was allowed: {call}", self.function));
        assert!(error.contains("AccessDenied"), "{} {call}: {error}", self.function);
    }
}
