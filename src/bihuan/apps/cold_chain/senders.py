"""谁可以报: which kinds of organisation may state a step, and where it must be their own place or their own name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bihuan.apps.cold_chain.records import STEPS
from bihuan.base.errors import Words
from bihuan.base.identity import KINDS
from bihuan.base.identity.model import AUTHORITIES
from bihuan.base.records import StepRead

ANY = ""
"""The step names nothing that must be the sender's own."""
Senders = Mapping[str, str]
"""Kind of organisation → the field that must name the sender itself or a place that it runs, or `ANY`."""

_OFFICES: Senders = {}
_OWNER: Senders = {"importer": "owner"}
_WAREHOUSES: Senders = {"cold_store": ANY, "transit_warehouse": ANY}
_ITS_OPERATOR: Senders = {"cold_store": "warehouse", "transit_warehouse": "warehouse"}
_TESTERS: Senders = {"laboratory": ANY, **_WAREHOUSES}
_DOORS: Senders = {"carrier": ANY, "terminal": ANY, "cold_store": "in_warehouse", "transit_warehouse": "in_warehouse"}

SENDERS: dict[str, Senders] = {
    "health_certificate": _OFFICES,
    "customs_released": _OFFICES,
    "booked": _OWNER,
    "booking_confirmed": {"cold_store": "by", "transit_warehouse": "by"},
    "booking_amended": _OWNER,
    "booking_cancelled": {"importer": ANY, "cold_store": "by", "transit_warehouse": "by"},
    "picked_up": {"terminal": "place", "carrier": ANY},
    "door_opened": _DOORS,
    "door_closed": _DOORS,
    "temperature": {"carrier": ANY, "terminal": ANY, **_WAREHOUSES},
    "arrived_warehouse": _ITS_OPERATOR,
    "unloaded": _ITS_OPERATOR,
    "disinfected": {"disinfector": "by", **_WAREHOUSES},
    "qualification": _OFFICES,
    "sampled": _TESTERS,
    "result": _TESTERS,
    "release_certificate": _OFFICES,
    "certificate_revoked": _OFFICES,
    # The importer buys and prints the codes; the first storage point puts them on.
    "trace_code_assigned": {"importer": ANY, **_WAREHOUSES},
    "left_warehouse": _ITS_OPERATOR,
    "stored_first": _ITS_OPERATOR,
    "split": _WAREHOUSES,
    "merged": _WAREHOUSES,
    "repacked": _WAREHOUSES,
    "sold": _WAREHOUSES,
    "destroyed": _WAREHOUSES,
    "refused": _WAREHOUSES,
    "stock_counted": _ITS_OPERATOR,
    # Voiding and error declarations work only on records of the same sender.
    "voided": dict.fromkeys(KINDS, ANY),
}
"""Who may state each step. Authorities and departments may state every step: partners' data comes in through them."""


def may_state(
    step: StepRead, kinds: frozenset[str], party: str, operator_of: Callable[[str], str | None]
) -> Words | None:
    """None when an organisation of these kinds may state the step, else the reason in both languages.

    `operator_of` gives the organisation that runs a place, or that is the party, as records name it; None when it is not
    registered, and then the right kind is enough.
    """
    if step.step == "voided" or step.step not in SENDERS or kinds & AUTHORITIES:
        return None
    allowed = SENDERS[step.step]
    title = STEPS[step.step].titles
    fields = [allowed[kind] for kind in sorted(kinds & allowed.keys())]
    if not fields:
        who = [*allowed, *sorted(AUTHORITIES)]
        zh, en = _named(who)
        own = _named(sorted(kinds)) if kinds else Words("无", "none")
        return Words(
            f"“{title.zh}”只能由{zh}报送；贵单位登记的类别：{own.zh}。",
            f"“{title.en}” is stated by these only: {en}. Your organisation is registered as: {own.en}.",
        )
    foreign = ""
    for field in fields:
        named = str(getattr(step.record, field) or "") if field != ANY else ""
        operator = operator_of(named) if named else None
        if operator is None or operator == party:
            return None
        foreign = named
    return Words(
        f"“{title.zh}”须由“{foreign}”自己的单位报送；它登记在其他单位名下。",
        f"“{title.en}” is stated by the organisation of “{foreign}” itself; that is registered to another.",
    )


def _named(kinds: list[str]) -> Words:
    labels = [KINDS.get(kind, Words(kind, kind)) for kind in kinds]
    return Words("、".join(each.zh for each in labels), ", ".join(each.en.lower() for each in labels))
