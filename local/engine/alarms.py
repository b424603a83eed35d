"""Evaluates alarms as CloudWatch does.

The engine ignores an alarm's dimensions, treats all periods as one, and evaluates no alarm without data. CloudWatch
evaluates exactly one metric, period by period. `alarm_states.py` decides the state.

The environment variable PALOMA_MINUTE sets how many seconds a minute of metrics and alarms takes, so that a test need
not wait for an alarm with a period of five minutes.
"""

import os
import time

from alarm_states import state_of
from ministack.services import cloudwatch

MINUTE = float(os.environ.get("PALOMA_MINUTE") or 60)  # seconds


def install():
    """Replaces the engine's evaluation of alarms."""
    cloudwatch._evaluate_alarm = evaluate


def evaluate_all():
    for alarm in cloudwatch._alarms.values():
        evaluate(alarm)


def evaluate(alarm):
    """Evaluates an alarm, and runs its actions if its state changes."""
    values = recent(alarm, time.time())
    state, old = state_of(alarm, values), alarm["StateValue"]
    if state == old:
        return
    known = [value for value in values if value is not None]
    crossed = f"Threshold Crossed: {known}, {alarm['ComparisonOperator']} {alarm['Threshold']}"
    reason = crossed if known else "No data"
    alarm["StateValue"], alarm["StateReason"] = state, reason
    alarm["StateUpdatedTimestamp"] = alarm["StateTransitionedTimestamp"] = int(time.time())
    cloudwatch._record_history(alarm["AlarmName"], old, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def recent(alarm, now):
    """The values of the alarm's last periods, the current one first. None is a period without data."""
    dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
    points = points_of(alarm.get("Namespace"), alarm.get("MetricName"), cloudwatch._dims_key(dimensions))
    period = int(alarm.get("Period") or 60) * MINUTE / 60
    count, current = int(alarm.get("EvaluationPeriods") or 1), int(now // period)
    periods = [[] for _ in range(count)]
    for point in reversed(points):  # Points are sorted by time, so the newest comes first here.
        age = current - int(point["Timestamp"] // period)
        if age >= count:
            break
        periods[max(age, 0)].append(point)
    name = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return [cloudwatch._stat_value(cloudwatch._calc_stats(each), name, each) if each else None for each in periods]


def points_of(namespace, name, dimensions):
    """The points of a metric. An AWS metric without dimensions is the sum of all functions, which the engine lacks."""
    if dimensions or not namespace.startswith("AWS/"):
        return cloudwatch._metrics.get((namespace, name, dimensions)) or []
    series = [points for key, points in cloudwatch._metrics.items() if key[:2] == (namespace, name)]
    return sorted((point for points in series for point in points), key=lambda point: point["Timestamp"])
