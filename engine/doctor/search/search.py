"""The search for the smallest change that makes a formula right: in layers of cost, from both ends.

The first layer with a correction is the cheapest by construction; each correction is verified by whoever asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from engine.diagnostics import Diagnostic
from engine.doctor.search import rules
from engine.doctor.search.decompose import Decomposer
from engine.doctor.search.parts import Aim, Context, Hit, Part
from engine.doctor.search.pools import Built, Pool
from engine.doctor.search.vocabulary import INSERT_COSTS, Candidate, Vocabulary
from engine.doctor.trials import Trial
from engine.formula import Array, spell
from engine.formula.syntax import Node, names_in

LAYERS = ((6, 3), (8, 4), (10, 5), (12, 8), (14, 9), (16, 9))
"""What all changes together, and those that are listed of one part, may cost."""
MOST_CONTEXTS = 400
"""Contexts that are followed in one layer."""


class SearchEndedError(Exception):
    """The time is up, or nobody waits for the answer any more."""


class Search:
    """A formula taken apart, on one trial, with what its parts may be changed to."""

    def __init__(
        self, trial: Trial, node: Node, deadline: float, is_cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        self.trial, self.node = trial, node
        self._deadline, self._is_cancelled = deadline, is_cancelled
        self.vocabulary = Vocabulary(trial)
        self.words = Words(self, self.vocabulary)
        self.sizes = tuple({size for value in trial.values.values() for size in value.shape if size > 1})
        self.counts: Mapping[str, float] = {
            name: float(value) for name, value in trial.values.items() if name in self._constants and abs(value) > 1
        }
        self.root = Decomposer(self).whole(node)

    @property
    def _constants(self) -> set[str]:
        """Numbers that do not depend on the data: N, and what the program computes from sizes alone."""
        lines = self.trial.program.plan.lines
        return {
            name
            for name, value in self.trial.values.items()
            if value.shape == () and (name not in lines or not names_in(lines[name].expression))
        }

    def is_number(self, node: Node) -> bool:
        """Whether a factor is a number in front: on a network of single numbers, only one that is written out."""
        value = self.value(node)
        if value is None or value.shape != () or value == 0:
            return False
        names = set(names_in(node))
        return names <= self._constants if self.trial.truth.shape != () else not names

    def check(self) -> None:
        """Raise a SearchEndedError if it is time to stop."""
        if time.perf_counter() > self._deadline or self._is_cancelled():
            raise SearchEndedError

    def value(self, node: Node) -> Array | None:
        """The value of a part as it stands, or None where it has none."""
        try:
            self.trial.shapes.of(node)
        except Diagnostic:
            return None
        return self.trial.evaluate(node)

    def is_derivative(self, node: Node) -> bool:
        """Whether a part is an activation's derivative."""
        return self.vocabulary.is_derivative(self.value(node))

    def instead_of(self, node: Node) -> Iterator[Candidate]:
        """What a part may have been meant to be."""
        return self.vocabulary.instead_of(node, self.value(node))

    def layers(self) -> Iterator[list[Hit]]:
        """What is found in each layer, the cheapest first; formulas that are equal by accident may be among it."""
        found: set[str] = set()
        for budget, cap in LAYERS:
            hits = []
            for hit in self._layer(budget, cap):
                text = spell(hit.built.node)
                if text not in found:
                    found.add(text)
                    hits.append(hit)
            yield sorted(hits, key=lambda hit: (hit.cost, len(hit.built.changes), len(spell(hit.built.node))))

    def _layer(self, budget: int, cap: int) -> Iterator[Hit]:
        """From the whole formula down: what meets the contexts of its parts."""
        waiting: list[tuple[Part, Context]] = [(self.root, self._aim())]
        seen: set[tuple[int, bytes]] = set()
        followed = 0
        while waiting and followed < MOST_CONTEXTS:
            waiting.sort(key=lambda pair: -pair[1].cost)
            part, context = waiting.pop()
            key = id(part), _key(context)
            if key in seen:
                continue
            seen.add(key)
            followed += 1
            self.check()
            yield from part.hits(context, budget - context.cost, cap)
            waiting += part.contexts(context, budget - rules.ONES)

    def _aim(self) -> Context:
        truth = self.trial.truth
        functional = np.random.default_rng(truth.size).uniform(0.5, 1.5, truth.shape)
        said = float((functional * truth).sum())
        functional = functional / (abs(said) or 1.0)
        aim = Aim(float((functional * truth).sum()), 0, _itself)
        return Context(functional, (aim,), 0, _itself)


def _key(context: Context) -> bytes:
    """Equal for contexts that ask for the same value."""
    asked = np.concatenate([context.functional.ravel(), [aim.value for aim in context.aims[:1]]])
    sign = np.sign(asked[np.argmax(np.abs(asked))])
    return bytes(np.round(sign * asked, 9).tobytes()) + str(context.shape).encode()


def _itself(built: Built) -> Built:
    return built


class Words(Part):
    """The vocabulary as a part that can be joined to others."""

    is_replaceable = False

    def __init__(self, search: Search, vocabulary: Vocabulary) -> None:
        super().__init__(search, vocabulary.words[0].node)
        self._words = vocabulary.words

    def fill(self, pool: Pool, cap: int) -> None:
        for word in self._words:
            cost = INSERT_COSTS[word.role]
            if cost <= cap:
                pool.add_one(word.value, cost, Built(word.node))
