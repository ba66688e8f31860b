"""What users do with patrols: send one or many, send a file, have one judged again."""

from shanhe.evidence.patrols.memory import TrackMemory
from shanhe.evidence.patrols.services.again import patrol_reverify
from shanhe.evidence.patrols.services.batches import Submission, patrols_submit
from shanhe.evidence.patrols.services.intake import patrol_from_file, patrol_submit
from shanhe.evidence.patrols.services.purging import purge_simulated

__all__ = [
    "Submission",
    "TrackMemory",
    "patrol_from_file",
    "patrol_reverify",
    "patrol_submit",
    "patrols_submit",
    "purge_simulated",
]
