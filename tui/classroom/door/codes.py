"""What is told by word of mouth and typed again: the code of a class, and a person's word for coming back."""

from __future__ import annotations

import hmac
import secrets
import unicodedata

from engine.diagnostics import Diagnostic

_LETTERS = {"c": "bdfghjkmnprstvwz", "v": "aeiou", "d": "23456789"}
"""Consonants, vowels and digits, without those that are taken for one another: l and 1, o and 0, c and k."""
_CODE = "cvcv-cvcv-cvcv-dd"
"""2 ** 43.9 codes."""
_WORD = "cvcv-dd"
"""2 ** 18.6 words, of which ten can be tried."""
MAX_TYPED = 64
"""Characters of a code; what is longer is wrong, unread."""
MIN_CHOSEN = 8
"""Letters and digits of a code that a person chose."""
_AS_HEARD = str.maketrans("01l", "oii")


class ClassCode:
    """The code that lets students in; without a text, a new one such as `kivo-tepa-rumi-92`."""

    def __init__(self, text: str | None = None) -> None:
        """Raises a Diagnostic `bad_value` for a text that is too short to be a code, or too long to be typed."""
        self.text = text if text is not None else _spelled(secrets.randbits(128), _CODE)
        if len(self.text) > MAX_TYPED or len(_heard(self.text)) < MIN_CHOSEN:
            message = f"a class code has {MIN_CHOSEN} letters and digits or more, and at most {MAX_TYPED} characters"
            raise Diagnostic("bad_value", message, hints=("leave it out, and a code is made",))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return "ClassCode(…)"  # a traceback is no place for it

    def matches(self, typed: str) -> bool:
        """Whether that is the code: case, spaces, dashes, and 0 for o or 1 for i do not matter. In constant time."""
        return same(self.text, typed)


def word_for(person: str, secret: bytes) -> str:
    """The word by which a person, of whom `person` is the id, takes up their place again, such as `kivo-92`.

    It follows from the id and the server's secret, so that servers that share the secret agree, and one that is started
    again still knows it.
    """
    return _spelled(int.from_bytes(hmac.digest(secret, person.encode(), "sha256")[:16]), _WORD)


def same(text: str, typed: str) -> bool:
    """Whether `typed` is `text`, to somebody who heard it; the time it takes tells nothing of `text` but its length."""
    return len(typed) <= MAX_TYPED and hmac.compare_digest(_heard(text).encode(), _heard(typed).encode())


def _heard(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, plain)).translate(_AS_HEARD)


def _spelled(number: int, pattern: str) -> str:
    """A number far above the count of what the pattern has, as one of them."""
    text = ""
    for place in pattern:
        letters = _LETTERS.get(place, place)
        number, index = divmod(number, len(letters))
        text += letters[index]
    return text
