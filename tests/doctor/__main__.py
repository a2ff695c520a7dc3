"""Makes mistakes in the right formulas of twenty networks, and prints how many the doctor mends and how fast."""

from __future__ import annotations

import argparse
import resource

from tests.doctor.study import Study, wrong_formulas, wrongly_judged


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.doctor", description=__doc__)
    parser.add_argument("--mistakes", type=int, nargs="+", default=[1, 2, 3], help="how many in one formula")
    parser.add_argument("--count", type=int, default=500, help="formulas for each number of mistakes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=5, help="formulas that were not mended to show")
    parser.add_argument("--right", type=int, default=0, metavar="N", help="judge N right formulas in unusual forms")
    asked = parser.parse_args()
    if asked.right:
        called_wrong = list(wrongly_judged(asked.right, asked.seed))
        print(f"{asked.right} right formulas in unusual forms, {len(called_wrong)} called wrong")
        print(*called_wrong, sep="\n", end="")
        return
    for mistakes in asked.mistakes:
        study = Study()
        for case, kinds, wrong in wrong_formulas(asked.count, mistakes, asked.seed):
            study.add(case, kinds, wrong)
        print(f"\n{mistakes} mistake{'s'[: mistakes != 1]} in a formula: {study}")
        for text in study.missed[: asked.show]:
            print(f"  not mended: {text}")
    print(f"\n{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


if __name__ == "__main__":
    main()
