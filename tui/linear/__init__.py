"""The same session as plain lines: for screen readers, pipes, and terminals that cannot draw."""

from tui.linear.commands import LineCommand, help_lines
from tui.linear.linear import Linear, refusal
from tui.linear.prompt import converse, run
from tui.linear.sentences import asked_lines, change_lines, how_line, news_lines, question_lines, situation

__all__ = [
    "LineCommand", "Linear", "asked_lines", "change_lines", "converse", "help_lines", "how_line", "news_lines",
    "question_lines", "refusal", "run", "situation",
]  # fmt: skip
