r"""Any text as LaTeX text that every engine sets: pure ASCII, so that no encoding, font or package is assumed.

An accented letter becomes its accent's command, and a character that plain LaTeX has no command for its code point.
Source: the LaTeX Companion, tables 7.33 and 7.34 (accents and letters of the encoding OT1).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

SPECIAL: Mapping[str, str] = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}",
}  # fmt: skip
"""What has a meaning of its own in LaTeX, or is another character in its oldest fonts."""

_LETTERS: Mapping[str, str] = {
    "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ø": r"\o{}", "Ø": r"\O{}",
    "ł": r"\l{}", "Ł": r"\L{}", "å": r"\aa{}", "Å": r"\AA{}", "ı": r"\i{}", "–": "--", "—": "---", "…": r"\dots{}",
    "‘": "`", "’": "'", "“": "``", "”": "''", "„": ",,", "\u00a0": "~", "§": r"\S{}", "¡": "!`", "¿": "?`",
}  # fmt: skip
_ACCENTS: Mapping[str, str] = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u ", "\u0307": ".",
    "\u0308": '"', "\u030a": "r ", "\u030b": "H ", "\u030c": "v ", "\u0327": "c ",
}  # fmt: skip

SUPERSCRIPTS: Mapping[str, str] = {
    "ᵀ": r"\top", "⁻": "-", **{character: str(digit) for digit, character in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}  # fmt: skip
SUBSCRIPTS: Mapping[str, str] = {
    "ₖ": "k", "ₗ": "l", "ᵢ": "i", "ⱼ": "j", "ₓ": r"\times ",
    **{character: str(digit) for digit, character in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}  # fmt: skip

SYMBOLS: Mapping[str, str] = {
    "∂": r"\partial ", "×": r"\times ", "·": r"\cdot ", "⊙": r"\odot ", "⊗": r"\otimes ", "−": "-", "±": r"\pm ",
    "′": "'", "½": r"\tfrac{1}{2}", "¼": r"\tfrac{1}{4}", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ",
    "√": r"\surd ", "∞": r"\infty ", "∈": r"\in ", "→": r"\to ", "←": r"\gets ", "↦": r"\mapsto ", "≈": r"\approx ",
    "Σ": r"\sum ", "∑": r"\sum ", "∇": r"\nabla ",
    "ŷ": r"\hat{y}", "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "δ": r"\delta ", "ε": r"\varepsilon ",
    "ζ": r"\zeta ", "η": r"\eta ", "θ": r"\theta ", "κ": r"\kappa ", "λ": r"\lambda ", "μ": r"\mu ", "ν": r"\nu ",
    "ξ": r"\xi ", "π": r"\pi ", "ρ": r"\rho ", "σ": r"\sigma ", "τ": r"\tau ", "φ": r"\varphi ", "χ": r"\chi ",
    "ψ": r"\psi ", "ω": r"\omega ", "Γ": r"\Gamma ", "Δ": r"\Delta ", "Θ": r"\Theta ", "Λ": r"\Lambda ", "Ξ": r"\Xi ",
    "Π": r"\Pi ", "Φ": r"\Phi ", "Ψ": r"\Psi ", "Ω": r"\Omega ",
    **{character: f"^{{{script}}}" for character, script in SUPERSCRIPTS.items()},
    **{character: f"_{{{script}}}" for character, script in SUBSCRIPTS.items()},
}  # fmt: skip
"""Mathematical characters, as they are written in math mode."""


def escape_text(text: str) -> str:
    r"""`text` for LaTeX's text mode: `50 % of W_1` as `50 \% of W\_1`, `∂` as `$\partial $`."""
    return "".join(_escaped(character) for character in unicodedata.normalize("NFC", text))


def _escaped(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    if character.isascii():
        return character if character.isprintable() or character in "\t\n" else " "
    if character in _LETTERS:
        return _LETTERS[character]
    if character in SYMBOLS:
        return f"${SYMBOLS[character]}$"
    decomposed = unicodedata.normalize("NFD", character)
    letter, marks = decomposed[0], decomposed[1:]
    if letter.isascii() and letter.isalpha() and all(mark in _ACCENTS for mark in marks):
        letter = {"i": r"\i", "j": r"\j"}.get(letter, letter)  # an accent takes the place of the dot
        for mark in marks:
            letter = f"\\{_ACCENTS[mark]}{{{letter}}}"
        return letter
    return f"[U+{ord(character):04X}]"
