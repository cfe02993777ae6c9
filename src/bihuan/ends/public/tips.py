"""举报: anyone may report a problem, without a name, and follow it under a code that nobody can guess."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import CASE, Act, Step, case_table, note_finding
from bihuan.base.cases.once import begin
from bihuan.base.errors import BihuanError, Fault, Invalid, NotFound, Refused, TooLarge, Words
from bihuan.base.files import Media, store_file
from bihuan.base.identity import areas
from bihuan.base.identity.passwords import Source, count_failure, locked
from bihuan.base.principal import system
from bihuan.base.rules.findings_model import FINDING, finding_table
from bihuan.ends.shared.asking import Ask, Form, Typed, shown, typed
from bihuan.ends.shared.cookies import address_of
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

JOB = system("public-tip")
MOST = 6
"""Tips from one address within a quarter of an hour; more wait for the next quarter."""
LONGEST = 2_000
"""Characters of a tip."""
LARGEST_PHOTO = 10 * 1024 * 1024
_READ_AS = str.maketrans("oil", "011")
_WHY = "whoever reported has the code and learns how far it is; nothing of the case but its step"


@door("/report", who="anyone")
def report_page(page: Page) -> Response:
    """The form to report a problem."""
    code = page.arg("code")
    if code.strip():
        return page.go(f"/report/{spelt(code)}")
    return _form(page, {"area": [page.arg("area")], "where": [page.arg("where")[:200]]})


@door("/report", "POST", who="anyone")
def report_now(page: Page) -> Response:
    """Take a tip in; the answer shows the code under which it can be followed."""
    try:
        _check_rate(page)
        finding = _take(page)
    except BihuanError as error:
        return _form(page, typed(page), error)
    return page.render("public/tip_taken.html", code=shown_code(finding))


@door("/report/{code}", who="anyone", declassified=_WHY)
def follow(page: Page) -> Response:
    """How far a tip is."""
    reader = page.house.db.reader(JOB)
    f = finding_table.c
    query = sa.select(finding_table).where(f.id == f"fnd-{_read(page.path('code'))}", f.origin == "tip")
    found = reader.first(query, FINDING)
    if found is None:
        return _form(page, {}, NotFound(), status=404)
    case = reader.first(sa.select(case_table).where(case_table.c.finding == found["id"]), CASE)
    names = Names(page)
    return page.render(
        "public/tip.html",
        code=shown_code(found["id"]),
        found=found,
        state=_state(found, case),
        steps=[(step, step.words()) for step in Step],
        here=_step(case),
        area=names.area(found["area"]),
        closed_at=None if case is None else case["closed_at"],
    )


def shown_code(finding: str) -> str:
    """A finding's random id as people write it down: four groups of four signs."""
    signs = finding.partition("-")[2].upper()
    return "-".join(signs[n : n + 4] for n in range(0, len(signs), 4))


def spelt(code: str) -> str:
    """A follow-up code as typed, in the one form."""
    return shown_code("fnd-" + _read(code))


def _read(code: str) -> str:
    return "".join(sign for sign in code.lower() if sign.isalnum()).translate(_READ_AS)[:40]


def _check_rate(page: Page) -> None:
    """Count this tip under its address; Refused when there were too many. The count stays when the tip is refused."""
    key = "tip:" + Source("", address_of(page)).address_row
    with page.house.db.write(JOB) as w:
        too_many = locked(w, key) or count_failure(w, key, MOST + 1)
    if too_many:
        raise Refused(
            "来自您这里的举报过多，请一刻钟后再提交，或拨打 12345。",
            "Too many reports from where you are; try again in a quarter of an hour, or call 12345.",
        )


def _take(page: Page) -> str:
    text = page.require("text", "发现了什么", "What you saw")
    if len(text) > LONGEST:
        words = Words(f"请控制在 {LONGEST} 字以内。", f"At most {LONGEST} characters, please.")
        raise Invalid(*words, faults=[Fault("text", "long", words)])
    where = page.require("where", "在哪里", "Where")[:200]
    area = page.require("area", "所在辖区", "District")
    if area not in {code for code, _ in _areas(page)}:
        words = Words("请选择所在辖区。", "Choose the district.")
        raise Invalid(*words, faults=[Fault("area", "choice", words)])
    line = page.field("line") or next(iter(page.house.lines()), "")
    if line not in page.house.lines():
        words = Words("请选择举报的事项。", "Choose what it is about.")
        raise Invalid(*words, faults=[Fault("line", "choice", words)])
    app = next(app for app in page.house.apps.values() if app.line == line)
    photos = _photos(page)
    said = [text, where, area, line, [hashlib.sha256(data).hexdigest() for _, data in photos]]
    with page.house.db.write(JOB) as w:
        begun = begin(w, Act(retry=page.field("retry") or None), "public_tip", *said)
        if begun.before is not None:
            return begun.before
        finding = note_finding(
            w,
            subject=f"other:{where}",
            origin="tip",
            line=line,
            area=area,
            photos=[store_file(w, data, name).id for name, data in photos],
            title=Words(f"公众举报：{app.titles.zh}", f"Tip from the public: {app.titles.en}"),
            reason=Words(f"{where}：{text}", f"{where}: {text}"),
            act=Act(door="public"),
        )
        return begun.answer(finding)


def _photos(page: Page) -> list[tuple[str, bytes]]:
    sent = page.uploads("photo")
    words = Words("请只附一张 10 MB 以内的 JPEG 或 PNG 照片。", "Attach one JPEG or PNG photo of at most 10 MB.")
    if len(sent) > 1 or any(len(data) > LARGEST_PHOTO for _, data in sent):
        raise TooLarge(*words, faults=[Fault("photo", "large", words)])
    if any(not data.startswith((b"\xff\xd8\xff", b"\x89PNG")) for _, data in sent):
        raise Invalid(*words, faults=[Fault("photo", Media.jpeg.value, words)])
    return sent


def _areas(page: Page) -> list[tuple[str, str]]:
    """Districts of the apps' territories that exist today."""
    found = {}
    for app in page.house.apps.values():
        for area in areas(page.reader, app.territory):
            if len(area.code) == 6 and area.valid_to is None:
                found[area.code] = page.say(area.words)
    return sorted(found.items())


def _form(page: Page, values: Typed, error: BihuanError | None = None, status: int = 200) -> Response:
    lines = [(app.line, page.say(app.titles)) for app in page.house.apps.values()]
    asks = [
        Ask(
            "text",
            Words("发现了什么", "What you saw"),
            "long",
            required=True,
            help=Words(
                "写清楚时间、做了什么或没做什么；不要写个人隐私。",
                "When, what was or was not done; no private matters, please.",
            ),
        ),
        Ask(
            "where",
            Words("在哪里", "Where"),
            required=True,
            help=Words("地址、店名、追溯码或车牌均可。", "An address, a shop, a trace code or a plate."),
        ),
        Ask("area", Words("所在辖区", "District"), "choice", _areas(page), required=True),
        *([Ask("line", Words("事项", "About"), "choice", lines, required=True)] if len(lines) > 1 else []),
        Ask(
            "photo",
            Words("照片", "Photo"),
            "file",
            help=Words(
                "一张，10 MB 以内；照片里的位置、设备信息会自动去掉。",
                "One, at most 10 MB; place and device are taken out of it.",
            ),
        ),
    ]
    form = Form("/report", Words("举报", "Send the report"), asks)
    one = shown(page, form, values, None if isinstance(error, NotFound) else error)
    return page.render(
        "public/report.html",
        status if error is None or status != 200 else error.status,
        one=one,
        unknown=isinstance(error, NotFound),
    )


def _state(found: RowMapping, case: RowMapping | None) -> tuple[Words, str]:
    if case is not None and case["state"] == "closed":
        return Words("已办结", "Closed"), "green"
    if case is not None and case["state"] == "open":
        return Words("正在办理", "Being handled"), "orange"
    if found["state"] in ("withdrawn", "closed") or case is not None:
        return Words("经核实不再办理", "Checked; nothing further follows"), "none"
    return Words("已收到，等待核实", "Received, to be checked"), "yellow"


def _step(case: RowMapping | None) -> Step:
    return next((step for step in Step if case is not None and step.value == case["step"]), Step.found)
