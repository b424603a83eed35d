"""The requests to the engine, which is an ASGI application: their callers, bodies and answers."""

import json
import re

from ministack.core import iam_evaluator

CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/")


def signed_for(authorization):
    """The service that a request was signed for, such as `dynamodb`, or None for a request without a signature."""
    credential = CREDENTIAL.search(authorization)
    return credential[2] if credential else None


def caller(authorization):
    """The ARN of the caller, or an empty text for an unknown one."""
    credential = CREDENTIAL.search(authorization)
    principal = iam_evaluator.resolve_principal(credential[1], "000000000000") if credential else None
    return getattr(principal, "arn", "")


async def whole(receive):
    """The whole body of a request."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body") or b""
        more = message.get("more_body", False)
    return body


async def answer(send, status, body):
    """Answers with JSON."""
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
