"""Creates the tables and roles of the two other designs beside Paloma. Prints credentials of each role, as JSON."""

import json
import sys

import boto3

aws = dict(
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="000000000000",
    aws_secret_access_key="local",
)
dynamodb, iam, sts = (boto3.client(name, **aws) for name in ("dynamodb", "iam", "sts"))


def table(name, key, sort=None, index=None, projection="ALL"):
    """A table. `index` has the name of an index, its key and its sort key."""

    def schema(*names):
        return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE")) if name]

    types = {name: "S" for name in (key, sort, *(index or ())[1:]) if name}
    types.update({name: "N" for name in ("timestamp", "seq", "lastMessageTime") if name in types})
    indexes = index and [
        {"IndexName": index[0], "KeySchema": schema(*index[1:]), "Projection": {"ProjectionType": projection}}
    ]
    dynamodb.create_table(
        TableName=name,
        KeySchema=schema(key, sort),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
        BillingMode="PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    )


def credentials(role):
    """Credentials of a new role that may do everything. The meter counts by roles."""
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
    grant = {"Effect": "Allow", "Action": ["dynamodb:*", "execute-api:ManageConnections"], "Resource": "*"}
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=role, PolicyName="all", PolicyDocument=document(grant))
    assumed = sts.assume_role(RoleArn=arn, RoleSessionName="bench")["Credentials"]
    names = {"accessKeyId": "AccessKeyId", "secretAccessKey": "SecretAccessKey", "sessionToken": "SessionToken"}
    return {ours: assumed[theirs] for ours, theirs in names.items()}


def document(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# As in the README of the system that Paloma replaces.
table("seed-chats", "chatId", index=("UserChatsIndex", "userId", "lastMessageTime"))
table("seed-messages", "messageId", index=("ChatMessagesIndex", "chatId", "timestamp"))
table("seed-message-status", "messageId", "userId")
table("seed-connections", "connectionId", index=("UserConnectionsIndex", "userId"))

# A row for each receipt, and for each member's place in a list of chats.
table("rows-chats", "chatId")
table("rows-lists", "userId", "chatId", index=("UserChatsIndex", "userId", "lastMessageTime"), projection="KEYS_ONLY")
table("rows-messages", "messageId", index=("ChatMessagesIndex", "chatId", "seq"))
table("rows-receipts", "messageId", "receipt")
table("rows-connections", "connectionId", index=("UserConnectionsIndex", "userId"))

roles = {"send": "SendMessageFunctionRole", "receive": "UpdateStatusFunctionRole"}
print(json.dumps({name: credentials(f"bench-{role}") for name, role in roles.items()}))
