"""When and where a section meets: whole patterns, and one dated meeting."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.errors import DomainError
from core.forms import refuse
from core.recurrence import to_utc, weekly
from courses.forms import put
from courses.models import Section
from scheduling.models import Meeting, MeetingPattern, Room
from scheduling.queries.free_rooms import free_rooms

KEEPABLE = {"room_taken", "instructor_taken"}


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


def _time(label: Any, **more: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **more)


def _why(label: Any, help_text: Any = "", **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=200, help_text=help_text, **more)


class RoomField(forms.CharField):
    """A room that is in use, by building and code, or by words that only one fits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=80, widget=forms.TextInput(attrs={"list": "rooms", "autocomplete": "off"}), **kwargs
        )

    def clean(self, value: Any) -> Room | None:
        text = super().clean(value)
        if not text.strip():
            return None
        rooms = Room.objects.select_related("building")
        # One that is named exactly may be out of use; the deed says so where that matters.
        found = list(rooms.named(text)[:2]) or list(rooms.filter(is_active=True).matching(text)[:7])
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(_("No room in use fits “%(text)s”."), code="unknown_room", params={"text": text})
        which = ", ".join(str(room) for room in found[:6]) + (", …" if len(found) > 6 else "")
        raise ValidationError(_("Several rooms fit: %(which)s."), code="several", params={"which": which})

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Room) else value


class Refusable(forms.Form):
    """A form whose refusals can be answered with a reason; the fields for reasons come when they are asked for."""

    clashes: list[dict[str, Any]]
    free: list[Room]
    seats = 0
    clash_reason = _why(
        gettext_lazy("To keep this clash, say why"),
        gettext_lazy(
            "It then stands in the list of clashes as accepted, with your reason. Empty: choose another time."
        ),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clashes, self.free = [], []
        self._reasons = {name: self.fields[name] for name in self._asked() if not self.data.get(name)}
        for name in self._reasons:
            del self.fields[name]

    def _asked(self) -> list[str]:
        return [name for name in ("capacity_reason", "clash_reason") if name in self.fields]

    def ask(self, name: str) -> None:
        if name in self._reasons:
            self.fields[name] = self._reasons.pop(name)

    def spans(self) -> list[tuple[datetime, datetime]]:
        """Return the times that are wanted."""
        raise NotImplementedError

    def take_refusal(self, exc: DomainError, may_resolve: bool) -> None:
        """Show the refusal, name what is in the way and other rooms, and ask for the reason that would lift it."""
        self.clashes = exc.facts.get("clashes", [])
        wanted = self.cleaned_data.get("room")
        if exc.field == "room" and wanted and self.clashes:
            self.free = free_rooms(self.spans(), self.seats, wanted)
        if exc.code in KEEPABLE and may_resolve:
            self.ask("clash_reason")
        if exc.code == "room_too_small":
            self.ask("capacity_reason")
        refuse(self, exc)


def attempt(form: Refusable, deed: Any, *, may_resolve: bool) -> Any:
    """Return what `deed()` returns; None when it was refused, with the reason and the way out on the form."""
    try:
        return deed()
    except DomainError as exc:
        form.take_refusal(exc, may_resolve)
    except ValidationError as exc:
        put(form, exc)
    return None


class PatternForm(Refusable):
    """Weekdays, times, dates, place and people of a pattern."""

    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Weekdays"),
        required=False,
        coerce=int,
        choices=lambda: list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    start_time = _time(gettext_lazy("From"), required=False)
    end_time = _time(gettext_lazy("To"), required=False)
    is_tba = forms.BooleanField(
        label=gettext_lazy("To be arranged"),
        required=False,
        help_text=gettext_lazy("Without days and times; nothing is held for it."),
    )
    room = RoomField(
        label=gettext_lazy("Room"),
        required=False,
        help_text=gettext_lazy("Building and room, such as OAK 101. Empty: no room."),
    )
    instructors = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Instructors"),
        required=False,
        queryset=User.objects.none(),
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
    )
    start_date = _day(gettext_lazy("First day"), required=False)
    end_date = _day(gettext_lazy("Last day"), required=False)
    interval_weeks = forms.TypedChoiceField(
        label=gettext_lazy("How often"),
        coerce=int,
        choices=[
            (1, gettext_lazy("Every week")),
            (2, gettext_lazy("Every second week")),
            (3, gettext_lazy("Every third week")),
            (4, gettext_lazy("Every fourth week")),
        ],
    )
    together = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Together with"),
        required=False,
        queryset=Section.objects.none(),
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Cross-listed sections that come to the same meetings."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=MeetingPattern.Kind.choices)
    schedule_type = forms.CharField(
        label=gettext_lazy("Schedule type"),
        required=False,
        max_length=10,
        help_text=gettext_lazy("Such as LE or LAB."),
    )
    capacity_reason = _why(
        gettext_lazy("To use the small room anyway, say why"),
        gettext_lazy("Such as: half of the class attends online."),
        required=False,
    )

    def __init__(self, *args: Any, section: Section, pattern: MeetingPattern | None = None, **kwargs: Any) -> None:
        self.section, self.pattern, self.seats = section, pattern, section.capacity or 0
        kwargs["initial"] = _initial(section, pattern)
        super().__init__(*args, **kwargs)
        people = Q(sections_taught=section)
        if pattern:
            people |= Q(patterns_taught=pattern)
        self.fields["instructors"].queryset = User.objects.filter(people).distinct()
        if pattern or not section.cross_list_group_id:
            del self.fields["together"]
        else:
            self.fields["together"].queryset = _cross_listed(section)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not data.get("is_tba"):
            for name in ("days", "start_time", "end_time", "start_date", "end_date"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, ValidationError(_("Give this, or choose “to be arranged”."), code="required"))
        return data

    def sections(self) -> list[Section]:
        """Return who comes to the new meetings."""
        return [self.section, *self.cleaned_data.get("together", [])]

    def spans(self) -> list[tuple[datetime, datetime]]:
        data, now = self.cleaned_data, timezone.now()
        if data["is_tba"]:
            return []
        days, zone = sum(1 << day for day in data["days"]), ZoneInfo(data["room"].building.zone)
        dates = (data["start_date"], data["end_date"], data["interval_weeks"])
        rule = weekly(days, data["start_time"], data["end_time"], zone, *dates)
        return [(one.starts_at, one.ends_at) for one in rule if self.pattern is None or one.starts_at > now]

    def given(self) -> dict[str, Any]:
        """Return what the operations take."""
        data = {name: self.cleaned_data[name] for name in FIELDS}
        if self.cleaned_data["is_tba"]:
            data |= {"days": 0, "start_time": None, "end_time": None}
        else:
            data["days"] = sum(1 << day for day in self.cleaned_data["days"])
        small = self.cleaned_data.get("capacity_reason", "")
        return data | {
            "instructors": list(self.cleaned_data["instructors"]),
            "ignore_capacity": bool(small.strip()),
            "capacity_reason": small,
            "clash_reason": self.cleaned_data.get("clash_reason", ""),
        }


FIELDS = ["start_time", "end_time", "room", "start_date", "end_date", "interval_weeks", "kind", "schedule_type"]


def _cross_listed(section: Section) -> Any:
    if not section.cross_list_group_id:
        return Section.objects.none()
    others = Section.objects.filter(cross_list_group=section.cross_list_group_id).exclude(pk=section.pk)
    return others.exclude(status__in=["cancelled", "completed"]).select_related("course__subject")


def _initial(section: Section, pattern: MeetingPattern | None) -> dict[str, Any]:
    if pattern is None:
        teaching = section.section_instructors.filter(role="instructor").select_related("instructor")
        return {
            "start_date": section.first_day,
            "end_date": section.last_day,
            "instructors": [row.instructor.public_id for row in teaching],
            "schedule_type": section.schedule_type,
            "together": [other.public_id for other in _cross_listed(section)],
        }
    return {name: getattr(pattern, name) for name in [*FIELDS, "is_tba"]} | {
        "days": [day for day in range(7) if pattern.days >> day & 1],
        "instructors": [person.public_id for person in pattern.instructors.all()],
        "start_date": pattern.start_date or section.first_day,
        "end_date": pattern.end_date or section.last_day,
    }


class ReasonForm(forms.Form):
    reason = _why(gettext_lazy("Reason"), gettext_lazy("Those who come to this class read it."))


class MoveForm(Refusable):
    """Another time or place for one dated meeting, on the wall clock of its place."""

    day = _day(gettext_lazy("Day"))
    start_time = _time(gettext_lazy("From"))
    end_time = _time(gettext_lazy("To"))
    room = RoomField(
        label=gettext_lazy("Room"), required=False, help_text=gettext_lazy("Empty: it stays in the room it has.")
    )
    reason = _why(gettext_lazy("Reason"), gettext_lazy("Those who come to this class read it."))

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        self.zone = ZoneInfo(meeting.pattern.zone)
        sections = meeting.pattern.sections.all()
        self.seats = sum(section.capacity or 0 for section in sections)
        start, end = meeting.starts_at.astimezone(self.zone), meeting.ends_at.astimezone(self.zone)
        kwargs["initial"] = {
            "day": start.date(), "start_time": start.time(), "end_time": end.time(), "room": meeting.room
        }  # fmt: skip
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.errors:
            # Until midnight is until the end of the day.
            late = timedelta(days=data["end_time"] == time(0))
            for name, day in (("start_time", data["day"]), ("end_time", data["day"] + late)):
                data[f"{name[:-5]}s_at"] = self._instant(name, day, data[name])
        return data

    def _instant(self, name: str, day: date, at: time) -> datetime | None:
        found = to_utc(day, at, self.zone)
        if found is None or found.moved:
            words = _("This time does not exist in %(zone)s on that day, because the clocks change.")
            self.add_error(name, ValidationError(words, code="no_such_time", params={"zone": str(self.zone)}))
            return None
        return found.instant

    def spans(self) -> list[tuple[datetime, datetime]]:
        return [(self.cleaned_data["starts_at"], self.cleaned_data["ends_at"])]

    def given(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "starts_at": data["starts_at"],
            "ends_at": data["ends_at"],
            "room": data["room"],
            "reason": data["reason"],
            "clash_reason": data.get("clash_reason", ""),
        }
