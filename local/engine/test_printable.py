"""Tests of `printable.py`: `python3 -m unittest` here, or `cargo test`."""

import unittest

from printable import printable


class PrintableText(unittest.TestCase):
    def test_a_terminal_shows_what_others_wrote_and_obeys_none_of_it(self):
        hostile = "\x1b[2J\x9b31m\u202e\u2028\n\U000e0041"
        self.assertEqual(printable(hostile), "\\x1b[2J\\x9b31m\\u202e\\u2028\\n\\U000e0041")
        self.assertEqual(printable("Ana Beltrán, 山田\u3000☕"), "Ana Beltrán, 山田\u3000☕")


if __name__ == "__main__":
    unittest.main()
