"""Decides how to continue after a function was invoked with a batch of stream records, as Lambda does.

The records before the first failed one are done. If the first record failed, the batch is split in half (bisecting,
which costs no retry), or retried as often as the source allows, or discarded.
"""

from dataclasses import dataclass


@dataclass
class Outcome:
    """How to continue after an invocation."""

    done: int  # number of records, from the first, that are not tried again
    retry: int = 0  # number of records after them that make the next batch
    failures: int = 0  # number of failures of the next batch so far
    discarded: str | None = None  # Lambda's condition for discarding the records that are done


def settle(source, records, result, failures, now):
    """The outcome of an invocation with this result, after `failures` earlier failures of the same batch.

    `source` is the event source mapping, as the Lambda API describes it. `now` is in seconds since 1970.
    """
    count, failed = len(records), first_failure(source, records, result)
    if failed is None:
        return Outcome(done=count)
    if failed > 0:
        return Outcome(done=failed, retry=count - failed)
    if now - arrival(records[0]) > limit_of(source, "MaximumRecordAgeInSeconds"):
        return Outcome(done=count, discarded="MaxRecordAgeExceeded")
    if result.get("throttle"):
        return Outcome(done=0, retry=count, failures=failures)  # The function was not invoked.
    if source.get("BisectBatchOnFunctionError") in (True, "true") and count > 1:
        return Outcome(done=0, retry=count // 2)
    if failures >= limit_of(source, "MaximumRetryAttempts"):
        return Outcome(done=count, discarded="RetryAttemptsExhausted")
    return Outcome(done=0, retry=count, failures=failures + 1)


def first_failure(source, records, result):
    """The index of the first failed record, or None if no record failed.

    The function's report counts only if the source has `ReportBatchItemFailures`. A report that names an unknown record
    fails the whole batch.
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


def limit_of(source, limit):
    """A limit of the source. A missing limit, or -1, means no limit."""
    value = source.get(limit)
    return float("inf") if value is None or int(value) < 0 else int(value)


def arrival(record):
    """The time at which the record was written, in seconds since 1970."""
    return float(record["dynamodb"]["ApproximateCreationDateTime"])
