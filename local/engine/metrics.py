"""What CloudWatch is told on AWS, and not by the engine: of queues, streams, workflows, and by lines of functions.

What is kept of a minute is each value and how often it was, from which any statistic comes: the engine keeps every
value by itself, and would slow down in an hour. Queues are looked at, and alarms evaluated, every two seconds, where
AWS does once a minute: nobody waits for minutes here.
"""

import json
import logging
import threading
import time

import alarms
from ministack.core.responses import request_scope
from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc, sqs, stepfunctions

PACE = 2.0  # seconds between two looks
MINUTE = 60
ENDS = {"SUCCEEDED": "ExecutionsSucceeded", "FAILED": "ExecutionsFailed", "ABORTED": "ExecutionsAborted"}
LOCK = threading.Lock()
LOG = logging.getLogger("metrics")


def install():
    """Has the engine collect metrics, and evaluate alarms, this way."""
    alarms.install()
    cloudwatch.record_metric = record
    listen()
    count_executions()
    count_invocations()
    threading.Thread(target=watch, daemon=True).start()


def watch():
    while True:
        time.sleep(PACE)
        try:
            for account, region in tenants():
                with request_scope(account, region):
                    measure_queues()
                    alarms.evaluate_all()
        except Exception:
            LOG.exception("Metrics could not be collected this time")


def tenants():
    """The accounts and regions that have queues or alarms."""
    return {key[:2] for store in (sqs._queues, cloudwatch._alarms) for key in list(store._data)}


def record(namespace, name, value, unit="None", dimensions=None):
    """Counts a value among those of this minute; durations are whole milliseconds."""
    dimensions, now = dict(dimensions or {}), time.time()
    value = float(round(value) if unit == "Milliseconds" else value)
    with LOCK:
        points = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions)))
        for point in reversed(points):
            if point["Timestamp"] // MINUTE != now // MINUTE:
                break
            if point["Value"] == value:
                point["Count"] += 1
                return
        points.append({"Timestamp": now, "Unit": unit, "Dimensions": dimensions, "Value": value, "Count": 1})


# ── queues ──


def measure_queues():
    now = time.time()
    for url, queue in sqs._queues.items():
        messages = [message for message in list(queue["messages"]) if "visible_at" in message]
        visible = [message for message in messages if message["visible_at"] <= now]
        received = [message for message in messages if message["visible_at"] > now and message["receive_count"]]
        oldest = min((message["sent_at"] for message in (*visible, *received)), default=now)
        figures = {
            "ApproximateNumberOfMessagesVisible": len(visible),
            "ApproximateNumberOfMessagesNotVisible": len(received),
            "ApproximateNumberOfMessagesDelayed": len(messages) - len(visible) - len(received),
        }
        about = {"QueueName": url.rsplit("/", 1)[-1]}
        for name, value in figures.items():
            record("AWS/SQS", name, value, "Count", about)
        record("AWS/SQS", "ApproximateAgeOfOldestMessage", int(now - oldest), "Seconds", about)


# ── streams ──


def iterator_age(function, arrived):
    """Notes how old the last record of a batch was when its function got it. `arrived` is in seconds since 1970."""
    age = max(0.0, (time.time() - arrived) * 1000)
    record("AWS/Lambda", "IteratorAge", age, "Milliseconds", {"FunctionName": function})


# ── functions ──


def count_invocations():
    """Has the engine count every invocation. By itself it counts those through the API of Lambda alone, and none that a
    gateway, a queue or a stream makes."""
    dispatch, emit = lambda_svc._execute_function_dispatch, lambda_svc._emit_lambda_metrics

    def dispatch_and_count(function, config, event, request_id, started):
        error = True
        try:
            result = dispatch(function, config, event, request_id, started)
            error = isinstance(result, dict) and bool(result.get("error"))
            return result
        finally:
            emit(config.get("FunctionName", "unknown"), (time.time() - started) * 1000, error, False)

    def emit_throttles(name, duration_ms, error, throttle):
        """What ran was counted where it ran."""
        if throttle:
            record("AWS/Lambda", "Throttles", 1, "Count", {"FunctionName": name})

    lambda_svc._execute_function_dispatch = dispatch_and_count
    lambda_svc._emit_lambda_metrics = emit_throttles


# ── workflows ──


def count_executions():
    """Has the engine count how executions end, where it tells the event bus of it."""
    tell = stepfunctions._emit_execution_status_event

    def count_and_tell(execution):
        if figure := ENDS.get(execution["status"]):
            record("AWS/States", figure, 1, "Count", {"StateMachineArn": execution["stateMachineArn"]})
        return tell(execution)

    stepfunctions._emit_execution_status_event = count_and_tell


# ── lines of functions ──


def listen():
    """Has the engine take metrics out of lines in the Embedded Metric Format."""
    fan_out = cloudwatch_logs._fanout_to_subscription_filters

    def fan_out_and_extract(group, stream, events):
        for event in events:
            if '"_aws"' in event["message"]:
                extract(event["message"])
        return fan_out(group, stream, events)

    cloudwatch_logs._fanout_to_subscription_filters = fan_out_and_extract


def extract(line):
    """Records the metrics that a line says it has. What is not in the format is no metric, as on AWS."""
    try:
        members = json.loads(line)
        for directive in members["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = {name: str(members[name]) for name in names}
                for metric in directive["Metrics"]:
                    value = members.get(metric["Name"])
                    for each in value if isinstance(value, list) else [value]:
                        if isinstance(each, (int, float)):
                            unit = metric.get("Unit", "None")
                            record(directive["Namespace"], metric["Name"], each, unit, dimensions)
    except (ValueError, KeyError, TypeError, AttributeError):
        LOG.warning("A line that is not in the Embedded Metric Format: %.300s", line)
