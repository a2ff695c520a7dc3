"""The engine against automatic differentiation by others: HIPS autograd in the suite, PyTorch by hand.

`python -m tests.oracles` compares as many random programs as one asks for.
"""
