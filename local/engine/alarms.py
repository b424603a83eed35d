"""Alarms, evaluated as CloudWatch evaluates them.

The engine looks at all metrics of an alarm's name whatever their dimensions, at all periods at once, and at none when
there is no data. CloudWatch looks at exactly one metric, period by period; what it makes of them is in
`alarm_states.py`.
"""

import time

from alarm_states import judge
from ministack.services import cloudwatch


def install():
    """Has the engine evaluate alarms this way, whenever it does."""
    cloudwatch._evaluate_alarm = evaluate


def evaluate_all():
    for alarm in cloudwatch._alarms.values():
        evaluate(alarm)


def evaluate(alarm):
    """Evaluates an alarm, and does what follows if its state changes."""
    values = recent(alarm, time.time())
    state, old = judge(alarm, values), alarm["StateValue"]
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
    """The values of the alarm's last periods, the running one first; None for a period without data."""
    dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
    points = points_of(alarm.get("Namespace"), alarm.get("MetricName"), cloudwatch._dims_key(dimensions))
    period = int(alarm.get("Period") or 60)
    count, running = int(alarm.get("EvaluationPeriods") or 1), int(now // period)
    periods = [[] for _ in range(count)]
    for point in reversed(points):  # They are in the order of time.
        age = running - int(point["Timestamp"] // period)
        if age >= count:
            break
        periods[max(age, 0)].append(point)
    name = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return [cloudwatch._stat_value(cloudwatch._calc_stats(each), name, each) if each else None for each in periods]


def points_of(namespace, name, dimensions):
    """The points of a metric. Without dimensions AWS keeps sums over all functions, which the engine does not."""
    if dimensions or not namespace.startswith("AWS/"):
        return cloudwatch._metrics.get((namespace, name, dimensions)) or []
    kept = [points for key, points in cloudwatch._metrics.items() if key[:2] == (namespace, name)]
    return sorted((point for points in kept for point in points), key=lambda point: point["Timestamp"])
