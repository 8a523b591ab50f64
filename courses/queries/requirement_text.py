"""Requirements as people type them: "CSE 11 (C-) or CSE 8B; MATH 20A*"."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Value
from django.db.models.functions import Concat, Replace, Upper
from django.utils.translation import gettext as _

from courses.models import Course
from courses.validators import GRADES, MAX_DEPTH, MAX_LEAVES

LONGEST = 5_000
_PART = re.compile(r"[;()*]|[^\s;()*]+")
# How well a course of a code serves when several have it.
_RANK = {Course.Status.PUBLISHED: 0, Course.Status.DRAFT: 1, Course.Status.ARCHIVED: 2}


@dataclass(frozen=True)
class Token:
    """`kind` is one of ; or and ( ) * name end; `line` counts from 1."""

    kind: str
    text: str
    line: int


def parse_requirement(text: str, *, prefer: Collection[str] = ()) -> dict[str, Any] | None:
    """Return the tree of a typed requirement, or None for an empty one.

    A new line and ";" mean "and" and bind least, then "or", then "and"; parentheses group. After a course may stand
    its least grade in parentheses, and * when it may be taken at the same time. `prefer` are public ids that are
    taken first when several courses have a code. ValidationError names each line and what is wrong with it.
    """
    if len(text) > LONGEST:
        raise ValidationError(_("Use at most %(n)s characters."), code="size", params={"n": LONGEST})
    tokens = _tokens(text)
    if tokens[0].kind == "end":
        return None
    tree = _Parser(tokens).whole()
    return _with_courses(tree, _courses_of(_names(tree), prefer))


def requirement_text(expression: dict[str, Any], codes: dict[str, str]) -> str:
    """Return the text that `parse_requirement` reads as this tree. `codes` are those of `course_codes`."""
    return _text(expression, codes, 0)


def _text(node: dict[str, Any], codes: dict[str, str], level: int) -> str:
    # Level 0 may use new lines, 1 "or" without parentheses, 2 nothing without them.
    for word in ("all", "any"):
        if word not in node:
            continue
        if len(node[word]) == 1:
            return _text(node[word][0], codes, level)
        if word == "all" and level == 0:
            return "\n".join(_text(child, codes, 1) for child in node[word])
        joint = " and " if word == "all" else " or "
        inner = joint.join(_text(child, codes, 2) for child in node[word])
        return f"({inner})" if level == 2 else inner
    grade = f" ({node['min_grade']})" if node.get("min_grade") else ""
    return codes.get(node["course"], "?") + grade + ("*" if node.get("concurrent_ok") else "")


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    for line, row in enumerate(text.splitlines(), 1):
        found.append(Token(";", "", line))
        for part in _PART.findall(row):
            word = part.lower()
            if word in {"or", "and", ";", "(", ")", "*"}:
                found.append(Token(word, part, line))
            elif found[-1].kind == "name":
                found[-1] = Token("name", f"{found[-1].text} {part}", line)
            else:
                found.append(Token("name", part, line))
    return [*_needed(found), Token("end", "", max(1, len(text.splitlines())))]


def _needed(tokens: list[Token]) -> list[Token]:
    """Leave out the separators that separate nothing: empty lines, and line ends beside a joint or a parenthesis."""
    kept: list[Token] = []
    for token in tokens:
        if token.kind == ";" and (not kept or kept[-1].kind in {";", "("} or (not token.text and _joins(kept[-1]))):
            continue
        if kept and kept[-1].kind == ";" and (token.kind == ")" or (_joins(token) and not kept[-1].text)):
            kept.pop()
        kept.append(token)
    while kept and kept[-1].kind == ";":
        kept.pop()
    return kept


def _joins(token: Token) -> bool:
    return token.kind in {"or", "and"}


class _Parser:
    """A walk over the tokens; leaves come out as {"name", "line", "min_grade", "concurrent_ok"}."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.now
        self.at += 1
        return token

    def whole(self) -> dict[str, Any]:
        tree = self.joined(";")
        if self.now.kind != "end":
            raise _wrong(self.now, _("“%(word)s” does not belong here.") % {"word": self.now.text})
        return tree

    def joined(self, joint: str) -> dict[str, Any]:
        tighter = {";": "or", "or": "and"}.get(joint)
        word = "any" if joint == "or" else "all"
        parts = [self.joined(tighter) if tighter else self.part()]
        while self.now.kind == joint:
            self.take()
            parts.append(self.joined(tighter) if tighter else self.part())
        if len(parts) == 1:
            return parts[0]
        return {word: [inner for part in parts for inner in part.get(word, [part])]}

    def part(self) -> dict[str, Any]:
        token = self.take()
        if token.kind == "name":
            return self.leaf(token)
        if token.kind != "(":
            raise _wrong(token, _("A course is missing before “%(word)s”.") % {"word": token.text or _("the end")})
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _wrong(token, _("There are too many parentheses inside each other."))
        tree = self.joined(";")
        if self.now.kind != ")":
            raise _wrong(self.now, _("A closing parenthesis is missing."))
        self.take()
        self.depth -= 1
        return tree

    def leaf(self, token: Token) -> dict[str, Any]:
        leaf: dict[str, Any] = {"name": token.text, "line": token.line}
        if self.now.kind == "(":
            opening = self.take()
            grade = self.take()
            if grade.kind != "name" or grade.text.upper() not in GRADES or self.now.kind != ")":
                words = _("After “%(course)s” the parentheses hold its least grade, one of %(grades)s.")
                raise _wrong(opening, words % {"course": token.text, "grades": ", ".join(GRADES)})
            self.take()
            leaf["min_grade"] = grade.text.upper()
        if self.now.kind == "*":
            self.take()
            leaf["concurrent_ok"] = True
        if self.now.kind in {"name", "(", "*"}:
            words = _("“and”, “or” or a new line is missing after “%(course)s”.")
            raise _wrong(self.now, words % {"course": token.text})
        return leaf


def _wrong(token: Token, words: str) -> ValidationError:
    return ValidationError(_("Line %(line)s: %(words)s"), code="syntax", params={"line": token.line, "words": words})


def _names(tree: dict[str, Any]) -> list[tuple[str, int]]:
    for word in ("all", "any"):
        if word in tree:
            return [name for child in tree[word] for name in _names(child)]
    return [(tree["name"], tree["line"])]


def _compact(code: str) -> str:
    return "".join(code.split()).upper()


def _courses_of(names: list[tuple[str, int]], prefer: Collection[str]) -> dict[str, str]:
    """Return the public id of each name. One query; ValidationError lists every name without a course, or with two."""
    if len(names) > MAX_LEAVES:
        raise ValidationError(_("A requirement names at most %(n)s courses."), code="size", params={"n": MAX_LEAVES})
    compact = Upper(Replace(Concat("subject__code", "number"), Value(" "), Value("")))
    rows = Course.objects.annotate(compact=compact).filter(compact__in={_compact(name) for name, _line in names})
    by_code: dict[str, list[Course]] = {}
    for course in rows.select_related("subject"):
        by_code.setdefault(_compact(course.code), []).append(course)
    found: dict[str, str] = {}
    errors: list[ValidationError] = []
    for name, line in names:
        best = _best(name, by_code.get(_compact(name), []), prefer)
        if len(best) == 1:
            found[name] = str(best[0].public_id)
        elif best:
            which = ", ".join(sorted(course.code for course in best))
            words = _("“%(name)s” can mean %(which)s.") % {"name": name, "which": which}
            errors.append(_wrong(Token("name", name, line), words))
        else:
            words = _("“%(name)s” is not a course of the catalogue.") % {"name": name}
            errors.append(_wrong(Token("name", name, line), words))
    if errors:
        raise ValidationError(errors)
    return found


def _best(name: str, courses: Iterable[Course], prefer: Collection[str]) -> list[Course]:
    """Return the courses that `name` means best: written like this, named before, published, draft, archived."""
    typed = " ".join(name.split()).upper()

    def how(course: Course) -> tuple[bool, bool, int]:
        return (course.code.upper() != typed, str(course.public_id) not in prefer, _RANK[Course.Status(course.status)])

    ranked = sorted(courses, key=how)
    return [course for course in ranked if how(course) == how(ranked[0])]


def _with_courses(tree: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    for word in ("all", "any"):
        if word in tree:
            return {word: [_with_courses(child, ids) for child in tree[word]]}
    leaf = {"course": ids[tree["name"]]}
    return leaf | {key: tree[key] for key in ("min_grade", "concurrent_ok") if key in tree}
