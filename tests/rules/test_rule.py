"""Where a rule applies, what it lacks, how it is explained: on a rule made up for the purpose."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import pytest

from bihuan.base.clock import HOUR, day_start
from bihuan.base.declare import Record, says
from bihuan.base.errors import Words
from bihuan.base.rules.history import History, MemorySource, Raw, canonical, gather
from bihuan.base.rules.model import Asked, Completeness, Fact, LimitRow, Limits, RuleInfo, Verdict
from bihuan.base.rules.rule import Rule, Window, evaluate, explain


class Rung(Record, frozen=True, kw_only=True):
    """A bell was rung."""

    titles = Words("鸣钟", "Bell")
    bell: Annotated[str, says("钟", "Bell", role="subject")]
    area: Annotated[str, says("辖区", "Area", role="area")] = ""
    heard: Annotated[datetime | None, says("时间", "Heard")] = None


def judge(window: Window) -> Verdict:
    return window.say("satisfied", "已鸣", "rung", (window.opening.id,))


SAY, SOURCE = Words("须鸣钟", "Ring"), Words("甲", "A")
INFO = RuleInfo("bell", Words("鸣钟", "Bell"), SAY, SOURCE, "bell", "31", date(2021, 1, 2), date(2021, 1, 3))
RULE = Rule(INFO, ("rung",), ("rung",), ("loudness",), judge)
NOON = day_start(date(2021, 1, 2)) + 12 * HOUR
ROW = LimitRow("row", "loudness", Decimal(3), "h", "31", 0, None, "甲", sure=False)
ASKED = Asked(NOON, Completeness(), Limits((ROW,)))


def raw(id: str = "r", time: int = NOON, area: str = "310115", **more: object) -> Raw:
    return Raw(id, "rung", time, 50, Rung(bell="B", area=area), **more)  # type: ignore[arg-type]


def area_of(fact: Fact) -> str:
    assert isinstance(fact.record, Rung)
    return fact.record.area


def verdicts(*raws: Raw, rule: Rule = RULE, asked: Asked = ASKED, subject: str = "bell:B") -> list[Verdict]:
    return evaluate(rule, subject, History(subject, canonical(raws)), asked)


def test_a_rule_speaks_only_in_its_territory_and_dates() -> None:
    assert len(verdicts(raw())) == 1
    assert verdicts(raw(area="320585")) == []
    assert verdicts(raw(area=""))[0].area == "31"
    first, after = day_start(date(2021, 1, 2)), day_start(date(2021, 1, 4))
    assert [len(verdicts(raw(time=t))) for t in (first - 1, first, after - 1, after)] == [0, 1, 1, 0]
    assert verdicts(raw(), subject="lot:B") == []


def test_without_a_row_it_is_undecided_and_says_which() -> None:
    found = verdicts(raw(), asked=replace(ASKED, limits=Limits()))[0]
    assert (found.answer, found.limit, found.missing) == ("undecided", None, ("limit:loudness",))
    assert "no limit in force" in found.reason.en and "loudness" in found.reason.zh
    assert verdicts(raw())[0].limit == "row"


def test_a_verdict_is_explained_with_sentence_article_limit_and_records() -> None:
    fact = canonical([raw()])[0]
    told = explain(RULE, verdicts(raw())[0], {"r": fact}, ASKED)
    assert (told.say.zh, told.citation.zh, told.reason.en) == ("须鸣钟", "甲", "rung")
    assert told.limit is not None and "3 h" in told.limit.en and "not yet confirmed" in told.limit.en
    assert [words.en for _, words in told.records] == ["2021-01-02 12:00 Bell (r)"]


def test_completeness_is_the_earliest_of_the_types_that_are_read() -> None:
    complete = Completeness({"a": 5, "b": 3}, 9)
    assert (complete.of(("a", "b")), complete.of(("a", "c"))) == (3, 5)
    assert Completeness({"a": 5}).of(("a", "c")) < -(2**60)


# histories


def ids(*raws: Raw, until: int | None = None) -> list[tuple[str, str]]:
    return [(fact.id, fact.first) for fact in canonical(raws, until)]


def test_versions_resolve_however_they_are_chained() -> None:
    a = raw("a", received=1)
    b, c = raw("b", received=3, supersedes="a"), raw("c", received=2, supersedes="b")
    assert ids(c, b, a) == ids(a, b, c) == [("c", "a")]
    assert ids(a, b) == [("b", "a")]
    assert ids(b) == [("b", "a")]
    assert ids(c, a) == [("a", "a"), ("c", "b")]  # the link between them is not known yet
    assert ids(a, b, c, until=2) == [("a", "a"), ("c", "b")]
    ring = [raw("x", received=1, supersedes="y"), raw("y", received=2, supersedes="x")]
    assert ids(*ring) == ids(*reversed(ring)) == [("y", "x")]


def test_the_same_id_twice_is_one_record_the_earliest_received() -> None:
    late, early = raw("a", area="31", received=9), raw("a", area="3101", received=3)
    assert [fact.received for fact in canonical([late, early])] == [3]
    assert len(canonical([raw("a"), raw("a"), raw("a")])) == 1


def test_facts_of_one_instant_stand_by_rank_then_id() -> None:
    facts = canonical([raw("b"), replace(raw("c"), rank=10), raw("a"), raw("z", time=NOON - 1)])
    assert [fact.id for fact in facts] == ["z", "c", "a", "b"]


@dataclass
class Counting:
    """A source that counts how often it is asked."""

    inner: MemorySource
    asked: int = 0

    def facts(self, key: str) -> list[Fact]:
        self.asked += 1
        return list(self.inner.facts(key))


def test_gathering_follows_the_joins_and_stops_at_its_rounds() -> None:
    facts = canonical([raw(f"r{n}", area=str(n)) for n in range(9)])
    source = MemorySource(lambda fact: (f"bell:{area_of(fact)}",))
    source.add(facts)

    def reach(fact: Fact) -> tuple[str, ...]:
        return (f"bell:{int(area_of(fact)) + 1}", "bell:0")

    counting = Counting(source)
    found = gather(counting, "bell:0", reach, rounds=4)
    assert [fact.id for fact in found.history.facts] == ["r0", "r1", "r2", "r3"]
    assert found.keys == {"bell:0", "bell:1", "bell:2", "bell:3"} and counting.asked == 4


@pytest.mark.parametrize("name", ["of", "records"])
def test_a_history_answers_by_type_and_by_class(name: str) -> None:
    history = History("bell:B", canonical([raw("b"), raw("a")]))
    found = history.of("rung") if name == "of" else [fact for fact, _ in history.records(Rung)]
    assert [fact.id for fact in found] == ["a", "b"] and history.of("silent") == []
    assert (history.kind, history.name) == ("bell", "B")
