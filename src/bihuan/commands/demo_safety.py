"""The demonstration's second app: the Taicang cold store states its years in the name of its principal person, who signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bihuan.apps.safety_reports.app import APP
from bihuan.apps.safety_reports.demo import statements
from bihuan.base.catalog import House
from bihuan.base.clock import HOUR
from bihuan.base.declare import compiled
from bihuan.base.principal import Principal
from bihuan.base.records import keep
from bihuan.base.records.envelope import encode_record
from bihuan.base.records.signatures import Signing, signed_by, signing_hash

AREA, LOGIN = "320585", "taicang"


@dataclass
class SafetyReports:
    """What the store's principal person states and signs, and where it can be seen."""

    house: House
    as_member: Callable[[str, str], Principal]
    enterprise: str
    """Its credit code."""
    party: str
    """Its organisation id."""

    def acts(self, now: int) -> list[tuple[int, Callable[[], None]]]:
        """The act, at its instant."""
        return [(now - 40 * HOUR, lambda: self._state(now))]

    def links(self) -> list[tuple[str, str, str, str]]:
        """One party and all it owes, at both ends."""
        subject = f"enterprise:{self.enterprise}"
        return [
            ("　 它依江苏安全风险报告规定的应办", "  what it owes under Jiangsu's safety reports", "/enterprise/duties", LOGIN),
            ("　 一个主体，全部应办与在库批次", "  one party, all it owes and holds", f"/regulator/parties/{self.party}", "suzhou"),
            ("　 报告、风险四色与依据", "  its report, risks by colour, articles", f"/regulator/subjects/{subject}", "suzhou"),
        ]  # fmt: skip

    def _state(self, now: int) -> None:
        for n, record in enumerate(statements(self.enterprise, AREA, now)):
            spec = compiled(type(record), APP.name)
            hash_ = signing_hash(spec.name, self.party, None, encode_record(record))
            with self.house.db.write(self.as_member(LOGIN, self.party)) as w:
                signing = Signing(hash_) if signed_by(spec) else None
                keep(w, record, app=APP.name, door="form", retry=f"taicang-{n}", signing=signing)
