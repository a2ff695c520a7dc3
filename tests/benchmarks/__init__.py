"""How long chainstep takes, as ratios to other ways of computing the same, measured interleaved in one run.

`python -m tests.benchmarks` prints the table. BLAS is given one thread here, before anything imports NumPy.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"
