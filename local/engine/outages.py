"""Refuses calls of the consumers to a service for a time, as during an outage.

`PUT /_paloma/outages` with `{"dynamodb": 60, "sqs": 15}` begins outages of so many seconds, and answers with the number
of calls that each service has refused since the last request. The names are those of AWS signatures: `dynamodb`, `sqs`,
`sns`, `events`, `execute-api`. Functions that answer clients are not affected, so that a test can send messages
meanwhile. Lambda's own polls of queues and streams pass too: an outage of SQS is harder here than on AWS, where Lambda
would receive no jobs.
"""

import json
import re
import threading
import time

import ministack.app
from asgi import answer, caller, signed_for, whole

PATH = "/_paloma/outages"
CONSUMERS = re.compile(r"-(FanOut|Push|PushFeedback|PropagateStatus|Relay|TrackPresence|UpdateSummaries)FunctionRole")

_ends, _refused, _lock = {}, {}, threading.Lock()


def install():
    """Puts itself before the engine."""
    serve = ministack.app.app

    async def serve_or_refuse(scope, receive, send):
        if scope["type"] != "http":
            return await serve(scope, receive, send)
        if scope["path"] == PATH:
            return await answer(send, 200, begin(json.loads(await whole(receive) or b"{}")))
        if _ends and is_refused(dict(scope["headers"]).get(b"authorization", b"").decode()):
            await whole(receive)
            return await answer(send, 503, {"__type": "ServiceUnavailable", "message": "an outage of this test"})
        await serve(scope, receive, send)

    ministack.app.app = serve_or_refuse


def begin(seconds_by_service):
    """Begins outages. Returns the refused calls by service, and counts from zero again."""
    with _lock:
        _ends.update({service: time.monotonic() + seconds for service, seconds in seconds_by_service.items()})
        refused = dict(_refused)
        _refused.clear()
    return refused


def is_refused(authorization):
    service = signed_for(authorization)
    if time.monotonic() >= _ends.get(service, 0) or not CONSUMERS.search(caller(authorization)):
        return False
    with _lock:
        _refused[service] = _refused.get(service, 0) + 1
    return True

