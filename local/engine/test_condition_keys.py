"""Tests of `condition_keys.py`: `python3 -m unittest` here, or `cargo test`."""

import unittest

from condition_keys import condition_keys

KEY = {"chatId": {"S": "c#head"}}


def asked(action, request, table="chats", partition_key="chatId"):
    return condition_keys(f"dynamodb:{action}", request, table, partition_key)


class ConditionKeys(unittest.TestCase):
    def test_an_update_names_what_it_writes_and_what_its_condition_reads(self):
        request = {
            "Key": KEY,
            "UpdateExpression": "SET #last = :l, lastMessage.#body.text = if_not_exists(origin, :o), marks[0] = :m "
            "REMOVE gone ADD erased :user DELETE tags :t",
            "ConditionExpression": "attribute_exists(chatId) AND (NOT contains(erased, :user) OR size(name) < :n) "
            "AND age BETWEEN :a AND :b AND kind IN (:x, :y)",
            "ExpressionAttributeNames": {"#last": "lastSeq", "#body": "notTopLevel"},
        }
        keys = asked("UpdateItem", request)
        named = "age chatId erased gone kind lastMessage lastSeq marks name origin tags"
        self.assertEqual(keys["dynamodb:Attributes"], named.split())
        self.assertEqual(keys["dynamodb:LeadingKeys"], ["c#head"])
        self.assertEqual(keys["dynamodb:ReturnValues"], "NONE")
        self.assertNotIn("dynamodb:Select", keys)

    def test_a_put_names_all_of_its_item(self):
        keys = asked("PutItem", {"Item": {**KEY, "userId": {"S": "u"}}, "ReturnValues": "ALL_OLD"})
        self.assertEqual(keys["dynamodb:Attributes"], ["chatId", "userId"])
        self.assertEqual(keys["dynamodb:LeadingKeys"], ["c#head"])
        self.assertEqual(keys["dynamodb:ReturnValues"], "ALL_OLD")

    def test_a_delete_names_its_key_and_its_condition(self):
        keys = asked("DeleteItem", {"Key": KEY, "ConditionExpression": "connectedAt < :before"})
        self.assertEqual(keys["dynamodb:Attributes"], ["chatId", "connectedAt"])

    def test_a_read_without_a_projection_selects_everything(self):
        self.assertEqual(asked("GetItem", {"Key": KEY})["dynamodb:Select"], "ALL_ATTRIBUTES")
        projected = asked("GetItem", {"Key": KEY, "ProjectionExpression": "a, b.c, #d", "ExpressionAttributeNames": {"#d": "e"}})
        self.assertEqual(projected["dynamodb:Select"], "SPECIFIC_ATTRIBUTES")
        self.assertEqual(projected["dynamodb:Attributes"], ["a", "b", "chatId", "e"])

    def test_a_query_leads_with_the_key_it_asks_for(self):
        request = {
            "KeyConditionExpression": "#u = :user AND lastMessageTime > :time",
            "FilterExpression": "hidden = :h",
            "ExpressionAttributeNames": {"#u": "userId"},
            "ExpressionAttributeValues": {":user": {"S": "u"}, ":time": {"N": "1"}},
        }
        keys = asked("Query", request, partition_key="userId")
        self.assertEqual(keys["dynamodb:LeadingKeys"], ["u"])
        self.assertEqual(keys["dynamodb:Attributes"], ["hidden", "lastMessageTime", "userId"])

    def test_a_batch_is_asked_about_table_by_table(self):
        reads = {"RequestItems": {"chats": {"Keys": [KEY, {"chatId": {"S": "c#u"}}]}, "users": {"Keys": [{"userId": {"S": "u"}}]}}}
        self.assertEqual(asked("BatchGetItem", reads)["dynamodb:LeadingKeys"], ["c#head", "c#u"])
        self.assertEqual(asked("BatchGetItem", reads, "users", "userId")["dynamodb:LeadingKeys"], ["u"])
        self.assertEqual(asked("BatchGetItem", reads, "others")["dynamodb:Select"], "ALL_ATTRIBUTES")
        writes = {"RequestItems": {"chats": [{"PutRequest": {"Item": {**KEY, "a": {"S": "x"}}}}, {"DeleteRequest": {"Key": {"chatId": {"S": "d"}}}}]}}
        keys = asked("BatchWriteItem", writes)
        self.assertEqual(keys["dynamodb:LeadingKeys"], ["c#head", "d"])
        self.assertEqual(keys["dynamodb:Attributes"], ["a", "chatId"])

    def test_the_older_spelling_counts_too(self):
        request = {"Key": KEY, "AttributeUpdates": {"a": {}}, "Expected": {"b": {}}}
        self.assertEqual(asked("UpdateItem", request)["dynamodb:Attributes"], ["a", "b", "chatId"])
        query = {"KeyConditions": {"chatId": {"AttributeValueList": [{"S": "c"}], "ComparisonOperator": "EQ"}}, "AttributesToGet": ["z"]}
        keys = asked("Query", query)
        self.assertEqual(keys["dynamodb:LeadingKeys"], ["c"])
        self.assertEqual(keys["dynamodb:Attributes"], ["chatId", "z"])


if __name__ == "__main__":
    unittest.main()
