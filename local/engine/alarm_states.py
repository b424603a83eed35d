"""The state of an alarm, decided as CloudWatch decides it.

An alarm rings when enough of the last periods are beyond its threshold. A period without data counts as the alarm says
(`TreatMissingData`).
"""

BEYOND = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def judge(alarm, values):
    """The state of an alarm whose last periods had these values; None is a period without data."""
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
