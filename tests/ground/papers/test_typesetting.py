"""A paper shows the data it is given, alike on every machine and every time."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime

import pytest
import typst

from shanhe.ground.papers import typesetting
from shanhe.ground.papers.typesetting import NoFonts, draw, template_names, typeset

LETTER = {
    "lang": "zh",
    "title": "关于责任区交接的通知",
    "blocks": [{"kind": "text", "text": "自2026年11月24日起，由张伟同志任桃源河村级河长。"}],
}


def table_letter(rows):
    columns = [{"name": "序号", "width": "auto"}, {"name": "责任区"}]
    return {"lang": "zh", "blocks": [{"kind": "table", "columns": columns, "rows": rows, "empty": "无"}]}


def pages_of(pdf):
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def streams_of(pdf):
    return b"".join(
        zlib.decompress(stream)
        for head, stream in re.findall(rb"<<(.*?)>>\s*stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
        if b"FlateDecode" in head
    )


def test_a_letter_is_a_pdf_of_one_a4_page():
    pdf = typeset("letter", LETTER)
    assert pdf.startswith(b"%PDF-")
    assert pages_of(pdf) == 1
    assert re.search(rb"/MediaBox\s*\[\s*0 0 595\.\d+ 841\.\d+", pdf)


def test_the_same_data_give_the_same_bytes_and_the_day_of_making_is_only_what_was_handed_in():
    assert typeset("letter", LETTER) == typeset("letter", dict(LETTER))
    made = datetime(2026, 11, 24, 4, tzinfo=UTC)
    dated = typeset("letter", LETTER, at=made)
    assert dated == typeset("letter", LETTER, at=made)
    assert b"20261124" in dated
    assert b"20261124" not in typeset("letter", LETTER)


def test_other_data_give_another_paper():
    assert typeset("letter", LETTER) != typeset("letter", LETTER | {"title": "关于任职的通知"})


@pytest.mark.parametrize(
    "name",
    [
        "#sys.version",
        "$x^2$",
        "*粗*_斜_",
        "= 标题",
        "@someone",
        "#panic()",
        '"',
        "\\",
        "//",
        "<a>",
        "[",
        "`",
        "~",
        "1. 一",
    ],
)
def test_what_people_typed_is_shown_and_never_obeyed(name):
    """A name that reads like markup is drawn like the same letters in a template that escapes them."""
    escaped = "".join(f"\\u{{{ord(letter):x}}}" for letter in name)
    expected = typst.Compiler(
        f'#import "office.typ": *\n#show: official\n#par(first-line-indent: 0em)[#"{escaped}"]'.encode(),
        root=typesetting.TEMPLATES,
        font_paths=typesetting._fonts(),
        sys_inputs={"data": "{}"},
    ).compile(format="png", ppi=60)
    assert draw("letter", {"blocks": [{"kind": "text", "text": name, "indent": False}]}, ppi=60) == [expected]


def test_a_long_table_breaks_over_pages_and_its_head_stands_on_each():
    rows = [[str(number), f"桃源河第{number}段"] for number in range(1, 121)]
    pages = draw("letter", table_letter(rows), ppi=40)
    assert len(pages) >= 3
    assert pages_of(typeset("letter", table_letter(rows))) == len(pages)


def test_a_cell_longer_than_a_page_runs_on_instead_of_leaving_the_paper():
    assert pages_of(typeset("letter", table_letter([["1", "岸边有垃圾，已清理。" * 400]]))) >= 3


def test_an_empty_table_says_so():
    assert draw("letter", table_letter([])) != draw("letter", table_letter([]) | {"blocks": []})


def test_rare_characters_of_names_have_glyphs_of_our_fonts():
    """What no font has is drawn as a box, which is the same box for every such character."""
    nowhere = draw("letter", {"title": "\U000f0000"}, ppi=60)
    for letter in "㸃䶮龘囍喆堃昇玥㳇𬭩":
        assert draw("letter", {"title": letter}, ppi=60) != nowhere, letter


def test_fonts_are_ours_alone_and_lie_in_the_paper():
    assert set(typesetting._fonts().families()) == set(typesetting.FAMILIES)
    assert b"NotoSerifSC" in typeset("letter", LETTER)


def test_a_template_that_is_not_there_is_named():
    assert "letter" in template_names()
    assert "office" not in template_names()
    with pytest.raises(ValueError, match=r"no template '\.\./secrets'.*letter"):
        typeset("../secrets", {})


def test_without_fonts_it_is_said_what_brings_them(tmp_path, monkeypatch):
    monkeypatch.setattr(typesetting, "FONTS", tmp_path)
    typesetting._fonts.cache_clear()
    try:
        with pytest.raises(NoFonts, match=r"\./run setup"):
            typeset("letter", LETTER)
    finally:
        typesetting._fonts.cache_clear()


def test_an_unknown_kind_of_block_is_an_error_and_no_empty_paper():
    with pytest.raises(typst.TypstError, match="unknown kind of block: poem"):
        typeset("letter", {"blocks": [{"kind": "poem"}]})
