"""The commands that show lessons, derivations, gradients, and what the doctor says, and draw nothing."""

from __future__ import annotations

import argparse
import sys
from itertools import chain

from engine.calculus import ALL, Form, Layout, Order, Step, derive
from engine.calculus.chain import chosen
from engine.calculus.cost import costs
from engine.calculus.forms import Entry
from engine.calculus.typeset import fraction
from engine.diagnostics import Diagnostic, Where, did_you_mean
from engine.doctor import STAGES, consult, has_hints, is_right, plain_lines, report_lines
from engine.interop import latex_document, latex_fragment, markdown, numpy_code, rosetta
from engine.interop.json_lines import costs_json, gradients_json, json_line, json_lines, loss_of, values_json
from engine.scenario import DEFAULT, Scenario, lessons, load
from engine.session import View
from tui import report
from tui.commands import Run
from tui.console import say, say_file, say_json
from tui.course import course_lines, course_table
from tui.progress import Meter
from tui.scripts import add_json

OK, FAILED = 0, 1
"""Exit statuses: everything expected holds, or an expectation, a check or a diagnosis failed."""
MAX_TYPED = 100_000
"""Characters of the longest formula that is read from standard input."""


def list_lessons(parser: argparse.ArgumentParser) -> Run:
    """The lessons that come with chainstep."""
    shown = parser.add_mutually_exclusive_group()
    add_json(shown)
    shown.add_argument("--markdown", action="store_true", help="as a table, with how much each checks and asks")

    def run(options: argparse.Namespace) -> int:
        if options.markdown:
            say_file("".join(f"{line}\n" for line in course_table()))
        elif options.json:
            say_json(*(json_line({"type": "lesson", "name": lesson.name, "title": lesson.title,
                                  "summary": lesson.summary}) for lesson in lessons()))  # fmt: skip
        else:
            say(*course_lines())
        return OK

    return run


def trace(parser: argparse.ArgumentParser) -> Run:
    """A derivation, factor by factor."""
    _add_scenario(parser)
    parser.add_argument("--of", metavar="NAME", help="what is differentiated (the scenario's choice, or the loss)")
    parser.add_argument("--target", metavar="NAME", help="what by, or `all` (the scenario's choice)")
    parser.add_argument("--layout", metavar="LAYOUT", help=" or ".join(Layout))
    parser.add_argument("--form", metavar="FORM", help=", ".join(Form))
    parser.add_argument("--entry", metavar="I,J", help="form entry, for this entry of the target; counted from 0")
    parser.add_argument("--order", metavar="ORDER", help=f"{' or '.join(Order)}: from which end factors are multiplied")
    parser.add_argument("--fused", action="store_true", help="the output delta as one factor, a − y, where it is that")
    parser.add_argument(
        "--cost", action="store_true", help="how many multiplications each factor takes, in both orders"
    )
    shown = parser.add_mutually_exclusive_group()
    add_json(shown)
    shown.add_argument("--latex", action="store_true", help="a LaTeX document that pdflatex compiles; needs amsmath")
    shown.add_argument("--markdown", action="store_true", help="Markdown with LaTeX mathematics, as GitHub shows it")
    shown.add_argument("--numpy", action="store_true", help="a NumPy program that computes the gradient step by step")
    shown.add_argument("--plain", action="store_true", help="without colours, as when piped")

    def run(options: argparse.Namespace) -> int:
        scenario = load(options.scenario)
        program, view = scenario.opening.program, scenario.opening.view
        target = options.target or view.target
        form, entry = options.form or view.form, view.entry if target == view.target else None
        if options.entry:
            form, entry = options.form or Form.ENTRY, _entry(options.entry)
            if form != Form.ENTRY:
                raise Diagnostic("usage", f"--entry chooses an entry for form entry, and the form is {form}")
        view = View(
            target,
            options.of or view.of,
            chosen(Layout, options.layout or view.layout, "layout"),
            chosen(Form, form, "form"),
            entry,
            chosen(Order, options.order or view.order, "order"),
            options.fused or view.fused,
        )
        if options.latex or options.markdown or options.numpy:
            if options.cost:
                raise Diagnostic("usage", "--cost goes with --json or plain text")
            say_file(_exported(options, scenario, view))
            return OK
        steps = view.derive(program)
        if options.json:
            # Collected first: where one of them cannot be printed, nothing is.
            say_json(*json_lines(program, steps, with_target=target == ALL))
            if options.cost:
                say_json(json_line(costs_json(costs(program, target, view.of))))
            return OK
        lines = report.derivation_lines(program, steps)
        if options.cost:
            lines = chain(lines, report.cost_lines(costs(program, target, view.of)))
        if options.plain or not sys.stdout.isatty():
            for _, line in lines:
                say(line)
        else:
            report.print_in_colour(lines)
        return OK

    return run


def _exported(options: argparse.Namespace, scenario: Scenario, view: View) -> str:
    """The derivation of `view` as a document or a program."""
    program = scenario.opening.program
    if options.numpy:
        if view.order is Order.FORWARD:
            raise Diagnostic("usage", "--numpy writes backpropagation, and the order is forward",
                             hints=("leave out --order forward: the gradient is the same",))  # fmt: skip
        return numpy_code(program, view.target, of=view.of, fused=view.fused)
    if options.markdown:
        return markdown(program, view.derive(program), title=scenario.title)
    return latex_document(latex_fragment(program, view.derive(program)), title=scenario.title)


def _entry(text: str) -> Entry:
    try:
        row, column = (int(part) for part in text.split(","))
    except ValueError:
        raise Diagnostic("bad_value", f"an entry is row,column counted from 0, as in 0,1; not {text}",
                         Where(key="--entry")) from None  # fmt: skip
    return row, column


def show_rosetta(parser: argparse.ArgumentParser) -> Run:
    """The factors of a derivation in PyTorch, JAX, SymPy, MATLAB and at matrixcalculus.org."""
    _add_scenario(parser)
    parser.add_argument("--of", metavar="NAME", help="what is differentiated (the scenario's choice, or the loss)")
    parser.add_argument("--target", metavar="NAME", help="what by, or `all` (the factor's, or the scenario's choice)")
    parser.add_argument("--layout", metavar="LAYOUT", help=" or ".join(Layout))
    parser.add_argument("--form", metavar="FORM", help=f"{Form.VEC} compares matrices over stacked columns")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--factor", metavar="FACTOR", help="one factor alone, such as dz3/da2")
    one.add_argument("--step", metavar="N", type=int, help="the factor of one step alone, counted from 1")
    add_json(parser)

    def run(options: argparse.Namespace) -> int:
        scenario = load(options.scenario)
        view = scenario.opening.view
        target = options.target or _denominator(options.factor) or view.target
        steps = derive(
            scenario.opening.program, target, of=options.of or view.of,
            layout=options.layout or view.layout, form=options.form or Form.JACOBIAN, fused=view.fused,
        )  # fmt: skip
        found = [rosetta(step) for step in _chosen(list(steps), options.factor, options.step)]
        if options.json:
            say_json(*(json_line(line) for factor in found for line in report.rosetta_json(factor)))
            return OK
        lines = [("program", "J is what a tool gives, as a NumPy array; names stand for arrays of the program."),
                 ("", ""), *chain.from_iterable(map(report.rosetta_lines, found))]  # fmt: skip
        if sys.stdout.isatty():
            report.print_in_colour(lines)
        else:
            say(*(line for _, line in lines))
        return OK

    return run


def _denominator(factor: str | None) -> str | None:
    """`a2` of `dz3/da2`: any chain by it has that factor."""
    _, slash, denominator = (factor or "").partition("/d")
    return denominator if slash and denominator else None


def _chosen(steps: list[Step], factor: str | None, number: int | None) -> list[Step]:
    """The steps that have a factor, or the one that is asked for."""
    if number is not None:
        if not 1 <= number <= len(steps):
            raise Diagnostic("bad_value", f"there is no step {number}: this derivation has steps 1 to {len(steps)}",
                             Where(key="--step"))  # fmt: skip
        return [steps[number - 1]]
    with_factor = [step for step in steps if step.leg.jacobian is not None]
    if factor is None:
        return with_factor
    names = [step.factor.name for step in with_factor]
    if factor not in names:
        hints = did_you_mean(factor, names) or (f"there are: {', '.join(names)}",)
        raise Diagnostic("unknown_factor", f"the chain has no factor {factor}", Where(key="--factor"), hints=hints)
    return [step for step in with_factor if step.factor.name == factor]


def grad(parser: argparse.ArgumentParser) -> Run:
    """The loss, and every parameter's gradient in the parameter's own shape."""
    _add_scenario(parser)
    add_json(parser)

    def run(options: argparse.Namespace) -> int:
        program = load(options.scenario).opening.program
        loss, gradients = loss_of(program), gradients_json(program)
        if loss is None:
            raise Diagnostic("no_gradient", f"{program.loss} is not a number, so it has no gradients",
                             hints=("chainstep trace --of NAME differentiates any value",))  # fmt: skip
        if options.json:
            line = {"type": "gradients", "loss": loss, "values": values_json(program), "gradients": gradients}
            say_json(json_line(line))
            return OK
        say(f"{program.loss} = {loss:.10g}")
        if not gradients:
            say(f"{program.loss} depends on no parameter.")
            return OK
        for step in derive(program, form=Form.HADAMARD, layout=Layout.DENOMINATOR):
            if step.is_last:
                title = f"{fraction(program.loss, step.target)} ="
                say(title, *(f"    {line}" for line in report.result_lines(step.result)))
        return OK

    return run


def doctor(parser: argparse.ArgumentParser) -> Run:
    """Your own formula, derivation or chain of derivatives: where does it go wrong, and what would be right?"""
    _add_scenario(parser)
    parser.add_argument("--target", metavar="NAME", help="what the formula differentiates by (the scenario's choice)")
    parser.add_argument("--of", metavar="NAME", help="what it differentiates (the scenario's choice, or the loss)")
    parser.add_argument(
        "--formula", metavar="TEXT", required=True, help="the formula, or several lines; - reads standard input"
    )
    stages = ", ".join(f"{number} {what}" for number, what in enumerate(STAGES, start=1))
    parser.add_argument("--hints", type=int, choices=range(len(STAGES) + 1), default=2, metavar="N",
                        help=f"how much to tell: {stages} (2 unless given)")  # fmt: skip
    add_json(parser)

    def run(options: argparse.Namespace) -> int:
        scenario = load(options.scenario)
        program, view = scenario.opening.program, scenario.opening.view
        target = options.target or view.target
        text = sys.stdin.read(MAX_TYPED) if options.formula == "-" else options.formula
        with Meter("judging it, and looking for what would be right") as meter:
            found = consult(program, target, text.strip(), of=options.of or view.of, is_cancelled=meter.waits)
        if options.json:
            say_json(*map(json_line, plain_lines(found)))
        else:
            say(*report_lines(found, options.hints))
            if options.hints < len(STAGES) and has_hints(found):
                say(f"--hints {options.hints + 1} tells more: {STAGES[options.hints]}.")
        return OK if is_right(found) else FAILED

    return run


def _add_scenario(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", nargs="?", default=DEFAULT, metavar="SCENARIO", help="a file, or a lesson's name")
