"""`chainstep`, and `python -m tui`."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command line, without collecting garbage while it is imported.

    All that is imported stays, and to look through it again and again takes a tenth of the time until the first frame.
    """
    gc.disable()
    from tui.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
