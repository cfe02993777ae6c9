"""导入: a table dropped or pasted, every bad cell shown with its reason, good rows kept, undone while unused.

A small table is read, checked and kept at once; a large one is led on beside the requests (`importing`), its page
shows how far it has come.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.clock import new_id
from bihuan.base.db import Open, Reader, Writer
from bihuan.base.declare import Record, TypeSpec
from bihuan.base.errors import BihuanError, Forbidden, Invalid, Refused, Words
from bihuan.base.records import Kept
from bihuan.base.records.batch import (
    batch_lines,
    batches,
    drop_batch,
    keep_batch,
    mend_line,
    one_batch,
    open_batch,
    undo_batch,
)
from bihuan.base.records.batch_large import begin_batch, check_may_decide, stop
from bihuan.base.records.batch_model import Batch, BatchLine
from bihuan.base.records.signatures import signed_by
from bihuan.base.records.spreadsheets import Preview, PreviewRow, check_rows, check_values
from bihuan.base.records.tables import read_pasted, read_table
from bihuan.base.records.workbooks import MEDIA, marked_file, template
from bihuan.base.rules.findings_model import finding_table
from bihuan.ends.enterprise.forms import shown
from bihuan.ends.enterprise.importing import imports_of, soon
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.enterprise.records import may_void, void_type, voided
from bihuan.ends.enterprise.stated import stated
from bihuan.ends.shared.asking import confirm_here, needs_password
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.sending import check_may_sign, send

LINES = 100
"""Rows of a preview on one page."""
SMALL_FILE = 64 * 1024
"""Bytes; a larger file is read beside the requests."""
SMALL_BATCH = 300
"""Lines; more are kept beside the requests."""
MOST_UNDONE = 1000
LARGER_INSIDE = ("too_many_cells", "too_far", "bomb")
"""Why a small file is read as a large one: it is only packed well."""
REFRESHED = 2
"""Seconds after which the page of an import on its way asks again."""
_EVIDENCE = Open("whether a record of ours is evidence of a case is told to us, nothing of the case")


@door("/enterprise/import/{type}", who="enterprise")
def start(page: Page) -> Response:
    """Where a table is dropped or pasted, and the earlier imports of this type."""
    return _start(page, _spec(page), None)


@door("/enterprise/import/{type}/template", who="enterprise")
def empty_table(page: Page) -> Response:
    """The workbook to fill in, in either language."""
    spec, lang = _spec(page), "en" if page.arg("in") == "en" else "zh"
    return page.file(template(spec, lang), f"{spec.titles.of(lang)}.xlsx", MEDIA)


@door("/enterprise/import/{type}", "POST", who="enterprise")
async def upload(page: Page) -> Response:
    """Read the table and put it aside to be looked at; nothing is kept yet."""
    spec = _spec(page)
    try:
        sent = page.uploads("table")
        pasted = page.form.get("pasted")
        sheet = page.field("sheet") or None
        if sent and len(sent[0][1]) > SMALL_FILE:
            return await _large(page, spec, *sent[0], sheet)
        if sent:
            try:
                table = await asyncio.to_thread(read_table, sent[0][1], sent[0][0], spec, sheet=sheet)
            except BihuanError as error:
                if error.code in LARGER_INSIDE:
                    return await _large(page, spec, *sent[0], sheet)
                raise
        elif isinstance(pasted, str) and pasted.strip():
            table = read_pasted(pasted, spec)
        else:
            raise Invalid("请选择文件，或粘贴表格内容。", "Choose a file or paste the cells.", code="empty")
        checked = await asyncio.to_thread(check_rows, spec, table)
        with page.write() as w:
            made = open_batch(w, checked)
    except BihuanError as error:
        return _start(page, spec, error)
    return page.go(f"/enterprise/imports/{made.id}")


async def _large(page: Page, spec: TypeSpec, filename: str, data: bytes, sheet: str | None) -> Response:
    """Keep the file, and have it read beside; its page is shown at once or, when that is soon, with all lines."""
    runner = imports_of(page.house)
    new = new_id(page.house.db.chance, "bat")
    await asyncio.to_thread(runner.lay, new, data)
    with page.write() as w:
        begin_batch(w, new, spec, filename, sheet)
    await soon(runner.lead(new))
    return page.go(f"/enterprise/imports/{new}")


@door("/enterprise/imports/{batch}", who="enterprise")
def preview(page: Page) -> Response:
    """The table as it was read, bad cells marked."""
    return _shown(page, *_batch(page), None)


@door("/enterprise/imports/{batch}/mend", "POST", who="enterprise")
def mend(page: Page) -> Response:
    """One line with its cells mended on the page."""
    made, spec = _batch(page)
    line = int(page.field("line")) if page.field("line").isdecimal() else 0
    with page.write() as w:
        after = mend_line(w, made.id, spec, line, {field.name: page.field(f"c-{field.name}") for field in spec.fields})
    told = (
        page.t(f"第 {line} 行已更正。", f"Row {line} is mended.")
        if after.good
        else page.t(f"第 {line} 行仍有错误。", f"Row {line} still has faults.")
    )
    return page.go(f"/enterprise/imports/{made.id}" + ("" if after.good else f"?mend={line}"), told)


@door("/enterprise/imports/{batch}/keep", "POST", who="enterprise")
async def keep(page: Page) -> Response:
    """Keep all rows or nothing, or with `only=good` the good rows alone."""
    made, spec = _batch(page)
    only_good = page.field("only") == "good"
    try:
        _unsigned(spec)
        confirm_here(page)
        if made.good > SMALL_BATCH and made.state == "preview":
            check_may_sign(page)
            with page.write() as w:
                check_may_decide(w, made.id, only_good=only_good)
            await soon(imports_of(page.house).lead(made.id))
            return page.go(f"/enterprise/imports/{made.id}")
        with page.write() as w:
            kept = keep_batch(
                w, made.id, spec, lambda record, key: _keep_row(page, w, spec, record, key), only_good=only_good
            )
    except BihuanError as error:
        return _shown(page, one_batch(page.reader, made.id), spec, error)
    return page.go(f"/enterprise/imports/{made.id}", page.t(f"已报送 {len(kept)} 行。", f"{len(kept)} rows are kept."))


@door("/enterprise/imports/{batch}/undo", "POST", who="enterprise")
def undo(page: Page) -> Response:
    """Void every record of the batch, while nobody has used one."""
    made, spec = _batch(page)
    try:
        confirm_here(page)
        if made.good > MOST_UNDONE:
            raise Refused(
                f"超过 {MOST_UNDONE} 行的导入不能整批撤销；请导入更正后的记录，或逐条作废。",
                f"An import of over {MOST_UNDONE} rows is not undone as a whole; correct or void its records.",
            )
        with page.write() as w:
            undo_batch(w, made.id, lambda kept: _void(page, w, kept, made), lambda kept: _used(page, w, kept))
    except BihuanError as error:
        return _shown(page, made, spec, error)
    return page.go(f"/enterprise/imports/{made.id}", page.t("整批已撤销。", "The whole batch is undone."))


@door("/enterprise/imports/{batch}/drop", "POST", who="enterprise")
async def drop(page: Page) -> Response:
    """Throw a preview away, or stop what is still being read or checked."""
    made, spec = _batch(page)
    if made.state == "preview" and made.total <= SMALL_BATCH:
        with page.write() as w:
            drop_batch(w, made.id)
    else:
        with page.write() as w:
            stop(w, made.id)
        await soon(imports_of(page.house).lead(made.id))
        if made.state == "checking":
            told = page.t("已中止，没有报送。", "Stopped; nothing was kept.")
            return page.go(f"/enterprise/imports/{made.id}", told)
    return page.go(
        f"/enterprise/import/{spec.name}",
        page.t("预览已丢弃，没有报送。", "The preview is thrown away; nothing was kept."),
    )


@door("/enterprise/imports/{batch}/marked", who="enterprise")
async def marked(page: Page) -> Response:
    """The table with bad cells coloured and explained, to be mended and sent again; of a large one the bad lines alone."""
    made, spec = _batch(page)
    large = made.total > SMALL_BATCH
    rows: list[PreviewRow] = []
    after = 0
    while lines := batch_lines(page.reader, made.id, only_bad=large, after=after, limit=LINES * 5):
        rows += [_row(spec, line) for line in lines]
        after = lines[-1].line
        await asyncio.sleep(0)
    preview = Preview(spec, made.filename, "", rows, [], [])
    data = await asyncio.to_thread(marked_file, preview, page.lang)
    name = (made.filename.rpartition(".")[0] or spec.titles.of(page.lang)) + page.t("（已标注）", " (marked)")
    return page.file(data, f"{name}.xlsx", MEDIA)


def _spec(page: Page) -> TypeSpec:
    return _unsigned(Mine(page).form(page.path("type")).spec)


def _unsigned(spec: TypeSpec) -> TypeSpec:
    """A type that may come as a table; Refused for one whose records are read and signed one by one."""
    if signed_by(spec):
        raise Refused(
            "这类记录须由主要负责人逐份核对签署，不能整批导入；请打开“报送”逐份填写并送签。",
            "These are read and signed one by one by the principal person, never imported: fill each in under “Report” and hand it in.",
            code="needs_signature",
        )
    return spec


def _batch(page: Page) -> tuple[Batch, TypeSpec]:
    made = one_batch(page.reader, page.path("batch"))
    return made, page.house.registry.types[made.type]


def _row(spec: TypeSpec, line: BatchLine) -> PreviewRow:
    record = check_values(spec, line.shown, line.line).record if line.good else None
    return PreviewRow(line.line, line.shown, record, line.faults, line.notes)


def _keep_row(page: Page, w: Writer, spec: TypeSpec, record: Record, key: str) -> Kept:
    # A batch names its records by line: the key stands for the id that the door made of it.
    return replace(send(page, w, spec.name, record, key), id=key)


def _void(page: Page, w: Writer, kept: Kept, made: Batch) -> None:
    found = stated(w, page.house.registry, made.party, kept.ref)
    record = voided(page, found, page.t("导入批次撤销", "import undone"))
    send(page, w, void_type(page, found), record, f"{kept.id}-void", found.sent)


def _used(page: Page, w: Reader, kept: Kept) -> Words | None:
    party = Mine(page).party
    found = stated(w, page.house.registry, party, kept.ref)
    if not may_void(page, found):
        return Words("这类记录不能作废，请逐条更正。", "Records of this type are not voided; correct them one by one.")
    f = finding_table.c
    named = sa.or_(
        f.witness.contains(f'"{found.sent}"', autoescape=True), f.witness.contains(f'"{kept.ref}"', autoescape=True)
    )
    if w.first(sa.select(f.id).where(f.state.in_(["in_case", "closed"]), named), _EVIDENCE) is not None:
        return Words("已作为案件证据。", "It is evidence of a case.")
    return None


def _start(page: Page, spec: TypeSpec, error: BihuanError | None) -> Response:
    faults = [] if error is None else [(fault.path, page.say(fault.words)) for fault in error.faults]
    return page.render(
        "enterprise/import.html",
        200 if error is None else error.status,
        spec=spec,
        earlier=batches(page.reader, spec.name, limit=20),
        error="" if error is None else page.say(error.words),
        listed=faults,
        pasted=page.field("pasted"),
    )


def _shown(page: Page, made: Batch, spec: TypeSpec, error: BihuanError | None) -> Response:
    if not page.principal.may("draft"):
        raise Forbidden("您没有代表本单位报送的权限。", "You may not report for your organisation.")
    only_bad, after = page.arg("bad") == "1", page.arg("after", "0")
    lines = batch_lines(
        page.reader, made.id, only_bad=only_bad, after=int(after) if after.isdecimal() else 0, limit=LINES + 1
    )
    faults = [] if error is None else [(fault.path, page.say(fault.words)) for fault in error.faults][:50]
    return page.render(
        "enterprise/import_preview.html",
        200 if error is None else error.status,
        {"Refresh": str(REFRESHED)} if made.working and error is None else None,
        made=made,
        spec=spec,
        lines=lines[:LINES],
        more=lines[LINES - 1].line if len(lines) > LINES else None,
        only_bad=only_bad,
        mending=page.arg("mend"),
        stale=needs_password(page),
        listed=faults,
        **{"error": "", "faults": {}} | {k: v for k, v in shown(page, error).items() if k == "error"},
    )
