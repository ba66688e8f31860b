"""A patrol out of a paper log 纸质补录: entered by the office, without a track, the sheet as evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from shanhe.evidence.patrols.fields import LONGEST_NOTE
from shanhe.evidence.patrols.former_rows import NO_FIXES
from shanhe.evidence.patrols.models import Patrol
from shanhe.evidence.patrols.sent import PatrolSent
from shanhe.evidence.patrols.services.contests import Photo
from shanhe.evidence.patrols.services.intake import patrol_submit
from shanhe.ground.audit import ledger
from shanhe.ground.documents.services import Binding, Part, file_put
from shanhe.ground.people.models import Person
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.services.rights import check_manages
from shanhe.kernel.chain.canonical import canonical_json
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["patrol_from_paper"]

MOST_SHEETS = 9


@ledger.atomic
def patrol_from_paper(
    *,
    uuid: UUID,
    area: Area,
    person: Person,
    started_at: datetime,
    ended_at: datetime,
    words: str,
    sheets: Sequence[Photo],
    by: Actor,
    at: datetime,
) -> tuple[Patrol, bool]:
    """Enter what a paper log says ``person`` did; ``sheets`` are pictures of it, one at least.

    Nothing of it can be verified: it counts only where ``patrol.untracked_counts`` says so, and late as any
    other. The same uuid with the same words changes nothing. Refusals: ``registry.not_yours`` (403),
    ``paper.unfit`` (422) by field, and those of ``patrol_submit``.
    """
    check_manages(by, area)
    _check(started_at, ended_at, words, sheets, at)
    about = {
        "uuid": str(uuid),
        "area": area.code,
        "for": str(person.uuid),
        "started_at": started_at.isoformat(),
        "ended_at": ended_at.isoformat(),
        "note": words,
        "sheets": [sha256(sheet.content).hexdigest() for sheet in sheets],
    }
    rest = json.dumps({"paper": about}, ensure_ascii=False).encode()
    sent = PatrolSent(
        uuid=uuid,
        areas=(area.code,),
        started_at=started_at,
        ended_at=ended_at,
        track=NO_FIXES,
        raw=rest,
        rest=rest,
        content_sha256=sha256(canonical_json(about)).hexdigest(),
        note=words,
        on_behalf_of=str(person.uuid),
        source=Patrol.Source.PAPER,
        is_simulated=area.is_simulated,
    )
    patrol, is_new = patrol_submit(sent=sent, by=by, at=at)
    for sheet in sheets if is_new else ():
        number = uuid5(uuid, sha256(sheet.content).hexdigest())
        whole = Part(0, len(sheet.content), sheet.content)
        file_put(uuid=number, part=whole, by=by, at=at, binding=Binding(sheet.name, "patrol", uuid))
    return patrol, is_new


def _check(
    started_at: datetime, ended_at: datetime, words: str, sheets: Sequence[Photo], at: datetime
) -> None:
    faults: dict[str, str | Text] = {}
    if ended_at <= started_at:
        faults["ended_at"] = _("Lies before the start.")
    if ended_at > at:
        faults.setdefault("ended_at", _("Lies in the future."))
    if not words.strip() or len(words) > LONGEST_NOTE:
        faults["words"] = _("Copy what the log says, in at most 5,000 characters.")
    if not sheets:
        faults["sheets"] = _("Add a photo or scan of the sheet.")
    if len(sheets) > MOST_SHEETS:
        faults["sheets"] = _("At most nine pictures.")
    if faults:
        raise Refusal("paper.unfit", _("The paper log cannot be entered as it stands."), faults)
