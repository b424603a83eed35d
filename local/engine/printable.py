"""Text that a terminal shows and never obeys, as `printable/` has it in Rust."""

import unicodedata


def printable(text):
    """The text, with controls, bidi controls and line separators spelled out: others wrote what a frame holds."""
    return "".join(each if is_visible(each) else each.encode("unicode_escape").decode() for each in text)


def is_visible(character):
    return character.isprintable() or unicodedata.category(character) == "Zs"
