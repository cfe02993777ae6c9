"""The plain door for machines under `/v1`: one record at a time, completeness of feeds, each department's share."""

from bihuan.gateways.rest.records import keep_one
from bihuan.gateways.rest.routes import routes

__all__ = ["keep_one", "routes"]
