"""What EventBridge does on AWS and the engine's leaves out, between a rule and its target.

Log groups are targets; queues and log groups take events only if their policies let EventBridge in; and a replay
reaches only the rules that it names.
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
STREAM = new_uuid()  # AWS makes up the names of its log streams too.
LOG = logging.getLogger("event_bus")


def install():
    """Puts this between the engine's rules and their targets."""
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
            LOG.warning("The policy of %s lets no event of rule %s in", arn, rule["Name"])

    eventbridge._invoke_target = invoke_as_on_aws


def is_replayed_to(rule, event):
    """Whether an event, if it comes from a replay, is for this rule."""
    replay = eventbridge._replays.get(event.get("ReplayName")) or {}
    only = replay.get("Destination", {}).get("FilterArns")
    return not only or rule["Arn"] in only


def write(arn, event, rule, view):
    """Writes the event into a log group, as it is: input transformers are not for log groups here."""
    group = arn.resource.removeprefix("log-group:").removesuffix(":*")
    if group not in cloudwatch_logs._log_groups or not may_write(group, rule):
        LOG.warning("There is no log group %s, or no resource policy lets events of rule %s in", group, rule["Name"])
        return
    view = view or eventbridge._pattern_event_view(event)
    line = {"timestamp": int(time.time() * 1000), "message": json.dumps(view.event_with_detail())}
    place = {"logGroupName": group, "logStreamName": STREAM}
    if STREAM not in cloudwatch_logs._log_groups[group]["streams"]:
        cloudwatch_logs._create_log_stream(place)
    cloudwatch_logs._put_log_events({**place, "logEvents": [line]})


def may_write(group, rule):
    """Whether a resource policy lets EventBridge make streams in the log group, and write to them."""
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
