"""Refusals: a code for machines, sentences with holes for people, all faulty fields at once."""

from __future__ import annotations

from shanhe.kernel.errors import Refusal, Text, gettext_noop

CHINESE = {"%(n)d rows are faulty.": "%(n)d 行有误。", "Too long.": "太长。"}


def translate(message: str) -> str:
    return CHINESE.get(message, message)


def refusal() -> Refusal:
    return Refusal("rows", "%(n)d rows are faulty.", {"name": "Too long.", "row": "Row %(n)d."}, n=3)


def test_the_sentence_is_translated_before_its_holes_are_filled():
    assert refusal().message.render(translate) == "3 行有误。"
    assert refusal().message.render() == "3 rows are faulty."


def test_all_fields_are_named_with_their_reasons():
    assert {name: reason.render(translate) for name, reason in refusal().fields.items()} == {
        "name": "太长。",
        "row": "Row 3.",
    }


def test_a_refusal_answers_422_unless_it_says_otherwise():
    assert refusal().status == 422
    assert Refusal("moved_on", "Moved on.", status=409).status == 409


def test_a_refusal_reads_well_in_a_log():
    assert str(refusal()) == "rows: 3 rows are faulty. [name: Too long.] [row: Row 3.]"


def test_a_text_keeps_its_own_holes():
    assert Refusal("x", Text("%(a)s", {"a": 1}), a=2).message.render() == "1"


def test_a_text_without_holes_may_hold_a_percent_sign():
    assert Text("60 %").render() == "60 %"


def test_marking_changes_nothing():
    assert gettext_noop("Too long.") == "Too long."
