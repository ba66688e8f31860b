"""The forms with which a clerk draws and mends areas."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

from shanhe.ground.divisions.models import Division, Level
from shanhe.ground.divisions.queries import division_with
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.choosing import parents_offered, waters_offered
from shanhe.ground.registry.drawn import drawn_from_text
from shanhe.ground.registry.models import Area, ForestUnit, Reach, WaterBody
from shanhe.ground.registry.services import AreaDrawn, NewWater
from shanhe.kernel.errors import Refusal

__all__ = ["AreaForm", "ReachForm", "RetireForm", "UnitForm", "form_class", "initial_of"]

MOST_OFFERED = 400
LARGEST_FILE = 5 * 1024 * 1024  # bytes of GeoJSON: some 200,000 points
WIDEST_M = 5_000  # half the width of the Yangtze's mouth, and more


class AreaForm(forms.Form):
    """What every area has. The shape comes drawn, pasted or as a file; the last one given wins."""

    kind: ClassVar[str]

    geometry = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"id": "shape"}))
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=120)
    division = forms.CharField(label=_("Division"), max_length=12)
    level = forms.ChoiceField(
        label=_("Level"),
        required=False,
        help_text=_("Whose chief answers for it. Empty: that of the division."),
    )
    parent = forms.ChoiceField(label=_("Lies in"), required=False)
    is_sketch = forms.BooleanField(
        label=_("Sketch"),
        required=False,
        initial=True,
        help_text=_("Drawn by hand for orientation, not surveyed; it is marked so wherever it is shown."),
    )
    source = forms.CharField(
        label=_("Source of the shape"),
        required=False,
        max_length=200,
        help_text=_("The survey, map or picture it was drawn from."),
    )
    pasted = forms.CharField(
        label=_("Paste GeoJSON"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=_("Upload a GeoJSON file"),
        required=False,
        widget=forms.FileInput(
            attrs={"accept": ".geojson,.json,application/geo+json", "data-shape-file": "shape"}
        ),
    )

    def __init__(self, *args: Any, scope: Scope, area: Area | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope, self.area = scope, area
        self.shape_text = str(self["geometry"].value() or "")
        self._offer("level", [("", "—"), *Level.choices])
        self.parents = {one.code: one for one in parents_offered(scope, self.kind)[:MOST_OFFERED]}
        self._offer(
            "parent", [("", "—"), *((code, _parent_words(one)) for code, one in self.parents.items())]
        )

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  said above
        field.choices = choices

    def clean_division(self) -> Division:
        """The division that was searched for and ticked."""
        division = division_with(self.cleaned_data["division"])
        if division is None:
            raise forms.ValidationError(gettext("Search for the division and choose it."))
        return division

    def clean(self) -> dict[str, Any]:
        """Read the shape, wherever it came from, and keep its text for the map."""
        cleaned = super().clean() or {}
        try:
            self.shape_text = self._shape_text(cleaned)
            cleaned["drawn"] = drawn_from_text(self.shape_text)
        except Refusal as refusal:
            self.add_error("geometry", refusal.message.render(gettext))
        return cleaned

    def _shape_text(self, cleaned: dict[str, Any]) -> str:
        file = cleaned.get("file")
        if file is not None:
            if file.size > LARGEST_FILE:
                self.add_error("file", gettext("The file is larger than 5 MB."))
                return self.shape_text
            return str(file.read().decode("utf-8-sig", errors="replace"))
        return str(cleaned.get("pasted") or cleaned.get("geometry") or "")

    def drawn(self) -> AreaDrawn:
        """What a valid form says."""
        given = self.cleaned_data
        geometry: BaseGeometry = given["drawn"]
        return AreaDrawn(
            kind=self.kind,
            name=given["name"].strip(),
            division=given["division"],
            level=given["level"],
            geometry=geometry,
            is_sketch=given["is_sketch"],
            source=given["source"],
            parent=self.parents.get(given["parent"]),
            **self._own(given),
        )

    def _own(self, given: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


class ReachForm(AreaForm):
    """A stretch of water."""

    kind = Area.Kind.REACH

    water = forms.ChoiceField(label=_("Water"), required=False)
    new_water = forms.CharField(label=_("Name of the new water"), required=False, max_length=80)
    new_water_kind = forms.ChoiceField(
        label=_("Kind of the new water"), required=False, choices=WaterBody.Kind.choices
    )
    bank = forms.ChoiceField(label=_("Bank"), choices=Reach.Bank.choices, initial=Reach.Bank.BOTH)
    half_width_m = forms.FloatField(
        label=_("Half width of the water (m)"),
        required=False,
        min_value=0,
        max_value=WIDEST_M,
        help_text=_("Of a broad river, so that a walk on its bank counts."),
    )
    start_name = forms.CharField(label=_("Begins at"), required=False, max_length=120)
    end_name = forms.CharField(label=_("Ends at"), required=False, max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waters = {water.code: water for water in waters_offered(self.scope)[:MOST_OFFERED]}
        if self.area is not None:
            self.waters.setdefault(self.area.reach.water.code, self.area.reach.water)
        offered = [(code, f"{water.name} · {water.division.name}") for code, water in self.waters.items()]
        self._offer("water", [("", "—"), *offered])

    def clean(self) -> dict[str, Any]:
        """A reach has a water: one of the list, or a new one by its name."""
        cleaned = super().clean()
        if not cleaned.get("water") and not cleaned.get("new_water", "").strip() and "water" in cleaned:
            self.add_error("water", gettext("Choose the water, or write the name of one not on the list."))
        return cleaned

    def _own(self, given: dict[str, Any]) -> dict[str, Any]:
        water: WaterBody | NewWater = (
            NewWater(given["new_water"].strip(), given["new_water_kind"] or WaterBody.Kind.RIVER)
            if given["new_water"].strip()
            else self.waters[given["water"]]
        )
        names = ("bank", "start_name", "end_name")
        return {
            "water": water,
            "half_width_m": given["half_width_m"] or 0.0,
            **{name: given[name] for name in names},
        }


class UnitForm(AreaForm):
    """A patch of forest, wetland or grassland, or an ancient tree."""

    kind = Area.Kind.FOREST_UNIT

    unit_kind = forms.ChoiceField(label=_("Kind"), choices=ForestUnit.Kind.choices)
    category = forms.CharField(label=_("Forest category"), required=False, max_length=60)
    tenure = forms.CharField(label=_("Tenure"), required=False, max_length=60)
    owner = forms.CharField(label=_("Owner or contractor"), required=False, max_length=120)
    species = forms.CharField(label=_("Main species"), required=False, max_length=120)

    def _own(self, given: dict[str, Any]) -> dict[str, Any]:
        names = ("unit_kind", "category", "tenure", "owner", "species")
        return {name: given[name] for name in names}


class RetireForm(forms.Form):
    """From which day on an area is no longer valid."""

    on = forms.DateField(
        label=_("No longer valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)


def form_class(kind: str) -> type[AreaForm]:
    """The form for a kind of area."""
    return ReachForm if kind == Area.Kind.REACH else UnitForm


def _parent_words(area: Area) -> str:
    return f"{area.name} · {area.get_level_display()} · {area.division.name}"


def initial_of(area: Area) -> dict[str, Any]:
    """What the form shows of an area at first, but for its shape."""
    common = {"name": area.name, "division": area.division_id, "level": area.level}
    if area.kind == Area.Kind.REACH:
        reach = area.reach
        return common | {
            "parent": reach.parent.area.code if reach.parent else "",
            "water": reach.water.code,
            "bank": reach.bank,
            "half_width_m": area.half_width_m,
            "start_name": reach.start_name,
            "end_name": reach.end_name,
        }
    unit = area.forest_unit
    names = ("category", "tenure", "owner", "species")
    return common | {
        "parent": unit.parent.area.code if unit.parent else "",
        "unit_kind": unit.kind,
        **{name: getattr(unit, name) for name in names},
    }
