"""The loop on one page: which happening wakes which part. Read this first.

    a door keeps bytes         -> ledger.Appended    -> rows    (records.derive, gateways.epcis.index)
    rows are there             -> records.Derived    -> wake    (rules.subjects: who may be concerned)
    subjects are woken         ->                    -> judge   (rules.evaluation: verdicts, duties, findings)
    a finding is withdrawn     -> FindingWithdrawn   -> cases   (an open case ends as 撤销)
    a release is decided       -> CertificateChanged -> goods   (the app states it as an event of the goods)
    the clock has ticked       -> ClockTicked        -> wake what is due, sweep cases, deliver the outbox, checkpoint

Nobody calls upward: a part emits, this page subscribes. An emit only wakes: each step takes up where its durable
cursor (or the table of woken subjects) stands, so a killed process loses nothing and a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bihuan.base.cases import CertificateChanged, sweep_applications, sweep_due, sweep_visits, sweep_withdrawn
from bihuan.base.catalog import House
from bihuan.base.identity import keep_house, party_resolver
from bihuan.base.jobs import later
from bihuan.base.ledger import Appended, sign_checkpoint
from bihuan.base.notify import deliver
from bihuan.base.places import PlaceChanged, all_places, fences
from bihuan.base.principal import system
from bihuan.base.records import Derived, derive, next_entry, set_next_entry
from bihuan.base.rules.evaluation import Shelf, judge_subject
from bihuan.base.rules.findings_model import FindingWithdrawn
from bihuan.base.rules.model import Asked
from bihuan.base.rules.registers import limits_in_force
from bihuan.base.rules.subjects import completeness, next_woken, wake, wake_due
from bihuan.gateways.epcis import index

SLICE, JUDGED, AT_ONCE, NEXT = 500, 50, 200, 25
"""Entries and subjects of one transaction; subjects judged before a server goes on by and by, and in each turn after that."""
WAKERS = (Appended, Derived, FindingWithdrawn, CertificateChanged, PlaceChanged)


@dataclass
class Flow:
    """The subscriptions of one running house."""

    house: House
    certificates: list[CertificateChanged] = field(default_factory=list)
    running: bool = False
    shelf: Shelf = field(default_factory=Shelf)

    def told(self, events: Sequence[object]) -> None:
        """Something became durable: note it and take up the work."""
        self.certificates += [e for e in events if isinstance(e, CertificateChanged)]
        if not self.running and not self.house.held and any(isinstance(e, WAKERS) for e in events):
            self.catch_up(most=AT_ONCE)

    def catch_up(self, most: int | None = None) -> None:
        """Bring rows, verdicts and cases up to the ledger; beyond `most` subjects judged a server goes on by and by."""
        self.running = True
        try:
            done = found = 0
            while self._rows() or (found := self._judge(most)):
                done, found = done + (found or NEXT), 0
                if most is not None and done >= most and later(self.catch_up, NEXT):
                    return
            with self.house.db.write(system("cases")) as w:
                sweep_withdrawn(w)
            while self.certificates:
                changed = self.certificates.pop(0)
                for app in self.house.apps.values():
                    app.certified(self.house, changed)
                while self._rows() or self._judge():
                    pass
        except BaseException:
            self.shelf.tagged.clear()  # what it remembers as written was taken back
            raise
        finally:
            self.running = False

    def tick(self) -> None:
        """The clock: what falls due by time alone."""
        with self.house.db.write(system("sweeper")) as w:
            wake_due(w)
            sweep_due(w)
            sweep_applications(w)
            sweep_visits(w)
        self.catch_up()
        with self.house.db.write(system("sweeper")) as w:
            deliver(w)
            keep_house(w)
            sign_checkpoint(w, self.house.key)

    def _rows(self) -> bool:
        """Rows and indexes from the next entries of the ledger, and the subjects that they wake."""
        with self.house.db.write(system("rows")) as w:
            start = next_entry(w)
            derived = derive(w, self.house.registry, start, SLICE)
            if derived is None:
                return False
            index(w, start, SLICE)
            wake(w, derived.keys, [kind for app in self.house.apps.values() for kind in app.subject_kinds])
            set_next_entry(w, derived.last + 1)
        return True

    def _judge(self, most: int | None = None) -> int:
        """Verdicts of subjects that wait to be judged."""
        with self.house.db.write(system("rules")) as w:
            names = next_woken(w, JUDGED if most is None else min(most, JUDGED))
            places = {place.id: place for place in all_places(w)} if names else {}
            asked = Asked(w.now, completeness(w), limits_in_force(w), fences(w)) if names else None
            party_of = party_resolver(w)
            for name in names:
                app = self.house.app_of_subject(name.partition(":")[0])
                if app is not None and app.field is not None and asked is not None:
                    judge_subject(w, name, app.field, self.house.registry, self.shelf, asked, places, party_of)
        return len(names)
