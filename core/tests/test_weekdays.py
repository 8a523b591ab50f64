"""A weekday has one name at every door."""

from datetime import time

from core.weekdays import NAMES, days_of, mask_of, names_of, times_text


def test_names_and_masks_agree_on_every_day():
    assert [mask_of([name]) for name in NAMES] == [1, 2, 4, 8, 16, 32, 64]
    assert names_of(mask_of(["wed", "mon", "mon"])) == ["mon", "wed"]
    assert days_of(0b1000001) == [0, 6]


def test_days_and_hours_are_said_in_one_way():
    assert times_text([0, 2], time(9), time(9, 50)) == "Mon, Wed 09:00\N{EN DASH}09:50"
