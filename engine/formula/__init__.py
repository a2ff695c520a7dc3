"""The formula language: one parser, shape inference and evaluator for everything that is written as a formula."""

from engine.formula.dimensions import Dim, Shape, spell_dims, spell_shape
from engine.formula.evaluate import compile_formula, evaluate, shapes_of
from engine.formula.functions import FUNCTIONS, Array, Function, Pointwise
from engine.formula.notation import Spelling
from engine.formula.orient import oriented, oriented_shape
from engine.formula.parser import parse, parse_assignment
from engine.formula.printer import spell, spell_name, spell_operand
from engine.formula.shapes import ShapeMap, resolve

__all__ = [
    "FUNCTIONS",
    "Array",
    "Dim",
    "Function",
    "Pointwise",
    "Shape",
    "ShapeMap",
    "Spelling",
    "compile_formula",
    "evaluate",
    "oriented",
    "oriented_shape",
    "parse",
    "parse_assignment",
    "resolve",
    "shapes_of",
    "spell",
    "spell_dims",
    "spell_name",
    "spell_operand",
    "spell_shape",
]
