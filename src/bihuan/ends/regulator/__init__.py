"""一网统管: the pages of those who supervise. Importing this registers their doors."""

# isort: off
from bihuan.ends.regulator import (
    application_page,
    applications,
    bulk_dispatch,
    case_page,
    cases,
    certificates,
    documents,
    duties,
    find,
    findings,
    home,
    messages,
    noting,
    places_map,
    subject_page,
    rules,
    watched,  # last: its address takes the name of any app
)
# isort: on

__all__ = [
    "application_page",
    "applications",
    "bulk_dispatch",
    "case_page",
    "cases",
    "certificates",
    "documents",
    "duties",
    "find",
    "findings",
    "home",
    "messages",
    "noting",
    "places_map",
    "rules",
    "subject_page",
    "watched",
]
