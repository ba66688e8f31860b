"""The reading process: opens one file, writes its table or why it cannot be read, and ends.

``python -m shanhe.ground.incoming.reading.worker FOLDER``: the folder holds ``asked.json``; the answer is
``table.json`` with what belongs to it, or ``refused.json``. It has no database, no settings and no secrets.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from shanhe.ground.incoming.reading.formats import reader_for
from shanhe.ground.incoming.reading.options import Limits, Options
from shanhe.ground.incoming.reading.passing import table_write
from shanhe.ground.incoming.reading.refusals import broken
from shanhe.kernel.errors import Refusal

__all__ = ["main"]


def main(folder: Path) -> None:
    """Do what ``asked.json`` asks."""
    asked = json.loads((folder / "asked.json").read_text("utf-8"))
    limits = Limits(**asked["limits"])
    _bound(limits)
    options = Options(**asked["options"] | {"words": tuple(asked["options"]["words"])})
    try:
        table = reader_for(asked["name"])(Path(asked["path"]), options, limits)
        table_write(table, folder)
    except Refusal as refusal:
        _refuse(folder, refusal)
    except MemoryError:
        os._exit(137)
    except (ValueError, TypeError, LookupError, OSError, RuntimeError, ArithmeticError) as error:
        # What a library makes of a damaged file has no limits; the kind of error goes to the log.
        sys.stderr.write(f"{type(error).__name__}\n")
        _refuse(folder, broken())


def _refuse(folder: Path, refusal: Refusal) -> None:
    told = {
        "code": refusal.code,
        "message": [refusal.message.msgid, _plain(refusal.message.params)],
        "fields": {name: [text.msgid, _plain(text.params)] for name, text in refusal.fields.items()},
    }
    (folder / "refused.json").write_text(json.dumps(told), "utf-8")


def _plain(params: object) -> dict[str, str]:
    return {name: str(value) for name, value in dict(params).items()}  # type: ignore[call-overload]


def _bound(limits: Limits) -> None:
    """The system's own limits behind the watcher's, where there are any."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    seconds = int(limits.seconds) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    most = limits.unpacked_bytes * 2
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    space = limits.memory_bytes * 2 + 2**31
    resource.setrlimit(resource.RLIMIT_AS, (space, space))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
