"""Where wall clocks are odd: the time vectors that rules, pages, API and feeds must all agree on.

Each row is one meeting: vector, zone of the place, local day and time, and the instant. Every instant stands here once.
"""

from datetime import UTC, datetime


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)


PLAIN = [
    ("V1", "America/New_York", "2026-10-26", "09:00", "2026-10-26T13:00Z"),
    ("V1", "America/New_York", "2026-11-02", "09:00", "2026-11-02T14:00Z"),
    ("V2", "America/New_York", "2027-03-08", "09:00", "2027-03-08T14:00Z"),
    ("V2", "America/New_York", "2027-03-15", "09:00", "2027-03-15T13:00Z"),
    ("V4", "America/New_York", "2027-11-07", "01:30", "2027-11-07T05:30Z"),
    ("V6", "Europe/Berlin", "2027-03-25", "14:00", "2027-03-25T13:00Z"),
    ("V6", "Europe/Berlin", "2027-04-01", "14:00", "2027-04-01T12:00Z"),
    ("V6", "Europe/Berlin", "2027-10-28", "14:00", "2027-10-28T12:00Z"),
    ("V6", "Europe/Berlin", "2027-11-04", "14:00", "2027-11-04T13:00Z"),
    ("V6", "Europe/Berlin", "2027-10-31", "02:45", "2027-10-31T00:45Z"),
    ("V8", "Asia/Kolkata", "2027-03-08", "09:30", "2027-03-08T04:00Z"),
    ("V8", "Asia/Kolkata", "2027-03-15", "09:30", "2027-03-15T04:00Z"),
    ("V9", "Australia/Lord_Howe", "2027-03-29", "10:00", "2027-03-28T23:00Z"),
    ("V9", "Australia/Lord_Howe", "2027-04-05", "10:00", "2027-04-04T23:30Z"),
    ("V9", "Australia/Lord_Howe", "2027-09-27", "10:00", "2027-09-26T23:30Z"),
    ("V9", "Australia/Lord_Howe", "2027-10-04", "10:00", "2027-10-03T23:00Z"),
    ("V9", "Australia/Lord_Howe", "2027-04-04", "01:45", "2027-04-03T14:45Z"),
    ("V9", "Australia/Lord_Howe", "2027-10-03", "02:30", "2027-10-02T15:30Z"),
    ("V10", "Africa/Casablanca", "2026-03-01", "09:00", "2026-03-01T09:00Z"),
    ("V10", "Africa/Casablanca", "2026-03-23", "09:00", "2026-03-23T08:00Z"),
    ("V10", "Africa/Casablanca", "2026-12-01", "09:00", "2026-12-01T09:00Z"),
    ("V10", "Africa/Casablanca", "2027-02-10", "09:00", "2027-02-10T09:00Z"),
    ("V11", "Pacific/Apia", "2021-01-11", "09:00", "2021-01-10T19:00Z"),
    ("V11", "Pacific/Apia", "2027-01-11", "09:00", "2027-01-10T20:00Z"),
    ("V11", "Pacific/Apia", "2011-12-29", "10:00", "2011-12-29T20:00Z"),
    ("V11", "Pacific/Apia", "2011-12-31", "10:00", "2011-12-30T20:00Z"),
    ("V12", "America/Vancouver", "2026-12-01", "09:00", "2026-12-01T16:00Z"),
    ("V12", "America/Edmonton", "2026-12-01", "09:00", "2026-12-01T15:00Z"),
    ("V12", "America/Winnipeg", "2026-12-01", "09:00", "2026-12-01T14:00Z"),
    ("V12", "America/Havana", "2026-12-01", "09:00", "2026-12-01T13:00Z"),
    ("V15", "Asia/Kathmandu", "2027-07-01", "09:00", "2027-07-01T03:15Z"),
    ("V15", "Pacific/Chatham", "2027-09-27", "08:00", "2027-09-26T18:15Z"),
    ("V15", "America/St_Johns", "2027-07-01", "09:00", "2027-07-01T11:30Z"),
]
# In a gap: moved forward, flagged, and shown as the last column.
MOVED = [
    ("V3", "America/New_York", "2027-03-14", "02:30", "2027-03-14T07:30Z", "03:30"),
    ("V6", "Europe/Berlin", "2027-03-28", "02:15", "2027-03-28T01:15Z", "03:15"),
    ("V9", "Australia/Lord_Howe", "2027-10-03", "02:15", "2027-10-02T15:45Z", "02:45"),
    ("V13", "Africa/Cairo", "2027-04-30", "00:30", "2027-04-29T22:30Z", "01:30"),
    ("V13", "America/Santiago", "2027-09-05", "00:30", "2027-09-05T04:30Z", "01:30"),
]
# Hosts and students apart: what somebody in the second zone sees of a rule in the first.
SEEN_ELSEWHERE = [
    ("V7", "America/New_York", "2027-03-08", "09:00", "2027-03-08T14:00Z", "Asia/Kolkata", "19:30"),
    ("V7", "America/New_York", "2027-03-15", "09:00", "2027-03-15T13:00Z", "Asia/Kolkata", "18:30"),
]
# Half hours of a night in which 01:00 to 02:00 happens twice.
TWICE = ("V5", "America/New_York", "2027-11-07", ["05:00", "05:30", "06:00", "06:30", "07:00", "07:30"])
# The first instant that is too late for "until the end of the day".
DAY_ENDS = [
    ("V14", "America/New_York", "2027-03-14", "2027-03-15T04:00Z"),
    ("V14", "Pacific/Apia", "2027-03-14", "2027-03-14T11:00Z"),
    ("V14", "Pacific/Pago_Pago", "2027-03-14", "2027-03-15T11:00Z"),
]
# A place and the day that it skipped.
SKIPPED = ("V11", "Pacific/Apia", "2011-12-30")
