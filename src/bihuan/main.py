"""Builds the running system from settings; the only module that sees everything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

from starlette.applications import Starlette

import bihuan.ends.admin
import bihuan.ends.enterprise
import bihuan.ends.public
import bihuan.ends.regulator
import bihuan.ends.shared.account
import bihuan.ends.shared.attachments
import bihuan.ends.shared.ledger
from bihuan.apps.cold_chain.app import APP as COLD_CHAIN
from bihuan.apps.safety_reports.app import APP as SAFETY_REPORTS
from bihuan.apps.staff_loop.app import APP as STAFF_LOOP
from bihuan.base import cases
from bihuan.base.catalog import App, House
from bihuan.base.clock import Chance, Clock, SystemChance, WallClock
from bihuan.base.db import Db
from bihuan.base.errors import StoreFault, Words
from bihuan.base.identity import Line, load_areas, load_lines, load_roles
from bihuan.base.ledger import (
    SigningKey,
    begin,
    check_not_older,
    origin_of,
    published,
    remember,
    set_witnesses,
    sign_checkpoint,
)
from bihuan.base.migrations import STEPS, Step
from bihuan.base.principal import system
from bihuan.base.records import Registry, shapes_of, typed_table
from bihuan.base.rules.registers import enter_limits
from bihuan.base.rules.subjects import state_own
from bihuan.ends.enterprise.importing import resume
from bihuan.ends.web import web_app
from bihuan.flow import Flow
from bihuan.gateways import epcis, mapped, rest, witnessing
from bihuan.settings import Settings

log = logging.getLogger("bihuan")
DEMO_ORIGIN = "demo/"
APPS: tuple[App, ...] = (COLD_CHAIN, SAFETY_REPORTS, STAFF_LOOP)
"""The apps in this package; a private app is found by its entry point `bihuan.apps`."""


def all_apps() -> tuple[App, ...]:
    """Our own apps and those that installed packages bring."""
    found = [point.load() for point in entry_points(group="bihuan.apps")]
    return (*APPS, *(app for app in found if isinstance(app, App)))


def registry_of(apps: Iterable[App]) -> Registry:
    """All declared types of the base and of these apps, with their tables."""
    registry, served = Registry(), list(apps)
    _check_names(served)
    registry.add(cases.APP, "", cases.TYPES)
    for app in served:
        registry.add(app.name, app.line, app.types, app.goods, app.manner)
    for spec in registry.types.values():
        typed_table(spec)
    return registry


def _check_names(apps: Iterable[App]) -> None:
    """What is found by its name alone has one owner: a kind of subject, a rule, a line; TypeError names what has two."""
    owners: dict[tuple[str, str], str] = {}
    for app in apps:
        rules = app.field.rules if app.field is not None else ()
        named = [*(("subject kind", kind) for kind in app.subject_kinds), *(("rule", rule.info.id) for rule in rules),
                 *(("line", line) for line in (app.line, *app.sublines))]  # fmt: skip
        for what in named:
            if owners.setdefault(what, app.name) != app.name:
                raise TypeError(f"{what[0]} {what[1]!r} is claimed by the apps {owners[what]} and {app.name}; rename one of them")


def steps_of(apps: Iterable[App]) -> list[Step]:
    """The base's migration steps, then those of each app under its name."""
    return [*STEPS, *(replace(step, owner=app.name) for app in apps for step in app.migrations)]


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    chance: Chance | None = None,
    apps: Iterable[App] | None = None,
    in_memory: bool = False,
) -> House:
    """Open (or make) the store, register the apps, take up what an earlier process left; ready to be served."""
    clock, chance = clock or WallClock(), chance or SystemChance()
    served = {app.name: app for app in (all_apps() if apps is None else apps)}
    registry = registry_of(served.values())
    db = Db(None if in_memory else settings.data / "bihuan.db", clock, chance)
    for done in db.create(shapes_of(registry), steps_of(served.values())):
        log.info("the store was brought up to date: %s", done)
    key_name = settings.origin
    key = (
        SigningKey.made(key_name, chance)
        if in_memory
        else SigningKey.kept(settings.data / "keys" / "ledger.pem", key_name, chance)
    )
    with db.write(system("build")) as w:
        begin(w, settings.origin)
        if origin_of(w)[0] != settings.origin:
            zh = f"库的账本名为 {origin_of(w)[0]}，与设置 {settings.origin} 不符。"
            raise StoreFault(zh, f"This store's ledger is {origin_of(w)[0]}, the setting says {settings.origin}.")
        if not in_memory:
            check_not_older(w, published_file(settings))
        set_witnesses(w, settings.witnesses.split(), settings.quorum)
        load_areas(w)
        load_roles(w)
        load_lines(w, [Line(app.line, app.titles) for app in served.values()])
        load_lines(w, [Line(name, words) for app in served.values() for name, words in app.sublines.items()])
        state_own(w, [name for app in served.values() for name in app.only_here])
        enter_limits(w, [row for app in served.values() for row in app.limits])
    house = House(
        db=db, registry=registry, apps=served, key=key, static=Path(bihuan.ends.web.__file__).parent / "static",
        public_url=settings.public_url, demo=settings.origin.startswith(DEMO_ORIGIN), origin=settings.origin,
        secret=chance.token(32), capture_limit=settings.capture_limit, capture_bytes=settings.capture_bytes,
        upload_bytes=settings.upload_bytes, future_minutes=settings.future_minutes,
        secure_cookies=settings.secure_cookies,
        remedy=Words(settings.remedy_zh, settings.remedy_en), remedy_sure=settings.remedy_sure,
    )  # fmt: skip
    flow = Flow(house)
    db.listeners.append(flow.told)
    house.catch_up, house.tick = flow.catch_up, flow.tick
    house.sign = lambda: _sign(house)
    house.resend = lambda item: epcis.resend(house, item)
    flow.catch_up()
    for job in epcis.unfinished(db.reader(system("capture"))):
        epcis.run_job(house, job)
    return house


def published_file(settings: Settings) -> Path:
    """Where the last published checkpoint is remembered, outside the store."""
    return settings.data / "keys" / "published.note"


def remember_published(house: House, settings: Settings) -> None:
    """Keep the last published checkpoint outside the store, so that an older store is known when it is put back."""
    found = published(house.db.reader(system("checkpoint")))
    if found is not None and house.db.path is not None:
        remember(published_file(settings), found[1])


def _sign(house: House) -> None:
    with house.db.write(system("checkpoint")) as w:
        sign_checkpoint(w, house.key)


def serve_app(house: House, settings: Settings) -> Starlette:
    """The web application of a house, with its clock running in the background."""

    async def background() -> AsyncIterator[None]:
        async def ticking() -> None:
            while True:
                try:
                    house.tick()
                    house.looks.flush(house.db)
                    remember_published(house, settings)
                except Exception:
                    log.exception("the clock's work failed; it is tried again")
                await asyncio.sleep(settings.checkpoint_seconds)

        resume(house)
        task = asyncio.create_task(ticking())
        try:
            yield
        finally:
            task.cancel()

    machines = [*epcis.routes(house), *mapped.routes(house), *rest.routes(house), *witnessing.routes(house)]
    return web_app(house, machines, background)
