"""A person's own data: encrypted under their own key, shown masked, gone for good when the key is destroyed."""

from __future__ import annotations

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bihuan.base.db import Reader, Writer
from bihuan.base.identity.model import INNER, person_key, personal

KEY_OCTETS = 32
NONCE_OCTETS = 12
ERASED = "（已删除）"
_ZEROS = bytes(KEY_OCTETS)


def new_key(w: Writer, person: str) -> None:
    """Give a person their key."""
    w.insert(person_key, {"person": person, "key": w.chance.token(KEY_OCTETS)})


def put(w: Writer, person: str, values: dict[str, str]) -> None:
    """Store fields of a person encrypted (AES-256-GCM); an empty value takes the field away."""
    cipher = AESGCM(_key(w, person))
    for field, value in values.items():
        if value:
            nonce = w.chance.token(NONCE_OCTETS)
            sealed = nonce + cipher.encrypt(nonce, value.encode(), _place(person, field))
            w.upsert(personal, {"person": person, "field": field, "value": sealed})
        else:
            w.write(sa.delete(personal).where(personal.c.person == person, personal.c.field == field))


def get(reader: Reader, person: str) -> dict[str, str]:
    """The fields of a person in clear; empty once erased. For identity itself: whoever shows them logs it."""
    key = _key(reader, person)
    query = sa.select(personal.c.field, personal.c.value).where(personal.c.person == person)
    return _opened(person, key, {row["field"]: row["value"] for row in reader.rows(query, INNER)})


def get_many(reader: Reader, people: list[str]) -> dict[str, dict[str, str]]:
    """The fields of several people in clear, by person."""
    keys = sa.select(person_key).where(person_key.c.person.in_(people))
    values = sa.select(personal).where(personal.c.person.in_(people))
    sealed: dict[str, dict[str, bytes]] = {}
    for row in reader.rows(values, INNER):
        sealed.setdefault(row["person"], {})[row["field"]] = row["value"]
    return {
        row["person"]: _opened(row["person"], row["key"], sealed.get(row["person"], {}))
        for row in reader.rows(keys, INNER)
    }


def destroy(w: Writer, person: str) -> None:
    """Overwrite a person's key with zeros, in place, and drop what it opened."""
    w.write(sa.update(person_key).where(person_key.c.person == person).values(key=_ZEROS))
    w.write(sa.delete(personal).where(personal.c.person == person))


def mask_name(name: str) -> str:
    """A name as it may stand in a list: 张小明 as 张*明, 张明 as 张*."""
    if len(name) <= 1:
        return "*" * len(name)
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """A number as it may stand in a list: 13812341234 as 138****1234; a short one shows its last two digits."""
    if len(phone) >= 11:
        return phone[:-8] + "****" + phone[-4:]
    return "*" * max(len(phone) - 2, 0) + phone[-2:] if len(phone) > 4 else "*" * len(phone)


def _key(reader: Reader, person: str) -> bytes:
    key = reader.scalar(sa.select(person_key.c.key).where(person_key.c.person == person), INNER)
    return bytes(key) if key is not None else _ZEROS


def _opened(person: str, key: bytes, sealed: dict[str, bytes]) -> dict[str, str]:
    """What the key opens; a value put back from an old backup does not open under a destroyed key."""
    if key == _ZEROS:
        return {}
    cipher = AESGCM(key)
    opened = {}
    for field, value in sealed.items():
        try:
            opened[field] = cipher.decrypt(value[:NONCE_OCTETS], value[NONCE_OCTETS:], _place(person, field)).decode()
        except InvalidTag:
            opened[field] = ERASED
    return opened


def _place(person: str, field: str) -> bytes:
    """Bound into the seal, so that a value cannot be moved to another person or field."""
    return f"{person}|{field}".encode()
