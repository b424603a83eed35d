"""Emulates the push services and phones behind SNS platform endpoints, which the engine lacks.

Writes each push as a JSON line to a file. A push that SNS would reject has the error code in `rejected`. A test
controls a phone by the endpoint's `CustomUserData` (SetEndpointAttributes):

    throttle     SNS answers `Throttled`
    refuse       SNS answers `InternalError`
    deny         SNS answers `AuthorizationError`, as if the function's role lacked a permission
    hang         SNS answers after a minute
    uninstalled  SNS accepts the push; then the push service reports an invalid token, so that SNS disables the endpoint
                 and publishes to the topic in `EventDeliveryFailure` of the platform application
    else         the phone receives the push
"""

import asyncio
import json
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from urllib.parse import parse_qs

from ministack.core.responses import new_uuid
from ministack.services import sns

PAYLOAD_BYTES = 4096  # the limit of APNs and FCM
HANG_SECONDS = 60
INVALID_TOKEN_AFTER_SECONDS = 0.1
BACKGROUND_TASKS = set()  # references to running tasks, since asyncio keeps only weak ones


class Rejected(Exception):
    """An error that SNS returns."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.status = code, status


@dataclass
class Push:
    """A line of the push log."""

    time: int
    endpointArn: str
    token: str
    platform: str
    message: dict | None  # the payload for the push service; None if it cannot be parsed
    attributes: dict


class Phones:
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
        except Rejected as error:
            self.write(push, error.code)
            return sns._error(error.code, str(error), error.status)
        return await self.accept(push, endpoint, application)

    async def accept(self, push, endpoint, application):
        phone, message_id = endpoint["attributes"].get("CustomUserData"), new_uuid()
        if phone == "hang":
            await asyncio.sleep(HANG_SECONDS)
        else:
            self.write(push)
        if phone == "uninstalled":
            task = asyncio.create_task(disable_endpoint(endpoint, application, message_id))
            BACKGROUND_TASKS.add(task)
            task.add_done_callback(BACKGROUND_TASKS.discard)
        result = f"<PublishResult><MessageId>{message_id}</MessageId></PublishResult>"
        return sns._xml(200, "PublishResponse", result)

    def write(self, push, rejected=None):
        """Writes the push to the push log, and a line without its text to the function log, for the timeline."""
        line = asdict(push) | ({"rejected": rejected} if rejected else {})
        self.file.write(json.dumps(line) + "\n")
        outcome = "rejected" if rejected else "received"
        log_line = {"stage": "phone", "outcome": outcome, **ids_of(push.message or {})}
        self.function_log.write("phone", push.time, json.dumps(log_line))


def install(path, function_log):
    """Makes the engine's SNS publish to these phones."""
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
    """The payload for the platform's push service. Raises Rejected if SNS would reject the message."""
    if sns._p(parameters, "MessageStructure") != "json":
        raise Rejected("InvalidParameter", "Invalid parameter: MessageStructure Reason: a push has the structure json")
    entries = read(sns._p(parameters, "Message"), "Message Structure - JSON message body failed to parse")
    entry = entries.get(platform, entries.get("default"))
    if not isinstance(entry, str):
        reason = f"Invalid parameter: Message Structure - No entry {platform} or default in JSON message body"
        raise Rejected("InvalidParameter", reason)
    size = len(entry.encode())
    if size > PAYLOAD_BYTES:
        reason = f"Invalid parameter: Message Reason: {platform} accepts {PAYLOAD_BYTES} bytes, but these are {size}"
        raise Rejected("InvalidParameter", reason)
    return read(entry, f"Message Reason: the entry for {platform} is not a JSON object")


def read(text, problem):
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Rejected("InvalidParameter", f"Invalid parameter: {problem}")
    return value


def check(endpoint, application):
    """Raises Rejected if the application or the endpoint is disabled, or if a test asks for an error."""
    if application["attributes"].get("Enabled") == "false":
        raise Rejected("PlatformApplicationDisabled", "Platform application is disabled")
    if endpoint["attributes"].get("Enabled") == "false":
        raise Rejected("EndpointDisabled", "Endpoint is disabled")
    phone = endpoint["attributes"].get("CustomUserData")
    if phone == "throttle":
        raise Rejected("Throttled", "Rate exceeded", 429)
    if phone == "refuse":
        raise Rejected("InternalError", "Internal error", 500)
    if phone == "deny":
        raise Rejected("AuthorizationError", "Not authorized", 403)


async def disable_endpoint(endpoint, application, message_id):
    """Does what SNS does after the push service has reported an invalid token."""
    await asyncio.sleep(INVALID_TOKEN_AFTER_SECONDS)
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


def ids_of(message):
    """The ids, the seq and the badge of a push. FCM has them as strings under `data`, APNs at the top level."""
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
    """The object with this name, or else `otherwise`."""
    found = value.get(name)
    return found if isinstance(found, dict) else otherwise


def number(value):
    """A number, or a string of digits, as an int; None for other values."""
    return int(value) if str(value).isdigit() else None
