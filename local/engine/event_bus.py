"""Adds features of EventBridge that the engine lacks.

Log groups are targets. Queues and log groups receive events only if their policies allow EventBridge. A replay sends
events only to the rules that it names.
"""

import json
import logging
import time

from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import cloudwatch_logs, eventbridge, sqs

QUEUE_SENDER = "events.amazonaws.com"
LOG_WRITERS = ("events.amazonaws.com", "delivery.logs.amazonaws.com")
STREAM = new_uuid()  # On AWS the names of these log streams are random too.
LOG = logging.getLogger("event_bus")


def install():
    """Replaces the engine's invocation of targets."""
    invoke = eventbridge._invoke_target

    def invoke_as_on_aws(target, event, rule, view=None):
        try:
            arn = parse_arn(target.get("Arn", ""))
        except ArnParseError:
            return
        if not is_replayed_to(rule, event):
            return
        if arn.service == "logs":
            write(arn, event, rule, view)
        elif arn.service != "sqs" or sqs.queue_policy_allows(str(arn), QUEUE_SENDER, rule["Arn"], get_account_id()):
            invoke(target, event, rule, view)
        else:
            LOG.warning("The policy of %s does not allow events of rule %s", arn, rule["Name"])

    eventbridge._invoke_target = invoke_as_on_aws


def is_replayed_to(rule, event):
    """Whether this rule receives the event. An event of a replay goes only to the rules of the replay."""
    replay = eventbridge._replays.get(event.get("ReplayName")) or {}
    only = replay.get("Destination", {}).get("FilterArns")
    return not only or rule["Arn"] in only


def write(arn, event, rule, view):
    """Writes the event to a log group. Input transformers are not supported here."""
    group = arn.resource.removeprefix("log-group:").removesuffix(":*")
    if group not in cloudwatch_logs._log_groups or not may_write(group, rule):
        LOG.warning("Log group %s is missing, or no resource policy allows events of rule %s", group, rule["Name"])
        return
    view = view or eventbridge._pattern_event_view(event)
    line = {"timestamp": int(time.time() * 1000), "message": json.dumps(view.event_with_detail())}
    stream = {"logGroupName": group, "logStreamName": STREAM}
    if STREAM not in cloudwatch_logs._log_groups[group]["streams"]:
        cloudwatch_logs._create_log_stream(stream)
    cloudwatch_logs._put_log_events({**stream, "logEvents": [line]})


def may_write(group, rule):
    """Whether a resource policy allows EventBridge to create streams in the log group and to write to them."""
    policies = [*cloudwatch_logs._resource_policies.values(), cloudwatch_logs._log_group_policies.get(group)]
    documents = [policy["policyDocument"] for policy in policies if policy]
    return all(
        any(allows(document, action, group, rule, writer) for document in documents for writer in LOG_WRITERS)
        for action in ("logs:CreateLogStream", "logs:PutLogEvents")
    )


def allows(document, action, group, rule, service):
    context = EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:log-stream:{STREAM}",
        region=get_region(),
        service_context={"aws:sourcearn": rule["Arn"], "aws:sourceaccount": get_account_id()},
    )
    return evaluate_resource_policy(document, context, service=service).decision == "Allow"
