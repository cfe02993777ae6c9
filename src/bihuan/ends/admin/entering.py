"""How a form of the administration is shown, sent and refused: one shape for all that is registered, given and ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from bihuan.base.db import Writer
from bihuan.base.errors import BihuanError, Words
from bihuan.ends.admin.noting import once
from bihuan.ends.shared.asking import Form, Typed, confirm_here, form_page, typed
from bihuan.ends.shared.page import Page

_NOTHING = Words("", "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One form on a page of its own: its title, its fields, what is said above it, the page it belongs to."""

    titles: Words
    form: Form
    back: tuple[str, Words]
    intro: Words = _NOTHING

    def shown(self, page: Page, values: Typed | None = None, error: BihuanError | None = None) -> Response:
        """The form, empty or with what stands there or was typed."""
        return form_page(
            page, self.titles, self.form, values=values, error=error, back=self.back, intro=self.intro
        )

    def sent(
        self,
        page: Page,
        act: Callable[[Writer], str | None],
        *,
        told: Words,
        to: Callable[[str], str] | None = None,
        key: tuple[str, ...] | None = None,
    ) -> Response:
        """Do it in one transaction and go on; a refusal shows the form again with what was typed.

        `act` may give an id, from which `to` makes the address to go to (without: `back`). Under `key`, the act's name
        and what it is about, a double click is one act.
        """
        try:
            if self.form.binding:
                confirm_here(page)
            with page.write() as w:
                if key is None:
                    made = act(w)
                else:
                    begun = once(page, w, *key)
                    made = begun.before or begun.answer(act(w) or "done")
        except BihuanError as error:
            return self.shown(page, typed(page), error)
        return page.go(self.back[0] if to is None else to(made or ""), page.say(told))
