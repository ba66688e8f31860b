"""The ledger as people read it.

The ledger itself holds ids only; names are looked up for whoever reads, within their scope. What lies outside
it is told by its kind and number.
"""

from shanhe.faces.http.ledger.listing import ledger_filters
from shanhe.faces.http.ledger.records import Change, actor_of_event, changes_of, named, via_words
from shanhe.faces.http.ledger.subjects import SUBJECTS, Named, Names, events_seen
from shanhe.faces.http.ledger.words import ACTIONS

__all__ = [
    "ACTIONS",
    "SUBJECTS",
    "Change",
    "Named",
    "Names",
    "actor_of_event",
    "changes_of",
    "events_seen",
    "ledger_filters",
    "named",
    "via_words",
]
