"""Asks two worlds the same and tells every difference."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.routing import BaseRoute, Mount, Route

from bihuan.base.clock import SeededChance
from bihuan.ends.shared.routes import doors

from .caller import Answer, Caller, machines, people
from .route_cases import CASES, DECLASSIFIED, Case
from .worlds import Ids, World

VARIANTS = ("mine", "kept", "fresh", "unknown")
MACHINE = ("/v1", "/capture", "/events", "/eventTypes", "/bizSteps", "/dispositions", "/epcs", "/readPoints",
           "/bizLocations", "/queries", "/nextPageToken")  # fmt: skip
_TURNED_AWAY = {401, 403}


@dataclass(frozen=True)
class Question:
    """One request without its ids, which a variant fills in."""

    route: str
    method: str
    target: str
    form: Mapping[str, object] | None
    body: str
    ends_session: bool
    variants: tuple[str, ...]

    def text(self, template: str, ids: Ids, *, url: bool = False) -> str:
        filled = {kind: quote(value, safe="") if url else value for kind, value in ids.items()}
        return template.format_map(_Missing(filled))


class _Missing(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"no-{key}"


@dataclass(frozen=True)
class Difference:
    """Two answers that should have been one."""

    who: str
    method: str
    target: str
    what: str

    def __str__(self) -> str:
        return f"{self.who}: {self.method} {self.target}: {self.what}"


def routes_of(world: World) -> Iterator[tuple[str, str]]:
    """Path and method of every route that is served; static files hold nothing that anybody wrote."""
    for route in world.app.routes:
        assert isinstance(route, Route | Mount), route
        if isinstance(route, Mount):
            assert route.path == "/static", route.path
            continue
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield route.path, method


def without_case(world: World) -> set[str]:
    """Paths that nobody has said how to ask."""
    served = {path for path, _ in routes_of(world)}
    assert len(list(_ambiguous(world.app.routes))) == 0
    return served ^ CASES.keys()


def _ambiguous(routes: Iterable[BaseRoute]) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for route in routes:
        for method in getattr(route, "methods", None) or ():
            if (route.path, method) in seen:  # type: ignore[attr-defined]
                yield route.path  # type: ignore[attr-defined]
            seen.add((route.path, method))  # type: ignore[attr-defined]


def questions(path: str, method: str) -> Iterator[Question]:
    """All requests of a route."""
    case = CASES[path]
    choices = [(each,) if isinstance(each, str) else each for each in case.params]
    names = re.findall(r"\{[^}]+\}", path)
    assert len(names) == len(choices), f"{path}: {len(names)} parameters, {len(choices)} kinds"
    for kinds in itertools.product(*choices):
        target = path
        for name, kind in zip(names, kinds, strict=True):
            target = target.replace(name, kind[1:] if kind.startswith("=") else f"{{{kind}}}", 1)
        asks = case.asks if method == "GET" else ("",)
        sent: tuple[Any, ...] = (None,)
        machine = path.startswith(MACHINE)
        if method in ("POST", "PUT"):
            sent = case.bodies if machine else case.forms
        for ask, what in itertools.product(asks, sent):
            full = f"{target}?{ask}" if ask else target
            form = what if isinstance(what, Mapping) else None
            body = what if isinstance(what, str) else ""
            yield Question(path, method, full, form, body, case.ends_session, _variants(case, full, form, body))


def _variants(case: Case, target: str, form: Mapping[str, object] | None, body: str) -> tuple[str, ...]:
    """Under which ids a question is asked; bodies of machines only state what is the sender's own."""
    if body or ("{" not in target and not any("{" in str(value) for value in (form or {}).values())):
        return ("mine",)
    return ("mine", "unknown") if case.open_to_holders else VARIANTS


@dataclass
class Comparison:
    """Two worlds and the people and machines that ask them."""

    first: World
    second: World
    seed: int = 1
    share: float = 1.0
    """The part of the questions that is asked; the first of every route always is.
    Below 1 three callers are drawn for each route, and whoever is turned away asks that route no more."""
    asked: int = 0
    questions: int = 0
    found: list[Difference] = field(default_factory=list)
    answered: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    """The statuses that each route gave."""

    def __post_init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.random = random.Random(self.seed)
        self.open = {(door.path, door.method): door.declassified for door in doors()}

    def close(self) -> None:
        self.loop.close()
        for world in (self.first, self.second):
            world.house.db.close()

    def callers(self, logins: tuple[str, ...], tokens: tuple[str, ...]) -> dict[str, tuple[Caller, Caller]]:
        """Everybody in both worlds; browsers ask pages, machines ask their doors."""
        both = []
        for world in (self.first, self.second):
            self.chance("log-in")
            both.append(people(world, self.loop, logins) | machines(world, self.loop, tokens))
        return {name: (both[0][name], both[1][name]) for name in both[0]}

    def ask(
        self,
        callers: Mapping[str, tuple[Caller, Caller]],
        methods: tuple[str, ...],
        *,
        only: Callable[[str], bool] = lambda path: True,
    ) -> None:
        """Ask every route by every caller for whom it is meant."""
        for path, method in routes_of(self.first):
            if method not in methods or not only(path):
                continue
            meant = [name for name in callers if _is_machine(callers[name][0]) == path.startswith(MACHINE)]
            some = len(meant) if self.share == 1 else min(len(meant), 3)
            for name in sorted(self.random.sample(meant, some)):
                pair = callers[name]
                for n, question in enumerate(questions(path, method)):
                    if n and method not in ("GET", "POST"):
                        break
                    if n and self.random.random() >= self.share:
                        continue
                    statuses = self._compare(name, pair, question)
                    if self.share < 1 and statuses <= _TURNED_AWAY:
                        break  # this caller is not let in at all

    def hidden_rows(self) -> dict[str, Counter[str]]:
        """The rows of the second world that tell of the hidden side, by table."""
        ids = self.second.ids
        told = {
            value for name in ("kept", "fresh") for kind, value in ids[name].items()
            if value != ids["unknown"].get(kind) and kind not in ("login", "officer")
        }  # fmt: skip
        return {
            table: Counter(row for row in rows if any(value in row for value in told))
            for table, rows in self.second.rows().items()
        }

    def chance(self, label: str) -> None:
        for world in (self.first, self.second):
            world.house.db.chance = SeededChance(zlib.crc32(label.encode()))

    def _compare(self, name: str, pair: tuple[Caller, Caller], question: Question) -> set[int]:
        """Ask one question under every variant; the statuses that came."""
        statuses: set[int] = set()
        self.questions += 1
        for caller in pair:  # from an address of its own, else a limit on tips or log-ins would answer for all
            caller.address = f"10.2.{self.questions // 250}.{self.questions % 250}"
        plain: dict[str, Answer] = {}
        for variant in question.variants:
            target, answers = "", []
            for caller in pair:
                ids = caller.world.ids[variant]
                target = question.text(question.target, ids, url=True)
                # A form that is shown carries a key by chance: drawn alike for a hidden id and an unknown one.
                label = f"{name} {self.questions} {variant if variant == 'mine' else ''}"
                caller.world.house.db.chance = SeededChance(zlib.crc32(label.encode()))
                answers.append(self._send(caller, question, target, ids))
            self.asked += 1
            one, two = (self._bare(question, answer) for answer in answers)
            statuses.add(401 if one.header("location").startswith("/log-in") else one.status)
            self.answered.setdefault((question.route, question.method), set()).add(one.status)
            told = f"{target} ({variant})" + (f" {dict(question.form)}" if question.form else "")
            if (what := _differs(one, two)) is not None:
                self.found.append(Difference(name, question.method, told, what))
            if one.status == 500 or two.status == 500:
                self.found.append(Difference(name, question.method, told, f"status {one.status}, {two.status}"))
            if variant != "mine":
                plain[variant] = _without_ids(one, pair[0].world.ids[variant])
                if variant != "unknown":
                    plain[variant + " in the second"] = _without_ids(two, pair[1].world.ids[variant])
        if "kept" in question.variants:
            for variant, answer in plain.items():
                if (what := _differs(plain["unknown"], answer)) is not None:
                    told = f"{question.target} {dict(question.form or {})}: {variant} is answered unlike unknown"
                    self.found.append(Difference(name, question.method, told, what))
        return statuses

    def _send(self, caller: Caller, question: Question, target: str, ids: Ids) -> Answer:
        form = None
        if question.form is not None:
            form = {key: question.text(str(value), ids) for key, value in question.form.items()}
            form["csrf"] = "" if question.ends_session else caller.csrf
        body = question.text(question.body, ids).encode() if question.body else b""
        return caller.ask(question.method, target, form, body)

    def _bare(self, question: Question, answer: Answer) -> Answer:
        """The answer without the figures that are declassified there."""
        for path, patterns in DECLASSIFIED.items():
            if path == question.route:
                body = answer.body.decode()
                for pattern in patterns:
                    body = re.sub(pattern, "…", body)
                headers = tuple(h for h in answer.headers if h[0] != "content-length")
                return Answer(answer.status, headers, body.encode())
        return answer


def _is_machine(caller: Caller) -> bool:
    return bool(caller.bearer) or caller.name == "nobody"


def _without_ids(answer: Answer, ids: Ids) -> Answer:
    """The answer with the names of the ids in place of the ids: an address that is repeated is no difference."""
    body, headers = answer.body.decode("utf-8", "replace"), answer.headers
    for kind, value in sorted(ids.items(), key=lambda item: -len(item[1])):
        for form in {value, quote(value), quote(value, safe="")}:
            body = body.replace(form, f"<{kind}>")
            headers = tuple((name, said.replace(form, f"<{kind}>")) for name, said in headers)
    return Answer(answer.status, tuple(h for h in headers if h[0] != "content-length"), body.encode())


def _differs(one: Answer, two: Answer) -> str | None:
    if one.status != two.status:
        return f"status {one.status} and {two.status}"
    if one.headers != two.headers and one.body == two.body:
        return f"headers {sorted(set(one.headers) ^ set(two.headers))}"
    if one.body != two.body:
        left, right = (answer.body.decode("utf-8", "replace") for answer in (one, two))
        at = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
        return f"…{left[max(0, at - 80) : at + 60]!r} and {right[max(0, at - 20) : at + 60]!r}"
    return None


__all__ = ["Comparison", "Difference", "questions", "routes_of", "without_case"]
