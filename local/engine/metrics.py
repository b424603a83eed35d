"""Records the CloudWatch metrics that the engine lacks: of queues, streams, workflows, and of functions' log lines.

For each minute, this keeps every distinct value with its count, from which any statistic can be computed. The engine
would keep each value separately, and would be slow after an hour. Queues are measured and alarms are evaluated every
two seconds, and not once a minute as on AWS, so that tests need not wait.
"""

import json
import logging
import threading
import time

import alarms
from ministack.core.responses import request_scope
from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc, sqs, stepfunctions

INTERVAL = 2.0  # seconds between two measurements
EXECUTION_METRICS = {"SUCCEEDED": "ExecutionsSucceeded", "FAILED": "ExecutionsFailed", "ABORTED": "ExecutionsAborted"}
LOCK = threading.Lock()
LOG = logging.getLogger("metrics")


def install():
    """Replaces the engine's recording of metrics and its evaluation of alarms."""
    alarms.install()
    cloudwatch.record_metric = record
    extract_from_log_lines()
    count_executions()
    count_invocations()
    threading.Thread(target=watch, daemon=True).start()


def watch():
    while True:
        time.sleep(INTERVAL)
        try:
            for account, region in tenants():
                with request_scope(account, region):
                    measure_queues()
                    alarms.evaluate_all()
        except Exception:
            LOG.exception("Metrics could not be collected")


def tenants():
    """The accounts and regions that have queues or alarms."""
    return {key[:2] for store in (sqs._queues, cloudwatch._alarms) for key in list(store._data)}


def record(namespace, name, value, unit="None", dimensions=None):
    """Adds a value to the current minute. Durations are rounded to milliseconds."""
    dimensions, now = dict(dimensions or {}), time.time()
    value = float(round(value) if unit == "Milliseconds" else value)
    with LOCK:
        points = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions)))
        for point in reversed(points):
            if point["Timestamp"] // alarms.MINUTE != now // alarms.MINUTE:
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
        dimensions = {"QueueName": url.rsplit("/", 1)[-1]}
        for name, value in figures.items():
            record("AWS/SQS", name, value, "Count", dimensions)
        record("AWS/SQS", "ApproximateAgeOfOldestMessage", int(now - oldest), "Seconds", dimensions)


# ── streams ──


def iterator_age(function, arrived):
    """Records the age of a batch's last record at the function's invocation. `arrived` is in seconds since 1970."""
    age = max(0.0, (time.time() - arrived) * 1000)
    record("AWS/Lambda", "IteratorAge", age, "Milliseconds", {"FunctionName": function})


# ── functions ──


def count_invocations():
    """Counts every invocation. The engine itself counts only invocations through Lambda's API, and none by API Gateway,
    a queue or a stream."""
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
        """Counts throttles alone: `dispatch_and_count` has counted the invocation."""
        if throttle:
            record("AWS/Lambda", "Throttles", 1, "Count", {"FunctionName": name})

    lambda_svc._execute_function_dispatch = dispatch_and_count
    lambda_svc._emit_lambda_metrics = emit_throttles


# ── workflows ──


def count_executions():
    """Counts ended executions by their status, when the engine publishes the status to the event bus."""
    publish = stepfunctions._emit_execution_status_event

    def count_and_publish(execution):
        if metric := EXECUTION_METRICS.get(execution["status"]):
            record("AWS/States", metric, 1, "Count", {"StateMachineArn": execution["stateMachineArn"]})
        return publish(execution)

    stepfunctions._emit_execution_status_event = count_and_publish


# ── log lines of functions ──


def extract_from_log_lines():
    """Extracts metrics from log lines in the Embedded Metric Format."""
    fan_out = cloudwatch_logs._fanout_to_subscription_filters

    def fan_out_and_extract(group, stream, events):
        for event in events:
            if '"_aws"' in event["message"]:
                extract(event["message"])
        return fan_out(group, stream, events)

    cloudwatch_logs._fanout_to_subscription_filters = fan_out_and_extract


def extract(line):
    """Records the metrics of a line. Ignores values that are not in the format, as AWS does."""
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
        LOG.warning("Line is not in the Embedded Metric Format: %.300s", line)
