"""What records of the ledger say, in words: kinds, doors, fields and codes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shanhe.evidence.patrols.models import Contest, Outcome
from shanhe.ground.divisions.models import Level
from shanhe.ground.jobs.models import Job
from shanhe.ground.people.models import Organization, Post, System
from shanhe.ground.registry.models import Area, Facility, WaterBody

__all__ = ["ACTIONS", "CODES", "FIELDS", "JOBS", "VIAS"]

#: What each kind of record says happened; a test holds this against every kind the program writes.
ACTIONS: dict[str, Any] = {
    "account.close": _("Login closed"),
    "account.language": _("Language chosen"),
    "account.open": _("Login opened"),
    "account.password_change": _("Own password changed"),
    "account.password_reset": _("Password reset"),
    "account.phone_sign_in": _("Signed in with the telephone number"),
    "account.reopen": _("Login opened again"),
    "appointment.cancel": _("Appointment cancelled as a mistake"),
    "appointment.end": _("Appointment ended"),
    "appointment.make": _("Appointed"),
    "area.change": _("Area changed"),
    "area.register": _("Area registered"),
    "area.retire": _("Area retired"),
    "audit.publish": _("Root of the day published"),
    "code.make": _("Sign-in code made for a phone"),
    "code.purge": _("Old sign-in codes forgotten"),
    "code.revoke": _("Sign-in code taken back"),
    "code.use": _("Phone signed in by a code"),
    "contest.comment": _("Words added to a contest"),
    "contest.decide": _("Contest decided"),
    "contest.examine": _("Doubtful verdict looked at"),
    "contest.file": _("Verdict contested"),
    "contest.take_up": _("Contest taken under review"),
    "contest.withdraw": _("Contest withdrawn"),
    "divisions.boundaries": _("Boundaries imported"),
    "divisions.import": _("Divisions imported"),
    "documents.purge": _("Simulated files deleted"),
    "facility.change": _("Facility changed"),
    "facility.register": _("Facility registered"),
    "file.give_up": _("Incomplete file given up"),
    "file.store": _("File stored"),
    "job.end": _("Long work ended"),
    "job.purge": _("Simulated jobs deleted"),
    "job.start": _("Long work asked for"),
    "organization.register": _("Unit registered"),
    "patrol.decide": _("Verdict decided by a person"),
    "patrol.purge_simulated": _("Simulated patrols deleted"),
    "patrol.reverify": _("Patrol verified again"),
    "patrol.submit": _("Patrol sent in and verified"),
    "people.purge": _("Simulated people deleted"),
    "person.change": _("Person's record mended"),
    "person.register": _("Person registered"),
    "policy.end": _("Policy ended"),
    "policy.holidays": _("Holidays loaded"),
    "policy.pack": _("Policy pack loaded"),
    "policy.set": _("Policy set"),
    "post.define": _("Post defined"),
    "post.load": _("Posts loaded"),
    "registry.purge": _("Simulated areas deleted"),
    "remit.make": _("Remit made"),
    "shape.set": _("Shape drawn or imported"),
    "token.issue": _("Device signed in"),
    "token.purge": _("Old devices forgotten"),
    "token.revoke": _("Device signed out"),
    "water.change": _("Water changed"),
    "water.register": _("Water registered"),
}

#: What each kind of long work does; a test holds this against the kinds there are.
JOBS: dict[str, Any] = {"audit.verify": _("Walk over the whole ledger")}

#: Doors by which people and programs come.
VIAS: dict[str, Any] = {
    "api": pgettext_lazy("via", "App or API"),
    "cli": pgettext_lazy("via", "Command line"),
    "demo": pgettext_lazy("via", "Demo"),
    "office": pgettext_lazy("via", "Office pages"),
    "": pgettext_lazy("via", "Periodic job"),
}

#: What the fields of records are called; ``person.change`` and others name columns by the same words.
FIELDS: dict[str, Any] = {
    "accepted": _("Taken as walked (metres)"),
    "area": _("Area"),
    "bank": _("Bank"),
    "code": _("Code"),
    "contest": _("Contest"),
    "content_sha256": _("Fingerprint of the content (SHA-256)"),
    "counts": _("Counts"),
    "created": _("Created"),
    "deleted": _("Deleted"),
    "division": _("Division"),
    "end_name": _("Ends at"),
    "expires_at": _("Valid until"),
    "fields": _("What was mended"),
    "first_seq": _("First record"),
    "first_year": _("First year"),
    "from_m": _("From metre"),
    "half_width_m": _("Half width"),
    "head": _("Hash of the last record"),
    "holder": _("On whose account"),
    "key": _("Key"),
    "kind": _("Kind"),
    "language": _("Language"),
    "last_year": _("Last year"),
    "level": _("Level"),
    "moved": _("Moved"),
    "name": _("Name"),
    "office_phone": _("Office phone"),
    "organization": _("Unit"),
    "outcome": _("Verdict"),
    "pack": _("Pack"),
    "parent": _("Lies within"),
    "patrol": _("Patrol"),
    "patrols": _("Patrols"),
    "person": _("Person"),
    "phone": _("Work phone"),
    "post": _("Post"),
    "raw_sha256": _("Fingerprint of what was sent (SHA-256)"),
    "reason": _("Reason"),
    "received": _("Bytes received"),
    "record": _("Number of the record"),
    "record_type": _("Kind of record"),
    "records": _("Records"),
    "remit": _("Answers for"),
    "renamed": _("Renamed"),
    "replaced": _("Replaced"),
    "result": _("Decision"),
    "root": _("Root"),
    "rules": _("Rule set"),
    "sha256": _("Fingerprint (SHA-256)"),
    "shape": _("Shape"),
    "shape_sha256": _("Fingerprint of the shape (SHA-256)"),
    "since": _("From"),
    "size": _("Size"),
    "sketch": _("Sketch"),
    "source": _("Source"),
    "start_name": _("Begins at"),
    "state": _("State"),
    "stretches": _("Contested stretches (metres)"),
    "to_m": _("To metre"),
    "track_sha256": _("Fingerprint of the kept track (SHA-256)"),
    "type": _("Type"),
    "until": _("Until"),
    "user": _("Login"),
    "uuid": _("Number made by the sender"),
    "valid_from": _("Valid from"),
    "value": _("Value"),
    "verdict": _("Verdict"),
    "verdicts": _("Verdicts"),
    "was": _("Verdict before"),
    "water": _("Water"),
}

#: Values that are codes, by the field they stand in.
CODES: dict[str, dict[str, Any]] = {
    "kind": {
        **JOBS,
        **dict(Post.Kind.choices),
        **dict(Organization.Kind.choices),
        **dict(Area.Kind.choices),
        **dict(WaterBody.Kind.choices),
        **dict(Facility.Kind.choices),
    },
    "level": dict(Level.choices),
    "system": dict(System.choices),
    "outcome": dict(Outcome.choices),
    "was": dict(Outcome.choices),
    "state": {**dict(Job.State.choices), **dict(Contest.State.choices)},
    "result": dict(Contest.Result.choices),
}
