"""From an EPCIS event to the steps of the loop, and back: full fidelity both ways.

`to_event` writes the one form of a step; `from_event` reads whatever says the same (other prefixes, URN or web words,
URN or Digital Link ids, several lots in one event). An event without `bh:step` is no step: see `movements`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bihuan.apps.cold_chain.event_ids import RECORD, in_force, local_name, write_id
from bihuan.apps.cold_chain.event_view import Values, View, own_word
from bihuan.apps.cold_chain.profile import FORMS, Form
from bihuan.apps.cold_chain.records import STEPS, Step, Voided
from bihuan.base.clock import instant, iso, moment, parse_instant
from bihuan.base.declare import TypeSpec, compiled, read
from bihuan.base.errors import Fault, Invalid
from bihuan.protocols.epcis.vocabulary import bare

APP: Final = "cold_chain"
OFFSET: Final = "+08:00"
STEP_OF: Final[dict[type[Step], str]] = {cls: name for name, cls in STEPS.items()}
PERSONAL: Final = frozenset(("driverName", "driverPhone", "driverId"))
"""Members of our namespace that name a person; cut before hashing."""


@dataclass(frozen=True, slots=True)
class StepRead:
    """One step found in an event."""

    step: str
    """Neutral name, e.g. `picked_up`."""
    record: Step
    id: str
    """Record id; the same for all steps of one event."""
    time: int
    """When it happened, int microseconds UTC."""
    supersedes: str | None = None
    part: int = 0
    """Place among the steps of the event: 0, 1, … where it names several lots or readings."""
    received: int | None = None
    """`recordTime`, which only files for `judge` may carry; int microseconds UTC."""
    corrected_by: tuple[str, ...] = ()
    """For an EPCIS error declaration: the ids of the records that take the place of the one taken back."""


def to_event(step: Step, *, id: str, supersedes: str | None = None, record_time: int | None = None) -> dict[str, Any]:
    """The EPCIS event of a step; numbers are Decimal, to be encoded as JSON numbers; `record_time` in us UTC."""
    name = STEP_OF[type(step)]
    form = FORMS[name]
    event: dict[str, Any] = {
        "type": form.type,
        "eventID": write_id(RECORD, id),
        "eventTime": iso(instant(step.time)),
        "eventTimeZoneOffset": OFFSET,
    }
    if record_time is not None:
        event["recordTime"] = iso(record_time)
    if form.action:
        event["action"] = form.action
    event |= {"bizStep": form.biz_step, "disposition": form.disposition, "bh:step": name}
    if supersedes is not None:
        event["bh:supersedes"] = write_id(RECORD, supersedes)
    for slot in form.slots:
        slot.write(step, event)
    return event


def from_event(event: Mapping[str, Any], namespaces: Mapping[str, str] | None = None) -> list[StepRead]:
    """The steps of one event, [] when it is none; Invalid with every fault when it claims to be one and is not.

    `namespaces` maps the prefixes of the document to addresses (`protocols.epcis.document.namespaces_of`).
    An error declaration is read as `voided`, whatever the event was.
    """
    view = View(event, namespaces)
    name = view.extension("step")
    declared = event.get("errorDeclaration")
    if name is None and (declared is None or not event.get("eventID")):
        return []  # no step; and a declaration without an id takes nothing back that could be found
    record_id = _id(view, "eventID", event.get("eventID"))
    if declared is not None:
        return _taken_back(view, record_id, declared)
    form = FORMS.get(name) if isinstance(name, str) else None
    if form is None or not isinstance(name, str):
        view.fault("step", view.key("step"), "step", f"没有“{name}”这个环节。", f"There is no step “{name}”.")
        raise _refusal(view)
    _check_form(view, form)
    supersedes = view.extension("supersedes")
    if supersedes is not None:
        supersedes = _id(view, view.key("supersedes"), supersedes)
    elif name == "voided":
        _missing(view, view.key("supersedes"))
    at = _instant(view, "eventTime", event.get("eventTime"))
    received = _instant(view, "recordTime", event["recordTime"]) if event.get("recordTime") else None
    records = _records(view, form, compiled(STEPS[name], APP), at)
    if view.faults:
        raise _refusal(view)
    return [
        StepRead(name, record, record_id, instant(record.time), supersedes, part, received)
        for part, record in enumerate(records)
    ]


def personal_parts(
    event: Mapping[str, Any], namespaces: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The event without its personal members, and what was cut: path to value."""
    cut: dict[str, Any] = {}
    prefixes = in_force(event, namespaces)

    def clean(value: Any, path: str) -> Any:
        if isinstance(value, Mapping):
            kept = {}
            for key, inner in value.items():
                where = f"{path}.{key}" if path else key
                if key != "@context" and local_name(key, prefixes) in PERSONAL:
                    cut[where] = inner
                else:
                    kept[key] = clean(inner, where)
            return kept
        if isinstance(value, list):
            return [clean(inner, f"{path}[{n}]") for n, inner in enumerate(value)]
        return value

    return clean(event, ""), cut


def _taken_back(view: View, record_id: str, declared: Any) -> list[StepRead]:
    if not isinstance(declared, Mapping):
        view.fault("errorDeclaration", "errorDeclaration", "shape", "这里应含各栏。", "An object is expected here.")
        raise _refusal(view)
    at = _instant(view, "errorDeclaration.declarationTime", declared.get("declarationTime"))
    named, path = declared.get("correctiveEventIDs"), "errorDeclaration.correctiveEventIDs"
    if not isinstance(named, list | None):
        view.fault(path, path, "shape", "这里应是一列标识。", "A list of ids is expected here.")
        named = None
    instead = tuple(_id(view, f"{path}[{n}]", text) for n, text in enumerate(named or ()))
    received = _instant(view, "recordTime", view.event["recordTime"]) if view.event.get("recordTime") else None
    if view.faults:
        raise _refusal(view)
    own = f"{record_id}~error@{at}"
    return [StepRead("voided", Voided(time=moment(at)), own, at, record_id, 0, received, instead)]


def _check_form(view: View, form: Form) -> None:
    event = view.event
    found = event.get("bizStep")
    said = bare(own_word(found, view.namespaces)) if isinstance(found, str) else found
    for path, value, wanted, code in (
        ("type", event.get("type"), form.type, "type"),
        ("action", event.get("action", ""), form.action, "action"),
        ("bizStep", said, form.biz_step, "biz_step"),
    ):
        if value != wanted:
            en = f"This step has {path} {wanted}." if wanted else f"This step has no {path}."
            view.fault(path, path, code, f"这一环节的 {path} 应为 {wanted or '空'}。", en)


def _records(view: View, form: Form, spec: TypeSpec, at: int) -> list[Step]:
    base: Values = {"time": moment(at)}
    rows: list[Values] = [{}]
    where: dict[str, str] = {}
    for slot in form.slots:
        found = slot.read(view)
        where |= slot.where
        if len(found) == 1:
            base |= found[0]
        else:
            rows = found
    records: list[Step] = []
    for n, row in enumerate(rows):
        reading = read(spec, base | row)
        if isinstance(reading.record, Step):
            records.append(reading.record)
        for fault in reading.faults:
            head, tail = _split(fault.path)
            known = head in view.bad or (n and head not in row)
            if not known:
                path = where.get(head, head).format(n=n)
                path = view.key(path[3:]) if path.startswith("bh:") else path
                view.faults.append(Fault(path + tail, fault.code, fault.words))
    return records


def _split(path: str) -> tuple[str, str]:
    """A path of the record as its field and the rest in the words of the event."""
    found = re.match(r"\w+", path)
    head = found[0] if found else path
    return head, path[len(head) :].replace(".lot", ".epcClass").replace(".kg", ".quantity")


def _id(view: View, path: str, text: Any) -> str:
    if not isinstance(text, str) or not text.strip():
        _missing(view, path)
        return ""
    return view.id(RECORD, text, path, path) or ""


def _instant(view: View, path: str, text: Any) -> int:
    if not isinstance(text, str):
        _missing(view, path)
        return 0
    try:
        return parse_instant(text)
    except ValueError:
        view.fault(path, path, "instant", "时间写法不对，请写成 2020-12-10T14:20:00+08:00。",
                   "This is no time; write 2020-12-10T14:20:00+08:00.")  # fmt: skip
        return 0


def _missing(view: View, path: str) -> None:
    view.fault(path, path, "required", "请填写这一项。", "Fill this in.")


def _refusal(view: View) -> Invalid:
    zh = f"这一事件不符合冷链事件规范，共 {len(view.faults)} 处。"
    en = f"The event does not follow the cold-chain profile in {len(view.faults)} place(s)."
    return Invalid(zh, en, code="event_profile", faults=view.faults)
