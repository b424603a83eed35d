"""Alarms, evaluated as CloudWatch evaluates them.

The engine looks at all metrics of an alarm's name whatever their dimensions, at all periods at once, and at none when
there is no data. CloudWatch looks at exactly one metric, period by period: an alarm rings when enough of the last
periods are beyond the threshold, and a period without data counts as the alarm says (`TreatMissingData`).
"""

import time

from ministack.services import cloudwatch

BEYOND = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


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
    reason = "No data" if not known else f"Threshold Crossed: {known}, {alarm['ComparisonOperator']} {alarm['Threshold']}"
    alarm["StateValue"], alarm["StateReason"] = state, reason
    alarm["StateUpdatedTimestamp"] = alarm["StateTransitionedTimestamp"] = int(time.time())
    cloudwatch._record_history(alarm["AlarmName"], old, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def recent(alarm, now):
    """The values of the alarm's last periods, the running one first; None for a period without data."""
    dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
    points = cloudwatch._metrics.get((alarm.get("Namespace"), alarm.get("MetricName"), cloudwatch._dims_key(dimensions)))
    period = int(alarm.get("Period") or 60)
    count, running = int(alarm.get("EvaluationPeriods") or 1), int(now // period)
    periods = [[] for _ in range(count)]
    for point in reversed(points or []):  # They come in the order of time.
        age = running - int(point["Timestamp"] // period)
        if age >= count:
            break
        periods[max(age, 0)].append(point)
    name = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return [cloudwatch._stat_value(cloudwatch._calc_stats(each), name, each) if each else None for each in periods]


def judge(alarm, values):
    """The state of an alarm whose last periods had these values."""
    known = [value for value in values if value is not None]
    missing, wanted = len(values) - len(known), int(alarm.get("DatapointsToAlarm") or len(values))
    treatment = alarm.get("TreatMissingData") or "missing"
    beyond = sum(BEYOND[alarm["ComparisonOperator"]](value, alarm["Threshold"]) for value in known)
    if beyond >= wanted:
        return "ALARM"
    if treatment == "ignore" and missing:
        return alarm["StateValue"]
    if treatment == "breaching":
        return "ALARM" if beyond + missing >= wanted else "OK"
    if treatment == "missing" and not known:
        return "INSUFFICIENT_DATA"
    # What is missing is no reason to ring, and none to say that all is well if all that there is says otherwise.
    return "ALARM" if treatment == "missing" and beyond == len(known) else "OK"
