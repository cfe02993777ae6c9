"""Being written."""
from starlette.routing import BaseRoute

from bihuan.base.catalog import House


def routes(house: House) -> list[BaseRoute]:
    """The routes of this door."""
    return []
