"""What a file really is, by its bytes, and what a photo tells by accident, taken out. Pure: bytes in, bytes out."""

from __future__ import annotations

import re
import struct
import zlib

from bihuan.base.errors import Invalid
from bihuan.base.files.model import Media

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs"}
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_JPEG_DROPPED = {0xFE, *(set(range(0xE0, 0xF0)) - {0xE0, 0xE2, 0xEE})}
"""Comments and application segments (Exif, XMP, IPTC, maker notes), except JFIF, colour profile and Adobe transform."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def sniffed(data: bytes) -> Media | None:
    """The kind of content by its bytes alone; None when it is none of those taken."""
    if data.startswith(b"\xff\xd8\xff"):
        return Media.jpeg
    if data.startswith(_PNG):
        return Media.png
    if data.startswith(b"%PDF-"):
        return Media.pdf
    if data.startswith(b"PK\x03\x04"):
        # Names of a zip's parts stand uncompressed; nothing is unpacked here. A workbook with macros is not taken.
        plain = b"[Content_Types].xml" in data and b"xl/workbook.xml" in data
        return Media.xlsx if plain and b"vbaProject" not in data else None
    return Media.csv if _is_table_text(data) else None


def cleaned(data: bytes, media: Media) -> bytes:
    """The same picture without place, device, person and comments; other kinds of content as they are.

    Of a photo's Exif only the orientation stays, else it would be shown lying. Invalid when the picture is damaged.
    """
    if media is Media.jpeg:
        return _clean_jpeg(data)
    if media is Media.png:
        return _clean_png(data)
    return data


def _clean_jpeg(data: bytes) -> bytes:
    out, at, turned = bytearray(b"\xff\xd8"), 2, 0
    kept = bytearray()
    while True:
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        if len(data) < at + 2 or data[at] != 0xFF:
            raise _damaged()
        mark = data[at + 1]
        if mark == 0xD9:
            # What follows the end of the picture (a clip, a second picture) is left out.
            return bytes(out + (_orientation_segment(turned) if turned > 1 else b"") + kept + b"\xff\xd9")
        if mark in _STANDALONE:
            kept += data[at : at + 2]
            at += 2
            continue
        if len(data) < at + 4:
            raise _damaged()
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if end < at + 4 or end > len(data):
            raise _damaged()
        body = data[at + 4 : end]
        if mark == 0xE1 and body.startswith(b"Exif\0\0"):
            turned = _orientation(body[6:])
        if mark not in _JPEG_DROPPED and not (mark == 0xE2 and not body.startswith(b"ICC_PROFILE\0")):
            (out if mark == 0xE0 else kept).extend(data[at:end])
        at = end
        if mark == 0xDA:
            stop = _end_of_scan(data, at)
            kept += data[at:stop]
            at = stop


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the entropy-coded part ends: the next 0xFF that is neither stuffed nor a restart mark."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise _damaged()
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        else:
            return at


def _orientation(tiff: bytes) -> int:
    """Tag 0x0112 of the first directory, 1 to 8; 0 when absent or unreadable."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return 0
    start = struct.unpack_from(order + "I", tiff, 4)[0]
    if start + 2 > len(tiff):
        return 0
    for n in range(struct.unpack_from(order + "H", tiff, start)[0]):
        entry = start + 2 + 12 * n
        if entry + 12 > len(tiff):
            return 0
        tag, kind, count, value = struct.unpack_from(order + "HHIH", tiff, entry)
        if tag == 0x0112:
            return value if (kind, count) == (3, 1) and 1 <= value <= 8 else 0
    return 0


def _orientation_segment(turned: int) -> bytes:
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, turned, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _clean_png(data: bytes) -> bytes:
    out, at = bytearray(_PNG), len(_PNG)
    while True:
        if len(data) < at + 12:
            raise _damaged()
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            raise _damaged()
        if kind in _PNG_KEPT:
            out += data[at:end]
        if kind == b"IEND":
            return bytes(out)
        at = end


def _is_table_text(data: bytes) -> bool:
    """Text in UTF-8 or GB 18030 without control signs that does not begin like a page or a document."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        start = text.lstrip()
        return bool(start) and not start.startswith("<") and not _CONTROL.search(text)
    return False


def _damaged() -> Invalid:
    return Invalid("图片已损坏，请重新拍摄或另存后再传。", "The picture is damaged; take it again or save it anew.")
