"""With which parameters every route is asked: kinds of ids in the path, questions in the address, forms and bodies.

`{kind}` in a question, form or body is an id of that kind. A path parameter names its kind; `=value` stands as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Form = Mapping[str, object]
TYPES = ("=cold_chain.Sold", "=cold_chain.StaffHealth", "=cold_chain.Nothing")
STEPS = ("=sold", "=staff_health", "=booked", "=nothing")
LIST = ("", "format=csv", "format=json", "page=2&lang=en", "q={word}", "q={container}")


@dataclass(frozen=True)
class Case:
    """How one path is asked."""

    params: tuple[str | tuple[str, ...], ...] = ()
    asks: tuple[str, ...] = ("",)
    forms: tuple[Form, ...] = ({},)
    bodies: tuple[str, ...] = ("{{}}",)
    """JSON, for machines; braces of JSON are doubled."""
    open_to_holders: bool = False
    """Whoever has the code may see the thing: only codes of ours and codes that nothing bears are asked."""
    ends_session: bool = False
    """Sent without the session's token, else nobody could go on asking."""


_RECORD_ASKS = ("", "lang=en")
_GIVE = {"area": "310104", "line": "cold_chain", "capabilities": "read", "party": "{organisation}", "why": "x"}
_ACTS = tuple(
    {"doing": doing, "to": "person:{officer}", "due": "2020-12-20T10:00", "text": "x", "passed": "yes", "grade": "good",
     "outcome": "x", "articles": "x", "demands": "x", "evidence_kept": "{file}", "decision": "grant", "version": "1"}
    for doing in ("dispatch", "order", "handle", "verify", "close", "evaluate", "accept", "review", "decide", "issue", "no")
)  # fmt: skip
_EVENTS = (
    "", "perPage=2", "EQ_bizStep=retail_selling", "MATCH_anyEPC=urn:epc:id:bic:{container}", "EQ_eventID={event}",
    "eventType=AggregationEvent&orderBy=eventTime&orderDirection=ASC", "GE_eventTime=2020-12-10T00:00:00Z&eventCountLimit=3",
)  # fmt: skip
_VALUES = ("=ObjectEvent", "=retail_selling", "=urn:epc:id:bic:CSQU0002004", "=nothing")
_EVENT = (
    '{{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"ObjectEvent",'
    '"action":"OBSERVE","eventTime":"2020-12-10T06:00:00Z","eventTimeZoneOffset":"+00:00","eventID":"{event}",'
    '"epcList":["urn:epc:id:bic:{container}"],"bizStep":"inspecting"}}'
)
_DOCUMENT = (
    '{{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument",'
    '"schemaVersion":"2.0","creationDate":"2020-12-10T06:00:00Z","epcisBody":{{"eventList":[' + _EVENT + "]}}}}"
)
_SHARE = ("", "limit=1", "format=csv", "area=310104", "area=310115", "line=cold_chain", "nonsense=1")

CASES: dict[str, Case] = {
    # the public
    "/": Case(asks=("", "lang=en")),
    "/certificates": Case(asks=("", "code={certificate_code}", "code={case_number}")),
    "/c/{code}": Case(("certificate_code",), open_to_holders=True),
    "/report": Case(asks=("", "code={tip}", "area=310104&where={word}"),
                    forms=({}, {"text": "x", "where": "{word}", "area": "nowhere"})),
    "/report/{code}": Case(("tip",), open_to_holders=True),
    "/trace": Case(asks=("", "code={trace}", "code={lot}")),
    "/t/{code}": Case(("trace",), open_to_holders=True),
    "/t/{code}/receipt": Case(("trace",), open_to_holders=True),
    "/ledger": Case(asks=("", "lang=en")),
    "/ledger/checkpoint": Case(),
    "/ledger/candidate": Case(),
    "/ledger/tile/{path:path}": Case((("=0/000.p/1", "=0/x001/000", "=nothing"),)),
    "/ledger/cosignatures": Case(bodies=("1\n— w AAAA\n", "x")),
    "/ledger/verify_receipt.py": Case(),
    "/ledger/verify_draw.py": Case(),
    "/checks": Case(asks=("", "line=cold_chain&area=310104", "result=problems&lang=en", "q={word}", "plan={draw}", "page=2")),
    "/checks/{number}": Case(("checked",), open_to_holders=True),
    "/checks/{number}/receipt": Case(("checked",), open_to_holders=True),
    "/checks/{number}/draw": Case(("checked",), open_to_holders=True),
    "/ledger/check": Case(forms=({}, {"receipt": "{record}"}, {"ref": "{record}"})),
    # one's own account
    "/log-in": Case(asks=("", "next=/regulator/cases/{case}"),
                    forms=({}, {"login": "{login}", "password": "wrong"})),
    "/log-out": Case(ends_session=True),
    "/account": Case(asks=("", "lang=en")),
    "/account/act-for": Case(forms=({"party": "{organisation}"}, {"party": "{person}"})),
    "/account/sessions/end": Case(ends_session=True),
    "/account/confirm": Case(asks=("", "next=/regulator/cases/{case}"), forms=({"password": "", "next": "/cases/{case}"},)),
    "/account/password": Case(forms=({"old_password": "", "password": "x", "password_again": "y"},)),
    # both ends
    "/find": Case(asks=("", "q={word}", "q={container}", "q={lot}", "q={case_number}", "q={case}", "q={document}",
                        "q={certificate_code}", "q=沪B·H2345", "q=沪BX0001", "q=BH234", "q=CSQU", "q=LOT", "q=AJ-", "q=WT-",
                        "q={booking}", "q={organisation}", "q=310104", "q={person}", "q=BJ-3101", "q=FX-", "q=CC-3101", "q=JC-3101", "q={draw}",
                        "q={visit}")),
    "/messages": Case(asks=("", "view=unread"),
                      forms=({"message": "{message}"}, {"message": "{message}", "doing": "acknowledge"},
                             {"open": "/cases/{case}"})),
    "/cases/{id}": Case(("case",)),
    "/applications/{id}": Case(("application",)),
    "/files/{file}": Case(("file",)),
    "/records": Case(asks=(*LIST, "type=cold_chain.Sold", "q={record}", "q={event}", "q={lot}")),
    "/records/{ref}": Case((("record", "own_record", "record7", "event"),), asks=_RECORD_ASKS),
    "/records/{ref}/receipt": Case((("record", "own_record"),), asks=("", "body=no")),
    "/records/{ref}/raw": Case((("record", "own_record"),)),
    "/records/{ref}/personal": Case((("record", "own_record"),), forms=({"why": "x"}, {"why": "x", "act": "erase"}, {})),
    "/quarantine": Case(asks=(*LIST, "state=", "state=dropped", "door=epcis")),
    "/quarantine/{item}": Case(("quarantined",)),
    "/quarantine/{item}/resend": Case(("quarantined",)),
    "/quarantine/{item}/drop": Case(("quarantined",)),
    # the regulator's end
    "/regulator": Case(asks=("", "lang=en", "area=310104", "until=2020-12-20")),
    "/regulator/duties": Case(asks=(*LIST, "state=done", "state=", "rule=x", "area=310104", "app=cold_chain", "party={organisation}")),
    "/regulator/findings/new": Case(
        asks=("", "subject={subject}", "subject=place:{place}&area=310104", "subject=party:{organisation}"),
        forms=({}, {"app": "cold_chain", "origin": "patrol", "title": "x", "reason": "x", "kind": "party",
                    "name": "{word}", "area": "310115", "party": "{word}", "photos_kept": "{file}"},
               {"app": "cold_chain", "origin": "patrol", "title": "x", "reason": "x", "kind": "container",
                "name": "{container}", "area": "310104"},
               {"app": "cold_chain", "origin": "patrol", "title": "x", "reason": "x", "kind": "container",
                "name": "{container}", "area": "310115", "photos_kept": "{file}"})),
    "/regulator/findings": Case(asks=(*LIST, "state=closed", "state=", "origin=tip", "origin=rule", "area=310104", "view=all",
        "view=mine&state=active", "view=all&state=active&party={organisation}")),
    "/regulator/findings/{id}": Case((("finding", "open_finding"),), asks=_RECORD_ASKS,
                                     forms=({"due": "2020-12-20T10:00", "text": "x"}, {})),
    "/regulator/cases": Case(asks=(*LIST, "view=closed", "view=all", "view=late", "step=checking", "area=310104",
                                   "since=2020-12-01")),
    "/regulator/cases/dispatch": Case(
        asks=("", "case={case}", "case={case_number}"),
        forms=({"case": "{case}", "to": "person:{officer}", "due": "2020-12-20T10:00"}, {})),
    "/regulator/cases/{id}": Case((("case", "case_number"),), asks=_RECORD_ASKS, forms=_ACTS),
    "/regulator/documents/{id}": Case(("document",), asks=_RECORD_ASKS),
    "/regulator/applications": Case(asks=(*LIST, "view=all", "view=closed", "area=310104")),
    "/regulator/applications/{id}": Case((("application", "open_application"),), forms=_ACTS),
    "/regulator/certificates/{id}": Case(("certificate",), forms=({"reason": "x", "article": "y"}, {})),
    "/regulator/parties/{id}": Case(("organisation",), asks=_RECORD_ASKS),
    "/regulator/draws": Case(asks=(*LIST, "state=drawn", "area=310104", "app=cold_chain")),
    "/regulator/draws/new": Case(asks=("", "replaces={draw}"), forms=(
        {}, {"app": "cold_chain", "title": "x", "area": "310104", "kinds": "importer", "begins": "2020-12-01T10:00",
             "due": "2020-12-30T10:00", "count": "1", "per_visit": "2", "weighing": "equal"},
        {"app": "cold_chain", "title": "x", "area": "310115", "kinds": "importer", "begins": "2020-12-01T10:00",
         "due": "2020-12-30T10:00", "count": "1", "per_visit": "2", "weighing": "equal", "replaces": "{draw}", "reason": "x"})),
    "/regulator/draws/{id}": Case(("draw",), asks=_RECORD_ASKS, forms=({"doing": "freeze"}, {"doing": "draw"}, {})),
    "/regulator/draws/{id}/proof": Case(("draw",)),
    "/regulator/visits": Case(asks=(*LIST, "view=all", "view=all&late=1", "state=recorded", "area=310104")),
    "/regulator/visits/{id}": Case(("visit",), asks=_RECORD_ASKS, forms=(
        {"doing": "record", "visited_at": "2020-12-10T10:00", "answer-booking": "no", "photos-booking_kept": "{file}"},
        {"doing": "sign"}, {"doing": "aside", "reason": "x"}, {})),
    "/regulator/map": Case(asks=("", "app=cold_chain", "area=310104", "app=nothing")),
    "/regulator/subjects/{subject:path}": Case(("subject",), asks=(*_RECORD_ASKS, "at=2030-01-01T00:00")),
    "/regulator/{app}": Case((("=cold_chain", "=nothing"),), asks=(
        *LIST, "kind=lot", "stage=on_road", "verdict=violated", "area=310104", "firm={word}", "place={place}", "sort=label")),
    "/regulator/{app}/rules": Case((("=cold_chain", "=nothing"),)),
    "/regulator/{app}/rules/{rule}": Case(("=cold_chain", ("=CC01", "=nothing", "=cold_chain.stored_before_release"),),
                                          asks=("", "answer=undecided", "answer=satisfied")),
    "/regulator/{app}/stores": Case((("=cold_chain", "=nothing"),), asks=("", "format=csv", "format=json")),
    "/regulator/{app}/indicator": Case((("=cold_chain", "=nothing"),), asks=("", "area=310104", "until=2020-12-20")),
    "/regulator/{app}/indicator/proof": Case((("=cold_chain", "=nothing"),), asks=("", "area=310104", "format=csv")),
    # the enterprise's end
    "/enterprise": Case(asks=("", "lang=en")),
    "/enterprise/applications": Case(asks=(*LIST, "state=ours", "state=granted")),
    "/enterprise/applications/new/{kind}": Case((("=cold_chain.release", "=nothing"),),
                                                asks=("", "for=lot:{lot}", "for={subject}")),
    "/enterprise/applications/{id}": Case((("application", "open_application"),), forms=({"text": "x"}, {})),
    "/enterprise/certificates/{id}": Case(("certificate",)),
    "/enterprise/bookings": Case(asks=(*LIST, "state=waiting", "side=warehouse", "side=owner", "q={booking}")),
    "/enterprise/bookings/new": Case(asks=("", "for={subject}", "container={container}&destination={place}"), forms=(
        {}, {"act": "check", "container": "{container}", "destination": "{place}", "slot": "2030-01-01T00:00", "vehicle": "沪BH2345",
             "driver": "D"})),
    "/enterprise/bookings/{number}": Case(("booking",)),
    "/enterprise/bookings/{number}/amend": Case(("booking",), forms=({}, {"vehicle": "沪BX0002"})),
    "/enterprise/bookings/{number}/cancel": Case(("booking",)),
    "/enterprise/bookings/{number}/confirm": Case(("booking",)),
    "/enterprise/bookings/{number}/refuse": Case(("booking",), forms=({"reason": "x"}, {})),
    "/enterprise/cases": Case(asks=(*LIST, "turn=ours", "state=closed")),
    "/enterprise/cases/{id}": Case((("case", "case_number"),), forms=({"text": "x", "files_kept": "{file}"}, {})),
    "/enterprise/documents/{id}": Case(("document",)),
    "/enterprise/vouchers/{ref}": Case((("record8", "record"),)),
    "/enterprise/records": Case(asks=(*LIST, "type=cold_chain.Sold", "state=live", "from=2020-12-01", "q={lot}")),
    "/enterprise/records/{ref}/void": Case((("record", "own_record"),), forms=({"reason": "x"}, {})),
    "/enterprise/report": Case(),
    "/enterprise/report/{type}": Case((TYPES,), asks=(
        "", "fresh=1", "repeat=1", "for=lot:{lot}", "for={subject}", "corrects={record8}", "corrects={record}"),
        forms=({}, {"act": "check", "lot": "{lot}"}, {"act": "check", "corrects": "{record8}"},
               {"act": "check", "time": "2020-12-12T10:00", "container": "{container}", "lot": "{lot}", "lots": "{lot}",
                "warehouse": "{place}", "by": "{place}", "booking": "{booking}", "sample": "{word}", "value": "negative",
                "code": "{word}", "kg": "1"})),
    "/enterprise/signing": Case(asks=(*LIST, "state=withdrawn", "state=signed")),
    "/enterprise/signing/{draft}": Case(("to_sign",), asks=_RECORD_ASKS, forms=(
        {}, {"act": "sign", "promise": "on", "version": "1", "hash": "0"}, {"act": "return", "remark": "x"},
        {"act": "return"})),
    "/enterprise/signing/{draft}/edit": Case(("to_sign",), forms=({}, {"act": "save", "version": "7", "what": "x",
                                                                       "time": "2020-12-12T10:00"})),
    "/enterprise/agencies": Case(forms=({}, {"uscc": "{organisation}"})),
    "/enterprise/agencies/{engagement}/end": Case(("engagement",)),
    "/enterprise/drafts/{type}": Case((TYPES,), forms=({"lot": "{lot}"},)),
    "/enterprise/drafts/{type}/drop": Case((TYPES,), forms=({"draft": "{draft}"},)),
    "/enterprise/sent/{ref}": Case((("record8", "own_record"),)),
    "/enterprise/duties": Case(asks=(*LIST, "state=done", "rule=x", "q={container}")),
    "/enterprise/gate": Case(asks=("", "container={container}&vehicle=沪BH2345", "container={container}&place={place}",
                                   "container={container}&vehicle=沪BH2345&place=WH1"),
                             forms=({}, {"container": "x", "vehicle": "y"})),
    "/enterprise/gate/{container}": Case(("container",)),
    "/enterprise/goods": Case(asks=(*LIST, "kind=lot", "stage=on_road", "state=violated", "state=undecided")),
    "/enterprise/export/{type}": Case((TYPES,), asks=("", "format=xlsx")),
    "/enterprise/import/{type}": Case((TYPES,)),
    "/enterprise/import/{type}/template": Case((("=cold_chain.Nothing",),)),
    "/enterprise/imports/{batch}": Case(("batch",), asks=("", "bad=1", "mend=2")),
    "/enterprise/imports/{batch}/mend": Case(("batch",), forms=({"line": "99"},)),
    "/enterprise/imports/{batch}/keep": Case(("batch",)),
    "/enterprise/imports/{batch}/undo": Case(("batch",)),
    "/enterprise/imports/{batch}/drop": Case(("batch",)),
    "/enterprise/imports/{batch}/marked": Case(("batch",)),
    "/enterprise/labels": Case(asks=("", "lot={lot}", "lot={lot}&copies=2")),
    "/enterprise/subjects/{subject:path}": Case(("subject",)),
    "/sheets/{subject}/{sheet}": Case(("subject", ("=control_list", "=nothing"))),
    # administration
    "/admin": Case(asks=("", "lang=en")),
    "/admin/areas": Case(asks=(*LIST, "under=310104", "kind=district", "state=merged")),
    "/admin/areas/new": Case(),
    "/admin/areas/merge": Case(),
    "/admin/avoidances": Case(asks=("", "format=csv", "format=json")),
    "/admin/avoidances/new": Case(asks=("", "person={officer}", "party={organisation}"),
                                  forms=({}, {"person": "{officer}", "party": "{organisation}", "why": "x"})),
    "/admin/avoidances/{id}/end": Case(("avoidance",)),
    "/admin/feeds": Case(asks=(*LIST, "type=sold")),
    "/admin/feeds/state": Case(),
    "/admin/limits": Case(asks=(*LIST, "area=310104", "state=ended", "name=x")),
    "/admin/limits/new": Case(asks=("", "name=x")),
    "/admin/limits/end": Case(asks=("", "id=x")),
    "/admin/access-log": Case(asks=(*LIST, "person={person}", "row={organisation}", "kind=log_in", "row={person}")),
    "/admin/log": Case(asks=(*LIST, "row={person}", "row={organisation}", "act=give_grant")),
    "/admin/organisations": Case(asks=(*LIST, "kind=importer", "area=310104")),
    "/admin/organisations/new": Case(forms=({}, {"name": "{word}", "kinds": "importer", "area": "310104"})),
    "/admin/organisations/{party}": Case(("organisation",)),
    "/admin/organisations/{party}/edit": Case(("organisation",), forms=({"name": "x"}, {"area": "310115"})),
    "/admin/organisations/{party}/tokens": Case(("organisation",), asks=("", "format=csv")),
    "/admin/organisations/{party}/tokens/new": Case(("organisation",), forms=({"name": "x", "valid_to": "2021-12-01"},)),
    "/admin/organisations/{party}/tokens/{token}/revoke": Case(("organisation", "token")),
    "/admin/people": Case(asks=(*LIST, "area=310104", "party={organisation}")),
    "/admin/people/new": Case(forms=({}, {"name": "x", "area": "310104"})),
    "/admin/people/{who}": Case((("person", "officer"),)),
    "/admin/people/{who}/account/{act}": Case(("person", ("=create", "=reset", "=close", "=nothing"))),
    "/admin/people/{who}/reveal": Case(("person",), forms=({"why": "x"}, {})),
    "/admin/people/{who}/edit": Case(("person",), forms=({"area": "310104"}, {})),
    "/admin/people/{who}/erase": Case(("person",), forms=({"why": ""}, {})),
    "/admin/people/{who}/grant": Case((("person", "officer"),), forms=(_GIVE, {})),
    "/admin/people/{who}/membership": Case((("person", "officer"),), forms=(_GIVE, {})),
    "/admin/people/{who}/card": Case((("person", "officer"),), forms=({"number": "x"}, {})),
    "/admin/people/{who}/cards/{number}/end": Case(("officer", "=card-none"), forms=({"at": "2020-12-30"},)),
    "/admin/people/{who}/grants/{number}/end": Case(("officer", "grant"), forms=({"at": "2020-12-30"},)),
    "/admin/people/{who}/memberships/{number}/end": Case(("officer", "membership"), forms=({"at": "2020-12-30"},)),
    "/admin/places": Case(asks=(*LIST, "kind=cold_store", "area=310104")),
    "/admin/places/edit": Case(asks=("", "id={place}"), forms=({}, {"id": "{place}", "name": "x", "party": "{organisation}"})),
    "/admin/quarantine": Case(asks=(*LIST, "state=", "state=dropped")),
    "/admin/quarantine/{item}": Case(("quarantined",)),
    "/admin/quarantine/{item}/resend": Case(("quarantined",)),
    "/admin/quarantine/{item}/drop": Case(("quarantined",)),
    "/admin/roles": Case(),
    "/admin/roles/edit": Case(asks=("", "name=x")),
    # machines: EPCIS
    "/capture": Case(asks=("", "perPage=1"), bodies=("{{}}", _DOCUMENT)),
    "/capture/{job}": Case(("job",)),
    "/events": Case(asks=_EVENTS, bodies=("{{}}", _EVENT)),
    "/events/{event_id:path}": Case(("event",)),
    "/nextPageToken/{token}": Case(("=00",)),
    "/queries": Case(),
    "/queries/{rest:path}": Case(("=anything",)),
    # machines: our own
    "/v1/mapped": Case(),
    "/v1/mapped/{mapping}": Case((("=sipg_pick_up", "=nothing"),)),
    "/v1/openapi.json": Case(),
    "/v1/time": Case(),
    "/v1/records/{ref}/receipt": Case((("record", "own_record"),), asks=("", "body=no")),
    "/v1/records/{type}/template": Case((("=nothing",),)),
    "/v1/records/{type}/{ref}": Case((STEPS, ("record", "record8", "own_record"))),
    "/v1/records/{type}": Case((STEPS,), asks=(
        "", "limit=1", "subject=lot:{lot}", "subject={subject}", "from=2020-12-10T00:00:00%2B08:00", "since=2020-12-01T00:00")),
    "/v1/feeds": Case(),
    "/v1/feeds/{step}": Case((("=nothing",),)),
    "/v1/share/subjects": Case(asks=(*_SHARE, "kind=lot", "place={place}", "stage=on_road")),
    "/v1/share/trips": Case(asks=(*_SHARE, "place={place}")),
    "/v1/share/findings": Case(asks=(*_SHARE, "subject={subject}", "party={organisation}", "state=open")),
    "/v1/share/duties": Case(asks=(*_SHARE, "subject={subject}", "party={organisation}", "state=open")),
}  # fmt: skip

for _name in ("eventTypes", "bizSteps", "dispositions", "epcs", "readPoints", "bizLocations"):
    CASES[f"/{_name}"] = Case()
    CASES[f"/{_name}/{{value:path}}"] = Case((_VALUES,))
    CASES[f"/{_name}/{{value:path}}/events"] = Case((_VALUES,), asks=("", "perPage=1"))

_RECEIPT = (r"(?m)(^[A-Za-z0-9+/]{43}=\n)+", r"(?m)^demo/test/1\n\d+$", r"(?m)^— .*$")
_SIZE = (r"(覆盖前|covers the first) [\d,]+", r"(?<=<dd>)[\d,]+(?=</dd>)", r'(?<=<a href="/ledger">)[\d,]+(?=</a>)')
DECLASSIFIED: dict[str, tuple[str, ...]] = {
    "/": _SIZE,
    "/ledger": (*_SIZE, r"[0-9a-f]{64}", r'(?s)<pre class="raw">.*?</pre>'),
    "/ledger/checkpoint": _RECEIPT,
    "/ledger/candidate": _RECEIPT,
    "/t/{code}/receipt": _RECEIPT,
    "/checks/{number}/receipt": _RECEIPT,
    "/records/{ref}/receipt": _RECEIPT,
    "/v1/records/{ref}/receipt": _RECEIPT,
}
"""Of a declassified route the figures of the ledger as a whole (size, root, path of hashes, signature), as patterns:
they differ, and are left out of the comparison; all the rest of the answer is compared."""
DECLASSIFIED_OF_MACHINES = {
    "/ledger/candidate": "a checkpoint holds a size and a hash, no content",
    "/v1/records/{ref}/receipt": "a receipt holds one's own record, hashes, and the size of the ledger; no other content",
}
"""Machines' routes have no mark of their own; the reason stands here."""
