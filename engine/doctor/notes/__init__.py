"""What people paste: NumPy code, notes on paper or LaTeX, read into lines and what each claims to be."""
