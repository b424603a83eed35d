"""Lets the frames of one socket overtake each other, as on AWS.

The engine handles a frame only when the function has answered the frame before. API Gateway promises no such order:
its invocations for one socket run at the same time.
"""

import asyncio
import json

from ministack.services import apigateway

# Invocations at once for one socket. AWS has no such limit; here each takes an instance of the function, on few cores.
AT_ONCE = 3

_turns, _running = {}, set()


def install():
    """Replaces the engine's invocation for a frame. Those for a new or a closed socket stay in their order."""
    invoke = apigateway._invoke_ws_lambda

    async def invoke_at_once(api_id, account, region, route, stage, connection_id, event_type, *rest, **options):
        arguments = (api_id, account, region, route, stage, connection_id, event_type, *rest)
        if event_type != "MESSAGE":
            if event_type == "DISCONNECT":
                _turns.pop(connection_id, None)
            return await invoke(*arguments, **options)
        turns = _turns.setdefault(connection_id, asyncio.Semaphore(AT_ONCE))
        await turns.acquire()
        task = asyncio.create_task(answer(connection_id, turns, invoke(*arguments, **options)))
        _running.add(task)
        task.add_done_callback(_running.discard)
        return None

    apigateway._invoke_ws_lambda = invoke_at_once


async def answer(connection_id, turns, invocation):
    """Sends the function's answer to the socket, behind the frames that were posted before it."""
    try:
        body = (await invocation or {}).get("body")
    finally:
        turns.release()
    connection = apigateway._ws_connections.get(connection_id)
    if body and connection:
        text = json.dumps(body) if isinstance(body, (dict, list)) else str(body)
        connection["outbox"].put_nowait(text)
