"""Being written."""
from bihuan.base.catalog import House
from starlette.routing import BaseRoute


def routes(house: House) -> list[BaseRoute]:
    """The routes of this door."""
    return []
