"""Serving: the web server, the background worker beside it, and Django's own commands."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from collections.abc import Sequence

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["has_tables", "manage", "register", "serve", "work"]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``serve``, ``worker``, ``manage`` and ``warm`` to the program."""
    serving = commands.add_parser("serve", help="serve the web pages and the API")
    add_address(serving)
    serving.add_argument("--workers", type=int, default=1, help="web processes (default 1)")
    serving.set_defaults(run=_serve)
    worker = commands.add_parser("worker", help="do background work and periodic jobs")
    worker.set_defaults(run=lambda _options: work())
    commands.add_parser("manage", help="Django's own commands")
    warming = commands.add_parser("warm", help="compile the kernel once, so that first calls are quick")
    warming.set_defaults(run=lambda _options: _warm(), needs_django=False)


def add_address(parser: argparse.ArgumentParser) -> None:
    """The options that say where to listen and where the data lie."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--data-dir", help="data directory (SHANHE_DATA_DIR)")


def has_tables() -> bool:
    """Whether the database was ever initialised; Django has to be set up."""
    from django.db import DatabaseError, connection

    try:
        return "django_migrations" in connection.introspection.table_names()
    except DatabaseError:
        return True  # it is away or broken, which is another matter


def manage(arguments: Sequence[str]) -> int:
    """Run one of Django's commands."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["shanhe manage", *arguments])
    return 0


def _serve(options: argparse.Namespace) -> int:
    if not has_tables():
        print("shanhe: the database has no tables yet: run shanhe init first", file=sys.stderr)  # noqa: T201
        return 1
    return serve(host=options.host, port=options.port, workers=options.workers)


def serve(*, host: str, port: int, workers: int = 1) -> int:
    """Serve until stopped, with one background worker beside; both end together.

    Refusal ``serve.address`` when the address is taken or not this machine's.
    """
    _check_address(host, port)
    from granian import Granian
    from granian.constants import Interfaces

    if host not in {"127.0.0.1", "localhost", "::1"} and "SHANHE_ALLOWED_HOSTS" not in os.environ:
        # Asked to listen to the network: any name by which it is reached is meant.
        every_address = host in {"0.0.0.0", "::"}  # noqa: S104  compared, not bound to
        os.environ["SHANHE_ALLOWED_HOSTS"] = "*" if every_address else f"{host},localhost,127.0.0.1"
    _let_go_of_database()
    background = subprocess.Popen([sys.executable, "-m", "shanhe", "worker"])
    try:
        Granian(
            "shanhe.project.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=4,
            log_access=False,
            websockets=False,
        ).serve()
    finally:
        background.terminate()
        background.wait(timeout=20)
    return 0


def _let_go_of_database() -> None:
    """Web processes open connections of their own."""
    connections = sys.modules.get("django.db")
    if connections is not None:
        connections.connections.close_all()


def _check_address(host: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _name, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name != "nt":  # there it means that two may listen at once
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as fault:
        why = getattr(fault, "strerror", None) or str(fault)
        message = _("Cannot listen on %(host)s port %(port)s: %(why)s. Choose another with --port.")
        raise Refusal("serve.address", message, host=host, port=port, why=why) from None


def work() -> int:
    """Take background jobs and tick until stopped."""
    from shanhe.project.ticker import work_forever

    work_forever()
    return 0


def _warm() -> int:
    from shanhe.kernel.tracks import warm

    warm()
    return 0
