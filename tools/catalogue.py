"""The translation catalogues, without a system gettext.

    update              read every marked message from the sources into the catalogues: keeps translations,
                        adds what is new with an empty translation, drops what is gone
    import FILE.tsv...  fill empty translations from lines ``msgid<TAB>translation`` or
                        ``context<TAB>msgid<TAB>translation``; ``\\n`` stands for a line break
    check               fail on messages that are missing, empty, fuzzy, not English, or whose holes differ
    compile             write the .mo files that Django reads

Python and templates make the domain ``django``, the office's TypeScript the domain ``djangojs``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tools.messages import Found, python_messages, template_messages, typescript_messages
from tools.places import FRONTEND, PACKAGE, ROOT
from tools.places import LOCALE as LOCALES
from tools.tell import say

__all__ = [
    "Key",
    "compile_all",
    "faults",
    "fill",
    "main",
    "merged",
    "read_catalogue",
    "sources",
    "write_catalogue",
]

LANGUAGES = ("zh_Hans",)
DOMAINS = ("django", "djangojs")
TEMPLATE_SUFFIXES = {".html", ".txt", ".xml"}

CJK = re.compile(r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")
# %(name)s, %s, %d and {name}; a per-cent sign before a blank or a comma is text. %% is one, too.
HOLE = re.compile(r"%%|%\(\w+\)[sdif]|%[sdi](?![a-z])|\{\w*\}")

# (context or None, msgid): what identifies a message.
Key = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a translator's table."""

    key: Key
    translation: str
    where: str


def sources(domain: str) -> Iterator[Found]:
    """Every marked message of a domain, in the order of the files."""
    if domain == "djangojs":
        for path in _files(FRONTEND, {".ts"}):
            yield from typescript_messages(path.read_text(encoding="utf-8"), _name(path))
        return
    for path in _files(PACKAGE, {".py"}):
        yield from python_messages(path.read_text(encoding="utf-8"), _name(path))
    for path in _files(PACKAGE, TEMPLATE_SUFFIXES):
        if "templates" in path.parts:
            yield from template_messages(path.read_text(encoding="utf-8"), _name(path))


def merged(old: Catalog, found: Iterable[Found], language: str, domain: str) -> Catalog:
    """A catalogue with exactly the messages found; each keeps the translation that ``old`` has for it."""
    new = Catalog(locale=language, domain=domain, fuzzy=False)
    for message in found:
        known = new.get(message.msgid, message.context)
        is_plural = message.plural is not None or (known is not None and known.pluralizable)
        plural = message.plural or (known.id[1] if known is not None and known.pluralizable else None)
        if known is not None and is_plural and not known.pluralizable:
            new.delete(message.msgid, message.context)
        new.add(
            (message.msgid, plural) if plural is not None else message.msgid,
            _kept(old.get(message.msgid, message.context), is_plural, new.num_plurals),
            locations=[*(known.locations if known is not None else ()), (message.file, 0)],
            context=message.context,
        )
    for entry in _messages(new):
        before = old.get(_msgid(entry), entry.context)
        if before is not None and before.fuzzy:
            entry.flags.add("fuzzy")
        entry.locations = sorted(set(entry.locations))
    return new


def fill(catalogue: Catalog, lines: Iterable[Line]) -> tuple[int, list[str]]:
    """Put translations where there are none. Gives how many, and the lines that contradict an earlier one."""
    table: dict[Key, Line] = {}
    quarrels: list[str] = []
    for line in lines:
        first = table.setdefault(line.key, line)
        if first.translation != line.translation:
            quarrels.append(f"{line.where}: {line.key[1]!r} is {first.translation!r} in {first.where}")
    filled = 0
    for entry in _messages(catalogue):
        if not _is_empty(entry):
            continue
        ids = (
            (entry.id,) if isinstance(entry.id, str) else reversed(entry.id)
        )  # one Chinese form: the plural's
        keys = [(context, msgid) for msgid in ids for context in dict.fromkeys((entry.context, None))]
        words = next((table[key].translation for key in keys if key in table), None)
        if words is not None:
            entry.string = (words,) * catalogue.num_plurals if entry.pluralizable else words
            filled += 1
    return filled, quarrels


def faults(catalogue: Catalog, found: Iterable[Found]) -> list[str]:
    """What is wrong with a catalogue, a sentence a fault, for every message that the sources have."""
    said: dict[Key, list[str]] = {}
    for message in found:
        key = (message.context, message.msgid)
        if key in said:
            continue
        entry = catalogue.get(message.msgid, message.context)
        said[key] = [
            f"{message.file}: {fault}: {message.msgid!r}" for fault in _message_faults(message, entry)
        ]
    return [fault for several in said.values() for fault in several]


def read_catalogue(language: str, domain: str) -> Catalog:
    """The catalogue as it lies on disk; an empty one where there is none."""
    path = _path(language, domain)
    if not path.exists():
        return Catalog(locale=language, domain=domain, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain, abort_invalid=True)


def write_catalogue(catalogue: Catalog, language: str, domain: str) -> None:
    """Write the .po file sorted, without dates and line numbers: a difference then is a change of words."""
    path = _path(language, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    header = (
        f"# Shanhe: {language}, domain {domain}. Kept by `./run catalogue update`.\n"
        'msgid ""\nmsgstr ""\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Content-Transfer-Encoding: 8bit\\n"\n"Language: {language}\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    with path.open("wb") as file:
        file.write(header.encode())
        write_po(
            file,
            catalogue,
            width=108,
            omit_header=True,
            sort_output=True,
            include_lineno=False,
            ignore_obsolete=True,
        )


def compile_all() -> None:
    """Write a .mo file beside every .po file; an untranslated or fuzzy message stays English."""
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/*.po")):
        language, domain = path.parts[-3], path.stem
        catalogue = read_catalogue(language, domain)
        fresh = path.with_suffix(".mo.new")
        with fresh.open("wb") as file:
            write_mo(file, catalogue)
        fresh.replace(path.with_suffix(".mo"))


def read_lines(path: Path) -> list[Line]:
    """Read a translator's table; ValueError names a line that has not two or three columns."""
    lines: list[Line] = []
    for number, text in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not text.strip() or text.startswith("#"):
            continue
        columns = [column.replace("\\n", "\n") for column in text.split("\t")]
        if len(columns) not in (2, 3) or not columns[-1]:
            raise ValueError(f"{path.name}:{number}: needs msgid<TAB>translation, has {text!r}")
        context = columns[0] if len(columns) == 3 else None
        lines.append(Line((context or None, columns[-2]), columns[-1], f"{path.name}:{number}"))
    return lines


def _update(lines: Sequence[Line] = ()) -> int:
    for language in LANGUAGES:
        for domain in DOMAINS:
            catalogue = merged(read_catalogue(language, domain), sources(domain), language, domain)
            filled, quarrels = fill(catalogue, lines)
            write_catalogue(catalogue, language, domain)
            empty = sum(_is_empty(entry) for entry in _messages(catalogue))
            say(f"  {language} {domain}: {len(catalogue)} messages, {filled} filled, {empty} empty")
    for quarrel in quarrels:
        say(f"  two translations: {quarrel}")
    return 0


def _check() -> int:
    found = [
        f"{language} {domain}: {fault}"
        for language in LANGUAGES
        for domain in DOMAINS
        for fault in faults(read_catalogue(language, domain), sources(domain))
    ]
    for fault in found:
        print(fault)
    return 1 if found else 0


def _message_faults(message: Found, entry: Message | None) -> Iterator[str]:
    if CJK.search(message.msgid + (message.plural or "")):
        yield "message ids are English"
    if entry is None or (message.plural is not None and not entry.pluralizable):
        yield "not in the catalogue, run ./run catalogue update"
    elif _is_empty(entry):
        yield "no translation"
    elif entry.fuzzy:
        yield "fuzzy translation"
    elif _holes_differ(entry):
        yield "the translation has other holes"


def _holes_differ(entry: Message) -> bool:
    """Whether a translation has a hole that the message lacks, or lacks one that every form of it has."""
    forms = (entry.id,) if isinstance(entry.id, str) else tuple(entry.id)
    strings = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
    holes = [_holes(form) for form in forms]
    offered, needed = set().union(*holes), set.intersection(*holes)
    return any(not needed <= _holes(string) <= offered for string in strings)


def _holes(text: str) -> set[str]:
    found = [hole for hole in HOLE.findall(text) if hole != "%%"]
    # Two plain %s must stay two; named ones may be said twice.
    return {
        f"{hole} {found[:n].count(hole)}" if hole in ("%s", "%d", "%i", "{}") else hole
        for n, hole in enumerate(found)
    }


def _kept(old: Message | None, is_plural: bool, forms: int) -> str | tuple[str, ...]:
    strings: tuple[str, ...] = ()
    if old is not None:
        strings = (old.string,) if isinstance(old.string, str) else tuple(old.string or ())
    if not is_plural:
        return strings[-1] if strings else ""
    return strings if len(strings) == forms else (strings[-1] if strings else "",) * forms


def _is_empty(entry: Message) -> bool:
    return not entry.string if isinstance(entry.string, str) else not (entry.string and all(entry.string))


def _messages(catalogue: Catalog) -> list[Message]:
    """The entries without the header, which has the empty id."""
    return [entry for entry in catalogue if entry.id]


def _msgid(entry: Message) -> str:
    return entry.id if isinstance(entry.id, str) else entry.id[0]


def _files(folder: Path, suffixes: set[str]) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in suffixes
        and not {"node_modules", "static", "tests"} & set(path.relative_to(folder).parts)
    )


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _path(language: str, domain: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{domain}.po"


def main(args: Sequence[str]) -> int:
    """Run one of the commands of this module's docstring."""
    match list(args):
        case ["update"]:
            return _update()
        case ["import", first, *more]:
            try:
                return _update([line for name in (first, *more) for line in read_lines(Path(name))])
            except (OSError, ValueError) as error:
                say(str(error))
                return 2
        case ["check"]:
            return _check()
        case ["compile"]:
            compile_all()
            return 0
        case _:
            say(__doc__ or "")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
