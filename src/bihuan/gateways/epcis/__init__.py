"""EPCIS 2.0 over REST: capture, capture jobs, single events, queries; what is not there yet answers 501 by name."""

from bihuan.gateways.epcis.capture import capture, capture_now, resend, run_job, take_events, unfinished
from bihuan.gateways.epcis.index import index
from bihuan.gateways.epcis.routes import routes

__all__ = ["capture", "capture_now", "index", "resend", "routes", "run_job", "take_events", "unfinished"]
