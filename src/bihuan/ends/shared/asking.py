"""A form as data: what is asked, in which words, and how the answers are read; one template draws them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from starlette.responses import Response

from bihuan.base.clock import DAY, day_start, new_id
from bihuan.base.errors import BihuanError, Fault, Invalid, Words
from bihuan.base.identity import POLICY, check_confirmed, session_of, step_up
from bihuan.base.principal import system
from bihuan.ends.shared.cookies import COOKIE, address_of
from bihuan.ends.shared.page import Page

Kind = Literal["text", "password", "long", "date", "number", "choice", "many", "tick", "file"]
Typed = Mapping[str, Sequence[str]]
_NOTHING = Words("", "")
PASSWORD = "confirm_password"
"""Name of the field that asks for the password once more."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One field of a form: name, label, kind, what may be chosen, help below the label, unit behind the field."""

    name: str
    words: Words
    kind: Kind = "text"
    choices: Sequence[tuple[str, str]] = ()
    required: bool = False
    help: Words = _NOTHING
    unit: str = ""
    fill: str = ""
    """What browsers may fill in (autocomplete)."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form: where it is sent, the verb on its button, its fields, whether the password is asked for once more."""

    action: str
    button: Words
    asks: Sequence[Ask]
    binding: bool = False
    """Needs the password given within the last five minutes (or typed into this form)."""
    quiet: bool = False


def shown(page: Page, form: Form, values: Typed | None = None, error: BihuanError | None = None) -> dict[str, Any]:
    """What the template `shared/form_fields.html` draws of a form: its fields, what was typed, what was wrong."""
    wrong = page.wrong(error) if error is not None else {"error": "", "faults": {}}
    return {
        "form": form,
        "values": values or {},
        "retry": new_id(page.house.db.chance, "f"),
        "stale": form.binding and needs_password(page),
        **wrong,
    }


def form_page(
    page: Page,
    titles: Words,
    form: Form,
    *,
    values: Typed | None = None,
    error: BihuanError | None = None,
    intro: Words = _NOTHING,
    back: tuple[str, Words] | None = None,
) -> Response:
    """A page that is one form; after a refusal the same page with what was typed, the sentence on top."""
    return page.render(
        "shared/form.html",
        200 if error is None else error.status,
        titles=titles,
        intro=intro,
        back=back,
        one=shown(page, form, values, error),
    )


def typed(page: Page) -> Typed:
    """What was typed into the form that was sent, passwords left out."""
    return {name: several for name, several in page.fields().items() if name != "csrf" and "password" not in name}


def stored(**values: object) -> Typed:
    """What stands in the store as a form's answers; a list gives several, None gives none."""
    out: dict[str, list[str]] = {}
    for name, value in values.items():
        if isinstance(value, (list, tuple, set, frozenset)):
            out[name] = sorted(str(each) for each in value)
        elif value is not None:
            out[name] = [str(value)]
    return out


def day_of(page: Page, name: str, *, ends: bool = False) -> int | None:
    """A civil day as int us: its beginning, or with `ends` the beginning of the next one (the day is included)."""
    text = page.field(name)
    if not text:
        return None
    try:
        start = day_start(date.fromisoformat(text))
    except ValueError as wrong:
        words = Words(f"“{text}”不是日期，请写成 2020-12-10。", f"“{text}” is no date; write 2020-12-10.")
        raise Invalid(*words, faults=[Fault(name, "date", words)]) from wrong
    return start + DAY if ends else start


def day_of_arg(page: Page, name: str, *, ends: bool = False) -> int | None:
    """A civil day in the address as int us; what is no day filters nothing."""
    try:
        start = day_start(date.fromisoformat(page.arg(name)))
    except ValueError:
        return None
    return start + DAY if ends else start


def needs_password(page: Page) -> bool:
    """Whether the last password was given too long ago for an act that binds."""
    confirmed = page.principal.confirmed_at
    return confirmed is None or not 0 <= page.now - confirmed <= POLICY.confirmed


def confirm_here(page: Page) -> None:
    """Take the password typed into this form, if any; StepUpNeeded when it is wrong or missing and needed."""
    password = page.form.get(PASSWORD)
    if page.logged_in is not None and isinstance(password, str) and password:
        step_up(page.house.db, page.logged_in.session, password, address_of(page))
        page.logged_in = session_of(page.house.db.reader(system("sessions")), page.request.cookies.get(COOKIE, ""))
    check_confirmed(page.principal, page.now)
