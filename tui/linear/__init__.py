"""The same session as plain lines: for screen readers, pipes, and terminals that cannot draw."""

from tui.linear.linear import Linear
from tui.linear.prompt import converse, run
from tui.linear.sentences import change_lines, question_lines, situation

__all__ = ["Linear", "change_lines", "converse", "question_lines", "run", "situation"]
