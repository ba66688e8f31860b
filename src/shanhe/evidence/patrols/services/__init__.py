"""What users do with patrols: send one or many, send a file, have one judged again, contest a verdict."""

from shanhe.evidence.patrols.memory import TrackMemory
from shanhe.evidence.patrols.services.again import patrol_reverify
from shanhe.evidence.patrols.services.batches import Submission, patrols_submit
from shanhe.evidence.patrols.services.contests import (
    Photo,
    Stated,
    contest_comment,
    contest_decide,
    contest_file,
    contest_take_up,
    contest_withdraw,
    verdict_decide,
)
from shanhe.evidence.patrols.services.deciding import Decision
from shanhe.evidence.patrols.services.intake import patrol_from_file, patrol_submit
from shanhe.evidence.patrols.services.purging import purge_simulated
from shanhe.evidence.patrols.services.reverifying import reverify_apply, reverify_discard, reverify_start

__all__ = [
    "Decision",
    "Photo",
    "Stated",
    "Submission",
    "TrackMemory",
    "contest_comment",
    "contest_decide",
    "contest_file",
    "contest_take_up",
    "contest_withdraw",
    "patrol_from_file",
    "patrol_reverify",
    "patrol_submit",
    "patrols_submit",
    "purge_simulated",
    "reverify_apply",
    "reverify_discard",
    "reverify_start",
    "verdict_decide",
]
