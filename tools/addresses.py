"""No tracked file names a package registry's host or a path of somebody's machine: both go stale and leak."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

from tools.places import ROOT

__all__ = ["findings", "main"]

# Written with classes for the dots, so that this file passes its own test.
PATTERNS = {
    "a registry's address": re.compile(
        r"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|npmmirror[.]com|yarnpkg[.]com|deb[.]debian[.]org"
        r"|crates[.]io|proxy[.]golang|--(?:extra-)?index-url\s+[a-z]|\"resolved\":\s*\"http"
    ),
    "a path of one machine": re.compile(
        r"/work/(?:main|shared|[.]library)\b|(?<![\w/])/root/[.\w]|(?<![\w/])/(?:home|Users)/[a-z]\w*/|C:\\\\?Users\\"
    ),
}


def findings(text: str) -> Iterator[tuple[int, str, str]]:
    """(line number, what it is, the match) for everything in ``text`` that should not be there."""
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in PATTERNS.items():
            for match in pattern.finditer(line):
                yield number, what, match.group()


def main() -> int:
    """Scan the files git tracks; binary ones are passed over."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = 0
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        for number, what, match in findings(text):
            found += 1
            print(f"{name}:{number}: {what}: {match}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
