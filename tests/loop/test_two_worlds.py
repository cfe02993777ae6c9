"""What somebody may not see makes no difference to any answer: every route, asked in two worlds, gives the same bytes.

The second world has other, more and fewer rows, all of them hidden from those who ask. A hidden id is answered like an
id that nothing bears, and no request changes a hidden row. Leaks planted on purpose must be found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from bihuan.base.cases import CASE, case_table
from bihuan.base.db import Reader
from bihuan.base.errors import Forbidden, NotFound
from bihuan.base.identity import organisations
from bihuan.base.principal import system
from bihuan.base.rules.evaluation import StoreSource
from bihuan.base.rules.findings_model import FINDING, finding_table
from bihuan.ends.regulator import find as find_page
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import doors
from bihuan.gateways.epcis import asking, query
from bihuan.gateways.rest import share

from .caller import Caller
from .comparing import Comparison, without_case
from .route_cases import CASES, DECLASSIFIED, DECLASSIFIED_OF_MACHINES
from .worlds import Which, pair

PEOPLE: dict[Which, tuple[str, ...]] = {
    "elsewhere": ("importer", "warehouse", "store", "inspector", "stranger", "pudong_admin"),
    "next_door": ("importer", "store", "stranger", "water", "putuo_admin"),
}
"""From whom that side is hidden: clerks of other firms, officers and an administrator of other districts, and (next
door alone, where no party changes) an officer of the city who supervises another line."""
TOKENS: dict[Which, tuple[str, ...]] = {
    "elsewhere": ("importer", "pudong", "putuo"),
    "next_door": ("importer", "putuo"),
}
Callers = dict[str, tuple[Caller, Caller]]
Plant = Callable[[pytest.MonkeyPatch], None]


def compared(which: Which, **options: Any) -> tuple[Comparison, Callers]:
    made = Comparison(*pair(which), **options)
    return made, made.callers(PEOPLE[which], TOKENS[which])


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[Comparison, Callers]]:
    made, callers = compared("elsewhere")
    yield made, callers
    made.close()


def test_every_route_has_a_case(elsewhere: tuple[Comparison, Callers]) -> None:
    assert without_case(elsewhere[0].first) == set()


def test_figures_are_left_out_only_where_a_reason_stands() -> None:
    stated = {door.path for door in doors() if door.declassified} | DECLASSIFIED_OF_MACHINES.keys()
    assert set(DECLASSIFIED) <= stated
    assert {path for path, case in CASES.items() if case.open_to_holders} <= stated


def test_the_worlds_differ_in_every_kind_of_thing(elsewhere: tuple[Comparison, Callers]) -> None:
    first, second = elsewhere[0].first.rows(), elsewhere[0].second.rows()
    differing = {table for table in first if first[table] != second[table]}
    assert differing >= {
        "organisation", "person", "personal", "membership", "officer_grant", "account", "session", "api_token",
        "access_log", "admin_log", "record", "entry", "fact", "event", "event_key", "subject", "verdict", "duty", "finding",
        "case", "case_event", "document", "application", "certificate", "file", "draft", "batch", "quarantine",
        "capture_job", "message", "outbox", "seen", "to_sign", "to_sign_act", "engagement",
    }  # fmt: skip


def look(which: Which, seed: int, share: float, some: set[str]) -> None:
    made, callers = compared(which, seed=seed, share=share)
    try:
        before = made.hidden_rows()
        # Reading first: a record kept now stands at another place of the ledger, whose size is public.
        for methods in (("GET",), ("POST", "PUT", "DELETE", "OPTIONS")):
            made.ask(callers, methods, only=some.__contains__)
        after = made.hidden_rows()
        assert [str(each) for each in made.found] == []
        assert {table: rows - after[table] for table, rows in before.items() if rows - after[table]} == {}
        assert {path for path, _ in made.answered} == some
        reached = {path for (path, _), statuses in made.answered.items() if statuses - {401}}
        assert some - reached == set()
    finally:
        made.close()


@pytest.mark.parametrize("which", ["elsewhere", "next_door"])
def test_hidden_rows_make_no_difference(which: Which) -> None:
    look(which, seed=20201210, share=0.06, some=set(CASES))


@pytest.mark.long
@pytest.mark.parametrize("part", range(6))
@pytest.mark.parametrize("which", ["elsewhere", "next_door"])
def test_hidden_rows_make_no_difference_to_any_question(which: Which, part: int) -> None:
    """Every route, everybody, every question; in six parts, since one test may take five minutes at most."""
    look(which, seed=1, share=1.0, some=set(sorted(CASES)[part::6]))


def _scope_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bihuan.base.db.visible", lambda *_: sa.true())


def _count_without_scope(patch: pytest.MonkeyPatch) -> None:
    def count(self: Reader, statement: sa.Select[Any], of: object, capability: str = "read") -> int:
        counted = sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())
        return int(self._execute(counted).scalar_one())

    patch.setattr(Reader, "count", count)


def _error_that_tells(patch: pytest.MonkeyPatch) -> None:
    def one(self: Reader, statement: sa.Select[Any], of: Any, capability: str = "read") -> Any:
        found = self.first(statement, of, capability)
        if found is None:
            there = self._execute(statement).first() is not None
            raise Forbidden("您无权查看此项。", "You may not see this.") if there else NotFound
        return found

    patch.setattr(Reader, "one", one)


def _facet_of_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(asking, "seen_ids", lambda reader, *rest: query.seen_ids(_all(reader), *rest))


def _search_of_everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(find_page, "organisations", lambda reader, **asked: organisations(_all(reader), **asked))


def _log_of_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bihuan.base.identity.access.administered", lambda *_: sa.true())


def _inbox_of_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bihuan.base.notify.queries._mine", lambda *_: sa.true())


def _cursor_that_counts(patch: pytest.MonkeyPatch) -> None:
    own = share._items

    def items(house: Any, reader: Reader, *rest: Any) -> Any:
        total = _all(reader).count(sa.select(finding_table.c.id), FINDING)
        patch.setattr(share, "token_after", lambda *_: f"{total:08x}")
        return own(house, reader, *rest)

    patch.setattr(share, "token_after", lambda *_: "00")
    patch.setattr(share, "_items", items)


def _etag_of_everything(patch: pytest.MonkeyPatch) -> None:
    own = Page.render

    def render(self: Page, template: str, status: int = 200, headers: Any = None, **values: Any) -> Any:
        total = _all(self.reader).count(sa.select(case_table.c.id), CASE)
        return own(self, template, status, {**(headers or {}), "ETag": f'"{total}"'}, **values)

    patch.setattr(Page, "render", render)


def _form_filled_from_everything(patch: pytest.MonkeyPatch) -> None:
    def everything(page: Page, subject: str) -> StoreSource:
        return StoreSource(page.reader, page.house.registry)

    patch.setattr("bihuan.ends.enterprise.prefill.known_facts", everything)


def _all(reader: Reader) -> Reader:
    return Reader(reader._connection, system("planted"), reader.clock)


@pytest.mark.parametrize(
    ("plant", "path", "method"),
    [
        # The log comes first: what others are shown is told there, hence differs once a leak was shown.
        (_log_of_everybody, "/admin/access-log", "GET"),
        (_scope_forgotten, "/records", "GET"),
        (_scope_forgotten, "/regulator/findings/{id}", "POST"),
        (_count_without_scope, "/regulator", "GET"),
        (_error_that_tells, "/regulator/cases/{id}", "GET"),
        (_error_that_tells, "/capture/{job}", "GET"),
        (_facet_of_everybody, "/epcs", "GET"),
        (_search_of_everything, "/find", "GET"),
        (_inbox_of_everybody, "/messages", "GET"),
        (_cursor_that_counts, "/v1/share/findings", "GET"),
        (_etag_of_everything, "/regulator/cases", "GET"),
        (_form_filled_from_everything, "/enterprise/bookings/new", "GET"),
        (_scope_forgotten, "/v1/share/duties", "GET"),
    ],
)  # fmt: skip
def test_a_planted_leak_is_found(
    elsewhere: tuple[Comparison, Callers], monkeypatch: pytest.MonkeyPatch, plant: Plant, path: str, method: str
) -> None:
    made, callers = elsewhere
    names = ("inspector", "pudong_admin", "importer", "warehouse", "pudong's token")
    some = {name: callers[name] for name in names if ("enterprise" in path) == (name in ("importer", "warehouse"))}
    made.found.clear()
    made.ask(some, (method,), only=lambda each: each == path)
    assert [str(each) for each in made.found] == [], "before the leak"
    plant(monkeypatch)
    made.ask(some, (method,), only=lambda each: each == path)
    assert made.found
    assert not [each for each in made.found if "status 500" in each.what], "the leak itself failed"
    made.found.clear()


def test_an_id_that_somebody_hidden_used_first_is_free(elsewhere: tuple[Comparison, Callers]) -> None:
    """Ids are unique for each party: a squatter elsewhere neither blocks an id nor shows in it."""
    made, callers = elsewhere
    taken = made.second.ids["fresh"]["event"]
    told = []
    for caller in callers["importer"]:
        coded = b'{"time":"2020-12-10T10:00:00+08:00","lot":"LOT-M100","code":"TC-9"}'
        machine = Caller(caller.world, "importer", made.loop, bearer=caller.world.town.tokens["importer"])
        made.chance("squat")
        kept = machine.ask("POST", "/v1/records/trace_code_assigned", body=coded, idempotency_key=taken)
        assert kept.status == 201, kept
        read = machine.ask("GET", kept.header("location"))
        page = caller.ask("GET", "/records/" + kept.header("location").rpartition("/")[2])
        told.append((read.status, b"@" in read.body, page.status, f"{taken}@".encode() in page.body))
    assert told == [(200, False, 200, False)] * 2
