"""The colours: a dark, a light and a high-contrast theme, each with the colours that carry meaning.

Numerators are blue and denominators orange, which differ for every kind of colour vision; all of them can be read on
every background of their theme (a contrast of 4.5 or more, as WCAG 2 asks of text).
"""

from __future__ import annotations

from textual.theme import Theme

from tui.config import ThemeName

MEANINGS = ("chain-numerator", "chain-denominator", "chain-inner", "chain-changed", "chain-say")
"""What of, what by, the dimension that two neighbours share, what an edit changed, what the narrator says."""


def _heat(plus: str, minus: str, text: str) -> dict[str, str]:
    """Backgrounds for positive and negative numbers, from the smallest to the largest, and their text."""
    found: dict[str, str] = {}
    for name, colours in (("plus", plus), ("minus", minus)):
        for level, (colour, on_it) in enumerate(zip(colours.split(), text.split(), strict=True), start=1):
            found |= {f"chain-{name}-{level}": colour, f"chain-{name}-text-{level}": on_it}
    return found


_DARK = Theme(
    name=f"chainstep-{ThemeName.DARK}", primary="#0178d4", secondary="#4ea3e0", accent="#ffa62b", warning="#ffa62b",
    error="#ff8098", success="#4ebf71", foreground="#e0e0e0", background="#121212", surface="#1e1e1e",
    variables={
        "chain-numerator": "#56b4e9", "chain-denominator": "#e69f00", "chain-inner": "#2fd0a0",
        "chain-changed": "#f0a0d0", "chain-say": "#f0e442", "chain-frame": "#4a4a4a",
        "chain-plus-mark": "#f0b030", "chain-minus-mark": "#8accf5",
        **_heat(
            "#3d2a00 #6b4700 #b87f00 #f0b030", "#0b2c40 #124d70 #3d97cc #8accf5",
            "#ffffff #ffffff #000000 #000000",
        ),
    },
)  # fmt: skip
_LIGHT = Theme(
    name=f"chainstep-{ThemeName.LIGHT}", primary="#005a9c", secondary="#004878", accent="#8a3d00", warning="#8a4b00",
    error="#b00030", success="#00693e", foreground="#1a1a1a", background="#ffffff", surface="#f4f4f4",
    panel="#e4e4e4", dark=False,
    variables={
        "chain-numerator": "#00569b", "chain-denominator": "#944700", "chain-inner": "#00664b",
        "chain-changed": "#9c1060", "chain-say": "#5c4d00", "chain-frame": "#8a8a8a", "boost": "#eaeaea",
        "chain-plus-mark": "#9a5b00", "chain-minus-mark": "#00569b",
        **_heat(
            "#fff0d6 #ffd994 #e09a1a #8f5600", "#e2f1fb #b4dcf5 #5aa9dc #00507e",
            "#000000 #000000 #000000 #ffffff",
        ),
    },
)  # fmt: skip
_CONTRAST = Theme(
    name=f"chainstep-{ThemeName.CONTRAST}", primary="#4db5ff", secondary="#9cd6ff", accent="#ffd500", warning="#ffd500",
    error="#ff9aa8", success="#6fff9f", foreground="#ffffff", background="#000000", surface="#000000",
    panel="#1c1c1c",
    variables={
        "chain-numerator": "#6cc8ff", "chain-denominator": "#ffb52e", "chain-inner": "#5cffc8",
        "chain-changed": "#ffb0e6", "chain-say": "#ffff7a", "chain-frame": "#b0b0b0", "boost": "#1c1c1c",
        "chain-plus-mark": "#ffb52e", "chain-minus-mark": "#6cc8ff",
        **_heat(
            "#3d2a00 #6b4700 #d49000 #ffc94d", "#0b2c40 #124d70 #46a9e6 #a8dcff",
            "#ffffff #ffffff #000000 #000000",
        ),
    },
)  # fmt: skip
THEMES = {ThemeName.DARK: _DARK, ThemeName.LIGHT: _LIGHT, ThemeName.CONTRAST: _CONTRAST}


def next_theme(present: str) -> ThemeName:
    """The one after `present` in Textual's naming, around to the first."""
    names = list(THEMES)
    found = [name for name in names if THEMES[name].name == present]
    return names[(names.index(found[0]) + 1) % len(names)] if found else names[0]
