"""账本: what anyone may see of it (size, checkpoint, key, the verifying script) and the check of a receipt."""

from __future__ import annotations

from importlib.resources import files

from starlette.responses import PlainTextResponse, Response

from bihuan.base.errors import BihuanError, Invalid, Refused, TooLarge, Words
from bihuan.base.ledger import latest_checkpoint, size
from bihuan.ends.shared import quarantine, record_page, records, sheets  # noqa: F401  (their pages enter the route table)
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.records import latest_records
from bihuan.ends.shared.routes import door
from bihuan.engines.merkle import MerkleError, Verified, parse_checkpoint, parse_note, read_receipt, verify_receipt

LARGEST_RECEIPT = 8 * 1024 * 1024
"""Bytes: a receipt holds one record's body; the largest attachment-free record is far below this."""


@door("/ledger", who="anyone", declassified="size, checkpoint and key hold no content")
def ledger_page(page: Page) -> Response:
    """The ledger as everybody sees it, and for those logged in the latest records within their scope."""
    note, signed = "", 0
    try:
        signed, note = latest_checkpoint(page.reader)
    except Refused:
        note = ""
    root = parse_checkpoint(parse_note(note).text).root.hex() if note else ""
    recent = latest_records(page, 10) if page.logged_in is not None else []
    return page.render(
        "shared/ledger.html",
        size=size(page.reader),
        note=note,
        signed=signed,
        root=root,
        vkey=page.house.key.vkey,
        recent=recent,
        names=Names(page),
        spec=page.house.registry.types,
    )


@door("/ledger/checkpoint", who="anyone", declassified="a checkpoint holds a size and a hash, no content")
def checkpoint_text(page: Page) -> Response:
    """The latest signed checkpoint as it stands, for monitors and witnesses."""
    try:
        return PlainTextResponse(latest_checkpoint(page.reader)[1], media_type="text/plain; charset=utf-8")
    except Refused as none_yet:
        return PlainTextResponse(page.say(none_yet.words) + "\n", 404, media_type="text/plain; charset=utf-8")


@door("/ledger/verify_receipt.py", who="anyone")
def script(page: Page) -> Response:
    """The small independent script that verifies a receipt offline."""
    data = files("bihuan.standalone").joinpath("verify_receipt.py").read_bytes()
    return page.file(data, "verify_receipt.py", "text/x-python; charset=utf-8")


@door("/ledger/check", who="anyone")
def check_page(page: Page) -> Response:
    """The form that takes a receipt to check."""
    return _check_form(page)


@door("/ledger/check", "POST", who="anyone")
def check_now(page: Page) -> Response:
    """Check a receipt that was uploaded or pasted against this ledger's public key."""
    try:
        data = _given(page)
        try:
            proved = verify_receipt(read_receipt(data), page.house.key.vkey)
        except MerkleError as wrong:
            raise Invalid(
                "回执无效：它没有证明这条记录在本账本中，或内容已被改动。",
                f"The receipt does not hold: {wrong}.",
                code="receipt",
            ) from wrong
    except BihuanError as error:
        return _check_form(page, error)
    return _check_form(page, proved=proved)


def _given(page: Page) -> bytes:
    sent = page.uploads("receipt")
    # Browsers send pasted lines with CR LF; a receipt has LF alone.
    data = sent[0][1] if sent else (page.field("pasted").replace("\r\n", "\n") + "\n").encode()
    if not data.strip():
        raise Invalid(
            "请选择回执文件，或粘贴回执全文。", "Choose a receipt file or paste the whole receipt.", code="empty"
        )
    if len(data) > LARGEST_RECEIPT:
        raise TooLarge("回执文件过大。", "That is too large for a receipt.")
    return data


def _check_form(page: Page, error: BihuanError | None = None, proved: Verified | None = None) -> Response:
    kind = Words("", "")
    if proved is not None and proved.header.type in page.house.registry.types:
        kind = page.house.registry.types[proved.header.type].titles
    return page.render(
        "shared/check_receipt.html",
        200 if error is None else error.status,
        proved=proved,
        kind=kind,
        error="" if error is None else page.say(error.words),
        pasted=page.field("pasted"),
        vkey=page.house.key.vkey,
    )
