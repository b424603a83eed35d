"""Counts the calls of the functions to AWS, with the units that DynamoDB consumes, for `cargo bench --bench cost`.

Every signed request counts for the role of its caller. Each DynamoDB request is asked for its consumed capacity. A
refused condition has none in its answer, although AWS charges it like the write: it counts one unit, and two for each
part of a refused transaction. Lambda's own polls of queues and streams are no calls of a function.

The engine answers `GET /_paloma/costs` with the counts since the last one, as JSON: a list of objects with `role`,
`operation`, `calls`, `reads` and `writes` (units).
"""

import json
import os
import threading
import urllib.parse

import ministack.app
from asgi import answer, caller, signed_for, whole
from ministack.services import dynamodb

PATH = "/_paloma/costs"
READS = ("GetItem", "Query", "Scan", "TransactGetItems")
REFUSED = ("ConditionalCheckFailedException", "TransactionCanceledException")

_counts, _lock = {}, threading.Lock()


def install():
    """Counts if the environment variable PALOMA_COUNT_COSTS is set."""
    if os.environ.get("PALOMA_COUNT_COSTS"):
        count_rows()
        count_others()


def count_rows():
    """Counts the calls to DynamoDB. The request changes after the engine has checked its signature."""
    handle = dynamodb.handle_request

    async def handle_and_count(method, path, headers, body, query):
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        status, answer_headers, answer = await handle(method, path, headers, with_capacity(body), query)
        count(headers, operation, units(operation, body, answer))
        return status, answer_headers, answer

    dynamodb.handle_request = handle_and_count


def count_others():
    """Counts the calls to all other services, and answers requests for the counts."""
    serve = ministack.app.app

    async def serve_and_count(scope, receive, send):
        if scope["type"] != "http":
            return await serve(scope, receive, send)
        if scope["path"] == PATH:
            return await answer(send, 200, take_counts())
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        service = signed_for(headers.get("authorization", ""))
        if service in (None, "dynamodb"):
            return await serve(scope, receive, send)
        body = await whole(receive)
        count(headers, operation_of(service, headers, scope, body), (0.0, 0.0))
        await serve(scope, again(body, receive), send)

    ministack.app.app = serve_and_count


def take_counts():
    """The counts since the last call."""
    with _lock:
        rows = [
            {"role": role, "operation": operation, "calls": calls, "reads": reads, "writes": writes}
            for (role, operation), (calls, reads, writes) in sorted(_counts.items())
        ]
        _counts.clear()
    return rows


def again(body, receive):
    """An ASGI `receive` that first returns a body that was read before."""
    unread = [body]

    async def receive_again():
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()

    return receive_again


def operation_of(service, headers, scope, body):
    """Such as `UpdateItem` or `PostToConnection`."""
    target = headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2]
    if service == "execute-api":
        return "PostToConnection" if scope["method"] == "POST" else f"{scope['method']} connection"
    action = urllib.parse.parse_qs(body.decode("utf-8", "replace")).get("Action")
    return action[0] if action else f"{scope['method']} {service}"


def with_capacity(body):
    request = json.loads(body or b"{}")
    return json.dumps({**request, "ReturnConsumedCapacity": "TOTAL"}).encode()


def units(operation, request, answer):
    """The read units and write units that DynamoDB consumed."""
    if operation == "BatchGetItem":
        return batch_reads(request), 0.0
    if b"ConsumedCapacity" not in answer and not any(word.encode() in answer for word in REFUSED):
        return 0.0, 0.0
    parsed = json.loads(answer)
    if any(word in parsed.get("__type", "") for word in REFUSED):
        return 0.0, 2.0 * len(json.loads(request).get("TransactItems", [])) or 1.0
    consumed = parsed.get("ConsumedCapacity") or []
    consumed = consumed if isinstance(consumed, list) else [consumed]
    total = sum(table["CapacityUnits"] for table in consumed)
    return (total, 0.0) if operation in READS else (0.0, total)


def batch_reads(request):
    """The read units of a BatchGetItem, which the engine does not compute: its rows have up to 4 KB."""
    tables = json.loads(request)["RequestItems"].values()
    return sum(len(table["Keys"]) * (1.0 if table.get("ConsistentRead") else 0.5) for table in tables)


def role_of(headers):
    """The name of the caller's role, or None for a caller without a role."""
    arn = caller(headers.get("authorization", ""))
    return arn.split("/")[1] if ":assumed-role/" in arn else None


def count(headers, operation, consumed):
    role = role_of(headers)
    if not role:
        return
    with _lock:
        calls, reads, writes = _counts.get((role, operation), (0, 0.0, 0.0))
        _counts[role, operation] = (calls + 1, reads + consumed[0], writes + consumed[1])
