"""Gives IAM the same actions, resources and condition keys as AWS does.

The engine differs from AWS in these points, which this module corrects:
- SQS batch calls: AWS checks the action of the single call (`SendMessage` for `SendMessageBatch`).
- DynamoDB streams: AWS checks the stream's ARN.
- Reading one event source mapping: AWS checks `GetEventSourceMapping`, and not `ListEventSourceMappings`.
- Searching a log group: its ARN ends with `:*` on AWS.
- DynamoDB: AWS adds condition keys for the rows and attributes of a request (see `condition_keys`).
- TLS: the engine does not support it. A request from this machine counts as sent by TLS, unless its header
  x-forwarded-proto is `http`.
"""

import contextvars
import json

import ministack.app
from condition_keys import condition_keys
from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb, dynamodb_streams

BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}

# The number of colons in `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`.
LOG_GROUP_COLONS = 6

# The DynamoDB request for which IAM decides, as parsed JSON.
_REQUEST = contextvars.ContextVar("request", default={})


class TablePart(str):
    """The ARN of a table, with its part of a transaction."""

    part = None


def install():
    """Replaces the engine's lookups of actions, resources and condition keys."""
    extract_action, extract_resource = iam_actions.extract_iam_action, iam_actions.extract_resource_arn

    def action_as_on_aws(service, method, path, *more):
        action = extract_action(service, method, path, *more)
        if action == "lambda:ListEventSourceMappings" and not path.rstrip("/").endswith("event-source-mappings"):
            return "lambda:GetEventSourceMapping"
        return BATCHES.get(action, action)

    def resource_as_on_aws(service, method, path, headers, body, *more):
        stream = stream_of(body) if service == "dynamodbstreams" else None
        resource = stream or extract_resource(service, method, path, headers, body, *more)
        return f"{resource}:*" if service == "logs" and resource.count(":") == LOG_GROUP_COLONS else resource

    iam_actions.extract_iam_action, iam_actions.extract_resource_arn = action_as_on_aws, resource_as_on_aws
    install_condition_keys()
    install_secure_transport()


def install_condition_keys():
    """Adds the condition keys of the requested rows and attributes to each decision about a table."""
    transaction_checks, enforce = iam_actions.dynamodb_transaction_checks, iam_evaluator.enforce

    def remember(body):
        _REQUEST.set(read(body))
        return {}

    def parts_of_transaction(action, body, region, account):
        checks = transaction_checks(action, body, region, account)
        members = iam_actions._DYNAMODB_TRANSACT_ITEM_ACTIONS
        items = read(body).get("TransactItems") or []
        parts = [item[member] for item in items for member in members if member in item] if checks else []
        return [(each, with_part(arn, part)) for (each, arn), part in zip(checks, parts, strict=True)]

    def enforce_as_on_aws(access_key, action, service, region, resource_arn="*", service_context=None):
        if service == "dynamodb" and ":table/" in resource_arn:
            keys = keys_of(action, getattr(resource_arn, "part", None) or _REQUEST.get(), resource_arn)
            service_context = {**(service_context or {}), **keys}
        return enforce(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)

    iam_actions.dynamodb_service_context = remember
    iam_actions.dynamodb_transaction_checks = parts_of_transaction
    iam_evaluator.enforce = enforce_as_on_aws


def install_secure_transport():
    """Makes requests count as sent by TLS, including the engine's own requests."""
    serve = ministack.app.app

    async def serve_as_by_tls(scope, receive, send):
        if scope["type"] == "http" and all(name.lower() != b"x-forwarded-proto" for name, _ in scope["headers"]):
            scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
        await serve(scope, receive, send)

    ministack.app.app = serve_as_by_tls
    iam_evaluator._request_origin = contextvars.ContextVar("request_origin", default=("127.0.0.1", True))


def keys_of(action, request, resource_arn):
    """The condition keys of a request about the table or index with this ARN."""
    name, _, index = resource_arn.partition(":table/")[2].partition("/index/")
    description = dynamodb._tables.get(name) or {}
    if index:
        indexes = description.get("GlobalSecondaryIndexes") or []
        description = next((each for each in indexes if each["IndexName"] == index), {})
    schema = description.get("KeySchema") or []
    partition_key = next((key["AttributeName"] for key in schema if key["KeyType"] == "HASH"), None)
    return condition_keys(action, request, name, partition_key)


def with_part(arn, part):
    arn = TablePart(arn)
    arn.part = part
    return arn


def read(body):
    """Parses a request's body. Returns {} if it is not a JSON object."""
    try:
        request = json.loads(body or b"{}")
    except (ValueError, TypeError):
        return {}
    return request if isinstance(request, dict) else {}


def stream_of(body):
    """The ARN of the stream in a request, or of the stream that its shard iterator belongs to."""
    request = json.loads(body or b"{}")
    iterator = dynamodb_streams._decode_iterator(request.get("ShardIterator") or "") or {}
    return request.get("StreamArn") or iterator.get("arn")
