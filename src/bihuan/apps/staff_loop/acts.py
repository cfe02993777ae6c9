"""Rules about one act: protection before work, no closed space, ashore only with approval, disinfection by the right firm."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bihuan.apps.staff_loop.people import (
    NAMES,
    PENDING,
    is_own,
    no_row,
    of_person,
    post_at,
    row_at,
    with_row,
)
from bihuan.apps.staff_loop.records import (
    Approval,
    Boarded,
    CrewAshore,
    Disinfected,
    Entrusted,
    ProtectionRecorded,
    Qualification,
    Shift,
    Site,
    Space,
    Staff,
    Step,
    Work,
    begins,
    ends,
)
from bihuan.base.clock import civil_date, instant
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Asked, Fact, Verdict
from bihuan.base.rules.rule import Window
from bihuan.base.rules.wording import clock

PERMITTED = ("crew_change", "medical_rescue")


def where(history: History, fact: Fact) -> Site:
    """Port or airport: as stated, as its shift states, as the person's post does; ships lie in the port."""
    stated = getattr(fact.record, "area", None)
    if isinstance(stated, Site):
        return stated
    shift = shift_of(history, getattr(fact.record, "shift", ""))
    if shift is not None:
        return shift.area
    post = post_at(history, fact.time)
    return Site.port if post is None or isinstance(fact.record, CrewAshore) else post[1].area


def _first(history: History, name: str) -> str:
    """The first version's id of a shift named by any version that is known."""
    return next((fact.first for fact, _ in history.records(Shift) if name in (fact.id, fact.first)), name)


def shift_of(history: History, name: str) -> Shift | None:
    """The shift of that id."""
    return next((shift for fact, shift in history.records(Shift) if name in (fact.id, fact.first)), None)


def acts(rule: str, kind: type[Step], site: Site | None = None) -> Callable[[History, Asked], Iterable[Fact]]:
    """The acts that open windows where and when the rule is in force; `site`: there alone."""

    def unfold(history: History, asked: Asked) -> Iterable[Fact]:
        found = history.of(NAMES[kind]) if history.kind == "place" else of_person(history, kind) if is_own(history) else []
        for fact in found:
            at = where(history, fact)
            if site in (None, at) and row_at(asked, f"in_force.{rule}", fact.time, at, getattr(fact.record, "division", "")):
                yield fact

    return unfold


def works(history: History, asked: Asked) -> Iterable[Fact]:
    """Boardings, and shifts whose work asks for protection."""
    if is_own(history):
        for fact in of_person(history, Boarded, Shift):
            if not isinstance(fact.record, Shift) or fact.record.work is not Work.general:
                yield fact


def judge_protection(window: Window) -> Verdict:
    """R11, R12: a record for that shift, by the start, of at least the level in force."""
    act, record = window.opening, window.opening.record
    if isinstance(record, Shift):
        start, name, kind = instant(record.start), act.first, record.work.value
    else:
        assert isinstance(record, Boarded)
        start, name, kind = act.time, _first(window.history, record.shift), "boarding"
    limit = f"protection_level.{kind}"
    row = row_at(window.asked, limit, start, where(window.history, act), window.area)
    if row is None:
        return no_row(window, [limit])
    for fact in of_person(window.history, ProtectionRecorded):
        put_on = fact.record
        assert isinstance(put_on, ProtectionRecorded)
        if name and _first(window.history, put_on.shift) == name and fact.time <= start and put_on.level >= row.value:
            said = window.say("satisfied", f"{clock(fact.time)} 已有 {put_on.level} 级防护记录。",
                              f"Level {put_on.level} was recorded at {clock(fact.time)}.", (act.id, fact.id))  # fmt: skip
            return with_row(said, row)
    zh, en = f"{clock(start)} 前没有 {row.value} 级以上防护记录", f"No protection of level {row.value} or more was recorded by {clock(start)}"
    return with_row(_absent(window, start, ("protection_recorded",), zh, en), row)


def _absent(window: Window, at: int, types: tuple[str, ...], zh: str, en: str) -> Verdict:
    """Violated once the input is past an instant that still counts, else undecided."""
    if any(window.horizon(name) > at for name in types):
        return window.say("violated", f"{zh}。", f"{en}.")
    return window.say("undecided", f"{zh}{PENDING.zh}。", f"{en}{PENDING.en}.", due=at + 1, missing=types)


def judge_space(window: Window) -> Verdict:
    """R13: shore staff board the deck alone; of crew nothing is said (`boardings` leaves them out)."""
    record, post = window.opening.record, post_at(window.history, window.opening.time)
    assert isinstance(record, Boarded)
    if post is None:
        return window.say("undecided", "不知其岗位，待定。", "No post of the person is known: undecided.", missing=("post_assigned",))
    witness = (window.opening.id, post[0].id)
    if record.space is Space.deck:
        return window.say("satisfied", "只到甲板。", "Stayed on deck.", witness)
    return window.say("violated", f"岸上人员进入{record.space.zh}。", f"Shore staff entered: {record.space.en.lower()}.", witness)


def boardings(history: History, asked: Asked) -> Iterable[Fact]:
    """Boardings of all who are not known as crew."""
    for fact in acts("no_closed_space", Boarded)(history, asked):
        post = post_at(history, fact.time)
        if post is None or post[1].staff is not Staff.crew:
            yield fact


def judge_ashore(window: Window) -> Verdict:
    """R14 to R16: an approval for the person and the reason, decided by then and in force then."""
    record, at = window.opening.record, window.opening.time
    assert isinstance(record, CrewAshore)
    if record.reason not in PERMITTED:
        return window.say("violated", f"登陆事由“{record.reason}”不在允许之列。", f"“{record.reason}” is no permitted reason.")
    for fact in of_person(window.history, Approval):
        given = fact.record
        assert isinstance(given, Approval)
        if given.reason == record.reason and fact.time <= at and begins(given.from_) <= at < ends(given.to):
            zh, en = f"登陆已于 {clock(fact.time)} 批准。", f"Approved {clock(fact.time)}."
            return window.say("satisfied", zh, en, (window.opening.id, fact.id))
    return _absent(window, at, ("approval",), f"{clock(at)} 登陆时没有有效批准", f"No approval in force at the landing, {clock(at)}")


def judge_disinfection(window: Window) -> Verdict:
    """R17: not the terminal itself; qualified on that day; entrusted by the place's own terminal, in force."""
    record, at, history = window.opening.record, window.opening.time, window.history
    assert isinstance(record, Disinfected)
    if record.by == record.terminal:
        return window.say("violated", "货站自行消毒，未委托第三方。", "The terminal's own staff disinfected.")
    day = civil_date(at)
    qualified = [f for f, q in history.records(Qualification) if q.of == record.by and q.from_ <= day <= q.to]
    entrusted = [
        f for f, e in history.records(Entrusted)
        if (e.by, e.to, e.place) == (record.terminal, record.by, record.place) and begins(e.valid_from) <= at
        and (e.valid_to is None or at < ends(e.valid_to))
    ]  # fmt: skip
    if qualified and entrusted:
        witness = (window.opening.id, qualified[0].id, entrusted[0].id)
        return window.say("satisfied", "由有资质且受委托的单位消毒。", "A qualified, entrusted firm disinfected.", witness)
    lacking = (*(() if qualified else ("qualification",)), *(() if entrusted else ("entrusted",)))
    zh = "消毒单位" + "、".join({"qualification": "没有有效资质", "entrusted": "没有有效委托"}[name] for name in lacking)
    en = "The firm had no " + " and no ".join({"qualification": "qualification", "entrusted": "entrustment"}[n] for n in lacking) + " in force"
    return _absent(window, at, lacking, zh, en)
