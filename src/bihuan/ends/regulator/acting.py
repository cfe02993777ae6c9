"""How a case or an application is moved on from its page: the forms' acts by name, and what a refusal leaves standing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import Act
from bihuan.base.clock import new_id
from bihuan.base.db import Reader
from bihuan.base.errors import BihuanError, Conflict, NotFound, Words
from bihuan.ends.regulator.fields import taken_files
from bihuan.ends.shared import Page
from bihuan.ends.shared.asking import needs_password

Doer = Callable[[Page, RowMapping, list[str]], Words]
"""Page, thing as it stands, file ids of the evidence sent → the sentence that is shown when it is done."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An act that was tried on a page and refused: which, why, the files that came with it, the status; else nothing."""

    doing: str = ""
    wrong: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    status: int = 200


@dataclass(frozen=True, slots=True)
class Matter:
    """A kind of thing that is moved on: its address, how it is found and shown, what can be done to it."""

    address: str
    find: Callable[[Reader, str], RowMapping]
    show: Callable[[Page, RowMapping, Attempt], Response]
    acts: Mapping[str, Doer]
    """By the name of the act (`Doing`)."""

    def shown(self, page: Page) -> Response:
        """The thing of the page's address as it stands."""
        return self.show(page, self.find(page.reader, page.path("id")), Attempt())

    def moved(self, page: Page) -> Response:
        """Do what the form asks; a refusal shows the page again with everything that was typed."""
        row = self.find(page.reader, page.path("id"))
        doing = page.field("doing")
        if doing not in self.acts:
            raise NotFound
        evidence: list[str] = []
        try:
            evidence = taken_files(page, "evidence")
            told = self.acts[doing](page, row, evidence)
        except Conflict as moved:
            # What was typed stays; the page shows the thing and its version as they are now, so that it can be sent again.
            row = self.find(page.reader, row["id"])
            return self.show(page, row, Attempt(doing, page.wrong(moved), tuple(evidence), 409))
        except BihuanError as error:
            return self.show(page, row, Attempt(doing, page.wrong(error), tuple(evidence), error.status))
        return page.go(f"{self.address}/{row['id']}", told=page.say(told))


def act_of(page: Page) -> Act:
    """How the act came in: by a page, under the form's key, decided on the version that was shown."""
    version = page.field("version")
    return Act("page", page.field("retry") or None, int(version) if version.isdecimal() else None)


def form_values(page: Page, attempt: Attempt) -> dict[str, Any]:
    """What the forms of such a page are drawn from."""
    return {
        "done": attempt.doing,
        "evidence": attempt.evidence,
        "typed": {name: values[-1] for name, values in page.fields().items()},
        "retry": new_id(page.house.db.chance, "f"),
        "password": needs_password(page),
        **({"error": "", "faults": {}} | dict(attempt.wrong)),
    }
