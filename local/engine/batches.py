"""What becomes of a batch of stream records that a function was invoked with, decided as Lambda decides it.

It is done with up to the first record that failed. When nothing of it is, half of it becomes a batch by itself
(bisecting, which costs no retry), or it is tried again as often as the source allows, or it is given up.
"""

from dataclasses import dataclass


@dataclass
class Outcome:
    """What becomes of a batch that was tried."""

    done: int  # how many records are not tried again, from the first
    retry: int = 0  # how many of those behind them make the next batch
    failures: int = 0  # how often that batch has failed already
    buried: str | None = None  # why the records that are done with did not work


def settle(source, records, result, failures, now):
    """What becomes of a batch that has failed so many times before, after this result.

    `source` is the event source mapping, as the Lambda API describes it; `now` is in seconds since 1970.
    """
    count, failed = len(records), first_failure(source, records, result)
    if failed is None:
        return Outcome(done=count)
    if failed > 0:
        return Outcome(done=failed, retry=count - failed)
    if now - arrival(records[0]) > most(source, "MaximumRecordAgeInSeconds"):
        return Outcome(done=count, buried="MaxRecordAgeExceeded")
    if result.get("throttle"):
        return Outcome(done=0, retry=count, failures=failures)  # It was not even invoked.
    if source.get("BisectBatchOnFunctionError") in (True, "true") and count > 1:
        return Outcome(done=0, retry=count // 2)
    if failures >= most(source, "MaximumRetryAttempts"):
        return Outcome(done=count, buried="RetryAttemptsExhausted")
    return Outcome(done=0, retry=count, failures=failures + 1)


def first_failure(source, records, result):
    """The index of the first record that did not work, or None if all did.

    What a function reports is only read if the source says so, and fails the whole batch if it names no record of it.
    """
    if result.get("error"):
        return 0
    body = result.get("body")
    reports = "ReportBatchItemFailures" in (source.get("FunctionResponseTypes") or [])
    failures = body.get("batchItemFailures") if reports and isinstance(body, dict) else None
    if not failures:
        return None
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    named = [failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures]
    return min(numbers.index(number) if number in numbers else 0 for number in named)


def most(source, limit):
    """A limit of the source; without one, or with -1, there is none."""
    value = source.get(limit)
    return float("inf") if value is None or int(value) < 0 else int(value)


def arrival(record):
    """When the record was written, in seconds since 1970."""
    return float(record["dynamodb"]["ApproximateCreationDateTime"])
