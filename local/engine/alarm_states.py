"""Decides the state of an alarm, as CloudWatch does.

An alarm is in ALARM when enough of the last periods breach its threshold (`DatapointsToAlarm`). `TreatMissingData` of
the alarm says how a period without data counts.
"""

BREACHES = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def state_of(alarm, values):
    """The state of an alarm with these values in its last periods. None is a period without data."""
    known = [value for value in values if value is not None]
    missing, required = len(values) - len(known), int(alarm.get("DatapointsToAlarm") or len(values))
    treatment = alarm.get("TreatMissingData") or "missing"
    breaching = sum(BREACHES[alarm["ComparisonOperator"]](value, alarm["Threshold"]) for value in known)
    if breaching >= required:
        return "ALARM"
    if treatment == "ignore" and missing:
        return alarm["StateValue"]
    if treatment == "breaching":
        return "ALARM" if breaching + missing >= required else "OK"
    if treatment == "missing" and not known:
        return "INSUFFICIENT_DATA"
    # Missing data neither breaches nor clears: with `missing`, the known periods decide if they all breach.
    return "ALARM" if treatment == "missing" and breaching == len(known) else "OK"
