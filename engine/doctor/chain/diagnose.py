"""A chain written as derivatives without numbers, `dL/da3 · da3/dz3 · dz3/da2`, against the program's own chain.

Which factors a chain has is settled by the program: ∂u/∂v is one if u is computed from v, and a factor that skips
values (∂z3/∂z2) stands for the product between them. In which order they stand is settled by the layout: because
(AB)ᵀ = BᵀAᵀ, the chain reads from L to the target in numerator layout, and from the target to L in denominator layout.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from engine.calculus.layouts import Layout, derivative_shape
from engine.calculus.program import Program
from engine.calculus.typeset import fraction
from engine.diagnostics import Diagnostic, Span, did_you_mean
from engine.doctor.chain.findings import ChainDiagnosis, Failure, Finding, ShapedFactor
from engine.doctor.chain.graph import MAX_PATHS, Factor, Graph, Path
from engine.doctor.chain.text import ChainText, WrittenFactor, read_chain

__all__ = ["ChainDiagnosis", "Failure", "Finding", "ShapedFactor", "diagnose_chain", "is_derivative_chain"]

MAX_SHOWN = 8
"""Paths that are written out, of those that a target has."""

INFORMATION = ("skips", "missing_path")
"""Findings that are no mistakes."""


def is_derivative_chain(text: str) -> bool:
    """Whether a text is a product of derivatives and nothing else, perhaps with `dL/dW2 =` before it."""
    try:
        read_chain(text)
    except Diagnostic:
        return False
    return True


def diagnose_chain(text: str, program: Program, target: str | None = None, *, of: str | None = None) -> ChainDiagnosis:
    """Compare a written chain with the program's own.

    `target` is what the chain was to differentiate by; where it is not given, the left side or the chain itself says
    so. `of` is the loss unless given. Raises a Diagnostic `unparsable` for a text that is no chain, `unknown_name` for
    a target that the program does not have, and `no_path` where `of` does not depend on it.
    """
    of = of or program.loss
    return _Examination(read_chain(text), program, of, target).diagnosis()


class _Examination:
    """One chain under examination: findings are collected as they are made."""

    def __init__(self, chain: ChainText, program: Program, of: str, target: str | None) -> None:
        self.chain, self.program, self.of = chain, program, of
        self.graph = Graph(program, of)
        if of not in program.plan.lines:
            raise Diagnostic("unknown_name", f"the program computes no value called {of}",
                             hints=did_you_mean(of, program.plan.lines))  # fmt: skip
        self.findings: list[Finding] = []
        self.terms = [self.resolved(term) for term in chain.terms]
        self.target = self.settled_target(target)
        self.on_route = self.graph.between(self.graph.behind_alias(self.target))

    def find(self, code: str, message: str, span: Span) -> None:
        self.findings.append(Finding(code, message, span))

    def diagnosis(self) -> ChainDiagnosis:
        routes = [self.route(term) for term in self.terms]
        layout = self.common_layout(routes)
        for used, path in routes:
            self.order(used, path, layout)
        self.transposes()
        paths = [path for _, path in routes]
        missing_count, missing = self.missing_paths(paths)
        self.name_missing_paths(missing_count, missing)
        mistakes = [finding for finding in self.findings if finding.code not in INFORMATION]
        factors = [factor for term in self.terms for factor in term]
        return ChainDiagnosis(
            self.chain.text, self.of, self.target,
            "wrong" if mistakes else "part" if missing_count > 0 else "correct",
            layout,
            tuple(self.shaped(factor) for factor in factors),
            tuple(sorted(self.findings, key=lambda finding: finding.span)),
            {each: self.corrected(paths, missing, each) for each in Layout},
            {each: self.failure(each) for each in Layout},
        )  # fmt: skip

    # ---- what the factors are --------------------------------------------------------------------------------

    def resolved(self, term: Sequence[WrittenFactor]) -> list[Factor]:
        """The factors that are derivatives of one of the program's values by another that it is computed from."""
        return [factor for written in term if (factor := self.resolve(written))]

    def resolve(self, written: WrittenFactor) -> Factor | None:
        names = self.graph.names
        numerator, denominator = names.numerator(written.numerator), names.find(written.denominator)
        for spelled, found in ((written.numerator, numerator), (written.denominator, denominator)):
            if found is None:
                close = " ".join(did_you_mean(spelled, names.names))
                self.find("unknown_name", f"there is no value called {spelled}" + (f": {close}" if close else ""),
                          written.span)  # fmt: skip
        if numerator is None or denominator is None:
            return None
        u, v = self.graph.behind_alias(numerator), self.graph.behind_alias(denominator)
        if self.graph.depends(u, v):
            return Factor(u, v, written.span, written.transposed)
        shown = fraction(u, v)
        if self.graph.depends(v, u):
            self.find("upside_down", f"{shown} is upside down: {v} is computed from {u}, so it is {fraction(v, u)}",
                      written.span)  # fmt: skip
        else:
            reads = self.graph.reads(u)
            reason = f"{u} is computed from {', '.join(reads)}" if reads else f"{u} is computed from nothing"
            self.find("no_such_factor", f"{shown} is no factor: {u} does not depend on {v}; {reason}", written.span)
        return None

    def settled_target(self, given: str | None) -> str:
        """What the chain is by: what was asked for, unless the chain clearly goes somewhere else."""
        left, graph = self.chain.left, self.graph
        factors = [factor for term in self.terms for factor in term]
        ends = [end for end in graph.ends(factor.pair for factor in factors) if graph.depends(self.of, end)]
        expected = graph.names.find(left.denominator) if left else None
        if given is not None:
            expected = self.checked(given)
        if expected is None or not graph.depends(self.of, graph.behind_alias(expected)):
            if not ends:
                near = ", ".join(sorted(graph.ancestors(self.of)))
                raise Diagnostic("no_path", f"no factor of this chain leads from {self.of} to what it is computed from",
                                 hints=(f"{self.of} depends on: {near}",))  # fmt: skip
            expected = ends[0]
        target, behind = expected, graph.behind_alias(expected)
        if ends and not any(end == behind or graph.depends(end, behind) for end in ends):
            target = ends[0]
            if given is not None:
                last = next(factor for factor in factors if factor.denominator == target)
                self.find("wrong_target", f"this chain derives by {target}, and {given} is asked for", last.span)
        self.check_left(target)
        return target

    def checked(self, target: str) -> str:
        """The target that was asked for; raises a Diagnostic if the program has no such value, or no path to it."""
        known = self.graph.names.names
        if target not in known:
            raise Diagnostic("unknown_name", f"the program has no value called {target}",
                             hints=did_you_mean(target, known) or (f"there are: {', '.join(known[:30])}",))  # fmt: skip
        if not self.graph.depends(self.of, self.graph.behind_alias(target)):
            raise Diagnostic("no_path", f"{self.of} does not depend on {target}, so there is no chain between them")
        return target

    def check_left(self, target: str) -> None:
        left = self.chain.left
        if left is None:
            return
        of, by = self.graph.names.numerator(left.numerator), self.graph.names.find(left.denominator)
        if of != self.of or by is None or self.graph.behind_alias(by) != self.graph.behind_alias(target):
            self.find("left_side", f"the left side says {fraction(left.numerator, left.denominator)}, and the chain is "
                      f"{fraction(self.of, target)}", left.span)  # fmt: skip

    # ---- one path --------------------------------------------------------------------------------------------

    def route(self, term: Sequence[Factor]) -> tuple[list[Factor], list[Factor]]:
        """The factors of a term that make up a path, in its own order, and the path in numerator layout's order.

        A factor of the path that the term does not have has an empty span.
        """
        once: dict[tuple[str, str], Factor] = {}
        for factor in term:
            shown = fraction(factor.numerator, factor.denominator)
            if factor.pair in once:
                self.find("duplicated", f"{shown} is there twice: every factor of a path stands once", factor.span)
            elif not {factor.numerator, factor.denominator} <= self.on_route:
                self.find("off_route", f"{shown} is not on the way from {self.of} to {self.target}", factor.span)
            else:
                once[factor.pair] = factor
        path = self.graph.best_path(once, self.graph.behind_alias(self.target))
        pairs = {factor.pair for factor in path}
        for factor in once.values():
            shown = fraction(factor.numerator, factor.denominator)
            if factor.pair not in pairs:
                self.find("redundant", f"{shown} does not continue this path: the other factors already lead from "
                          f"{self.of} to {self.target}", factor.span)  # fmt: skip
            elif not self.is_direct(factor):
                several = self.graph.paths(*factor.pair)
                between = " + ".join(map(spell_path, several[:2])) + (" + …" if len(several) > 2 else "")
                self.find("skips", f"{shown} stands for {between}", factor.span)
        return [factor for factor in once.values() if factor.pair in pairs], path

    def common_layout(self, routes: Sequence[tuple[Sequence[Factor], Sequence[Factor]]]) -> Layout | None:
        """The layout that most factors are in the order of; None for chains of one factor."""
        kept = dict.fromkeys(Layout, 0)
        for used, path in routes:
            for layout in Layout:
                kept[layout] += len(in_order(used, path, layout))
        if all(len(used) < 2 for used, _ in routes):
            return None
        if kept[Layout.NUMERATOR] == kept[Layout.DENOMINATOR]:  # then where ∂L/∂… stands decides
            used = max((used for used, _ in routes), key=len)
            return Layout.NUMERATOR if used[0].numerator == self.of else Layout.DENOMINATOR
        return max(Layout, key=lambda layout: kept[layout])

    def order(self, used: Sequence[Factor], path: Sequence[Factor], layout: Layout | None) -> None:
        """Find what is misplaced, and what is missing where."""
        reading = layout or Layout.DENOMINATOR
        right = list(path) if reading is Layout.NUMERATOR else list(reversed(path))
        kept = in_order(used, path, reading)
        for position, factor in enumerate(right):
            shown = fraction(*factor.pair)
            place = self.place(right, position)
            if factor.is_missing:
                at = self.gap(right, position, kept)
                self.find("missing", f"{shown} is missing{place}", (at, at))
            elif factor not in kept:
                self.find("misplaced", f"{shown} is misplaced: in {reading} layout it belongs{place}", factor.span)

    @staticmethod
    def place(right: Sequence[Factor], position: int) -> str:
        """Between which factors one stands."""
        before = fraction(*right[position - 1].pair) if position else None
        after = fraction(*right[position + 1].pair) if position + 1 < len(right) else None
        if before and after:
            return f" between {before} and {after}"
        return f" to the left of {after}" if after else f" to the right of {before}" if before else ""

    def gap(self, right: Sequence[Factor], position: int, kept: Sequence[Factor]) -> int:
        """The offset in the text where a missing factor belongs."""
        for factor in reversed(right[:position]):
            if factor in kept:
                return factor.span[1]
        for factor in right[position:]:
            if factor in kept:
                return factor.span[0]
        return self.chain.span[1]

    @property
    def jacobians(self) -> list[Factor]:
        """The factors that are no gradients of a number."""
        return [factor for term in self.terms for factor in term if self.graph.entries(factor.numerator) > 1]

    @property
    def all_transposed(self) -> bool:
        return bool(self.jacobians) and all(factor.transposed for factor in self.jacobians)

    def transposes(self) -> None:
        """All factors of one layout are transposed in the other: a ᵀ on some of them mixes both."""
        marked = [factor for factor in self.jacobians if factor.transposed]
        if marked and len(marked) < len(self.jacobians):
            shown = " and ".join(fraction(*factor.pair) for factor in marked)
            verb = "is" if len(marked) == 1 else "are"
            self.find("mixed_transposes", f"{shown} {verb} transposed and the others are not: one layout for all",
                      marked[0].span)  # fmt: skip

    # ---- all paths -------------------------------------------------------------------------------------------

    def covered(self, path: Sequence[Factor]) -> list[list[Path]]:
        """For each factor of a path, the paths over direct factors that it stands for, MAX_PATHS at most.

        A factor that skips values is the sum over all that lies between; one that does not is that factor alone, even
        where its numerator depends on its denominator in another way too.
        """
        return [[(factor.pair,)] if self.is_direct(factor) else self.graph.paths(*factor.pair) for factor in path]

    def is_direct(self, factor: Factor) -> bool:
        return factor.denominator in self.graph.reads(factor.numerator)

    def missing_paths(self, paths: Sequence[Sequence[Factor]]) -> tuple[int, list[Path]]:
        """How many paths of the target no term of the chain covers, and those among the first of them."""
        terms = list({tuple(factor.pair for factor in path): path for path in paths}.values())
        total = self.graph.count(self.of, self.graph.behind_alias(self.target))
        for path in terms:
            total -= math.prod(1 if self.is_direct(factor) else self.graph.count(*factor.pair) for factor in path)
        written: set[Path] = set()
        for path in terms:
            expanded: list[Path] = [()]
            for between in self.covered(path):
                expanded = [(*hops, *more) for hops in expanded for more in between][:MAX_PATHS]
            written |= set(expanded)
        every = self.graph.paths(self.of, self.graph.behind_alias(self.target))
        return total, [hops for hops in every if hops not in written][:MAX_SHOWN]

    def name_missing_paths(self, count: int, missing: Sequence[Path]) -> None:
        if count <= 0:
            return
        what = "one more path, whose product is" if count == 1 else f"{count:,} more paths, whose products are"
        shown = "; ".join(map(spell_path, missing)) + ("; …" if count > len(missing) else "")
        self.find("missing_path", f"{self.of} depends on {self.target} along {what} added: {shown}", self.chain.span)

    def corrected(self, paths: Sequence[Sequence[Factor]], missing: Sequence[Path], layout: Layout) -> str:
        terms = dict.fromkeys(tuple(factor.pair for factor in path) for path in paths)
        spelled = [spell_path(term, layout) for term in (*terms, *missing)]
        return f"{fraction(self.of, self.target)} = {' + '.join(spelled)}"

    # ---- shapes ----------------------------------------------------------------------------------------------

    def shaped(self, factor: Factor) -> ShapedFactor:
        y, x = self.program.plan.shape(factor.numerator), self.program.plan.shape(factor.denominator)
        shapes = {layout: derivative_shape(y, x, layout) for layout in Layout}
        return ShapedFactor(factor.numerator, factor.denominator, factor.span, shapes)

    def stacked(self, factor: Factor, layout: Layout) -> tuple[int, int]:
        """Rows and columns of a factor through vec, as it was written, ᵀ and all.

        Beside Jacobians that are all transposed, as in (∂z/∂a)ᵀ ∂L/∂z, a gradient is meant to be a column too.
        """
        u, v = self.graph.entries(factor.numerator), self.graph.entries(factor.denominator)
        is_transposed = factor.transposed or (u == 1 and self.all_transposed)
        return (u, v) if (layout is Layout.NUMERATOR) != is_transposed else (v, u)

    def failure(self, layout: Layout) -> Failure | None:
        for term in self.terms:
            rows = self.stacked(term[0], layout)[0] if term else 0
            for left, right in pairwise(term):
                first, second = self.stacked(left, layout), self.stacked(right, layout)
                if first[1] != second[0]:
                    return Failure((left.span[0], right.span[1]), (rows, first[1]), second)
        return None


def in_order(used: Sequence[Factor], path: Sequence[Factor], layout: Layout) -> list[Factor]:
    """The largest part of `used` that stands in the order of a layout: a longest increasing subsequence."""
    right = path if layout is Layout.NUMERATOR else path[::-1]
    place = {factor.pair: position for position, factor in enumerate(right)}
    best: list[list[Factor]] = []
    for factor in used:
        before = [chain for chain in best if place[chain[-1].pair] < place[factor.pair]]
        best.append([*max(before, key=len, default=[]), factor])
    return max(best, key=len, default=[])


def spell_path(path: Sequence[tuple[str, str]], layout: Layout = Layout.NUMERATOR) -> str:
    """`∂L/∂a3 · ∂a3/∂z3`, the other way round in denominator layout."""
    return " · ".join(fraction(*pair) for pair in (path if layout is Layout.NUMERATOR else reversed(path)))
