"""A small town behind its doors: one client a sender."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bihuan.gateways import epcis, mapped, rest
from houses import Town, town


@dataclass
class Doors:
    """The machines' doors of a town, as a sender of some name."""

    town: Town
    app: Starlette
    clients: dict[str, TestClient] = field(default_factory=dict)

    def __call__(self, name: str) -> TestClient:
        if name not in self.clients:
            headers = {"Authorization": f"Bearer {self.town.tokens[name]}"}
            self.clients[name] = TestClient(self.app, headers=headers)
        return self.clients[name]


@pytest.fixture
def doors() -> Iterator[Doors]:
    made = town()
    house = made.house
    yield Doors(made, Starlette(routes=[*epcis.routes(house), *mapped.routes(house), *rest.routes(house)]))
    house.db.close()
