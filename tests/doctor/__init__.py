"""The doctor, measured: `python -m tests.doctor` makes mistakes in right formulas and counts which are mended."""
