"""Fills the data directory of SHANHE_DATA_DIR with the cast of ``tests/make``: ``python -m browser.cast``."""

from __future__ import annotations

import django

__all__ = ["main"]


def main() -> None:
    """An empty database with the cast's divisions, people and accounts."""
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from make import World

    assert World().village_chief.username == "village-chief"


if __name__ == "__main__":
    main()
