"""我的记录: what we stated, whether it stands, was corrected or voided; to correct it, to void it with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.clock import DAY, day_start, moment
from bihuan.base.db import Open
from bihuan.base.declare import Record, read
from bihuan.base.errors import BihuanError, Conflict, NotFound, Refused, Words
from bihuan.base.notify import tell
from bihuan.base.records import RECORD, fact, fact_key, record
from bihuan.base.records.registry import EVENT
from bihuan.base.records.signatures import signed_by
from bihuan.ends.enterprise.forms import retry_key
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.enterprise.stated import Stated, stated
from bihuan.ends.enterprise.vouchers import VOUCHERS
from bihuan.ends.shared.asking import Ask, Form, confirm_here, form_page, typed
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import LONGEST_EXPORT, at, wanted_file
from bihuan.ends.shared.names import Names, snake
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.sending import send
from bihuan.ends.shared.words import door_words, when

STATES = {
    "valid": Words("有效", "In force"),
    "corrected": Words("已更正", "Corrected"),
    "voided": Words("已作废", "Voided"),
}
_ABOUT = Open("which subjects are named in records that were just found within scope")


@door("/enterprise/records", who="enterprise")
def listed(page: Page) -> Response:
    """Our own records, the newest first."""
    mine, names = Mine(page), Names(page)
    types = {form.spec.name: page.say(form.spec.titles) for form in mine.forms}
    newer = record.alias("newer")
    voids = [name for name in page.house.registry.types if snake(name.partition(".")[2]) == "voided"]
    newer_fact = fact.alias("newer_fact")
    joined = (
        record.join(fact, sa.and_(fact.c.seq == record.c.seq, fact.c.n == 0))
        .outerjoin(newer, newer.c.ref == record.c.superseded_by)
        .outerjoin(newer_fact, sa.and_(newer_fact.c.seq == newer.c.seq, newer_fact.c.n == 0))
    )
    state = sa.case(
        (record.c.superseded_by.is_(None), "valid"), (newer_fact.c.type.in_(voids), "voided"), else_="corrected"
    ).label("state")
    query = sa.select(record, fact.c.type.label("stated"), state).select_from(joined).where(*_asked(page, mine, state))
    total = page.reader.count(query, RECORD)
    _, offset, _ = page.pages(total)
    query = query.order_by(record.c.seq.desc())
    whole = wanted_file(page)
    rows = page.reader.rows(query.limit(LONGEST_EXPORT) if whole else query.limit(50).offset(offset), RECORD)
    about = _subjects(page, [row["seq"] for row in rows])
    columns = [
        column(
            "received",
            "报送时间",
            "Sent",
            lambda r: at(r["received"]),
            show=lambda r: when(r["received"], page.now, page.lang),
            link=lambda r: f"/enterprise/sent/{r['ref']}",
        ),
        column("type", "类型", "Type", lambda r: names.type(r["stated"])),
        column("subject", "对象", "About", lambda r: "、".join(names.subject(s) for s in about.get(r["seq"], [])[:3])),
        column(
            "time", "发生时间", "Happened", lambda r: at(r["time"]), show=lambda r: when(r["time"], page.now, page.lang)
        ),
        column("state", "状态", "State", lambda r: page.say(STATES[r["state"]])),
        column("door", "途径", "Door", lambda r: r["door"], show=lambda r: _door(page, r["door"])),
        column("number", "账本编号", "Ledger number", lambda r: r["seq"], number=True),
    ]
    return list_page(
        page,
        "records",
        Words("我的记录", "Our records"),
        columns,
        rows,
        total=total,
        filters=[
            Filter("type", Words("类型", "Type"), sorted(types.items(), key=lambda item: item[1])),
            Filter("state", Words("状态", "State"), [(name, page.say(words)) for name, words in STATES.items()]),
            Filter("from", Words("发生自", "From"), kind="date"),
            Filter("to", Words("至", "To"), kind="date"),
            Filter("q", Words("箱号、批次", "Container, lot"), kind="search"),
        ],
        acts=[("/enterprise/report", Words("报送", "Report"))],
        empty=Words(
            "还没有符合条件的记录。第一步：打开“报送”，选一项填写，核对后签署。",
            "No record fits. First step: open “Report”, fill in one form, read it over and sign it.",
        ),
    )


@door("/enterprise/records/{ref}/void", who="enterprise")
def void_form(page: Page) -> Response:
    """The form that asks why a record was entered in error."""
    return _void_form(page, _standing(page), None)


@door("/enterprise/records/{ref}/void", "POST", who="enterprise")
def void(page: Page) -> Response:
    """Take a record back, with the reason; it stays to be seen, and rules leave it out."""
    kept = _own(page)
    try:
        _standing(page)
        reason = page.require("reason", "作废原因", "Reason")
        confirm_here(page)
        with page.write() as w:
            send(page, w, void_type(page, kept), voided(page, kept, reason), retry_key(page), kept.sent)
            why = Words(
                f"已作废{kept.spec.titles.zh}（账本编号 {kept.seq}）：{reason}",
                f"{kept.spec.titles.en} ({kept.seq}) voided: {reason}",
            )
            tell(w, why, f"/enterprise/sent/{kept.ref}", party=Mine(page).party, source=f"voided:{kept.ref}")
    except BihuanError as error:
        return _void_form(page, kept, error)
    return page.go(
        f"/enterprise/sent/{kept.ref}", page.t("已作废；原记录仍可查看。", "Voided; the record stays to be seen.")
    )


def void_type(page: Page, kept: Stated) -> str:
    """The type by which an app takes records back; Refused when it has none."""
    name = f"{kept.spec.name.partition('.')[0]}.Voided"
    if name not in page.house.registry.types or signed_by(kept.spec):
        raise Refused("这类记录不能作废，请用更正。", "Records of this type are not voided; correct them.")
    return name


def voided(page: Page, kept: Stated, reason: str) -> Record:
    """The record that takes another back, saying why as far as its type holds a reason."""
    spec = page.house.registry.types[void_type(page, kept)]
    names = {field.name for field in spec.fields}
    reading = read(
        spec, {name: value for name, value in (("time", moment(page.now)), ("reason", reason)) if name in names}
    )
    assert isinstance(reading.record, Record), reading.faults
    return reading.record


def may_void(page: Page, kept: Stated) -> bool:
    """Whether a record can be taken back by its app's own type."""
    return not kept.superseded and not signed_by(kept.spec) and f"{kept.spec.name.partition('.')[0]}.Voided" in page.house.registry.types


def voucher_of(kept: Stated) -> bool:
    """Whether an in or out voucher can be printed of a record."""
    return snake(kept.spec.name.partition(".")[2]) in VOUCHERS


def _void_form(page: Page, kept: Stated, error: BihuanError | None) -> Response:
    form = Form(
        f"/enterprise/records/{kept.ref}/void",
        Words("作废这条记录", "Void this record"),
        [
            Ask(
                "reason",
                Words("作废原因", "Reason"),
                "long",
                required=True,
                help=Words("写明错在哪里。", "Say what was wrong."),
            )
        ],
        binding=True,
    )
    title = Words(f"作废：{kept.spec.titles.zh}", f"Void: {kept.spec.titles.en}")
    intro = Words(
        "作废后规则不再采用这条记录，但它和作废原因都会保留。",
        "Rules leave a voided record out; it and the reason stay on record.",
    )
    back = (f"/enterprise/sent/{kept.ref}", Words("这条记录", "This record"))
    return form_page(page, title, form, values=typed(page), error=error, intro=intro, back=back)


def _door(page: Page, name: str) -> str:
    return page.say(door_words(name))


def _own(page: Page) -> Stated:
    return stated(page.reader, page.house.registry, Mine(page).party, page.path("ref"))


def _standing(page: Page) -> Stated:
    kept = _own(page)
    if kept.superseded:
        raise Conflict("这条记录已被更正或作废。", "This record was corrected or voided already.")
    void_type(page, kept)
    return kept


def _asked(page: Page, mine: Mine, state: sa.Label[Any]) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [record.c.party == mine.party]
    own = list(page.house.apps)
    found.append(sa.or_(record.c.type == EVENT, *(record.c.type.startswith(f"{app}.", autoescape=True) for app in own)))
    if page.arg("type"):
        found.append(fact.c.type == page.arg("type"))
    if page.arg("state") in STATES:
        found.append(state == page.arg("state"))
    for name, low in (("from", True), ("to", False)):
        if page.arg(name):
            start = _day(page.arg(name))
            found.append(record.c.time >= start if low else record.c.time < start + DAY)
    if page.arg("q"):
        keys = [
            f"{kind}:{page.arg('q').strip().upper()}" for app in page.house.apps.values() for kind in app.subject_kinds
        ]
        keys += [f"{kind}:{page.arg('q').strip()}" for app in page.house.apps.values() for kind in app.subject_kinds]
        found.append(record.c.seq.in_(sa.select(fact_key.c.seq).where(fact_key.c.key.in_(keys))))
    return found


def _day(text: str) -> int:
    try:
        return day_start(date.fromisoformat(text))
    except ValueError as wrong:
        raise NotFound from wrong


def _subjects(page: Page, seqs: list[int]) -> dict[int, list[str]]:
    kinds = tuple(f"{kind}:" for app in page.house.apps.values() for kind in app.subject_kinds)
    found: dict[int, list[str]] = {}
    for start in range(0, len(seqs), 400):
        query = sa.select(fact_key).where(fact_key.c.seq.in_(seqs[start : start + 400])).order_by(fact_key.c.key)
        rows: list[RowMapping] = list(page.reader.rows(query, _ABOUT))
        for row in rows:
            if row["key"].startswith(kinds):
                found.setdefault(row["seq"], []).append(row["key"])
    _through_joins(page, [seq for seq in seqs if seq not in found], kinds, found)
    return found


def _through_joins(page: Page, seqs: list[int], kinds: tuple[str, ...], found: dict[int, list[str]]) -> None:
    """What a record is about that names only a booking or a sample: what the others under that number name."""
    mine, other, about = fact_key.alias("mine"), fact_key.alias("other"), fact_key.alias("about")
    joined = (
        mine.join(other, sa.and_(other.c.key == mine.c.key, other.c.seq != mine.c.seq))
        .join(about, about.c.seq == other.c.seq)
        .join(record, record.c.seq == other.c.seq)
    )
    by_number = sa.or_(*(mine.c.key.startswith(f"{kind}:") for kind in ("booking", "sample")))
    for start in range(0, len(seqs), 400):
        query = sa.select(mine.c.seq, about.c.key).select_from(joined).distinct().order_by(about.c.key)
        for row in page.reader.rows(query.where(mine.c.seq.in_(seqs[start : start + 400]), by_number), RECORD):
            if row["key"].startswith(kinds):
                found.setdefault(row["seq"], []).append(row["key"])
