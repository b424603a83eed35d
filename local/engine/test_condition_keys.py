"""Tests of `condition_keys.py`. Run `python3 -m unittest` here, or `cargo test`."""

import unittest

from condition_keys import condition_keys

KEY = {"chatId": {"S": "c#head"}}


def keys_of(action, request, table="chats", partition_key="chatId"):
    return condition_keys(f"dynamodb:{action}", request, table, partition_key)


class ConditionKeys(unittest.TestCase):
    def test_an_update_has_the_attributes_of_its_update_and_of_its_condition(self):
        request = {
            "Key": KEY,
            "UpdateExpression": "SET #last = :l, lastMessage.#body.text = if_not_exists(origin, :o), marks[0] = :m "
            "REMOVE gone ADD erased :user DELETE tags :t",
            "ConditionExpression": "attribute_exists(chatId) AND (NOT contains(erased, :user) OR size(name) < :n) "
            "AND age BETWEEN :a AND :b AND kind IN (:x, :y)",
            "ExpressionAttributeNames": {"#last": "lastSeq", "#body": "notTopLevel"},
        }
        keys = keys_of("UpdateItem", request)
        named = "age chatId erased gone kind lastMessage lastSeq marks name origin tags"
        self.assertEqual(keys["dynamodb:Attributes"], named.split())
        self.assertEqual(keys["dynamodb:LeadingKeys"], ["c#head"])
        self.assertEqual(keys["dynamodb:ReturnValues"], "NONE")
        self.assertNotIn("dynamodb:Select", keys)

    def test_a_put_has_all_attributes_of_its_item(self):
        keys = keys_of("PutItem", {"Item": {**KEY, "userId": {"S": "u"}}, "ReturnValues": "ALL_OLD"})
        self.assertEqual(keys["dynamodb:Attributes"], ["chatId", "userId"])
        self.assertEqual(keys["dynamodb:LeadingKeys"], ["c#head"])
        self.assertEqual(keys["dynamodb:ReturnValues"], "ALL_OLD")

    def test_a_delete_has_the_attributes_of_its_key_and_of_its_condition(self):
        keys = keys_of("DeleteItem", {"Key": KEY, "ConditionExpression": "connectedAt < :before"})
        self.assertEqual(keys["dynamodb:Attributes"], ["chatId", "connectedAt"])

    def test_a_read_without_a_projection_selects_all_attributes(self):
        self.assertEqual(keys_of("GetItem", {"Key": KEY})["dynamodb:Select"], "ALL_ATTRIBUTES")
        names = {"#d": "e"}
        request = {"Key": KEY, "ProjectionExpression": "a, b.c, #d", "ExpressionAttributeNames": names}
        projected = keys_of("GetItem", request)
        self.assertEqual(projected["dynamodb:Select"], "SPECIFIC_ATTRIBUTES")
        self.assertEqual(projected["dynamodb:Attributes"], ["a", "b", "chatId", "e"])

    def test_a_query_has_the_leading_key_of_its_condition(self):
        request = {
            "KeyConditionExpression": "#u = :user AND lastMessageTime > :time",
            "FilterExpression": "hidden = :h",
            "ExpressionAttributeNames": {"#u": "userId"},
            "ExpressionAttributeValues": {":user": {"S": "u"}, ":time": {"N": "1"}},
        }
        keys = keys_of("Query", request, partition_key="userId")
        self.assertEqual(keys["dynamodb:LeadingKeys"], ["u"])
        self.assertEqual(keys["dynamodb:Attributes"], ["hidden", "lastMessageTime", "userId"])

    def test_a_batch_has_condition_keys_for_each_table(self):
        chats, users = {"Keys": [KEY, {"chatId": {"S": "c#u"}}]}, {"Keys": [{"userId": {"S": "u"}}]}
        reads = {"RequestItems": {"chats": chats, "users": users}}
        self.assertEqual(keys_of("BatchGetItem", reads)["dynamodb:LeadingKeys"], ["c#head", "c#u"])
        self.assertEqual(keys_of("BatchGetItem", reads, "users", "userId")["dynamodb:LeadingKeys"], ["u"])
        self.assertEqual(keys_of("BatchGetItem", reads, "others")["dynamodb:Select"], "ALL_ATTRIBUTES")
        put = {"PutRequest": {"Item": {**KEY, "a": {"S": "x"}}}}
        delete = {"DeleteRequest": {"Key": {"chatId": {"S": "d"}}}}
        keys = keys_of("BatchWriteItem", {"RequestItems": {"chats": [put, delete]}})
        self.assertEqual(keys["dynamodb:LeadingKeys"], ["c#head", "d"])
        self.assertEqual(keys["dynamodb:Attributes"], ["a", "chatId"])

    def test_the_legacy_parameters_count_too(self):
        request = {"Key": KEY, "AttributeUpdates": {"a": {}}, "Expected": {"b": {}}}
        self.assertEqual(keys_of("UpdateItem", request)["dynamodb:Attributes"], ["a", "b", "chatId"])
        condition = {"AttributeValueList": [{"S": "c"}], "ComparisonOperator": "EQ"}
        keys = keys_of("Query", {"KeyConditions": {"chatId": condition}, "AttributesToGet": ["z"]})
        self.assertEqual(keys["dynamodb:LeadingKeys"], ["c"])
        self.assertEqual(keys["dynamodb:Attributes"], ["chatId", "z"])


if __name__ == "__main__":
    unittest.main()
