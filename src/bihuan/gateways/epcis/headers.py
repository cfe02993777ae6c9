"""The standard's headers: versions, forms of answer and of content, behaviour on errors."""

from __future__ import annotations

import re

from starlette.requests import Request

from bihuan.base.catalog import House
from bihuan.base.errors import Fault, TooLarge, Unsupported, Words
from bihuan.gateways.doors import media_of, read_body
from bihuan.gateways.epcis.capture import Behaviour, Mode
from bihuan.gateways.epcis.problems import NotAcceptable, refused_header

VERSION = "2.0.0"
FORMAT = "Never_Translates"
"""Ids are answered as they were sent; both written forms of one id are found by either."""
_OURS = re.compile(r"2(\.0){0,2}", re.ASCII)
_NUMBERED = re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,6}))?(?:\.([0-9]{1,6}))?", re.ASCII)
_ANSWERED = ("*/*", "application/*", "application/json", "application/ld+json", "application/problem+json", "")
_VERSIONS = ("GS1-EPCIS", "GS1-CBV")


def version_headers() -> dict[str, str]:
    """Which versions are served, for discovery."""
    return {
        "GS1-EPCIS-Min": VERSION, "GS1-EPCIS-Max": VERSION, "GS1-CBV-Min": VERSION, "GS1-CBV-Max": VERSION,
        "GS1-EPC-Format": FORMAT,
    }  # fmt: skip


def check_acceptable(request: Request) -> None:
    """NotAcceptable when none of the forms and versions that the sender would take is served."""
    accept = request.headers.get("accept", "*/*")
    kinds = [part.partition(";") for part in accept.split(",")]
    if not any(kind.strip().lower() in _ANSWERED and not _never(rest) for kind, _, rest in kinds):
        zh = "此门只以 application/json 或 application/ld+json 回答。"
        raise _unacceptable("Accept", zh, f"Answers are application/json or application/ld+json, not {accept[:80]}.")
    for name in _VERSIONS:
        low, high = request.headers.get(f"{name}-Min"), request.headers.get(f"{name}-Max")
        for given, kind, wrong in ((low, "Min", 1), (high, "Max", -1)):
            if given is not None and _against_ours(given) in (None, wrong):
                zh, en = f"只提供 {VERSION} 版，不在所要求的范围内。", f"Only version {VERSION} is served, which is outside."
                raise _unacceptable(f"{name}-{kind}", zh, en)
    wanted = request.headers.get("gs1-epc-format", FORMAT)
    if wanted not in (FORMAT, "No_Preference"):
        zh = "标识按原样返回，不作转换。"
        raise _unacceptable("GS1-EPC-Format", zh, "Ids are answered as they were sent, never translated.")


def check_versions(request: Request) -> None:
    """Invalid when what is sent follows another version."""
    for name in ("GS1-EPCIS-Version", "GS1-CBV-Version"):
        given = request.headers.get(name, VERSION).strip()
        if not _OURS.fullmatch(given):
            raise refused_header(name, "unknown_version", f"只支持 2.0，收到 {given[:40]}。", f"Only 2.0 is served, not {given[:40]}.")


async def body_of_request(house: House, request: Request) -> bytes:
    """The JSON that was sent, within limits; Unsupported for any other kind, coding or character set."""
    kind = media_of(request)
    if kind not in ("application/json", "application/ld+json"):
        zh = "内容类型应为 application/json 或 application/ld+json（XML 尚未开放）。"
        en = f"Send application/json or application/ld+json (XML is not open yet), not {kind[:80] or 'nothing'}."
        raise _unsupported("Content-Type", zh, en)
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        zh = "请发送未压缩的内容。"
        raise _unsupported("Content-Encoding", zh, f"Send it as it is, without Content-Encoding (not {coding[:40]}).")
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", request.headers["content-type"], re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise _unsupported("Content-Type", "字符编码应为 UTF-8。", f"The character set must be UTF-8, not {charset[1][:40]}.")
    try:
        return await read_body(request, house.capture_bytes)
    except TooLarge as large:
        raise TooLarge(large.words.zh, large.words.en, faults=[Fault("", large.code, large.words)]) from large


def behaviour_of(request: Request) -> Behaviour:
    """What to do with the good events of a document that has faulty ones."""
    asked = request.headers.get("gs1-capture-error-behaviour", "rollback").strip().lower()
    if asked not in ("rollback", "proceed"):
        zh, en = "应为 rollback 或 proceed。", "Must be rollback or proceed."
        raise refused_header("GS1-Capture-Error-Behaviour", "header", zh, en)
    return "proceed" if asked == "proceed" else "rollback"


def mode_of(request: Request) -> Mode:
    """Whether the standard is taken at its word, or what partners really send is taken with warnings."""
    asked = request.headers.get("bihuan-reading") or request.query_params.get("reading") or "strict"
    if asked not in ("strict", "lenient"):
        raise refused_header("Bihuan-Reading", "header", "应为 strict 或 lenient。", "Must be strict or lenient.")
    return "lenient" if asked == "lenient" else "strict"


def _never(parameters: str) -> bool:
    return re.search(r"\bq\s*=\s*0(\.0*)?\s*(;|$)", parameters) is not None


def _against_ours(given: str) -> int | None:
    """1 when a version is later than ours, -1 when it is earlier, None when it is none."""
    found = _NUMBERED.fullmatch(given.strip())
    if found is None:
        return None
    number = tuple(int(part or 0) for part in found.groups())
    return (number > (2, 0, 0)) - (number < (2, 0, 0))


def _unacceptable(name: str, zh: str, en: str) -> NotAcceptable:
    return NotAcceptable(zh, en, faults=[Fault(name, NotAcceptable.code, Words(zh, en))])


def _unsupported(name: str, zh: str, en: str) -> Unsupported:
    return Unsupported(zh, en, faults=[Fault(name, Unsupported.code, Words(zh, en))])
