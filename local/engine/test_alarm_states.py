"""Tests of the decision in `alarm_states.py`: `python3 -m unittest` here, or `cargo test`."""

import unittest

from alarm_states import judge

ALARM = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 5, "StateValue": "OK"}


def judged(values, **settings):
    return judge({**ALARM, **settings}, values)


class AlarmStates(unittest.TestCase):
    def test_it_rings_when_all_periods_are_beyond(self):
        self.assertEqual(judged([6, 7]), "ALARM")
        self.assertEqual(judged([6, 5]), "OK")

    def test_it_rings_when_as_many_are_beyond_as_are_wanted(self):
        self.assertEqual(judged([6, 0, 7], DatapointsToAlarm=2), "ALARM")
        self.assertEqual(judged([6, 0, 0], DatapointsToAlarm=2), "OK")
        self.assertEqual(judged([6, None, 7], DatapointsToAlarm=2, TreatMissingData="notBreaching"), "ALARM")

    def test_a_period_without_data_counts_as_the_alarm_says(self):
        self.assertEqual(judged([6, None], TreatMissingData="notBreaching"), "OK")
        self.assertEqual(judged([6, None], TreatMissingData="breaching"), "ALARM")
        self.assertEqual(judged([0, None], TreatMissingData="breaching"), "OK")
        self.assertEqual(judged([0, None], TreatMissingData="ignore", StateValue="ALARM"), "ALARM")
        self.assertEqual(judged([6, None], TreatMissingData="missing"), "ALARM")
        self.assertEqual(judged([0, None], TreatMissingData="missing"), "OK")

    def test_without_any_data_nobody_knows(self):
        self.assertEqual(judged([None, None]), "INSUFFICIENT_DATA")
        self.assertEqual(judged([None, None], TreatMissingData="notBreaching"), "OK")
        self.assertEqual(judged([None, None], TreatMissingData="breaching"), "ALARM")

    def test_a_threshold_is_compared_as_the_alarm_says(self):
        for operator, rings in {
            "GreaterThanThreshold": [6],
            "GreaterThanOrEqualToThreshold": [5, 6],
            "LessThanThreshold": [4],
            "LessThanOrEqualToThreshold": [4, 5],
        }.items():
            found = [value for value in (4, 5, 6) if judged([value], ComparisonOperator=operator) == "ALARM"]
            self.assertEqual(found, rings, operator)


if __name__ == "__main__":
    unittest.main()
