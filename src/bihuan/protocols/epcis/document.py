"""Reading EPCIS 2.0 documents: bytes in, checked events with their exact bytes out.

Two kinds of trouble. What spoils the whole document (not JSON, not UTF-8, a key twice, a wrong version) is raised as
`DocumentFault`. What spoils one event is listed in `Document.faults` with the number of the event and the path of the
field, so that the others can be taken if the sender asked for that. Nothing else is ever raised.

Two modes. `strict` is the standard. `lenient` takes what partners really send and says what was odd in
`Document.warnings`: unknown words and fields, addresses that are none, times without zone, query documents.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NoReturn

import msgspec

from bihuan.protocols.epcis.checks import TOO_DEEP, check_event, deeper_than
from bihuan.protocols.epcis.instants import instant
from bihuan.protocols.epcis.schema import Breach
from bihuan.protocols.epcis.vocabulary import STANDARD_PREFIXES

Mode = Literal["strict", "lenient"]
Kind = Literal["capture", "query", "event"]

MAX_EVENTS: Final = 10_000
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_DEPTH: Final = 64  # objects and lists within one event
_VERSION: Final = re.compile(r"2\.0(\.\d+)?\Z", re.ASCII)


class DocumentFault(Exception):
    """The whole document is refused: a stable code, the path, and the reason in Chinese and English."""

    def __init__(self, code: str, path: str, zh: str, en: str) -> None:
        super().__init__(f"{code} at {path or 'document'}: {en}")
        self.code = code
        self.path = path
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class EventFault:
    """What is wrong or odd at one place; `index` counts the events from 0 and is None for the document itself."""

    index: int | None
    path: str
    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One checked event: its place in the document, its exact bytes, its value and the prefixes in force for it."""

    index: int
    raw: bytes
    value: dict[str, Any]
    namespaces: Mapping[str, str]


@dataclass(slots=True)
class Document:
    """What was read: header, events that passed, faults of those that did not, and warnings."""

    kind: Kind
    schema_version: str | None
    creation_date: int | None
    context: bytes
    namespaces: dict[str, str]
    events: list[RawEvent] = field(default_factory=list)
    faults: list[EventFault] = field(default_factory=list)
    warnings: list[EventFault] = field(default_factory=list)


class _Context(msgspec.Struct):
    context: msgspec.Raw = msgspec.field(name="@context", default=msgspec.Raw(b""))


class _EventList(msgspec.Struct):
    eventList: list[msgspec.Raw]


class _Results(msgspec.Struct):
    resultsBody: _EventList


class _QueryBody(msgspec.Struct):
    queryResults: _Results


class _CaptureDocument(msgspec.Struct):
    epcisBody: _EventList


class _QueryDocument(msgspec.Struct):
    epcisBody: _QueryBody


class _Repeated(ValueError):
    """A key stands twice in one JSON object."""


class _NotFinite(ValueError):
    """A number that JSON does not have, or that no computer holds."""


def read_document(
    data: bytes, *, mode: Mode = "strict", max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES
) -> Document:
    """Read an EPCISDocument, an EPCISQueryDocument (lenient only) or one bare event, from UTF-8 JSON.

    Raises DocumentFault, and only that.
    """
    if len(data) > max_bytes:
        _refuse("too_large", "", f"文件超过 {max_bytes} 字节", f"the document is larger than {max_bytes} bytes")
    marked = data.startswith(b"\xef\xbb\xbf")
    data = data[3:] if marked else data
    value = _parse(data)
    kind = _kind(value)
    header, raws = _split(data, kind)
    if len(raws) > max_events:
        _refuse("too_many", "epcisBody.eventList", f"事件超过 {max_events} 条", f"more than {max_events} events")
    document = _read_header(value, kind, header, mode)
    if marked:
        _warn(document, "", "byte_order_mark", "文件带有字节顺序标记", "the file begins with a byte order mark")
    _read_events(document, _events(value, kind), raws, mode)
    return document


def namespaces_of(context: object) -> dict[str, str]:
    """The prefixes that a JSON-LD context defines; addresses of contexts are not fetched."""
    found: dict[str, str] = {}
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            for name, target in part.items():
                address = target.get("@id") if isinstance(target, dict) else target
                if isinstance(address, str) and not name.startswith("@"):
                    found[name] = address
    return found


def _parse(data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8")
        value = _load(text)
        if "\\u" in text:
            msgspec.json.decode(data)  # refuses half of a surrogate pair, which is no character at all
    except UnicodeDecodeError as error:
        _refuse("not_utf8", "", f"第{error.start + 1}字节不是 UTF-8", f"byte {error.start + 1} is not UTF-8")
    except RecursionError:
        _refuse("too_deep", "", "嵌套层次过深", "nested too deeply")
    except _Repeated as error:
        zh, en = f"同一对象中重复出现字段“{error}”", f"the key '{error}' stands twice in one object"
        _refuse("repeated_key", _where_repeated(data), zh, en)
    except _NotFinite as error:
        _refuse("not_a_number", "", f"“{error}”不是可用的数", f"'{error}' is not a usable number")
    except (ValueError, msgspec.DecodeError) as error:
        _refuse("not_json", "", f"不是有效的 JSON:{error}", f"not valid JSON: {error}")
    if not isinstance(value, dict):
        _refuse("not_an_object", "", "最外层应为对象", "the outermost value must be an object")
    return value


def _load(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_not_finite, parse_float=_finite)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Repeated(next(name for name in names if names.count(name) > 1)[:80])
    return value


def _not_finite(text: str) -> NoReturn:
    raise _NotFinite(text)


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0.0:
        raise _NotFinite(text[:40])
    return number


def _where_repeated(data: bytes) -> str:
    """The event in which a key stands twice, if it is in one; only for the message."""
    for read in (_capture_events, _query_events):
        try:
            events = read(data)
        except (msgspec.DecodeError, RecursionError):
            continue
        for index, raw in enumerate(events):
            try:
                _load(raw.decode("utf-8"))
            except ValueError:
                return f"eventList.{index}"
    return ""


def _capture_events(data: bytes) -> list[bytes]:
    body = msgspec.json.decode(data, type=_CaptureDocument).epcisBody
    return [bytes(raw) for raw in body.eventList]


def _query_events(data: bytes) -> list[bytes]:
    body = msgspec.json.decode(data, type=_QueryDocument).epcisBody
    return [bytes(raw) for raw in body.queryResults.resultsBody.eventList]


def _kind(value: dict[str, Any]) -> Kind:
    name = value.get("type")
    if name == "EPCISDocument":
        return "capture"
    if name == "EPCISQueryDocument":
        return "query"
    if name is None:
        _refuse("missing", "type", "缺少 type", "type is required")
    if not isinstance(name, str) or name.startswith("EPCIS"):
        zh, en = "type 不是 EPCIS 文件或事件", "type names neither an EPCIS document nor an event"
        _refuse("unknown_type", "type", zh, en)
    return "event"


def _split(data: bytes, kind: Kind) -> tuple[bytes, list[bytes]]:
    """The bytes of the context and of each event, exactly as sent."""
    try:
        context = bytes(msgspec.json.decode(data, type=_Context).context)
        if kind == "event":
            return context, [data.strip()]
        return context, _capture_events(data) if kind == "capture" else _query_events(data)
    except RecursionError:
        _refuse("too_deep", "", "嵌套层次过深", "nested too deeply")
    except msgspec.ValidationError as error:
        _refuse("no_event_list", "epcisBody", f"缺少事件列表:{error}", f"no list of events: {error}")
    except msgspec.DecodeError as error:
        _refuse("not_json", "", f"不是有效的 JSON:{error}", f"not valid JSON: {error}")


def _events(value: dict[str, Any], kind: Kind) -> list[Any]:
    if kind == "event":
        return [value]
    body = value["epcisBody"]
    events: list[Any] = (body if kind == "capture" else body["queryResults"]["resultsBody"])["eventList"]
    return events


def _read_header(value: dict[str, Any], kind: Kind, context: bytes, mode: Mode) -> Document:
    version = value.get("schemaVersion")
    if version is not None and not (isinstance(version, str) and _VERSION.match(version)):
        zh, en = f"不支持的版本 {version!r},应为 2.0", f"version {version!r} is not supported; it must be 2.0"
        _refuse("schema_version", "schemaVersion", zh, en)
    if version is None and kind == "capture":
        _refuse("missing", "schemaVersion", "缺少 schemaVersion", "schemaVersion is required")
    document = Document(kind, version, None, context, namespaces_of(value.get("@context")))
    if kind == "query":
        zh, en = "查询结果文件不是采集文件", "a query document is not a capture document"
        _odd(document, mode, "type", "query_document", zh, en)
    if not isinstance(value.get("@context"), (str, list, dict)):
        # A single event is often sent bare; the standard prefixes hold for it all the same.
        bare_event = kind == "event" and "@context" not in value
        _odd(document, "lenient" if bare_event else mode, "@context", "missing", "缺少 @context", "@context is required")
    date = value.get("creationDate")
    if date is not None:
        try:
            document.creation_date = instant(date) if isinstance(date, str) else None
        except (ValueError, OverflowError):
            document.creation_date = None
    if document.creation_date is None and (date is not None or kind == "capture"):
        zh, en = "creationDate 缺失或不是带时区的日期时间", "creationDate is missing or not a date-time with its zone"
        _odd(document, mode, "creationDate", "not_a_time", zh, en)
    return document


def _read_events(document: Document, values: list[Any], raws: list[bytes], mode: Mode) -> None:
    ids: set[str] = set()
    for index, (value, raw) in enumerate(zip(values, raws, strict=True)):
        # No value is deeper than its brackets are many, so that counting them spares the walk.
        deep = raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and deeper_than(value, MAX_DEPTH)
        refused = False
        for breach in (TOO_DEEP,) if deep else check_event(value):
            refused |= _record(document, index, breach, mode)
        if refused:
            continue
        identity = value.get("eventID")
        if isinstance(identity, str) and "errorDeclaration" not in value:
            if identity in ids:
                zh, en = "同一文件中 eventID 重复", "this eventID stands twice in the document"
                document.warnings.append(EventFault(index, "eventID", "repeated", zh, en))
            ids.add(identity)
        own = namespaces_of(value["@context"]) if document.kind != "event" and "@context" in value else {}
        namespaces = document.namespaces | own if own else document.namespaces
        for name in value:
            prefix, colon, rest = name.partition(":")
            if colon and prefix not in namespaces and prefix not in STANDARD_PREFIXES and rest[:2] != "//":
                zh, en = f"前缀“{prefix}”没有在 @context 中定义", f"the prefix '{prefix}' is not defined in @context"
                document.warnings.append(EventFault(index, name, "unknown_prefix", zh, en))
        document.events.append(RawEvent(index, raw, value, namespaces))


def _record(document: Document, index: int, breach: Breach, mode: Mode) -> bool:
    """Put a breach where it belongs; True when it refuses the event."""
    refused = not breach.remark and (mode == "strict" or not breach.tolerable)
    target = document.faults if refused else document.warnings
    target.append(EventFault(index, breach.path, breach.code, breach.zh, breach.en))
    return refused


def _odd(document: Document, mode: Mode, path: str, code: str, zh: str, en: str) -> None:
    if mode == "strict":
        _refuse(code, path, zh, en)
    _warn(document, path, code, zh, en)


def _warn(document: Document, path: str, code: str, zh: str, en: str) -> None:
    document.warnings.append(EventFault(None, path, code, zh, en))


def _refuse(code: str, path: str, zh: str, en: str) -> NoReturn:
    raise DocumentFault(code, path, zh, en)
