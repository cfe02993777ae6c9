"""管理: registers, people, powers, limits, feeds, logs. Importing this registers the doors."""

from bihuan.ends.admin import (
    accounts,
    areas,
    avoidances,
    feeds,
    home,
    limits,
    logs,
    organisations,
    people,
    places,
    powers,
    quarantine,
    roles,
    tokens,
)

__all__ = [
    "accounts",
    "areas",
    "avoidances",
    "feeds",
    "home",
    "limits",
    "logs",
    "organisations",
    "people",
    "places",
    "powers",
    "quarantine",
    "roles",
    "tokens",
]
