"""The phones behind SNS platform endpoints, and the push services between: the engine has none.

A push that SNS would accept is written down, a JSON object a line, and so is one that it refuses, with the code of
the error. What a phone is like, a test says in the endpoint's `CustomUserData`, through SetEndpointAttributes:

    throttle     SNS answers that too much is published
    refuse       SNS answers that it has trouble of its own
    hang         SNS answers after a minute
    uninstalled  SNS accepts; then the push service finds the token dead, so that SNS disables the endpoint and
                 tells the topic in the attribute `EventDeliveryFailure` of the platform application
    else         the phone buzzes
"""

import asyncio
import json
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from urllib.parse import parse_qs

from ministack.core.responses import new_uuid
from ministack.services import sns

PAYLOAD_BYTES = 4096  # APNs and FCM take no more
HANGS_SECONDS = 60
NOTICED_AFTER_SECONDS = 0.1  # that an app is gone
UNDER_WAY = set()  # holds on to what goes on after the answer


class Refused(Exception):
    """An error as SNS answers it."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.status = code, status


@dataclass
class Push:
    """A line of the file."""

    time: int
    endpointArn: str
    token: str
    platform: str
    message: dict | None  # what the push service is to get, once it reads
    attributes: dict


class Phones:
    """All phones of the stack."""

    def __init__(self, path, function_log):
        self.file = open(path, "a", buffering=1, encoding="utf-8")
        self.function_log = function_log

    async def publish(self, endpoint, parameters):
        """Answers a Publish to an endpoint."""
        push = Push(
            time=int(time.time() * 1000),
            endpointArn=endpoint["arn"],
            token=endpoint["attributes"]["Token"],
            platform=endpoint["application_arn"].split("/")[1],
            message=None,
            attributes=attributes(parameters),
        )
        application = sns._platform_applications[endpoint["application_arn"]]
        try:
            push.message = payload(push.platform, parameters)
            check(endpoint, application)
        except Refused as refused:
            self.write(push, refused.code)
            return sns._error(refused.code, str(refused), refused.status)
        return await self.accept(push, endpoint, application)

    async def accept(self, push, endpoint, application):
        phone, message_id = endpoint["attributes"].get("CustomUserData"), new_uuid()
        if phone == "hang":
            await asyncio.sleep(HANGS_SECONDS)
        else:
            self.write(push)
        if phone == "uninstalled":
            noticing = asyncio.create_task(notice_uninstalled(endpoint, application, message_id))
            UNDER_WAY.add(noticing)
            noticing.add_done_callback(UNDER_WAY.discard)
        result = f"<PublishResult><MessageId>{message_id}</MessageId></PublishResult>"
        return sns._xml(200, "PublishResponse", result)

    def write(self, push, refused=None):
        """Writes the push down, and tells those who follow the pipeline of it: never its words."""
        line = asdict(push) | ({"refused": refused} if refused else {})
        self.file.write(json.dumps(line) + "\n")
        told = {"stage": "phone", "outcome": "refused" if refused else "buzzes", **concerns(push.message or {})}
        self.function_log.write("phone", push.time, json.dumps(told))


def install(path, function_log):
    """Puts the phones behind the engine's SNS."""
    phones, handle_request = Phones(path, function_log), sns.handle_request

    async def handle(method, path, headers, body, query):
        parameters = dict(query) | parse_qs(body.decode("utf-8", errors="replace"))
        arn = sns._p(parameters, "TargetArn") or sns._p(parameters, "TopicArn")
        if sns._p(parameters, "Action") == "Publish" and ":endpoint/" in arn:
            if endpoint := sns._platform_endpoints.get(arn):
                return await phones.publish(endpoint, parameters)
            reason = "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified"
            return sns._error("InvalidParameter", reason, 400)
        return await handle_request(method, path, headers, body, query)

    sns.handle_request = handle


def attributes(parameters):
    parsed = sns._parse_message_attributes(parameters)
    return {name: value.get("StringValue", "") for name, value in parsed.items()}


def payload(platform, parameters):
    """What the push service of that platform is to get, if SNS would accept it."""
    if sns._p(parameters, "MessageStructure") != "json":
        raise Refused("InvalidParameter", "Invalid parameter: MessageStructure Reason: a push has the structure json")
    entries = read(sns._p(parameters, "Message"), "Message Structure - JSON message body failed to parse")
    entry = entries.get(platform, entries.get("default"))
    if not isinstance(entry, str):
        reason = f"Invalid parameter: Message Structure - No entry {platform} or default in JSON message body"
        raise Refused("InvalidParameter", reason)
    if len(entry.encode()) > PAYLOAD_BYTES:
        reason = f"Invalid parameter: Message Reason: {platform} takes {PAYLOAD_BYTES} bytes, not {len(entry.encode())}"
        raise Refused("InvalidParameter", reason)
    return read(entry, f"Message Reason: the entry for {platform} is no JSON object")


def read(text, problem):
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused("InvalidParameter", f"Invalid parameter: {problem}")
    return value


def check(endpoint, application):
    """Refuses what SNS refuses because of the endpoint, or because a test wants it to."""
    if application["attributes"].get("Enabled") == "false":
        raise Refused("PlatformApplicationDisabled", "Platform application is disabled")
    if endpoint["attributes"].get("Enabled") == "false":
        raise Refused("EndpointDisabled", "Endpoint is disabled")
    phone = endpoint["attributes"].get("CustomUserData")
    if phone == "throttle":
        raise Refused("Throttled", "Rate exceeded", 429)
    if phone == "refuse":
        raise Refused("InternalError", "The service has trouble of its own", 500)


async def notice_uninstalled(endpoint, application, message_id):
    """What SNS does when the push service answers that there is no such token any more."""
    await asyncio.sleep(NOTICED_AFTER_SECONDS)
    endpoint["attributes"]["Enabled"] = "false"
    topic = application["attributes"].get("EventDeliveryFailure")
    if topic:
        notice = {
            "DeliveryAttempts": 1,
            "EndpointArn": endpoint["arn"],
            "EventType": "DeliveryFailure",
            "FailureMessage": "Platform token associated with the endpoint is not valid",
            "FailureType": "InvalidPlatformToken",
            "MessageId": message_id,
            "Resource": application["arn"],
            "Service": "SNS",
            "Time": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        sns.publish_internal(topic, json.dumps(notice), "DeliveryFailure event for app " + application["name"])


def concerns(message):
    """Which message of which chat a push is about: FCM has it under `data`, as strings, and APNs at the top."""
    fcm = part(message, "fcmV1Message", message)
    data = part(part(fcm, "message", fcm), "data", message)
    found = {
        "messageId": data.get("messageId"),
        "chatId": data.get("chatId"),
        "seq": number(data.get("seq")),
        "badge": number(data.get("badge", part(message, "aps", {}).get("badge"))),
    }
    return {name: value for name, value in found.items() if value is not None}


def part(value, name, otherwise):
    """The object of that name, if there is one."""
    found = value.get(name)
    return found if isinstance(found, dict) else otherwise


def number(value):
    """The number, also if it is written as a string."""
    return int(value) if str(value).isdigit() else None
