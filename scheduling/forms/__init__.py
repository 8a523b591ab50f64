"""HTML input about rooms and times."""

from scheduling.forms.clashes import AcceptForm, ClashFilterForm
from scheduling.forms.meetings import MoveForm, PatternForm, ReasonForm, attempt
from scheduling.forms.rollovers import ChosenForm, LineFilterForm, RolloverForm
from scheduling.forms.rooms import BuildingForm, ClosureForm, RoomFilterForm, RoomForm

__all__ = [
    "AcceptForm",
    "BuildingForm",
    "ChosenForm",
    "ClashFilterForm",
    "ClosureForm",
    "LineFilterForm",
    "MoveForm",
    "PatternForm",
    "ReasonForm",
    "RolloverForm",
    "RoomFilterForm",
    "RoomForm",
    "attempt",
]
