"""What can be typed: the one table of the lines' commands. Those that are a single Action come from the keymap."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from engine.calculus import Form, Layout, Order
from engine.diagnostics import Diagnostic
from engine.session import actions
from tui import keymap
from tui.cost_text import cost_text
from tui.linear import changing, checking, keeping
from tui.linear.entries import cell_line, formula_lines, typed_edit
from tui.linear.sentences import (
    WIDTH,
    break_lines,
    compare_lines,
    factor_lines,
    situation,
    value_lines,
    watched_lines,
)  # fmt: skip
from tui.look import Look, read_precision
from tui.watch_text import break_of
from tui.words import WORDS as GLOSSARY

if TYPE_CHECKING:
    from tui.linear.linear import Linear

Host = TypeVar("Host")
"""What the lines are typed to: a session, or somebody's seat in a class."""


@dataclass(frozen=True, slots=True)
class LineCommand(Generic[Host]):
    """Something to type."""

    words: tuple[str, ...]
    """Each of them is it."""
    usage: str
    help: str
    answer: Callable[[Host, str], Iterable[str]]
    """From the host and what stands behind the word to sentences. Raises a Diagnostic for what cannot be."""
    needs_files: bool = False


def help_lines(commands: Iterable[LineCommand[Any]], rest: str) -> list[str]:
    """All of the commands, or those and the words that have all of the words that are asked for."""
    asked = rest.lower().split()
    lines = [f"{command.usage:16} {command.help}" for command in commands]
    if asked:
        lines += [f"{word}: {text}" for word, text in GLOSSARY if word]
        lines = [line for line in lines if all(word in line.lower() for word in asked)]
    return lines or [f"Nothing here has all of this: {rest[:40]}."]


def _of_key(command: keymap.Command) -> LineCommand[Linear]:
    """A command of the keymap that is an Action: by its letter, and by its name."""
    make = command.make
    assert make is not None

    def answer(linear: Linear, rest: str) -> Iterable[str]:
        if rest:
            raise Diagnostic("bad_value", f"nothing can stand behind {command.name}, and there stands {rest[:40]}")
        return linear.done(make(linear.state))

    letters = [key for key in command.keys.split(",") if len(key) == 1]
    return LineCommand((*letters, command.name), ", ".join([*letters, command.name]), command.help, answer)


def _counted(linear: Linear, rest: str, kind: type[actions.Step | actions.Back]) -> Iterable[str]:
    if rest and not (rest.isascii() and rest.isdecimal() and len(rest) < 6 and 1 <= int(rest) <= 10_000):
        raise Diagnostic("bad_value", "behind it stands how often, as in n 3")
    return linear.done(kind(count=int(rest or 1)))


def _chosen(linear: Linear, rest: str, known: Iterable[str], make: Callable[[str], actions.AnyAction]) -> Iterable[str]:
    if rest not in known:
        raise Diagnostic("bad_value", f"there is no {rest[:40]}", hints=(f"there are: {', '.join(known)}",))
    return linear.done(make(rest))


def _layout(linear: Linear, rest: str) -> Iterable[str]:
    return _chosen(linear, rest or linear.state.view.layout.flipped, list(Layout),
                   lambda word: actions.SetLayout(layout=Layout(word)))  # fmt: skip


def _form(linear: Linear, rest: str) -> Iterable[str]:
    forms = list(Form)
    after = forms[(forms.index(linear.state.view.form) + 1) % len(forms)]
    return _chosen(linear, rest or after, forms, lambda word: actions.SetForm(form=Form(word)))


def _order(linear: Linear, rest: str) -> Iterable[str]:
    return _chosen(linear, rest or linear.state.view.order.flipped, list(Order),
                   lambda word: actions.SetOrder(order=Order(word)))  # fmt: skip


def _target(linear: Linear, rest: str) -> Iterable[str]:
    if not rest:
        targets = ", ".join(("all", *linear.state.program.targets))
        return [f"Differentiated by: {linear.state.view.target}. There are: {targets}."]
    return linear.done(actions.Target(target=rest))


def _factors(linear: Linear, rest: str) -> Iterable[str]:
    if not rest:
        return factor_lines(linear.state)
    is_number = rest.isascii() and rest.isdecimal() and len(rest) < 8
    return linear.done(actions.Jump(step=int(rest)) if is_number else actions.Jump(factor=rest.replace("∂", "d")))


def _breakpoints(linear: Linear, rest: str) -> Iterable[str]:
    if rest:
        linear.session.dispatch(break_of(rest))
    return break_lines(linear.state)


def _watches(linear: Linear, rest: str) -> Iterable[str]:
    if rest:
        linear.session.dispatch(actions.Watch(formula=rest))
    return watched_lines(linear.state)


def _precision(linear: Linear, rest: str) -> Iterable[str]:
    try:
        linear.look = Look(read_precision(rest))
    except ValueError:
        raise Diagnostic("bad_value", "decimals are a number from 0 to 15, or full, as in p 6") from None
    return [f"Numbers are read with {linear.look.precision}.", *situation(linear.state, linear.look)]


def _dismiss(linear: Linear, rest: str) -> Iterable[str]:
    linear.session.dispatch(actions.Dismiss())
    return ["What the last edit changed is put away; the numbers stay."]


def _quit(linear: Linear, rest: str) -> Iterable[str]:
    linear.is_over = True
    return ()


_OWN: tuple[LineCommand[Linear], ...] = (
    LineCommand(("",), "(enter)", "Go on with the lesson, or join the next factor.", lambda linear, _: linear.go_on()),
    LineCommand(("n", "next"), "n, n COUNT", "Join the next factor; inside a factor, go to its next part.",
                lambda linear, rest: _counted(linear, rest, actions.Step)),
    LineCommand(("b", "back"), "b, b COUNT", "Take the last factor away again; inside a factor, go a part back.",
                lambda linear, rest: _counted(linear, rest, actions.Back)),
    LineCommand(("m", "factors"), "m, m dz3/da2", "All factors; or run to one, by its name or its number.", _factors),
    LineCommand(("k", "break"), "k, k WHAT",
                "Breakpoints; set one or take it away: dz3/da2, layer 2, 3x2, or norm(delta2) < 0.1.", _breakpoints),
    LineCommand(("w", "watch"), "w, w FORMULA", "Watches; watch a formula at each step, or no longer.", _watches),
    LineCommand(("where",), "where", "Read again where the derivation stands.",
                lambda linear, _: situation(linear.state, linear.look)),
    LineCommand(("l", "layout"), "l, l LAYOUT",
                "Flip the layout: every factor is transposed and changes sides; or choose: numerator, denominator.",
                _layout),
    LineCommand(("f", "form"), "f, f FORM", "The next form, or one of jacobian, hadamard, entry, vec, index.", _form),
    LineCommand(("r", "order"), "r, r ORDER", "Multiply from the other end: reverse or forward.", _order),
    LineCommand(("t", "target"), "t, t NAME", "Choose what is differentiated by, or all.", _target),
    LineCommand(("v", "values"), "v, v NAME", "The shapes of all values; or read one out.",
                lambda linear, rest: value_lines(linear.state, rest, linear.look)),
    LineCommand(("cell",), "cell new[1,0]", "An entry, and what it comes from: of factor, before, new, or a value.",
                lambda linear, rest: [cell_line(linear.state, rest)]),
    LineCommand((":",), ": FORMULA", "An expression over values, deltas (delta3) and gradients (dW2), part by part.",
                lambda linear, rest: formula_lines(linear.state, rest, linear.look, linear.session.most_work)),
    LineCommand(("p", "decimals"), "p NUMBER", "How many decimals are read out, or p full.", _precision),
    LineCommand(("C", "cost"), "C, cost", "What each step costs, in reverse and forward order.",
                lambda linear, _: cost_text(linear.state, WIDTH)),
    LineCommand(("e", "edit"), "e W2[0,1] = 3",
                "Edit an entry of an input; by a formula, e W2[0,1] = W2[0,1] * 2; all of it, e W2 = W2 * 0.5.",
                lambda linear, rest: linear.done(typed_edit(linear.state, rest))),
    LineCommand(("g", "G"), "g, g RATE COUNT", "A gradient step with rate 0.1; or many, and how the loss goes down.",
                changing.descend),
    LineCommand(("P", "perturb"), "P W3[1,0] 0.01", "Move an entry a little (0.001): what moves with it, and how far.",
                changing.perturbed),
    LineCommand(("D", "compare"), "D", "The chain before and after the last edit, factor by factor.",
                lambda linear, _: compare_lines(linear.state)),
    LineCommand(("dismiss",), "dismiss", "Put away what the last edit changed; the numbers stay.", _dismiss),
    LineCommand(("network",), "network FIELDS",
                "A network: sizes=2-4-3 activations=tanh,sigmoid; also loss= batch= samples= bias= seed= keep=no.",
                changing.network),
    LineCommand(("load",), "load PATH", "Weights from a .npz or .safetensors file.", keeping.load,
                needs_files=True),
    LineCommand(("d", "doctor"), "d FORMULA", "Judge your own formula for the derivative; lines with ; between.",
                checking.judged),
    LineCommand(("hint",), "hint", "A further hint: about the lesson's question, or about the formula judged last.",
                checking.hint),
    LineCommand(("a", "answer"), "a ANSWER", "Answer the lesson's question.", checking.answer),
    LineCommand(("give",), "give up", "Be shown the answer.", checking.give_up),
    LineCommand(("y", "copy"), "y, y WHAT", "What can be copied; or write it out: new, factor, formula, latex, numpy.",
                keeping.copied),
    LineCommand(("note",), "note TEXT", "A note that stays where you are, and is saved with the session.",
                lambda linear, rest: linear.noted(rest)),
    LineCommand(("save",), "save FILE", "The session as a scenario (my.toml) or as a log (my.jsonl).", keeping.saved,
                needs_files=True),
    LineCommand(("?", "h", "help"), "?, ? WORD", "All commands; or those, and the words, that have a word.",
                lambda linear, rest: help_lines(linear.commands, rest)),
    LineCommand(("q", "quit", "exit"), "q", "Leave.", _quit),
)  # fmt: skip
_TAKEN = {word for command in _OWN for word in command.words}
COMMANDS: tuple[LineCommand[Linear], ...] = (
    *_OWN,
    *(_of_key(command) for command in keymap.COMMANDS
      if command.make is not None and not {*command.keys.split(","), command.name, command.label} & _TAKEN),
)  # fmt: skip
WORDS = {word: command for command in COMMANDS for word in command.words}
