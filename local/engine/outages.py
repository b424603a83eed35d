"""Refuses or delays calls of the consumers to a service for a time, as during an outage or on an overloaded machine.

`PUT /_paloma/outages` with `{"dynamodb": {"seconds": 60}, "events": {"seconds": 30, "delay": 1.5}}` begins outages: for
a minute calls to DynamoDB are refused, and for 30 s a call to the bus takes 1.5 s longer. A delayed call is carried
out, even if its caller has given up meanwhile. The answer has the number of calls that were refused or delayed for each
service since the last request. The names are those of AWS signatures: `dynamodb`, `sqs`, `sns`, `events`,
`execute-api`. Functions that answer clients are not affected, so that a test can send messages meanwhile. Lambda's own
polls of queues and streams pass too: an outage of SQS is harder here than on AWS, where Lambda would receive no jobs.
"""

import asyncio
import json
import re
import threading
import time
from dataclasses import dataclass

import ministack.app
from asgi import answer, caller, signed_for, whole

PATH = "/_paloma/outages"
CONSUMERS = re.compile(r"-(FanOut|Push|PushFeedback|PropagateStatus|Relay|SummariseReactions|TrackPresence|UpdateSummaries)FunctionRole")


@dataclass
class Outage:
    end: float  # monotonic time
    delay: float | None  # seconds; None if calls are refused


_outages, _affected, _lock = {}, {}, threading.Lock()


def install():
    """Puts itself before the engine."""
    serve = ministack.app.app

    async def serve_or_refuse(scope, receive, send):
        if scope["type"] != "http":
            return await serve(scope, receive, send)
        if scope["path"] == PATH:
            return await answer(send, 200, begin(json.loads(await whole(receive) or b"{}")))
        outage = outage_of(dict(scope["headers"]).get(b"authorization", b"").decode()) if _outages else None
        if outage and outage.delay is None:
            await whole(receive)
            return await answer(send, 503, {"__type": "ServiceUnavailable", "message": "an outage of this test"})
        if outage:
            await asyncio.sleep(outage.delay)
        await serve(scope, receive, send)

    ministack.app.app = serve_or_refuse


def begin(outages):
    """Begins outages. Returns the affected calls by service, and counts from zero again."""
    with _lock:
        for service, outage in outages.items():
            _outages[service] = Outage(time.monotonic() + outage["seconds"], outage.get("delay"))
        affected = dict(_affected)
        _affected.clear()
    return affected


def outage_of(authorization):
    """The outage that a call meets, or None."""
    service = signed_for(authorization)
    outage = _outages.get(service)
    if outage is None or time.monotonic() >= outage.end or not CONSUMERS.search(caller(authorization)):
        return None
    with _lock:
        _affected[service] = _affected.get(service, 0) + 1
    return outage
