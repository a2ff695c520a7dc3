"""Compares as many random programs as asked for, by default with PyTorch."""

from __future__ import annotations

import argparse
import sys
import time

from tests.oracles.compare import DisagreementError, Tally, compare_seed
from tests.oracles.libraries import LIBRARIES, UnavailableLibraryError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracles", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="of the first program")
    parser.add_argument("--engine", choices=LIBRARIES, default="torch", help="who differentiates")
    asked = parser.parse_args()
    try:
        differentiator = LIBRARIES[asked.engine]()
    except UnavailableLibraryError as missing:
        print(missing, file=sys.stderr)
        return 2
    tally, start = Tally(), time.perf_counter()
    for seed in range(asked.seed, asked.seed + asked.count):
        try:
            compare_seed(seed, differentiator, tally)
        except DisagreementError as disagreement:
            print(disagreement)
            return 1
    seconds = time.perf_counter() - start
    print(f"{tally.programs} programs against {asked.engine}, in {seconds:.0f} s, from seed {asked.seed}")
    print(f"{tally.gradients} gradients, {tally.factors} factors, {tally.products} products, {tally.formulas} formulas")
    print(f"worst relative error {tally.worst:.1e}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
