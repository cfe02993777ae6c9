"""QR codes as pictures in the page itself: no image file, sharp in print."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr(text: str, size: str = "qr") -> Markup:
    """A QR code (error level M, four modules of quiet zone) as inline SVG; `size` is its CSS class."""
    drawn = segno.make(text, error="m", micro=False)
    return Markup(drawn.svg_inline(scale=4, border=4, svgclass=size, lineclass=None, omitsize=True, light="#fff"))
