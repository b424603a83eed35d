"""Text that is safe to print to a terminal. The crate `printable` does the same in Rust."""

import unicodedata


def printable(text):
    """Escapes control characters, bidi controls and line separators: a frame holds text of other users."""
    return "".join(each if is_visible(each) else each.encode("unicode_escape").decode() for each in text)


def is_visible(character):
    return character.isprintable() or unicodedata.category(character) == "Zs"
