"""chainstep's engine: derivatives in matrix form, one chain-rule factor at a time, with the layout made explicit.

>>> from engine import Network, derive
>>> program = Network([2, 3, 2], ["relu", "sigmoid"], first_layer=1).program(seed=7)
>>> for step in derive(program, target="W2", layout="denominator", form="jacobian"):
...     print(step)
"""

from engine.calculus import ALL, Factor, Form, Layout, Network, Operation, Order, Program, Side, Step, derive
from engine.diagnostics import Diagnostic, Diagnostics

__all__ = [
    "ALL",
    "Diagnostic",
    "Diagnostics",
    "Factor",
    "Form",
    "Layout",
    "Network",
    "Operation",
    "Order",
    "Program",
    "Side",
    "Step",
    "derive",
]
