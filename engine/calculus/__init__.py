"""Derivatives in matrix form: layouts, structured Jacobians, programs, and the chain rule one factor at a time."""

from engine.calculus.chain import derive
from engine.calculus.layouts import Form, Layout, Operation, Order, Side
from engine.calculus.network import Network
from engine.calculus.program import Program
from engine.calculus.route import ALL
from engine.calculus.steps import Factor, Step

__all__ = ["ALL", "Factor", "Form", "Layout", "Network", "Operation", "Order", "Program", "Side", "Step", "derive"]
