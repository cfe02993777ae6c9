"""Hash tiles: the tree's complete nodes as small files that never change (C2SP tlog-tiles; hashes only, no bodies).

A tile of level L and index N holds up to 256 hashes: the nodes of tree level 8 * L from 256 * N on. A full one is fixed
for ever; a partial one of width W (1 to 255) is the beginning of it. A path names one as `0/x001/067` or, for a partial
one, `0/x001/067.p/12`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .algorithms import HASH_SIZE
from .errors import TreeError
from .tree import NodeReader

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
_PATH = re.compile(r"([0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: level (in steps of eight), index, and how many hashes (256 when full)."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The path under which it is published."""
        digits = f"{self.index:d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return f"{self.level}/{name}" + ("" if self.width == WIDTH else f".p/{self.width}")


def parse_tile(path: str) -> Tile:
    """The tile that a path names; any other spelling than its own is a `TreeError`."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise TreeError("a tile's path is level/index, its index in groups of three digits")
    tile = Tile(int(found[1]), int(found[2].replace("/", "").replace("x", "")), int(found[3] or WIDTH))
    if tile.path != path or tile.width > WIDTH or (found[3] is not None and tile.width == WIDTH):
        raise TreeError("a tile has one spelling only")
    return tile


def tile_widths(size: int, level: int, index: int) -> int:
    """How many hashes a tile has in a tree of so many leaves: 0 to 256."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH))


def tile_bytes(node: NodeReader, size: int, tile: Tile) -> bytes:
    """The bytes of a tile in a tree of `size` leaves; TreeError when the tree has no such tile yet."""
    if tile.width > tile_widths(size, tile.level, tile.index):
        raise TreeError(f"a tree of {size} leaves has no tile {tile.path}")
    first = tile.index * WIDTH
    return b"".join(node(HEIGHT * tile.level, first + offset) for offset in range(tile.width))


def node_from_tiles(fetch: Callable[[Tile], bytes], size: int, combine: Callable[[bytes, bytes], bytes]) -> NodeReader:
    """A reader of complete nodes of a tree of `size` leaves over published tiles, each fetched once.

    `combine` hashes two neighbours. TreeError when a tile is not as long as its width says.
    """
    kept: dict[Tile, bytes] = {}

    def tile_of(level: int, index: int) -> bytes:
        tile = Tile(level, index, tile_widths(size, level, index))
        if tile not in kept:
            data = fetch(tile)
            if len(data) != HASH_SIZE * tile.width:
                raise TreeError(f"tile {tile.path} has {len(data)} bytes")
            kept[tile] = data
        return kept[tile]

    def read(level: int, index: int) -> bytes:
        above, extra = divmod(level, HEIGHT)
        first = index << extra
        data = tile_of(above, first // WIDTH)
        at = (first % WIDTH) * HASH_SIZE
        row = [data[at + n * HASH_SIZE : at + (n + 1) * HASH_SIZE] for n in range(1 << extra)]
        if any(len(each) != HASH_SIZE for each in row):
            raise TreeError(f"a tree of {size} leaves has no node at level {level}, index {index}")
        while len(row) > 1:
            row = [combine(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
        return row[0]

    return read
