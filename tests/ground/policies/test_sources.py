"""Where a rule's numbers come from, in the reader's language."""

import re
import tomllib

import pytest
from django.utils.translation import override

from shanhe.ground.policies.services import PACKS
from shanhe.ground.policies.sources import SHIPPED, source_words


def sources():
    for path in PACKS.glob("*.toml"):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        yield content["pack"]["source"]
        yield from (row["source"] for row in content["policy"] if "source" in row)


SOURCES = sorted(set(sources()))


@pytest.mark.parametrize("source", [one for one in SOURCES if re.search("[A-Za-z]{3}", one)])
def test_every_shipped_source_in_english_is_shown_in_chinese_to_who_reads_chinese(source):
    assert source in SHIPPED
    with override("zh-hans"):
        assert re.search("[\u4e00-\u9fff]", source_words(source))
    with override("en"):
        assert source_words(source) == source


def test_none_is_kept_that_no_pack_names():
    assert set(SOURCES) >= SHIPPED


def test_an_offices_own_source_stays_as_it_was_written():
    with override("zh-hans"):
        assert source_words("Letter 7 of the county") == "Letter 7 of the county"
