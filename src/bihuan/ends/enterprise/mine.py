"""Whose pages these are: the organisation acted for, how records name it, the places that it runs, its forms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bihuan.base.catalog import App, FormPage
from bihuan.base.declare import TypeSpec
from bihuan.base.errors import Forbidden, NotFound
from bihuan.base.identity import Organisation, access_organisation, party_resolver
from bihuan.base.places import Place, all_places
from bihuan.ends.shared.names import snake
from bihuan.ends.shared.page import Page


@dataclass(frozen=True, slots=True)
class Form:
    """A form that this organisation may fill: its type, the app that declares it, its group in the clerk's day."""

    spec: TypeSpec
    app: App
    page: FormPage


@dataclass
class Mine:
    """The organisation acted for."""

    page: Page

    @property
    def party(self) -> str:
        """Its id."""
        party = self.page.principal.party
        if party is None:
            raise Forbidden("请先选择代表的单位。", "Choose the organisation that you act for.")
        return party

    @cached_property
    def organisation(self) -> Organisation:
        """The organisation itself."""
        return access_organisation(self.page.reader, self.party)

    @property
    def code(self) -> str:
        """How records name it: its unified social credit code, else its id."""
        return self.organisation.uscc or self.party

    @cached_property
    def places(self) -> list[Place]:
        """The sites that it runs."""
        find = party_resolver(self.page.reader)
        return [place for place in all_places(self.page.reader) if find(place.party) == self.party]

    @property
    def place_ids(self) -> list[str]:
        """Ids of its sites."""
        return [place.id for place in self.places]

    @cached_property
    def forms(self) -> list[Form]:
        """The forms of all apps that its kinds owe, in the order in which the apps declare them."""
        kinds, found = self.organisation.kinds, []
        for app in self.page.house.apps.values():
            for form in app.forms:
                spec = self.page.house.registry.types.get(f"{app.name}.{form.type.__name__}")
                if spec is not None and (not form.who or kinds & set(form.who)):
                    found.append(Form(spec, app, form))
        return found

    def form(self, type_name: str) -> Form:
        """The form of that qualified type; NotFound when it is not one of this organisation's."""
        for form in self.forms:
            if form.spec.name == type_name:
                return form
        raise NotFound

    def form_of_step(self, step: str, line: str = "") -> Form | None:
        """The form by which a missing type (neutral name, e.g. `result`) is reported; None when others report it."""
        for form in self.forms:
            if snake(form.spec.name.partition(".")[2]) == step and line in ("", form.app.line):
                return form
        return None


def step_spec(page: Page, step: str) -> TypeSpec:
    """The declared type of a neutral step name, e.g. `booked`; NotFound when no app declares it."""
    for name, spec in page.house.registry.types.items():
        if snake(name.partition(".")[2]) == step:
            return spec
    raise NotFound
