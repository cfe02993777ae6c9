"""Attachments: by their bytes and not by their name, without place and device, and harmless when served."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.base.clock import SeededChance, SetClock
from bihuan.base.db import Db, area_tag
from bihuan.base.errors import BihuanError, Invalid, NotFound, TooLarge, Unsupported
from bihuan.base.files import LARGEST, Media, cleaned, file_bytes, file_ref, serving_headers, sniffed, store_file
from bihuan.base.principal import PUBLIC, Grant, Principal

FIRM = Principal("person", "s-1", party="org-1", capabilities=frozenset({"sign"}))
OTHER = Principal("person", "s-2", party="org-2")
OFFICER = Principal("person", "s-3", grants=(Grant("3101", "food"),), lines=("food",))


def segment(mark: int, body: bytes) -> bytes:
    return bytes([0xFF, mark]) + struct.pack(">H", len(body) + 2) + body


def jpeg(turned: int = 6, order: str = "<") -> bytes:
    head = b"II*\0" if order == "<" else b"MM\0*"
    directory = struct.pack(order + "H", 2) + struct.pack(order + "HHIHH", 0x0112, 3, 1, turned, 0)
    directory += struct.pack(order + "HHII", 0x8825, 4, 1, 99) + struct.pack(order + "I", 0)
    exif = b"Exif\0\0" + head + struct.pack(order + "I", 8) + directory + b"N 31.2304 E 121.4737"
    return (
        b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xE1, exif)
        + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>owner</x>") + segment(0xED, b"Photoshop 3.0\0caption")
        + segment(0xFE, b"comment by device") + segment(0xE2, b"ICC_PROFILE\0\1\1data") + segment(0xE2, b"MPF\0second")
        + segment(0xDB, bytes(65)) + segment(0xC0, bytes(9)) + segment(0xC4, bytes(20)) + segment(0xDA, bytes(6))
        + b"\x12\xff\x00\x34\xff\xd0\x56" + segment(0xC4, bytes(20)) + segment(0xDA, bytes(6)) + b"\x99\x98"
        + b"\xff\xd9" + b"appended clip"
    )  # fmt: skip


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png() -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        + chunk(b"tEXt", b"Author\0somebody") + chunk(b"eXIf", b"II*\0gps") + chunk(b"iTXt", b"XML:com.adobe.xmp\0")
        + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"") + b"after"
    )  # fmt: skip


def xlsx(macro: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name in ("[Content_Types].xml", "xl/workbook.xml", *(("xl/vbaProject.bin",) if macro else ())):
            book.writestr(name, "<x/>")
    return out.getvalue()


@pytest.fixture
def db() -> Iterator[Db]:
    made = Db(None, SetClock(1_600_000_000_000_000), SeededChance(1))
    made.create()
    yield made
    made.close()


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_photo_keeps_its_orientation_and_nothing_else_of_its_exif(order: str) -> None:
    kept = cleaned(jpeg(6, order), Media.jpeg)
    for told in (b"31.2304", b"adobe", b"Photoshop", b"comment", b"MPF", b"appended"):
        assert told not in kept
    assert b"ICC_PROFILE\0" in kept and b"JFIF" in kept and b"\x12\xff\x00\x34\xff\xd0\x56" in kept
    assert kept.endswith(b"\x99\x98\xff\xd9")
    assert b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0) in kept
    assert cleaned(kept, Media.jpeg) == kept
    assert b"Exif" not in cleaned(jpeg(1), Media.jpeg)


def test_a_png_keeps_its_picture_only() -> None:
    kept = cleaned(png(), Media.png)
    assert b"somebody" not in kept and b"gps" not in kept and b"adobe" not in kept and b"after" not in kept
    assert kept.endswith(chunk(b"IEND", b"")) and b"IDAT" in kept and cleaned(kept, Media.png) == kept


@given(st.integers(0, 600), st.binary(max_size=40))
def test_damaged_pictures_are_refused_in_words(cut: int, tail: bytes) -> None:
    for whole, media in ((jpeg(), Media.jpeg), (png(), Media.png)):
        try:
            cleaned(whole[:cut] + tail, media)
        except BihuanError as refused:
            assert isinstance(refused, Invalid)


def test_what_a_file_is_follows_from_its_bytes() -> None:
    assert sniffed(jpeg()) is Media.jpeg and sniffed(png()) is Media.png and sniffed(b"%PDF-1.7\n") is Media.pdf
    assert sniffed(xlsx()) is Media.xlsx and sniffed("批次,重量\nL1,3\n".encode("gb18030")) is Media.csv
    for other in (xlsx(macro=True), b"<html><script>", b"GIF89a\x01\x00", b"\x7fELF\x02", b"PK\x03\x04plain", b"a\0b"):
        assert sniffed(other) is None


def test_same_content_is_kept_once_and_each_file_has_its_own_scope(db: Db) -> None:
    with db.write(FIRM) as w:
        first = store_file(w, jpeg(), "C:\\照片\\冷库.jpg", "image/jpeg", tags=[area_tag("food", "310115")])
    with db.write(OTHER) as w:
        second = store_file(w, jpeg(), "x.jpg")
    assert first.sha256 == second.sha256 and first.id != second.id and first.name == "冷库.jpg"
    assert file_bytes(db.reader(FIRM), first.id)[1] == cleaned(jpeg(), Media.jpeg)
    assert file_ref(db.reader(OFFICER), first.id) == first
    for who, file in ((OTHER, first.id), (FIRM, second.id), (PUBLIC, first.id), (OFFICER, second.id)):
        with pytest.raises(NotFound):
            file_ref(db.reader(who), file)


def test_limits_and_contradictions(db: Db) -> None:
    with db.write(PUBLIC) as w:
        mine = store_file(w, png(), "a.png")
        for data, stated, error in (
            (b"", "", Invalid), (b"%PDF-" + bytes(LARGEST), "", TooLarge), (b"<svg/>", "image/svg+xml", Unsupported),
            (b"%PDF-1.4", "image/png", Unsupported),
        ):  # fmt: skip
            with pytest.raises(error):
                store_file(w, data, "a.png", stated)
    with pytest.raises(NotFound):  # another member of the public is the same principal
        file_ref(db.reader(PUBLIC), mine.id)


def test_a_file_is_served_so_that_it_does_no_harm(db: Db) -> None:
    with db.write(FIRM) as w:
        picture = store_file(w, png(), '冷"库\r\n.png')
        table = store_file(w, b"a,b\n1,2\n", "t.csv")
    shown = serving_headers(picture)
    assert shown["Content-Disposition"].startswith("inline;") and shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Content-Disposition"].endswith("filename*=UTF-8''%E5%86%B7%E5%BA%93.png")
    assert "sandbox" in shown["Content-Security-Policy"]
    assert serving_headers(table)["Content-Disposition"].startswith("attachment;")
