"""Cases that others have published, and what turns them into scenarios and Programs.

`wrong_formulas.toml`, `worked_examples.toml` and `layout_identities.toml` name the source of every case;
`scenarios.py` makes scenario files and Programs of them, `plain.py` evaluates their formulas with NumPy alone.
"""
