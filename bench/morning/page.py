"""The report of a morning as one page of its own: charts as SVG, no script, nothing from elsewhere."""

from html import escape
from typing import Any

from bench.morning.figures import OUTCOMES

WORDS = {"seat": "a seat", "elsewhere": "a seat in another section", "line": "a place in line", "refused": "refused"}
STYLE = """
:root {
  color-scheme: light; --ink: #1c2530; --quiet: #56616e; --line: #d5dbe2;
  --a: #1f5fa8; --b: #79a9dc; --c: #d9a441; --d: #b9c0c8; --bad: #b3261e;
}
body {
  font: 16px/1.5 system-ui, sans-serif; color: var(--ink); margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem;
}
h1 { font-size: 1.8rem; line-height: 1.2 }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem }
p { max-width: 44rem }
.quiet { color: var(--quiet) }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem; margin: 1.5rem 0 }
.numbers div { border-top: 3px solid var(--a); padding-top: .4rem }
.numbers dt { color: var(--quiet); font-size: .9rem }
.numbers dd { margin: 0; font-size: 1.6rem; font-variant-numeric: tabular-nums }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 0 2.5rem }
.two > * { min-width: 0 }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .35rem .3rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; padding-left: .3rem }
svg { width: 100%; height: auto; display: block }
svg text { font: 13px system-ui, sans-serif; fill: var(--ink) }
svg .value { fill: var(--quiet) }
.seat, .solid { fill: var(--a) }
.elsewhere { fill: var(--b) }
.line { fill: var(--c) }
.refused { fill: var(--d) }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; padding: 0; font-size: .9rem }
.key svg { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem }
.kept::before { content: "\\2713\\00a0"; color: #1b7a3d; font-weight: 700 }
.broken::before { content: "\\2717\\00a0"; color: var(--bad); font-weight: 700 }
"""
WIDTH, LABEL, ROW = 440, 108, 24


def render(found: dict[str, Any], title: str, about: str) -> str:
    """Return the whole page."""
    parts = [
        f"<h1>{escape(title)}</h1><p class='quiet'>{escape(about)}</p>",
        _numbers(found),
        "<h2>What was promised</h2>" + _promises(found["promises"]),
        "<div class='two'>",
        _part("What became of the wishes, by class year", _stacked(found["by_year"]), _key()),
        _part("By ticket: the first to open on top", _stacked(found["by_wave"]), _key()),
        _part("By rank of the wish", _stacked(found["by_rank"]), _key()),
        _part("Wishes met, by when in the wave somebody came", _fifths(found["spread"])),
        _part("How full the sections are", _bars(found["fill"])),
        _part("The longest lines", _bars([(name, waiting) for name, waiting, _seats in found["lines"]])),
        _part("Milliseconds for one wish, by ticket: half and 95 of 100", _times(found["time"])),
        _part("Who got the freed seats", _freed(found)),
        "</div>",
        "<h2>Why wishes were refused</h2>" + _table(["Rule", "Wishes"], found["refusals"]),
    ]
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{escape(title)}</title>"
    body = "".join(parts)
    return f"<!doctype html><html lang='en'><head>{head}<style>{STYLE}</style></head><body>{body}</body></html>\n"


def _numbers(found: dict[str, Any]) -> str:
    told = [
        ("students", f"{found['students']:,}"),
        ("sections with seats", f"{found['sections']:,}"),
        ("wishes", f"{found['wishes']:,}"),
        ("wishes met", f"{found['met'] / max(1, found['wishes']):.1%}"),
        ("sections full", f"{found['full']:,}"),
        ("waiting in lines", f"{found['waiting']:,}"),
        ("seats freed and given on", f"{found['freed']['seats']:,} of {found['dropped']:,}"),
        ("p95 of one wish", f"{found['whole_time']['p95']:.0f} ms"),
    ]
    rows = "".join(f"<div><dt>{escape(word)}</dt><dd>{value}</dd></div>" for word, value in told)
    return f"<dl class='numbers'>{rows}</dl>"


def _promises(promises: list[Any]) -> str:
    rows = "".join(
        f"<tr><td class='{'kept' if one.is_kept else 'broken'}'>{escape(one.words)}</td>"
        f"<td class='number'>{one.looked_at:,}</td><td class='number'>{one.against:,}</td></tr>"
        for one in promises
    )
    head = "<tr><th>Promise</th><th class='number'>Looked at</th><th class='number'>Against it</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _part(title: str, *body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{''.join(body)}</section>"


def _svg(rows: list[str], label: str) -> str:
    box = f"0 0 {WIDTH} {ROW * len(rows)}"
    return f"<svg viewBox='{box}' role='img' aria-label='{escape(label, quote=True)}'>{''.join(rows)}</svg>"


def _label(n: int, text: str) -> str:
    return f"<text x='{LABEL - 8}' y='{n * ROW + 16}' text-anchor='end'>{escape(text)}</text>"


def _value(n: int, x: float, text: str) -> str:
    return f"<text class='value' x='{x + 6:.1f}' y='{n * ROW + 16}'>{escape(text)}</text>"


def _stacked(found: list[tuple[str, dict[str, float]]]) -> str:
    """Draw one bar of shares a row, and say the share that got a seat beside it."""
    rows, said, room = [], [], WIDTH - LABEL - 60
    for n, (name, shares) in enumerate(found):
        x, parts = float(LABEL), []
        for word in OUTCOMES:
            width = room * shares[word]
            parts.append(f"<rect class='{word}' x='{x:.1f}' y='{n * ROW + 3}' width='{width:.1f}' height='{ROW - 6}'/>")
            x += width
        met = shares["seat"] + shares["elsewhere"]
        said.append(f"{name}: {met:.0%}")
        rows.append(_label(n, name) + "".join(parts) + _value(n, LABEL + room, f"{met:.0%}"))
    return _svg(rows, "Share of wishes that got a seat. " + ", ".join(said))


def _bars(found: list[tuple[str, int]]) -> str:
    most, room, rows = max((value for _name, value in found), default=0) or 1, WIDTH - LABEL - 60, []
    for n, (name, value) in enumerate(found):
        width = room * value / most
        bar = f"<rect class='solid' x='{LABEL}' y='{n * ROW + 3}' width='{width:.1f}' height='{ROW - 6}'/>"
        rows.append(_label(n, name) + bar + _value(n, LABEL + width, f"{value:,}"))
    return _svg(rows, ", ".join(f"{name}: {value}" for name, value in found))


def _times(found: list[tuple[str, dict[str, float]]]) -> str:
    most, room, rows = max((time["p95"] for _name, time in found), default=0.0) or 1, WIDTH - LABEL - 90, []
    for n, (name, time) in enumerate(found):
        half, most_of = room * time["p50"] / most, room * time["p95"] / most
        bars = (
            f"<rect class='elsewhere' x='{LABEL}' y='{n * ROW + 3}' width='{most_of:.1f}' height='{ROW - 6}'/>"
            f"<rect class='solid' x='{LABEL}' y='{n * ROW + 3}' width='{half:.1f}' height='{ROW - 6}'/>"
        )
        rows.append(_label(n, name) + bars + _value(n, LABEL + most_of, f"{time['p50']:.0f} / {time['p95']:.0f}"))
    return _svg(rows, ", ".join(f"ticket {name}: half within {time['p50']:.0f} ms" for name, time in found))


def _fifths(found: list[tuple[str, list[float]]]) -> str:
    head = "".join(f"<th class='number'>{word}</th>" for word in ("first fifth", "2nd", "3rd", "4th", "last"))
    rows = "".join(
        f"<tr><td>{escape(year)}</td>" + "".join(f"<td class='number'>{share:.0%}</td>" for share in shares) + "</tr>"
        for year, shares in found
    )
    return f"<table><thead><tr><th>Year</th>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _freed(found: dict[str, Any]) -> str:
    ranks = [(f"number {seq}", n) for seq, n in list(found["freed"]["ranks"].items())[:10]]
    body = _bars(ranks) if ranks else "<p>Nobody waited for a seat that became free.</p>"
    return body + _table(["Passed over because", "Times"], list(found["freed"]["passed_over"].items()))


def _table(head: list[str], rows: list[tuple[str, int]]) -> str:
    if not rows:
        return "<p class='quiet'>Nothing.</p>"
    body = "".join(f"<tr><td>{escape(str(word))}</td><td class='number'>{n:,}</td></tr>" for word, n in rows)
    heads = f"<tr><th>{head[0]}</th><th class='number'>{head[1]}</th></tr>"
    return f"<table><thead>{heads}</thead><tbody>{body}</tbody></table>"


def _key() -> str:
    dot = "<svg viewBox='0 0 10 10' aria-hidden='true'><rect class='{}' width='10' height='10'/></svg>"
    return "<ul class='key'>" + "".join(f"<li>{dot.format(word)}{WORDS[word]}</li>" for word in OUTCOMES) + "</ul>"
