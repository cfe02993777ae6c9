"""The simulated city: invented firms and warehouses in Shanghai's real districts, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, hypot, radians
from random import Random

from bihuan.protocols.codes import container_check_digit, organisation_check_sign, uscc_check_sign
from bihuan.simulate.names import AUTHORITIES, CARRIERS, CLEANERS, IMPORTERS, PLACES, PRODUCTS

KM_PER_DEGREE = 111.2
_LETTERS = "ABCDEFGHJK"


@dataclass(frozen=True, slots=True)
class Party:
    """An invented organisation; `id` is a unified social credit code with right check signs."""

    id: str
    kind: str
    """customs, authority, port, importer, carrier, cleaner, laboratory, transit or store."""
    name: str
    name_en: str
    area: str


@dataclass(frozen=True, slots=True)
class Place:
    """A site with its position and fence, [lon, lat] in WGS 84 degrees."""

    id: str
    kind: str
    """pickup, transit or store."""
    name: str
    name_en: str
    area: str
    lon: float
    lat: float
    fence: tuple[tuple[float, float], ...]
    party: str
    filing: str
    capacity_kg: int


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A lorry with its usual driver (an id, never a name) and the two sensors it lends to a container."""

    plate: str
    carrier: str
    driver: str
    sensors: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Product:
    """A kind of frozen food: what it is called and where it may come from (ISO 3166)."""

    name: str
    name_en: str
    origins: tuple[str, ...]


@dataclass(slots=True)
class City:
    """All who act in the simulation, by id. Firms are added while histories are made, in a fixed order."""

    seed: int
    parties: dict[str, Party] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    vehicles: list[Vehicle] = field(default_factory=list)
    products: tuple[Product, ...] = ()
    buyers: tuple[str, ...] = ()
    serial: int = 0

    def add_party(self, kind: str, name: str, name_en: str, area: str, *, public: bool = False) -> Party:
        """Found a firm or an office with a code of its own."""
        self.serial += 1
        party = Party(credit_code(area[:6], self.serial, public=public), kind, name, name_en, area)
        self.parties[party.id] = party
        return party

    def add_cleaner(self) -> Party:
        """One more firm that disinfects; its qualification, if any, is told separately."""
        number = sum(1 for party in self.parties.values() if party.kind == "cleaner") + 1
        return self.add_party(
            "cleaner", f"示例消杀{number:03d}号服务社", f"Example Disinfection No. {number}", "310115"
        )

    def of_kind(self, kind: str) -> list[Place]:
        """Places of a kind, in the order of the list."""
        return [place for place in self.places.values() if place.kind == kind]

    def firms(self, kind: str) -> list[Party]:
        """Parties of a kind, in the order of founding."""
        return [party for party in self.parties.values() if party.kind == kind]


def credit_code(area: str, number: int, *, public: bool = False) -> str:
    """A unified social credit code (GB 32100) whose organisation number begins with XN, which none in use does."""
    organisation = f"XN{number:06d}"
    first = ("11" if public else "91") + area + organisation + organisation_check_sign(organisation)
    return first + uscc_check_sign(first)


def container_number(number: int) -> str:
    """A container number with a right check digit, under the owner code that the standard uses in its example."""
    first = f"CSQU{number:06d}"
    return first + container_check_digit(first)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance of two positions (lon, lat in degrees) on the plane; right to a per cent within a city."""
    east = (b[0] - a[0]) * cos(radians((a[1] + b[1]) / 2))
    return hypot(east, b[1] - a[1]) * KM_PER_DEGREE


def build(seed: int) -> City:
    """The city of a seed."""
    rng = Random(f"city:{seed}")
    city = City(seed, products=tuple(Product(*row) for row in PRODUCTS))
    for kind, name, name_en, area in AUTHORITIES:
        city.add_party(kind, name, name_en, area, public=kind != "laboratory")
    for number, (place_id, kind, name, name_en, area, lon, lat) in enumerate(PLACES, 1):
        role = "port" if kind == "pickup" else kind
        firm = city.add_party(role, f"{name}运营部", f"{name_en} operator", area)
        city.places[place_id] = Place(
            place_id, kind, name, name_en, area, lon, lat, _fence(lon, lat), firm.id,
            f"沪冷备{number:04d}", rng.randrange(800, 4000, 100) * 1000,
        )  # fmt: skip
    for kind, rows in (("importer", IMPORTERS), ("carrier", CARRIERS), ("cleaner", CLEANERS)):
        for name, name_en, area in rows:
            city.add_party(kind, name, name_en, area)
    plates: set[str] = set()
    for number in range(1, 61):
        carrier = rng.choice(city.firms("carrier"))
        while (plate := f"沪{rng.choice(_LETTERS)}{rng.choice(_LETTERS)}{rng.randrange(1000, 9999)}") in plates:
            continue
        plates.add(plate)
        sensors = (f"T-{number:03d}-1", f"T-{number:03d}-2")
        city.vehicles.append(Vehicle(plate, carrier.id, f"D-{number:03d}", sensors))
    city.buyers = tuple(f"market-{number:02d}" for number in range(1, 41))
    return city


def _fence(lon: float, lat: float) -> tuple[tuple[float, float], ...]:
    """A yard of about 500 by 400 metres around a position."""
    east, north = 0.0026, 0.0018
    return tuple((round(lon + x * east, 6), round(lat + y * north, 6)) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)))
