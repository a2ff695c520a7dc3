r"""The LaTeX that the formula language reads, one entry a command: what it stands for, or that it is only looks.

Structure (`\frac`, scripts, matrices) is the lexer's and the parser's; these are the words.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.formula.functions import ALIASES, FUNCTIONS

SUM, FRACTION, INDICATOR = "Σ", "\\frac", "𝟙"
"""Names of what is no ordinary function: the parser gives each its own shape of arguments."""

OPERATORS: Mapping[str, str] = {
    "odot": "*", "circ": "*", "times": "*", "ast": "*", "cdot": "·", "bullet": "·", "otimes": "⊗", "div": "/",
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=",
    "lt": "<", "gt": ">", "{": "\\{", "}": "\\}", "lbrace": "\\{", "rbrace": "\\}", "lbrack": "[", "rbrack": "]",
}  # fmt: skip
"""Commands that are operators or brackets, and how the lexer spells those."""

_FONTS = """
    mathbf boldsymbol bm bf mathbb mathbbm mathds mathrm rm mathit mathsf mathtt mathcal mathscr text textbf textrm
    textit texttt textsf operatorname operatorname* pmb vec
"""
FONTS = frozenset(_FONTS.split())
"""How a name is printed, which says nothing about it: `\\mathbf{W}` is W."""

NAMES: Mapping[str, str] = {
    # As far as they go, the functions of the language: many define \relu or \diag for themselves.
    **{name: name for name in (*FUNCTIONS, *ALIASES) if name.isalpha() and name.isascii() and name not in FONTS},
    **{letter: letter for letter in (
        "alpha", "beta", "gamma", "delta", "eta", "theta", "mu", "omega", "phi", "kappa", "nu", "rho", "tau", "xi",
        "chi", "psi", "zeta", "Delta", "Theta", "Gamma", "Lambda", "Omega", "Phi", "Psi", "Sigma", "Pi",
    )},
    "epsilon": "eps", "varepsilon": "eps", "lambda": "lam", "varphi": "phi", "vartheta": "theta",
    "sigma": "σ", "ell": "ell",
    "sum": SUM, "frac": FRACTION, "tfrac": FRACTION, "dfrac": FRACTION, "cfrac": FRACTION,
}  # fmt: skip
"""Commands that are the name of a value or a function."""

ACCENTS: Mapping[str, str] = {"hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde",
                              "widetilde": "tilde", "dot": "dot"}  # fmt: skip
"""Accents are part of a name: `\\hat{y}` is yhat."""

SPACES = frozenset((
    ",", ";", ":", "!", ">", " ", "\n", "\\", "(", ")", "[", "]", "quad", "qquad", "thinspace", "enspace",
    "displaystyle", "textstyle", "limits", "nonumber", "notag",
))  # fmt: skip
"""Commands that a formula is the same without: space, size, line breaks, and the limits of mathematics in a text."""

_SIZES = "left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm"
SIZES = frozenset(_SIZES.split())
"""Sizes of the bracket that follows, which may be `.`, no bracket at all."""

MARKS: Mapping[str, str] = {"prime": "PRIME", "top": "TRANSPOSE", "intercal": "TRANSPOSE"}
"""Commands that mark what they stand behind, and the kind of their token."""

MATRICES = frozenset(("matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix"))
"""Environments of `&` and `\\\\` that are a written-out matrix."""

REFUSED: Mapping[str, str] = {
    "partial": "a derivative is written out in a formula: which values are multiplied?",
    "nabla": "a derivative is written out in a formula: which values are multiplied?",
    "prod": "a product of many has no spelling: write its factors",
    "int": "there are no integrals here",
    "cdots": "write out all the factors", "dots": "write out all the factors", "ldots": "write out all the factors",
    "mathbin": "write the operator alone",
    **dict.fromkeys(("|", "lVert", "rVert", "Vert", "lvert", "rvert"), "a norm is norm(W), an absolute value abs(z)"),
    **dict.fromkeys(("langle", "rangle"), "an inner product is sum(a * b)"),
}  # fmt: skip
"""Commands that are known to mean something that a formula cannot say, and what to do instead."""

KNOWN = (
    *OPERATORS, *NAMES, *FONTS, *ACCENTS, *SPACES, *SIZES, *MARKS, "begin", "end",
)  # fmt: skip
"""Every command, for did-you-mean."""

T = r"(?:T\b|T(?=_)|⊤|\\(?:top|intercal)\b|\\(?:mathsf|mathrm|mathbf|text|rm|mathtt|mathit)\s*(?:\{\s*T\s*\}|T\b))"
"""A pattern of the T in a superscript."""
MARK = rf"(?:\\[!,;]|\s)*\^?\s*(?:{T}|\\prime\b|['′])(?:\\[!,;]|\s)*"
"""A pattern of what can follow a layer's number in a superscript: `^{{(3)\\top}}`."""
