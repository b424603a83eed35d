"""Tests of `batches.py`. Run `python3 -m unittest` here, or `cargo test`."""

import unittest

from batches import Outcome, settle

REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumRetryAttempts": 2}
BISECTS = {**REPORTS, "BisectBatchOnFunctionError": True}
CRASHED = {"error": True}


def records(count):
    return [{"dynamodb": {"SequenceNumber": str(100 + n), "ApproximateCreationDateTime": 1000}} for n in range(count)]


def reported(*identifiers):
    return {"body": {"batchItemFailures": [{"itemIdentifier": each} for each in identifiers]}}


def settled(source, count, result, failures=0, now=1001):
    return settle(source, records(count), result, failures, now)


class Batches(unittest.TestCase):
    def test_a_batch_without_failures_is_done(self):
        for body in ({}, None, {"batchItemFailures": []}, {"batchItemFailures": None}):
            self.assertEqual(settled(REPORTS, 4, {"body": body}), Outcome(done=4))

    def test_a_report_counts_only_if_the_source_enables_reports(self):
        self.assertEqual(settled({}, 4, reported("102")), Outcome(done=4))

    def test_the_next_batch_begins_with_the_first_failed_record(self):
        self.assertEqual(settled(BISECTS, 4, reported("103", "101"), failures=2), Outcome(done=1, retry=3))

    def test_a_report_of_an_unknown_record_fails_the_whole_batch(self):
        for identifier in ("", None, "99"):
            self.assertEqual(settled(REPORTS, 4, reported("102", identifier)), Outcome(done=0, retry=4, failures=1))

    def test_bisecting_costs_no_retry(self):
        for result in (CRASHED, reported("100")):
            self.assertEqual(settled(BISECTS, 5, result, failures=2), Outcome(done=0, retry=2))

    def test_a_record_is_discarded_after_the_last_retry(self):
        self.assertEqual(settled(BISECTS, 1, reported("100"), failures=1), Outcome(done=0, retry=1, failures=2))
        discarded = Outcome(done=1, discarded="RetryAttemptsExhausted")
        self.assertEqual(settled(BISECTS, 1, reported("100"), failures=2), discarded)

    def test_without_a_limit_a_batch_is_retried_for_ever(self):
        for source in ({}, {"MaximumRetryAttempts": -1}):
            self.assertEqual(settled(source, 3, CRASHED, failures=900), Outcome(done=0, retry=3, failures=901))

    def test_throttling_costs_no_retry(self):
        throttled = {**CRASHED, "throttle": True}
        self.assertEqual(settled(BISECTS, 3, throttled, failures=2), Outcome(done=0, retry=3, failures=2))

    def test_a_batch_is_discarded_above_the_maximum_record_age(self):
        source = {**BISECTS, "MaximumRecordAgeInSeconds": 60}
        self.assertEqual(settled(source, 3, CRASHED, now=1061), Outcome(done=3, discarded="MaxRecordAgeExceeded"))
        self.assertEqual(settled(source, 3, CRASHED, now=1060), Outcome(done=0, retry=1))


if __name__ == "__main__":
    unittest.main()
