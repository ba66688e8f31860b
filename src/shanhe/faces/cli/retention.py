"""``shanhe retention``: delete the tracks whose retention time is over, or say which those are."""

from __future__ import annotations

import argparse
import json
from typing import Any

from tqdm import tqdm

from shanhe.kernel.errors import Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["register"]


def register(commands: argparse._SubParsersAction[Any]) -> None:
    """Add ``retention`` to the program."""
    one = commands.add_parser("retention", help="delete tracks after their retention time (the worker does)")
    one.add_argument("--dry-run", action="store_true", help="delete nothing, say what would be deleted")
    one.add_argument("--json", action="store_true", help="print JSON and nothing else")
    one.add_argument("--data-dir", help="data directory (SHANHE_DATA_DIR)")
    one.set_defaults(run=run_retention, needs_django=True)


def run_retention(options: argparse.Namespace) -> int:
    """Walk over the tracks that are old enough, under a bar; once interrupted, it goes on with the rest."""
    from shanhe.evidence.patrols.services.retention import Retention, tracks_delete_due
    from shanhe.ground import clock
    from shanhe.ground.people.scope import system_actor

    done = Retention()
    with tqdm(disable=None, unit="", leave=False) as bar:
        for done in tracks_delete_due(by=system_actor("cli"), at=clock.now(), is_dry=options.dry_run):
            bar.total = done.total
            bar.update(done.looked_at - bar.n)
    if options.json:
        told = {
            "dry_run": options.dry_run,
            "deleted": done.deleted,
            "pictures": done.pictures,
            "held": dict(sorted(done.held.items())),
            "oldest": done.oldest and done.oldest.isoformat(),
            "newest": done.newest and done.newest.isoformat(),
        }
        print(json.dumps(told))
        return 0
    if not done.deleted:
        print(_say(_("No track's retention time is over.")))
    else:
        sentence = (
            _("%(n)s tracks of %(oldest)s to %(newest)s would be deleted.")
            if options.dry_run
            else _("%(n)s tracks of %(oldest)s to %(newest)s deleted; figures, digests and proofs stay.")
        )
        print(_say(sentence, n=f"{done.deleted:,}", oldest=done.oldest, newest=done.newest))
    for reason, number in sorted(done.held.items()):
        why = _say(REASONS.get(reason, reason))
        print(_say(_("%(n)s are held back: %(why)s."), n=f"{number:,}", why=why))
    return 0


#: Why a track stays, by the name under which an app holds it back.
REASONS = {
    "contest": _("the verdict is contested"),
    "reverification": _("a re-verification is not finished"),
}


def _say(msgid: str, **params: object) -> str:
    from django.utils.translation import gettext

    return Text(msgid, params).render(gettext)
