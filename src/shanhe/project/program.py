"""The ``shanhe`` program: finds the command's family, sets Django up where it is needed, says refusals.

Families are imported only when asked for, so that ``shanhe tracks verify`` starts without Django.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from shanhe import __version__
from shanhe.kernel.errors import Refusal

__all__ = ["run"]

#: family → (module with ``register(commands)``, whether its import needs Django)
FAMILIES = {
    "tracks": ("shanhe.faces.cli.tracks", False),
    "audit": ("shanhe.faces.cli.audit", False),
    "divisions": ("shanhe.faces.cli.divisions", False),
    "registry": ("shanhe.faces.cli.registry", True),
    "demo": ("shanhe.faces.cli.demo", False),
    "simulate": ("shanhe.faces.cli.demo", False),
    "purge": ("shanhe.faces.cli.demo", False),
    "backup": ("shanhe.faces.cli.backup", False),
    "restore": ("shanhe.faces.cli.backup", False),
    "move": ("shanhe.faces.cli.backup", False),
    "retention": ("shanhe.faces.cli.retention", False),
    "init": ("shanhe.faces.cli.init", False),
    "serve": ("shanhe.project.serving", False),
    "worker": ("shanhe.project.serving", False),
    "manage": ("shanhe.project.serving", False),
    "warm": ("shanhe.project.serving", False),
}


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line on stderr and leaves with 2; ``--help`` tells the rest."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {' '.join(message.split())} ({self.prog} --help)\n")


def run(arguments: Sequence[str]) -> int:
    """Run one command; 0 when done, 1 on failure, 2 on input that the user can mend."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shanhe.project.settings")
    arguments = list(arguments)
    _data_dir_from(arguments)
    if arguments[:1] == ["manage"]:
        from shanhe.project.serving import manage

        return manage(arguments[1:])
    try:
        parser = _parser(arguments[0] if arguments else "")
        options = parser.parse_args(arguments)
        if not hasattr(options, "run"):
            parser.print_help(sys.stderr)
            return 2
        return _run(options)
    except Refusal as refusal:
        print(f"shanhe: {_sentence(refusal)}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace) -> int:
    needs_django = getattr(options, "needs_django", True)
    if needs_django:
        _set_up()
    try:
        status = int(options.run(options) or 0)
    except Exception as error:
        if not _is_without_tables(error):
            raise
        print("shanhe: the database has no tables yet: run shanhe init first", file=sys.stderr)  # noqa: T201
        return 1
    if status == 0 and getattr(options, "then_serve", False):
        from shanhe.project.serving import serve

        return serve(host=options.host, port=options.port, workers=options.workers)
    return status


def _is_without_tables(error: Exception) -> bool:
    """Whether a database's refusal comes from its never having been initialised."""
    module = sys.modules.get("django.db")
    if module is None or not isinstance(error, module.OperationalError | module.ProgrammingError):
        return False
    from shanhe.project.serving import has_tables

    return not has_tables()


def _parser(family: str) -> argparse.ArgumentParser:
    parser = OneLineParser(prog="shanhe", description="Shanhe 山河")
    parser.add_argument("--version", action="version", version=f"shanhe {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    wanted = {family: FAMILIES[family]} if family in FAMILIES else FAMILIES
    if any(needs_django for _module, needs_django in wanted.values()):
        _set_up()
    for module in dict.fromkeys(module for module, _needs in wanted.values()):
        import_module(module).register(commands)
    return parser


def _data_dir_from(arguments: list[str]) -> None:
    """``--data-dir DIR`` must be known before the settings are read."""
    for position, word in enumerate(arguments):
        if word == "--data-dir" and position + 1 < len(arguments):
            os.environ["SHANHE_DATA_DIR"] = arguments[position + 1]
        elif word.startswith("--data-dir="):
            os.environ["SHANHE_DATA_DIR"] = word.partition("=")[2]
    if arguments[:1] == ["demo"]:
        os.environ.setdefault("SHANHE_DEMO", "1")


def _set_up() -> None:
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


def _sentence(refusal: Refusal) -> str:
    from django.apps import apps

    if not apps.ready:
        return " ".join(str(refusal).split())
    from django.utils.translation import gettext

    reasons = [f"{name}: {reason.render(gettext)}" for name, reason in refusal.fields.items()]
    return " ".join("; ".join([refusal.message.render(gettext), *reasons]).split())
