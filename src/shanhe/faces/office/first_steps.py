"""Four steps for a newcomer: what to click, for who one is."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from shanhe.evidence.patrols.models import Outcome
from shanhe.faces.office.places_below import LATE
from shanhe.ground.people.scope import FIELD, Scope

__all__ = ["Step", "steps_for"]

Step = tuple[str, str, str]  # what to do, what happens then, where; "" where there is nowhere to click


def steps_for(scope: Scope, *, has_areas: bool, oversees: bool) -> list[Step]:
    """Of whoever holds several posts, the steps of the one with the most to do.

    ``oversees``: others answer for areas below.
    """
    if scope.is_administrator:
        return _administrator()
    if not scope.seen:
        return _nobody()
    if scope.managed:
        return _office() if has_areas else _empty_office()
    if not has_areas:
        return _waiting()
    if oversees:
        return _chief()
    if scope.supervised or scope.roles & FIELD:
        return _walker()
    return _member()


def _administrator() -> list[Step]:
    return [
        (
            _("Set up your place"),
            _("Step by step: divisions, rules, rivers, people."),
            reverse("start"),
        ),
        (
            _("Enter units and people"),
            _("Chiefs' offices first: they enter the others."),
            reverse("organizations"),
        ),
        (_("Enter rivers and woods"), _("Draw them on the map or import a file."), reverse("areas")),
        (_("Give every area a keeper"), _("Appoint people, and open accounts for them."), reverse("gaps")),
    ]


def _office() -> list[Step]:
    doubtful = f"{reverse('patrols')}?verdict={Outcome.DOUBTFUL}"
    return [
        (_("Who answers for nothing yet?"), _("Areas without a keeper, and since when."), reverse("gaps")),
        (
            _("Who has not been there?"),
            _("Areas not visited in time, the longest first."),
            f"{reverse('areas')}?state={LATE}",
        ),
        (_("What looks doubtful?"), _("Each verdict names its reasons; look and decide."), doubtful),
        (_("See it on the map"), _("Every area in the colour of its state."), reverse("map")),
    ]


def _empty_office() -> list[Step]:
    return [
        (_("Set up your place"), _("Step by step: divisions, rules, rivers, people."), reverse("start")),
        (_("Enter rivers and woods"), _("Draw them on the map or import a file."), reverse("areas")),
        (_("Give every area a keeper"), _("Appoint people, and open accounts for them."), reverse("gaps")),
        (_("See the first patrol"), _("It comes in with a verdict and its reasons."), reverse("patrols")),
    ]


def _chief() -> list[Step]:
    return [
        (_("See your rivers and woods"), _("The map shows each in the colour of its state."), reverse("map")),
        (
            _("Who has not been there?"),
            _("Areas not visited in time, the longest first."),
            f"{reverse('areas')}?state={LATE}",
        ),
        (
            _("Read a patrol"),
            _("Its page shows where somebody walked, and why it counts or not."),
            reverse("patrols"),
        ),
        (
            _("Who answers for what?"),
            _("Open an area: its chain goes from the top chief to the ranger."),
            reverse("areas"),
        ),
    ]


def _walker() -> list[Step]:
    return [
        (_("Find your area"), _("Open it below: the map shows the line to walk."), reverse("map")),
        (_("Walk it"), _("Record your track with a phone, from one end to the other."), ""),
        (
            _("Hand in the track"),
            _("Choose the file; nothing is counted before you send it."),
            reverse("patrol-new"),
        ),
        (_("Read the verdict"), _("It says at once whether the patrol counts, and why."), reverse("patrols")),
    ]


def _member() -> list[Step]:
    return [
        (_("See the rivers and woods"), _("The map shows each in the colour of its state."), reverse("map")),
        (
            _("Find one"),
            _("By name, code or the first letters of its pinyin, in the box above."),
            reverse("search"),
        ),
        (
            _("Who answers for it?"),
            _("Its page names everybody from the top chief to the ranger."),
            reverse("areas"),
        ),
        (_("Whom to call"), _("The people of your place with their posts."), reverse("people")),
    ]


def _waiting() -> list[Step]:
    return [
        (_("Look at your place"), _("The map shows where you are."), reverse("map")),
        (_("Wait for the chief's office"), _("It enters the rivers and woods you answer for."), ""),
        (_("See who else is there"), _("The people of your place with their posts."), reverse("people")),
        (_("Come back here"), _("Your areas appear on this page."), ""),
    ]


def _nobody() -> list[Step]:
    return [
        (
            _("Ask the chief's office"),
            _("The one of your place appoints you; until then there is nothing to see."),
            "",
        ),
        (_("Choose a password of your own"), _("Only you should know it."), reverse("password-change")),
        (_("Look who is signed in"), _("Your devices; sign out those you do not know."), reverse("devices")),
        (_("Come back here"), _("What you answer for appears on this page."), ""),
    ]
