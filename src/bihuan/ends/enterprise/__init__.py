"""一网通办, for firms: what is due, reported once, booked, put right. Importing this registers its doors."""

from bihuan.ends.enterprise import (
    applications,
    bookings,
    cases,
    duties,
    exporting,
    gate,
    goods,
    home,
    imports,
    labels,
    records,
    report,
    signing,
    signing_agencies,
    subject_page,
    vouchers,
)

__all__ = [
    "applications",
    "bookings",
    "cases",
    "duties",
    "exporting",
    "gate",
    "goods",
    "home",
    "imports",
    "labels",
    "records",
    "report",
    "signing",
    "signing_agencies",
    "subject_page",
    "vouchers",
]
