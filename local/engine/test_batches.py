"""Tests of the decision in `batches.py`: `python3 -m unittest` here, or `cargo test`."""

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
    def test_what_worked_is_done_with(self):
        for body in ({}, None, {"batchItemFailures": []}, {"batchItemFailures": None}):
            self.assertEqual(settled(REPORTS, 4, {"body": body}), Outcome(done=4))

    def test_reports_count_only_where_the_source_says_so(self):
        self.assertEqual(settled({}, 4, reported("102")), Outcome(done=4))

    def test_the_rest_is_retried_from_the_first_that_failed(self):
        self.assertEqual(settled(BISECTS, 4, reported("103", "101"), failures=2), Outcome(done=1, retry=3))

    def test_what_names_no_record_fails_all(self):
        for identifier in ("", None, "99"):
            self.assertEqual(settled(REPORTS, 4, reported("102", identifier)), Outcome(done=0, retry=4, failures=1))

    def test_bisecting_costs_no_retry(self):
        for result in (CRASHED, reported("100")):
            self.assertEqual(settled(BISECTS, 5, result, failures=2), Outcome(done=0, retry=2))

    def test_one_that_keeps_failing_is_given_up(self):
        self.assertEqual(settled(BISECTS, 1, reported("100"), failures=1), Outcome(done=0, retry=1, failures=2))
        given_up = Outcome(done=1, buried="RetryAttemptsExhausted")
        self.assertEqual(settled(BISECTS, 1, reported("100"), failures=2), given_up)

    def test_without_a_limit_it_is_retried_for_ever(self):
        for source in ({}, {"MaximumRetryAttempts": -1}):
            self.assertEqual(settled(source, 3, CRASHED, failures=900), Outcome(done=0, retry=3, failures=901))

    def test_throttling_costs_no_retry(self):
        throttled = {**CRASHED, "throttle": True}
        self.assertEqual(settled(BISECTS, 3, throttled, failures=2), Outcome(done=0, retry=3, failures=2))

    def test_what_is_too_old_is_given_up(self):
        source = {**BISECTS, "MaximumRecordAgeInSeconds": 60}
        self.assertEqual(settled(source, 3, CRASHED, now=1061), Outcome(done=3, buried="MaxRecordAgeExceeded"))
        self.assertEqual(settled(source, 3, CRASHED, now=1060), Outcome(done=0, retry=1))


if __name__ == "__main__":
    unittest.main()
