"""Buildings, rooms and the days on which nothing meets."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from courses.forms import FactsForm
from scheduling.models import Building, Closure, Room, RoomFeature
from scheduling.querysets import RoomQuerySet


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones())]


class RoomFilterForm(forms.Form):
    q = forms.CharField(label=_("Room or name"), required=False, max_length=60)
    building = forms.ModelChoiceField(
        label=_("Building"), required=False, queryset=Building.objects.all(), to_field_name="code", empty_label=_("All")
    )
    seats = forms.IntegerField(label=_("Seats, at least"), required=False, min_value=0, max_value=100_000)
    feature = forms.ModelChoiceField(
        label=_("With"), required=False, queryset=RoomFeature.objects.all(), to_field_name="name", empty_label=_("Any")
    )
    use = forms.ChoiceField(
        label=_("Use"),
        required=False,
        choices=[("", _("In use")), ("out", _("Out of use")), ("all", _("All"))],
    )

    def kept(self, rooms: RoomQuerySet) -> Any:
        """Return the rooms that fit; rooms whose seats nobody knows fit any number."""
        data = self.cleaned_data
        rooms = rooms.matching(data["q"])
        if data["building"]:
            rooms = rooms.filter(building=data["building"])
        if data["seats"]:
            rooms = rooms.with_seats(data["seats"])
        if data["feature"]:
            rooms = rooms.filter(features=data["feature"])
        return rooms if data["use"] == "all" else rooms.filter(is_active=data["use"] != "out")


class BuildingForm(FactsForm):
    zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_zones,
        initial=settings.CAMPUS_TIME_ZONE,
        help_text=_("The wall clock of what happens in the building."),
    )

    class Meta:
        model = Building
        fields = ["code", "name", "zone"]


class RoomForm(FactsForm):
    features = forms.CharField(
        label=_("Features"),
        required=False,
        max_length=500,
        help_text=_("What the room has, with commas between: projector, piano."),
    )

    class Meta:
        model = Room
        fields = ["building", "code", "name", "capacity", "is_accessible", "is_active"]
        help_texts = {
            "capacity": _("Empty: nobody knows."),
            "is_active": _("Out of use it takes nothing new; what is planned in it stays."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["features"].initial = ", ".join(row.name for row in self.instance.features.all())

    def clean_features(self) -> list[str]:
        names = [" ".join(name.split()) for name in self.cleaned_data["features"].split(",") if name.strip()]
        if any(len(name) > 60 for name in names):
            raise forms.ValidationError(_("Each is at most 60 characters long."), code="max_length")
        return names


class ClosureForm(forms.ModelForm):
    """The days; asked twice: `sure` holds the days of which the consequences were shown."""

    sure = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    class Meta:
        model = Closure
        fields = ["name", "start_date", "end_date"]
        widgets = {
            "start_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "end_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["name"]

    def days(self) -> tuple[Any, Any]:
        return self.cleaned_data["start_date"], self.cleaned_data["end_date"]

    def is_sure(self) -> bool:
        """Return whether what follows from these very days has been shown; if not, the next attempt is sure of it."""
        asked = "/".join(str(day) for day in self.days())
        if self.cleaned_data["sure"] == asked:
            return True
        self.data = self.data.copy()
        self.data["sure"] = asked
        return False
