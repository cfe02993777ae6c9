"""Pages of a list: a token that says where the next one begins, good for this principal and this question only."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request

from bihuan.base.errors import Fault, Invalid, Words

Place = list[int | str | None]
"""The order values of the last row shown."""
_MAC = 16
MOST = 1000


def token_after(secret: bytes, place: Sequence[int | str | None], asked: str) -> str:
    """A page token that only the same principal can use, and only for the same question (both are in `asked`)."""
    body = msgspec.json.encode(list(place))
    return (body + hmac.digest(secret, body + b"\n" + asked.encode(), hashlib.sha256)[:_MAC]).hex()


def place_of(secret: bytes, token: str, asked: str) -> Place:
    """Where a page begins; Invalid when the token is another's, for another question, or damaged."""
    try:
        data = bytes.fromhex(token)
        place = msgspec.json.decode(data[:-_MAC], type=Place)
    except (ValueError, msgspec.MsgspecError) as wrong:
        raise _bad_token() from wrong
    if not hmac.compare_digest(token_after(secret, place, asked), token):
        raise _bad_token()
    return place


def question(request: Request, principal: str) -> str:
    """What a page token is bound to: the principal, the path and all parameters but the paging ones."""
    given = sorted((k, v) for k, v in request.query_params.multi_items() if k not in ("after", "limit", "format"))
    return f"{principal}\n{request.url.path}?{urlencode(given)}"


def page_size(request: Request, default: int = 100) -> int:
    """How many rows are asked for; Invalid when `limit` is no number from 1 to 1000."""
    text = request.query_params.get("limit", str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MOST):
        words = Words(f"limit 应为 1 到 {MOST} 的整数。", f"limit must be a whole number from 1 to {MOST}.")
        raise Invalid(words.zh, words.en, code="query_parameter", faults=[Fault("limit", "query_parameter", words)])
    return int(text)


def next_link(request: Request, token: str) -> dict[str, str]:
    """The `Link` header that leads to the next page."""
    url = request.url.include_query_params(after=token)
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'}


def _bad_token() -> Invalid:
    words = Words("翻页标记无效，请重新查询。", "The page token is not valid for this question; ask anew.")
    return Invalid(words.zh, words.en, code="query_parameter", faults=[Fault("after", "query_parameter", words)])
