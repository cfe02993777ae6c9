"""EPCIS 2.0 in JSON: bytes to checked documents, typed events, identifiers, queries, and back to bytes."""

from bihuan.protocols.epcis.document import Document, DocumentFault, EventFault, RawEvent, read_document
from bihuan.protocols.epcis.event import Event, read_event
from bihuan.protocols.epcis.identifiers import canonical, check_identifier, to_digital_link, to_urn
from bihuan.protocols.epcis.query import Query, QueryFault, parse_query
from bihuan.protocols.epcis.write import capture_document, query_document

__all__ = [
    "Document",
    "DocumentFault",
    "Event",
    "EventFault",
    "Query",
    "QueryFault",
    "RawEvent",
    "canonical",
    "capture_document",
    "check_identifier",
    "parse_query",
    "query_document",
    "read_document",
    "read_event",
    "to_digital_link",
    "to_urn",
]
