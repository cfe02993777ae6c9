"""场所: sites with area, operator, position and fence (WGS 84), and the districts' boundaries for maps."""

from bihuan.base.places.actions import PlaceChanged, set_place
from bihuan.base.places.boundaries import Boundary, boundaries
from bihuan.base.places.model import PLACE_LIST, place
from bihuan.base.places.queries import Place, all_places, changed_hands, fences, operator_at, place_named

__all__ = ["PLACE_LIST", "Boundary", "Place", "PlaceChanged", "all_places", "boundaries", "changed_hands", "fences", "operator_at", "place", "place_named", "set_place"]
