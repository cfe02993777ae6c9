"""Which subjects a step counts for, under which keys it is found, and which further keys a history must load.

A subject's history is the closure of its own key under `reach`, at most six steps long:

    container → its bookings → their amendments, confirmations, cancellations
    lot → packing of its container → disinfection → the firm's qualifications → their revocations
    lot → release certificate → revocation        lot → sample → result

`packing:C` holds the few steps that say what was in a container and when it came; a lot's history never loads the
readings of `container:C`. A party's key finds qualifications only, not a firm's thousands of disinfections; a
warehouse has no key. Other lots are never reached: each lot balances by the records that name it.
"""

from __future__ import annotations

from collections.abc import Iterator

from bihuan.apps.cold_chain.records import (
    ArrivedWarehouse,
    Booked,
    BookingAmended,
    BookingCancelled,
    BookingConfirmed,
    CertificateRevoked,
    CustomsReleased,
    Disinfected,
    DoorOpened,
    HealthCertificate,
    Merged,
    PickedUp,
    Qualification,
    ReleaseCertificate,
    Result,
    Sampled,
    Split,
    Temperature,
    Unloaded,
)
from bihuan.base.rules.model import Fact

_LOTS_OF_CONTAINER = (HealthCertificate, CustomsReleased, Unloaded, Disinfected)
_OF_CONTAINER = (*_LOTS_OF_CONTAINER, Booked, BookingAmended, PickedUp, ArrivedWarehouse, DoorOpened, Temperature)
_REACHING = (*_LOTS_OF_CONTAINER, Booked, BookingAmended, Qualification, ReleaseCertificate, Sampled)
_OF_BOOKING = (Booked, BookingAmended, BookingConfirmed, BookingCancelled)


def lots_named(fact: Fact) -> tuple[str, ...]:
    """The lots that a step names itself, without those that only its container stands for."""
    record = fact.record
    if isinstance(record, Temperature):
        return ()
    if isinstance(record, CustomsReleased):
        return tuple(line.lot for line in record.lots)
    if isinstance(record, HealthCertificate | Unloaded | Disinfected | ReleaseCertificate):
        return tuple(record.lots)
    if isinstance(record, Split):
        return (record.lot, *(line.lot for line in record.into))
    if isinstance(record, Merged):
        return (*(line.lot for line in record.from_), record.lot)
    lot = getattr(record, "lot", None)
    return (lot,) if isinstance(lot, str) else ()


def container_of(fact: Fact) -> str | None:
    """The container that a step names, or None."""
    record = fact.record
    return record.container if isinstance(record, _OF_CONTAINER) else None


def subjects_of(fact: Fact) -> tuple[str, ...]:
    """The subjects that a step counts for directly: `container:…` and `lot:…`."""
    return tuple(_subjects(fact))


def _subjects(fact: Fact) -> Iterator[str]:
    container = container_of(fact)
    if container is not None:
        yield f"container:{container}"
    lots = lots_named(fact)
    for lot in dict.fromkeys(lots) if len(lots) > 1 else lots:
        yield f"lot:{lot}"


def keys_of(fact: Fact) -> tuple[str, ...]:
    """Every key under which a step can be found."""
    return (*_subjects(fact), *_joins(fact))


def _joins(fact: Fact) -> Iterator[str]:
    record = fact.record
    if isinstance(record, (*_LOTS_OF_CONTAINER, ArrivedWarehouse)) and record.container is not None:
        yield f"packing:{record.container}"
    if isinstance(record, _OF_BOOKING):
        yield f"booking:{record.booking}"
    if isinstance(record, Qualification):
        yield f"party:{record.of}"
        yield f"certificate:{record.qualification}"
    if isinstance(record, ReleaseCertificate | CertificateRevoked):
        yield f"certificate:{record.certificate}"
    if isinstance(record, Sampled | Result):
        yield f"sample:{record.sample}"


def reach(fact: Fact) -> tuple[str, ...]:
    """The further keys that a history holding this step must load."""
    record = fact.record
    if not isinstance(record, _REACHING):
        return ()
    if isinstance(record, Disinfected):
        party = f"party:{record.by}"
        return (party,) if record.container is None else (party, f"packing:{record.container}")
    if isinstance(record, CustomsReleased | Unloaded | HealthCertificate):
        return () if record.container is None else (f"packing:{record.container}",)
    if isinstance(record, Booked | BookingAmended):
        return (f"booking:{record.booking}",)
    if isinstance(record, Qualification):
        return (f"certificate:{record.qualification}",)
    if isinstance(record, ReleaseCertificate):
        return (f"certificate:{record.certificate}",)
    return (f"sample:{record.sample}",)
