"""Tests of `printable.py`. Run `python3 -m unittest` here, or `cargo test`."""

import unittest

from printable import printable


class PrintableText(unittest.TestCase):
    def test_control_characters_are_escaped_and_other_text_is_unchanged(self):
        hostile = "\x1b[2J\x9b31m\u202e\u2028\n\U000e0041"
        self.assertEqual(printable(hostile), "\\x1b[2J\\x9b31m\\u202e\\u2028\\n\\U000e0041")
        self.assertEqual(printable("Ana Beltrán, 山田\u3000☕"), "Ana Beltrán, 山田\u3000☕")


if __name__ == "__main__":
    unittest.main()
