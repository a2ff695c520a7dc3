"""Chains that are written as derivatives, `dL/da3 · da3/dz3 · …`: order, layout, and what is wrong with each factor."""
