"""Counts the work of the functions that AWS charges for, for `cargo bench --bench cost`.

The engine answers `GET /_paloma/costs` with the counts since the last one, as JSON: a list of objects with `role` (of the
function), `kind`, `name`, `count`, `reads` and `writes` (units of DynamoDB), `bytes` (of events). A test that runs functions in its own process
names them in the header `x-paloma-counted-as`, and adds `?role=NAME` to get these counts alone. The kinds:

- `call`: a request to AWS that the role has signed, such as `UpdateItem`;
- `invocation`: of the function, by its source: `rest`, `frame`, `queue`, or the name of a stream's table;
- `answer`: a `frame` that the gateway returned to a socket;
- `event`: a domain event that the function has published, such as `MessageSent`.

Lambda's own polls of queues and streams are no calls of a function. A refused condition has no capacity in its answer,
although AWS charges it like the write: it counts one unit, and two for each part of a refused transaction. The units of
reads are computed by `read_units`.
"""

import json
import os
import threading
import urllib.parse

import ministack.app
from asgi import answer, caller, signed_for, whole
from ministack.services import dynamodb, lambda_svc
from read_units import READS, read_units

PATH = "/_paloma/costs"
COUNTED_AS = "x-paloma-counted-as"
REFUSED = ("ConditionalCheckFailedException", "TransactionCanceledException")

# Whether all functions are counted, and not only those of a test that asks for it.
COUNTS_ALL = bool(os.environ.get("PALOMA_COUNT_COSTS"))

_counts, _lock = {}, threading.Lock()


def install():
    """Puts itself before the engine."""
    count_rows()
    count_others()
    if COUNTS_ALL:
        count_invocations()


def count_rows():
    """Counts the calls to DynamoDB. The request changes after the engine has checked its signature."""
    handle = dynamodb.handle_request

    async def handle_and_count(method, path, headers, body, query):
        role = role_of(headers)
        if not role:
            return await handle(method, path, headers, body, query)
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        status, answer_headers, answer = await handle(method, path, headers, with_capacity(body), query)
        count(role, "call", operation, *units(operation, body, answer))
        return status, answer_headers, answer

    dynamodb.handle_request = handle_and_count


def count_others():
    """Counts the calls to all other services, and answers requests for the counts."""
    serve = ministack.app.app

    async def serve_and_count(scope, receive, send):
        if scope["type"] != "http":
            return await serve(scope, receive, send)
        if scope["path"] == PATH:
            wanted = urllib.parse.parse_qs(scope.get("query_string", b"").decode()).get("role", [None])[0]
            return await answer(send, 200, take_counts(wanted))
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        service = signed_for(headers.get("authorization", ""))
        role = role_of(headers) if service not in (None, "dynamodb") else None
        if not role:
            return await serve(scope, receive, send)
        body = await whole(receive)
        operation = operation_of(service, headers, scope, body)
        count(role, "call", operation)
        if operation == "PutEvents":
            for entry in json.loads(body).get("Entries", []):
                count(role, "event", entry.get("DetailType", ""), size=len(json.dumps(entry)))
        await serve(scope, again(body, receive), send)

    ministack.app.app = serve_and_count


def count_invocations():
    """Counts the invocations of all functions, and their answers to frames."""
    dispatch = lambda_svc._execute_function_dispatch

    def dispatch_and_count(function, config, event, request_id, started):
        role, source = config.get("Role", "").rpartition("/")[2], source_of(event)
        count(role, "invocation", source)
        result = dispatch(function, config, event, request_id, started)
        if source == "frame" and has_body(result):
            count(role, "answer", "frame")
        return result

    lambda_svc._execute_function_dispatch = dispatch_and_count


def take_counts(wanted):
    """The counts of a role, or of all, since the last call."""
    with _lock:
        taken = {key: _counts.pop(key) for key in sorted(_counts) if wanted in (None, key[0])}
    return [
        {"role": role, "kind": kind, "name": name, "count": times, "reads": reads, "writes": writes, "bytes": size}
        for (role, kind, name), (times, reads, writes, size) in taken.items()
    ]


def again(body, receive):
    """An ASGI `receive` that first returns a body that was read before."""
    unread = [body]

    async def receive_again():
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()

    return receive_again


def source_of(event):
    """The source of an invocation."""
    if not isinstance(event, dict):
        return "other"
    context, records = event.get("requestContext") or {}, event.get("Records") or [{}]
    source = records[0].get("eventSource")
    if source == "aws:sqs":
        return "queue"
    if source == "aws:dynamodb":
        return records[0]["eventSourceARN"].partition("/")[2].partition("/")[0]
    if "connectionId" in context:
        return "frame" if context.get("eventType") == "MESSAGE" else "socket"
    return "rest" if "http" in context else "other"


def has_body(result):
    """Whether a function has answered with a body. The engine has parsed it, or not."""
    body = result.get("body") if isinstance(result, dict) else None
    if isinstance(body, (str, bytes)):
        try:
            body = json.loads(body)
        except ValueError:
            return False
    return isinstance(body, dict) and bool(body.get("body"))


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
    if operation in READS:
        return read_units(operation, json.loads(request), json.loads(answer)), 0.0
    if b"ConsumedCapacity" not in answer and not any(word.encode() in answer for word in REFUSED):
        return 0.0, 0.0
    parsed = json.loads(answer)
    if any(word in parsed.get("__type", "") for word in REFUSED):
        return 0.0, 2.0 * len(json.loads(request).get("TransactItems", [])) or 1.0
    consumed = parsed.get("ConsumedCapacity") or []
    consumed = consumed if isinstance(consumed, list) else [consumed]
    return 0.0, sum(table["CapacityUnits"] for table in consumed)


def role_of(headers):
    """The name of the caller's role, or None for a caller that is not counted."""
    if COUNTED_AS in headers:
        return headers[COUNTED_AS]
    if not COUNTS_ALL:
        return None
    arn = caller(headers.get("authorization", ""))
    return arn.split("/")[1] if ":assumed-role/" in arn else None


def count(role, kind, name, reads=0.0, writes=0.0, size=0):
    if not role:
        return
    with _lock:
        before = _counts.get((role, kind, name), (0, 0.0, 0.0, 0))
        _counts[role, kind, name] = tuple(sum(pair) for pair in zip(before, (1, reads, writes, size), strict=True))
