"""The papers of a lot: release certificate, test result, trace code, and the disinfector's qualification."""

from __future__ import annotations

from typing import NamedTuple

from bihuan.apps.cold_chain.lots import disinfections, health_certificates
from bihuan.apps.cold_chain.marks import at, known_until, mark
from bihuan.apps.cold_chain.records import (
    CertificateRevoked,
    CustomsReleased,
    Disinfected,
    LeftWarehouse,
    Outcome,
    Qualification,
    ReleaseCertificate,
    Result,
    Risk,
    Sampled,
    StoredFirst,
    TraceCodeAssigned,
)
from bihuan.base.clock import DAY, day_start
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Fact, Verdict
from bihuan.base.rules.rule import Rule, Window
from bihuan.base.rules.wording import clock
from bihuan.engines.temporal import Result as Found
from bihuan.engines.temporal import Span, holds, precedes

DISINFECTED_PAPER = "业经消毒"
"""The only wording of an inspection certificate that exempts (R-SAYS)."""
DISINFECTION_KINDS = frozenset({"disinfection", "消毒", "消杀", "消毒资质", "消杀资质"})
_RELEASE = ("release_certificate",)
_OUTCOMES = {Outcome.negative: ("阴性", "negative"), Outcome.positive: ("阳性", "positive"),
             Outcome.inconclusive: ("可疑", "inconclusive")}  # fmt: skip


def release_spans(history: History, lot: str) -> list[Span]:
    """When each release certificate of a lot is in force: from its time to its revocation."""
    return [
        _until_revoked(history, fact, record.certificate, at(fact), None)
        for fact, record in history.records(ReleaseCertificate)
        if lot in record.lots
    ]


def qualification_spans(history: History, party: str) -> list[Span]:
    """When a party's disinfection qualifications are in force: civil days, first and last included (R-DAY, R-KIND)."""
    return [
        _until_revoked(history, fact, record.qualification, day_start(record.from_), day_start(record.to) + DAY)
        for fact, record in history.records(Qualification)
        if record.of == party and record.kind.strip().lower() in DISINFECTION_KINDS
    ]


def _until_revoked(history: History, fact: Fact, number: str, start: int, end: int | None) -> Span:
    """A paper's span, cut by the first revocation of its number; a revoked number stays revoked."""
    for other, revoked in history.records(CertificateRevoked):
        if revoked.certificate == number and (end is None or at(other) < end):
            return Span(fact.id, start, max(start, at(other)), (other.id,))
    return Span(fact.id, start, end)


def judge_stored_before_released(window: Window) -> Verdict:
    """A release certificate in force when the lot is first stored, or an exemption."""
    history, opening, lot = window.history, window.opening, window.history.name
    record = opening.record
    assert isinstance(record, StoredFirst)
    when = clock(opening.time)
    released = holds(release_spans(history, lot), mark(opening), horizon=known_until(window, *_RELEASE))
    if released.answer == "satisfied":
        number = _release_number(history, released.witness[0])
        return window.say(
            "satisfied",
            f"批次 {lot} 于 {when} 入库，出库放行证明 {number} 有效。",
            f"Lot {lot} was stored {when}; release certificate {number} was in force.",
            released.witness,
        )
    for paper, certificate in health_certificates(history, lot):
        if at(paper) <= at(opening) and DISINFECTED_PAPER in certificate.says_:
            return window.say(
                "satisfied",
                f"批次 {lot} 于 {when} 入库；检验检疫证明（{clock(paper.time, opening.time)}）"
                f"写明“{DISINFECTED_PAPER}”，可直接入库。",
                f"Lot {lot} was stored {when}; its inspection certificate ({clock(paper.time, opening.time)}) says "
                f"“{DISINFECTED_PAPER}”: exempt.",
                (paper.id, opening.id),
            )
    stated = _risk(history, lot, at(opening))
    if stated is not None and stated[1] is Risk.ordinary:
        return window.say(
            "satisfied",
            f"批次 {lot} 于 {when} 入库；海关放行记为一般风险，无须经中转查验库。",
            f"Lot {lot} was stored {when}; its customs release states ordinary risk: "
            "the transit warehouse is not required.",
            (stated[0].id, opening.id),
        )
    # The exemptions are awaited too: a certificate, and the release while it has not stated the risk.
    awaited = ["release_certificate", "health_certificate", *(() if stated else ("customs_released",))]
    lacking = [name for name in awaited if known_until(window, name) <= at(opening)]
    ended_zh, ended_en = _ended(history, released)
    if not lacking:
        return window.say(
            "violated",
            f"批次 {lot} 于 {when} 在 {record.warehouse} 入库，当时{ended_zh}，也没有“{DISINFECTED_PAPER}”的证明。",
            f"Lot {lot} was stored {when} at {record.warehouse} {ended_en}, and no paper says “{DISINFECTED_PAPER}”.",
            released.witness,
        )
    return window.say(
        "undecided",
        f"批次 {lot} 于 {when} 入库，尚未见出库放行证明或免除依据；资料未齐，待定。",
        f"Lot {lot} was stored {when}; no release certificate or exemption is known yet, "
        "and the input is not complete.",
        released.witness,
        due=at(opening),
        missing=lacking,
    )


def _risk(history: History, lot: str, when: int) -> tuple[Fact, Risk] | None:
    """The risk class that a customs release states of a lot: the latest by then, else the first after (R-RISK)."""
    found = [
        (fact, line.risk)
        for fact, release in history.records(CustomsReleased)
        for line in release.lots
        if line.lot == lot and line.risk is not None
    ]
    by_then = [pair for pair in found if at(pair[0]) <= when]
    return by_then[-1] if by_then else next(iter(found), None)


def judge_left_without_papers(window: Window) -> Verdict:
    """Release certificate in force, latest result negative, trace code: one missing for sure is enough (R-PART)."""
    history, opening, lot = window.history, window.opening, window.history.name
    record = opening.record
    assert isinstance(record, LeftWarehouse)
    act = mark(opening)
    released = holds(release_spans(history, lot), act, horizon=known_until(window, *_RELEASE))
    tested = latest_result(history, lot, at(opening))
    result = Found("undecided", (opening.id,), at(opening))
    if tested is not None and tested.value is Outcome.negative:
        result = Found("satisfied", (*tested.ids, opening.id))
    elif known_until(window, "sampled", "result") > at(opening):
        result = Found("violated", (opening.id,) if tested is None else (*tested.ids, opening.id))
    codes = [mark(fact) for fact, code in history.records(TraceCodeAssigned) if code.lot == lot]
    coded = precedes(codes, act, horizon=known_until(window, "trace_code_assigned"))
    ended_zh, ended_en = _ended(history, released)
    if tested is None:
        test_zh, test_en = "没有检测结果", "no test result"
    else:
        said_zh, said_en = _OUTCOMES[tested.value]
        tested_at = clock(tested.when, opening.time)
        test_zh, test_en = f"{tested_at} 的最新结果为{said_zh}", f"the latest result ({tested_at}) is {said_en}"
    parts = (
        (released, ended_zh, ended_en.removeprefix("with "), ("release_certificate",)),
        (result, test_zh, test_en, ("sampled", "result")),
        (coded, "没有追溯码", "no trace code", ("trace_code_assigned",)),
    )
    when = clock(opening.time)
    wrong = [part for part in parts if part[0].answer == "violated"]
    if wrong:
        return window.say(
            "violated",
            f"批次 {lot} 于 {when} 离开 {record.warehouse}：{'；'.join(p[1] for p in wrong)}。",
            f"Lot {lot} left {record.warehouse} {when}: {'; '.join(p[2] for p in wrong)}.",
            wrong[0][0].witness,
        )
    unknown = [part for part in parts if part[0].answer == "undecided"]
    if unknown:
        return window.say(
            "undecided",
            f"批次 {lot} 于 {when} 离开 {record.warehouse}，资料未齐：{'；'.join(p[1] for p in unknown)}（待定）。",
            f"Lot {lot} left {record.warehouse} {when}; not known yet: {'; '.join(p[2] for p in unknown)}.",
            [name for part in unknown for name in part[0].witness],
            due=at(opening),
            missing=[name for part in unknown for name in part[3]],
        )
    return window.say(
        "satisfied",
        f"批次 {lot} 于 {when} 离开 {record.warehouse}：放行证明有效，{test_zh}，已赋码。",
        f"Lot {lot} left {record.warehouse} {when}: release certificate in force, {test_en}, trace code assigned.",
        [name for part in parts for name in part[0].witness],
    )


class Tested(NamedTuple):
    """The latest result of a lot before an act."""

    value: Outcome
    when: int
    ids: tuple[str, ...]
    """The sampling that ties the sample to the lot, and the result."""


def latest_result(history: History, lot: str, when: int) -> Tested | None:
    """The latest result of the lot's own samples by a second, that second included (R-LATEST, R-LOT-TEST)."""
    samples = {record.sample: fact for fact, record in reversed(history.records(Sampled)) if record.lot == lot}
    latest = None
    for fact, record in history.records(Result):
        if record.sample in samples and at(fact) <= when:
            latest = Tested(record.value, fact.time, (samples[record.sample].id, fact.id))
    return latest


def disinfection_openings(rule: Rule, history: History) -> list[Fact]:
    """The disinfections that count for this lot."""
    return [fact for fact, _ in disinfections(history, history.name)]


def judge_unqualified_disinfection(window: Window) -> Verdict:
    """Who disinfected holds a disinfection qualification, valid and unrevoked at that moment."""
    history, opening = window.history, window.opening
    record = opening.record
    assert isinstance(record, Disinfected)
    held = holds(qualification_spans(history, record.by), mark(opening), horizon=known_until(window, "qualification"))
    when, lot, by = clock(opening.time), history.name, record.by
    if held.answer == "satisfied":
        paper = next(r for f, r in history.records(Qualification) if f.id == held.witness[0])
        return window.say(
            "satisfied",
            f"{by} 于 {when} 对批次 {lot} 消杀，资质 {paper.qualification}（{paper.from_} 至 {paper.to}）有效。",
            f"{by} disinfected lot {lot} {when}; "
            f"qualification {paper.qualification} ({paper.from_} to {paper.to}) was in force.",
            held.witness,
        )
    ended = held.part == "ended"
    if held.answer == "violated":
        zh = "其消毒资质已过期或被撤销" if ended else "没有有效的消毒资质"
        en = (
            "its disinfection qualification had ended or been revoked"
            if ended
            else "it held no disinfection qualification"
        )
        return window.say(
            "violated",
            f"{by} 于 {when} 对批次 {lot} 消杀，{zh}。",
            f"{by} disinfected lot {lot} {when}: {en}.",
            held.witness,
        )
    return window.say(
        "undecided",
        f"{by} 于 {when} 对批次 {lot} 消杀，尚未见其有效资质；资料未齐，待定。",
        f"{by} disinfected lot {lot} {when}; no qualification in force is known yet, and the input is not complete.",
        held.witness,
        due=held.due,
        missing=("qualification",),
    )


def _release_number(history: History, name: str) -> str:
    return next(record.certificate for fact, record in history.records(ReleaseCertificate) if fact.id == name)


def _ended(history: History, released: Found) -> tuple[str, str]:
    """Why no release certificate is in force, as a clause."""
    if released.part == "ended":
        number = _release_number(history, released.witness[0])
        return f"出库放行证明 {number} 已被撤销", f"with release certificate {number} revoked"
    return "没有出库放行证明", "with no release certificate"
