"""Tests of `alarm_states.py`. Run `python3 -m unittest` here, or `cargo test`."""

import unittest

from alarm_states import state_of

ALARM = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 5, "StateValue": "OK"}


def state(values, **settings):
    return state_of({**ALARM, **settings}, values)


class AlarmStates(unittest.TestCase):
    def test_an_alarm_goes_off_when_all_periods_breach(self):
        self.assertEqual(state([6, 7]), "ALARM")
        self.assertEqual(state([6, 5]), "OK")

    def test_an_alarm_goes_off_when_enough_periods_breach(self):
        self.assertEqual(state([6, 0, 7], DatapointsToAlarm=2), "ALARM")
        self.assertEqual(state([6, 0, 0], DatapointsToAlarm=2), "OK")
        self.assertEqual(state([6, None, 7], DatapointsToAlarm=2, TreatMissingData="notBreaching"), "ALARM")

    def test_treat_missing_data_decides_how_a_period_without_data_counts(self):
        self.assertEqual(state([6, None], TreatMissingData="notBreaching"), "OK")
        self.assertEqual(state([6, None], TreatMissingData="breaching"), "ALARM")
        self.assertEqual(state([0, None], TreatMissingData="breaching"), "OK")
        self.assertEqual(state([0, None], TreatMissingData="ignore", StateValue="ALARM"), "ALARM")
        self.assertEqual(state([6, None], TreatMissingData="missing"), "ALARM")
        self.assertEqual(state([0, None], TreatMissingData="missing"), "OK")

    def test_an_alarm_without_any_data_has_insufficient_data(self):
        self.assertEqual(state([None, None]), "INSUFFICIENT_DATA")
        self.assertEqual(state([None, None], TreatMissingData="notBreaching"), "OK")
        self.assertEqual(state([None, None], TreatMissingData="breaching"), "ALARM")

    def test_the_comparison_operator_decides_which_values_breach(self):
        for operator, breaching in {
            "GreaterThanThreshold": [6],
            "GreaterThanOrEqualToThreshold": [5, 6],
            "LessThanThreshold": [4],
            "LessThanOrEqualToThreshold": [4, 5],
        }.items():
            found = [value for value in (4, 5, 6) if state([value], ComparisonOperator=operator) == "ALARM"]
            self.assertEqual(found, breaching, operator)


if __name__ == "__main__":
    unittest.main()
