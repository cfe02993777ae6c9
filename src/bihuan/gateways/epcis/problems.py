"""What the EPCIS door answers when it refuses: the standard's RFC 7807 problems, in both languages, field by field."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.errors import BihuanError, Fault, Invalid, Words
from bihuan.gateways.doors import problem_response
from bihuan.protocols.epcis import DocumentFault, QueryFault

_BY_STATUS = {
    400: "ValidationException", 401: "SecurityException", 403: "SecurityException", 404: "NoSuchResourceException",
    406: "NotAcceptableException", 409: "ResourceAlreadyExistsException", 413: "CaptureLimitExceededException",
    414: "URITooLongException", 415: "UnsupportedMediaTypeException",
}  # fmt: skip
_BY_CODE = {
    "query_parameter": "QueryParameterException",
    "query_too_large": "QueryTooLargeException",
    "query_too_complex": "QueryTooComplexException",
}


class NotAcceptable(BihuanError):
    """The sender wants a form of answer that this door does not give."""

    status, code = 406, "not_acceptable"


class NotServed(BihuanError):
    """A part of the standard's interface that is not served yet."""

    status, code = 501, "not_served"

    def __init__(self) -> None:
        super().__init__("这一部分接口尚未开放。", "This part of the interface is not served yet.")


class NotAllowed(BihuanError):
    """A method that this resource does not have."""

    status, code = 405, "method"


class AddressTooLong(BihuanError):
    """An address longer than the door reads."""

    status, code = 414, "address_too_long"


def exception_name(status: int, code: str) -> str:
    """The standard's name of an error, e.g. `epcisException:ValidationException`."""
    return "epcisException:" + _BY_CODE.get(code, _BY_STATUS.get(status, "ImplementationException"))


def problem(error: BihuanError) -> Response:
    """The standard's error body (RFC 7807) with every fault by field, in both languages."""
    status = 400 if error.status == 422 else error.status
    body = {
        "type": exception_name(status, error.code),
        "title": error.words.en,
        "status": status,
        "detail": error.words.zh,
        "code": error.code,
        "errors": [{"path": f.path, "code": f.code, "en": f.words.en, "zh": f.words.zh} for f in error.faults],
    }
    return problem_response(body, status)


def mapped(fault: QueryFault | DocumentFault) -> BihuanError:
    """A fault of the protocol as the house's own error."""
    if isinstance(fault, QueryFault):
        words = Words(f"查询参数 {fault.parameter}：{fault.zh}。", f"Query parameter {fault.parameter} {fault.en}.")
        return Invalid(words.zh, words.en, code="query_parameter", faults=[Fault(fault.parameter, "query_parameter", words)])
    words = Words(fault.zh, fault.en)
    return Invalid(fault.zh, fault.en, code=fault.code, faults=[Fault(fault.path, fault.code, words)])


def refused_header(name: str, code: str, zh: str, en: str) -> Invalid:
    """A header that says something the door does not know."""
    return Invalid(zh, en, code=code, faults=[Fault(name, code, Words(zh, en))])
