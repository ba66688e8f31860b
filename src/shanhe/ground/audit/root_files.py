"""Published roots as files, one DATE.json a day: what an office copies to where the server cannot reach.

No Django here: a citizen checks a proof against such files without an installation.
"""

from __future__ import annotations

import json
from pathlib import Path

from shanhe.kernel.chain.proof import PublishedRoot, published_root_read
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["json_read", "root_read", "root_write", "roots_read"]


def root_write(folder: Path, root: PublishedRoot) -> Path:
    """Write ``folder``/DATE.json and give its path; the folder is made if missing.

    What is published stays: the same content again changes nothing, other content is a Refusal
    ``root.already_there``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{root.day.isoformat()}.json"
    text = json.dumps(root.as_json(), indent=1) + "\n"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        if root_read(path) != root:
            raise Refusal(
                "root.already_there",
                _("%(path)s holds another root for that day."),
                status=409,
                path=str(path),
            ) from None
    return path


def roots_read(place: Path) -> list[PublishedRoot]:
    """The roots of a folder's DATE.json files by day, or of one file. Refusal when one is unreadable."""
    paths = sorted(place.glob("????-??-??.json")) if place.is_dir() else [place]
    return [root_read(path) for path in paths]


def root_read(path: Path) -> PublishedRoot:
    """One DATE.json. Refusal ``file.unreadable`` or ``root.malformed``."""
    return published_root_read(json_read(path))


def json_read(path: Path) -> object:
    """A JSON file's value. Refusal ``file.unreadable`` when there is no such file, or no JSON in it."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise Refusal(
            "file.unreadable",
            _("%(path)s cannot be read as JSON: %(reason)s"),
            path=str(path),
            reason=str(error),
        ) from error
