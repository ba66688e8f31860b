"""The catalogue keeps what translators wrote, and the check names everything a reader would stumble over."""

from __future__ import annotations

from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tools import catalogue
from tools.catalogue import Line, faults, fill, merged
from tools.messages import Found


def po(*entries: str) -> Catalog:
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return read_po(BytesIO((header + "\n\n".join(entries)).encode()), locale="zh_Hans")


def merge(old: Catalog, *found: Found) -> Catalog:
    return merged(old, found, "zh_Hans", "django")


def line(msgid: str, translation: str, context: str | None = None) -> Line:
    return Line((context, msgid), translation, "a.tsv:1")


REACH = Found("Reach", "a.py")
DAYS = Found("%(n)d day", "a.py", plural="%(n)d days")


def test_an_update_keeps_translations_adds_new_messages_and_drops_dead_ones():
    old = po('msgid "Reach"\nmsgstr "河段"', 'msgid "Gone"\nmsgstr "没了"')
    new = merge(old, REACH, Found("Fresh", "b.py"))
    assert {entry.id: entry.string for entry in new if entry.id} == {"Reach": "河段", "Fresh": ""}


def test_a_message_of_several_files_is_one_entry_naming_all_of_them():
    new = merge(po(), Found("Reach", "b.py"), REACH, REACH)
    assert [file for file, _ in new.get("Reach").locations] == ["a.py", "b.py"]


def test_a_message_that_becomes_plural_keeps_its_translation():
    new = merge(po('msgid "%(n)d day"\nmsgstr "%(n)d 天"'), Found("%(n)d day", "b.py"), DAYS)
    assert new.get("%(n)d day").id == ("%(n)d day", "%(n)d days")
    assert new.get("%(n)d day").string == ("%(n)d 天",)


def test_the_same_words_in_two_contexts_are_two_entries():
    new = merge(po(), Found("Open", "a.py", context="case"), Found("Open", "a.py"))
    fill(new, [line("Open", "未办结", "case"), line("Open", "打开")])
    assert new.get("Open", "case").string == "未办结"
    assert new.get("Open").string == "打开"


def test_filling_leaves_what_is_translated_alone():
    new = merge(po('msgid "Reach"\nmsgstr "河段"'), REACH)
    assert fill(new, [line("Reach", "别的")])[0] == 0
    assert new.get("Reach").string == "河段"


def test_a_plural_is_filled_from_its_plural_form_first():
    new = merge(po(), DAYS)
    fill(new, [line("%(n)d day", "一天"), line("%(n)d days", "%(n)d 天")])
    assert new.get("%(n)d day").string == ("%(n)d 天",)


def test_two_translators_who_disagree_are_named():
    _, quarrels = fill(merge(po(), REACH), [line("Reach", "河段"), line("Reach", "河道")])
    assert quarrels == ["a.tsv:1: 'Reach' is '河段' in a.tsv:1"]


def test_a_complete_catalogue_has_no_faults():
    entry = 'msgid "%(n)d day"\nmsgid_plural "%(n)d days"\nmsgstr[0] "%(n)d 天"'
    assert faults(po('msgid "Reach"\nmsgstr "河段"', entry), [REACH, DAYS]) == []


@pytest.mark.parametrize(
    ("entry", "found", "fault"),
    [
        ('msgid "Other"\nmsgstr "别的"', REACH, "not in the catalogue"),
        ('msgid "%(n)d day"\nmsgstr "%(n)d 天"', DAYS, "not in the catalogue"),
        ('msgid "Reach"\nmsgstr ""', REACH, "no translation"),
        ('msgid "%(n)d day"\nmsgid_plural "%(n)d days"\nmsgstr[0] ""', DAYS, "no translation"),
        ('#, fuzzy\nmsgid "Reach"\nmsgstr "河段"', REACH, "fuzzy"),
        ('msgid "河段"\nmsgstr "河段"', Found("河段", "a.py"), "message ids are English"),
        ('msgid "By %(who)s"\nmsgstr "由 %(name)s"', Found("By %(who)s", "a.py"), "other holes"),
        ('msgid "By %(who)s"\nmsgstr "由某人"', Found("By %(who)s", "a.py"), "other holes"),
        ('msgid "%s of %s"\nmsgstr "%s"', Found("%s of %s", "a.py"), "other holes"),
        ('msgid "By {who}"\nmsgstr "由 {name}"', Found("By {who}", "a.py"), "other holes"),
    ],
)
def test_a_fault_is_named_with_its_message_and_file(entry, found, fault):
    (named,) = faults(po(entry), [found])
    assert fault in named
    assert found.msgid in named
    assert named.startswith("a.py: ")


@pytest.mark.parametrize(
    ("msgid", "translation"),
    [
        ("One day", "%(n)d 天"),  # a singular may say the number in words
        ("60 % of it", "其中 60 %"),
        ("%(a)s, %(b)s", "%(b)s、%(a)s"),
    ],
)
def test_honest_translations_pass(msgid, translation):
    plural = "%(n)d days" if msgid == "One day" else None
    new = merge(po(), Found(msgid, "a.py", plural=plural))
    fill(new, [line(msgid, translation)])
    assert faults(new, [Found(msgid, "a.py", plural=plural)]) == []


def test_a_written_catalogue_reads_back_the_same_and_compiles(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "LOCALES", tmp_path)
    new = merge(po(), REACH, DAYS, Found("Line\nbreak", "a.py"))
    fill(new, [line("Reach", "河段"), line("%(n)d days", "%(n)d 天"), line("Line\nbreak", "换\n行")])
    catalogue.write_catalogue(new, "zh_Hans", "django")
    written = (tmp_path / "zh_Hans/LC_MESSAGES/django.po").read_bytes()
    catalogue.write_catalogue(catalogue.read_catalogue("zh_Hans", "django"), "zh_Hans", "django")
    assert (tmp_path / "zh_Hans/LC_MESSAGES/django.po").read_bytes() == written

    catalogue.compile_all()
    import gettext

    with (tmp_path / "zh_Hans/LC_MESSAGES/django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("Reach") == "河段"
    assert compiled.ngettext("%(n)d day", "%(n)d days", 5) == "%(n)d 天"
    assert compiled.gettext("Line\nbreak") == "换\n行"


def test_a_table_is_read_with_contexts_line_breaks_and_comments(tmp_path):
    table = tmp_path / "part.tsv"
    table.write_text("# office\nReach\t河段\n\ncase\tOpen\t未办结\nTwo\\nlines\t两\\n行\n", encoding="utf-8")
    assert [(read.key, read.translation) for read in catalogue.read_lines(table)] == [
        ((None, "Reach"), "河段"),
        (("case", "Open"), "未办结"),
        ((None, "Two\nlines"), "两\n行"),
    ]


@pytest.mark.parametrize("text", ["Reach", "Reach\t", "a\tb\tc\td"])
def test_a_table_line_without_a_translation_is_refused_with_its_number(tmp_path, text):
    table = tmp_path / "part.tsv"
    table.write_text(f"Map\t地图\n{text}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"part\.tsv:2"):
        catalogue.read_lines(table)
