"""What every app keeps, whoever wrote it: asked of all apps that are built in or installed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from markupsafe import escape
from starlette.testclient import TestClient

from bihuan.base.catalog import App, FormPage, House
from bihuan.base.clock import SeededChance, SetClock, parse_instant
from bihuan.base.declare import compiled
from bihuan.base.identity import act_for, create_account, create_organisation, create_person, give_membership, log_in
from bihuan.base.principal import system
from bihuan.base.records import shape_of
from bihuan.commands.check import clashes, faults_of
from bihuan.ends.shared.cookies import COOKIE
from bihuan.main import all_apps, build, serve_app
from bihuan.settings import Settings
from houses import PASSWORD

APPS = all_apps()
FORMS = [(app, form) for app in APPS for form in app.forms]


def named(value: object) -> str:
    if isinstance(value, App):
        return value.name
    return value.type.__name__ if isinstance(value, FormPage) else str(value)


@pytest.mark.parametrize("app", APPS, ids=named)
def test_an_app_keeps_the_contract(app: App) -> None:
    assert [str(fault) for fault in faults_of(app)] == []


def test_no_two_apps_clash() -> None:
    assert [str(fault) for fault in clashes(APPS)] == []


@pytest.mark.parametrize("app", APPS, ids=named)
def test_the_store_can_remember_each_type(app: App) -> None:
    for cls in app.types:
        shape = shape_of(compiled(cls, app.name))
        assert shape.type.startswith(f"{app.name}.") and shape.fields


@pytest.mark.parametrize("app", APPS, ids=named)
def test_each_rule_reads_what_opens_it_and_tells_its_article(app: App) -> None:
    for rule in app.field.rules if app.field is not None else ():
        assert set(rule.opens) <= set(rule.reads)
        assert rule.info.source.zh and rule.info.source.en
        assert rule.info.territory.startswith(app.territory) or app.territory.startswith(rule.info.territory)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    clock = SetClock(parse_instant("2024-03-01T10:00:00+08:00"))
    settings = Settings(origin="demo/test", public_url="http://testserver")
    made = build(settings, clock=clock, chance=SeededChance(3), in_memory=True)
    yield made
    made.db.close()


@pytest.fixture(scope="module")
def clients(house: House) -> dict[str, TestClient]:
    """Somebody of an organisation of each kind that owes a form, logged in."""
    found = {}
    app = serve_app(house, Settings(origin="demo/test", public_url="http://testserver"))
    for kind in sorted({kind for _, form in FORMS for kind in form.who or ("importer",)}):
        with house.db.write(system("setup")) as w:
            party = create_organisation(w, f"契约 {kind}", kinds=[kind], area="310115")
            who = create_person(w, "契约人", area="310115")
            create_account(w, who, f"of_{kind}", PASSWORD, must_change=False)
            give_membership(w, who, party, role="clerk")
        opened = log_in(house.db, f"of_{kind}", PASSWORD, "127.0.0.1")
        with house.db.write(system("setup")) as w:
            act_for(w, opened, party)
        found[kind] = TestClient(app, base_url="http://testserver", cookies={COOKIE: opened.cookie})
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("app", "form"), FORMS, ids=named)
def test_each_form_is_served_with_every_field_labelled(
    clients: dict[str, TestClient], app: App, form: FormPage, lang: str
) -> None:
    spec = compiled(form.type, app.name)
    answer = clients[(form.who or ("importer",))[0]].get(f"/enterprise/report/{spec.name}?lang={lang}")
    assert answer.status_code == 200, answer.text[:500]
    shown = set(re.findall(r'<label for="([^"]+)"', answer.text)) | set(re.findall(r'class="lines" id="([^"]+)"', answer.text))
    fields = [field for field in spec.fields if f'name="{field.name}"' in answer.text]
    assert fields
    for field in fields:
        assert field.name in shown
        assert str(escape(field.words.of(lang))) in answer.text
