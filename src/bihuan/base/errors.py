"""All that can go wrong, in one tree; every door maps it to its own form.

    BihuanError
    ├── Invalid            422  what was sent is wrong; carries a fault for each place
    ├── Unauthenticated    401  nobody is logged in, or the token is not good
    ├── Forbidden          403  logged in, but this act is not theirs (or needs a fresh log-in: StepUpNeeded)
    │   └── StepUpNeeded   403
    ├── NotFound           404  no such thing, or it is outside the reader's scope: the same answer
    ├── Conflict           409  the same id or key with other content, or the thing has moved on
    ├── TooLarge           413  more than the door takes
    ├── Unsupported        415  a kind of content that the door does not take
    ├── Refused            422  the law or the state does not allow this act now
    └── Unavailable        503  the store cannot take it now; try again
        └── StoreFault     500  the store is not what it must be (version, schema, key)

Codes are stable; sentences may change. A sentence says what is wrong, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Words(NamedTuple):
    """One sentence or label in both languages, Chinese first."""

    zh: str
    en: str

    def of(self, lang: str) -> str:
        """The text in `lang` ("zh" or "en")."""
        return self.en if lang == "en" else self.zh


class Fault(NamedTuple):
    """One thing wrong at one place of what was sent."""

    path: str
    """Field, cell or JSON path, e.g. `container`, `B7`, `eventList[3].epcList[0]`."""
    code: str
    words: Words


class BihuanError(Exception):
    """The root: anything that a door must answer with a reason."""

    status = 500
    code = "internal"

    def __init__(self, zh: str, en: str, *, code: str | None = None, faults: Sequence[Fault] = ()) -> None:
        super().__init__(en)
        self.words = Words(zh, en)
        self.code = code or type(self).code
        self.faults = tuple(faults)


class Invalid(BihuanError):
    """What was sent is wrong; `faults` names each place."""

    status, code = 422, "invalid"


class Unauthenticated(BihuanError):
    """Nobody is logged in, or the token is not good (any more)."""

    status, code = 401, "unauthenticated"


class Forbidden(BihuanError):
    """The person is known but may not do this."""

    status, code = 403, "forbidden"


class StepUpNeeded(Forbidden):
    """The act needs the password once more (at most five minutes old)."""

    code = "step_up_needed"


class NotFound(BihuanError):
    """No such thing, or hidden from the reader: the answer does not tell which."""

    status, code = 404, "not_found"

    def __init__(self) -> None:
        super().__init__("没有找到这一项，或者不在您的权限范围内。", "There is no such item, or it is outside your scope.")


class Conflict(BihuanError):
    """The same id or key came with other content, or the thing has moved on meanwhile."""

    status, code = 409, "conflict"


class TooLarge(BihuanError):
    """More than the door takes."""

    status, code = 413, "too_large"


class Unsupported(BihuanError):
    """A kind of content that the door does not take."""

    status, code = 415, "unsupported"


class Refused(BihuanError):
    """The law or the state of the thing does not allow this act now."""

    status, code = 422, "refused"


class Unavailable(BihuanError):
    """The store cannot take it now; the sender may try again."""

    status, code = 503, "unavailable"


class StoreFault(BihuanError):
    """The store is not what it must be: version, schema, library or key."""

    status, code = 500, "store_fault"
