"""Every setting, with its reason. A setting is read from the environment as BIHUAN_<NAME>; there is no other source."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one running system."""

    data: Path = Path("data")
    """Folder of the store, its keys and its files; one running system a folder."""
    host: str = "127.0.0.1"
    """Address to listen on; a proxy with TLS stands before it."""
    port: int = 8120
    """Port to listen on."""
    origin: str = "bihuan.local/ledger"
    """Name of this city's ledger, first line of every checkpoint; never changed once records exist."""
    public_url: str = "http://127.0.0.1:8120"
    """How browsers reach this system: links in print and QR codes, and the Origin that forms must come from."""
    secure_cookies: bool = False
    """Cookies over TLS only; off on loopback, on behind a proxy."""
    capture_limit: int = 10_000
    """Most events in one captured document (header GS1-EPCIS-Capture-Limit)."""
    capture_bytes: int = 64 * 1024 * 1024
    """Largest captured document in bytes."""
    upload_bytes: int = 50 * 1024 * 1024
    """Largest uploaded spreadsheet or attachment in bytes."""
    future_minutes: int = 5
    """An event this far ahead of the clock is quarantined: clocks are skewed, but not by more."""
    checkpoint_seconds: int = 60
    """How often a checkpoint is signed while records come in."""
    witnesses: str = ""
    """Public lines of the ledger's witnesses, as `bihuan witness` prints them, parted by blanks; none: nobody cosigns."""
    quorum: int = 0
    """How many of them must have cosigned a checkpoint before it is published and receipts are made under it."""
    remedy_zh: str = (
        "如对本文书不服，可以自收到之日起六十日内依法申请行政复议，也可以自收到之日起六个月内依法向人民法院提起行政诉讼。"
    )
    """救济途径 as documents print it: to be settled by the city's own legal office, which also names the bodies."""
    remedy_en: str = (
        "Whoever objects to this document may apply for administrative reconsideration within sixty days of receiving it, "
        "or bring an administrative action before the people's court within six months."
    )
    """The same in English."""
    remedy_sure: bool = False
    """Whether the legal office has settled that sentence; until then each document says that it has not."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings from BIHUAN_* variables; ValueError names one that cannot be read."""
        given = os.environ if environment is None else environment
        values: dict[str, object] = {}
        for spec in fields(cls):
            text = given.get(f"BIHUAN_{spec.name.upper()}")
            if text is None or spec.name == "data":  # BIHUAN_DATA is the folder of public test data
                continue
            default = spec.default
            if isinstance(default, bool):
                values[spec.name] = text.lower() in ("1", "true", "yes")
            elif isinstance(default, int):
                values[spec.name] = int(text)
            else:
                values[spec.name] = text
        return cls(**values)  # type: ignore[arg-type]
