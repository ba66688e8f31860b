"""``python -m shanhe`` and the ``shanhe`` program."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its status."""
    from shanhe.project.program import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
