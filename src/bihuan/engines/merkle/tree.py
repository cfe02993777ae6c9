"""The Merkle tree of RFC 6962 section 2.1 (the same in RFC 9162): roots, proofs and the compact edge that grows.

A *node* (level, index) is the hash of the complete subtree over leaves [index * 2**level, (index + 1) * 2**level).
Only complete nodes are ever stored: they never change once written, so a proof for any earlier size can be made
from them. A tree of n leaves has exactly n >> level complete nodes at each level.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Self

from .algorithms import HASH_SIZE, Hash, sha256
from .errors import TreeError

NodeReader = Callable[[int, int], bytes]
Node = tuple[int, int, bytes]
"""level, index, hash"""


def leaf_hash(data: bytes, h: Hash = sha256) -> bytes:
    """Hash of one leaf's bytes: H(0x00 || data)."""
    return h(b"\x00" + data)


def node_hash(left: bytes, right: bytes, h: Hash = sha256) -> bytes:
    """Hash of two neighbours: H(0x01 || left || right)."""
    return h(b"\x01" + left + right)


def root(leaf_hashes: Sequence[bytes], h: Hash = sha256) -> bytes:
    """Root over all the leaf hashes; of none it is the hash of nothing."""
    frontier = Frontier(h)
    frontier.extend(leaf_hashes)
    return frontier.root()


def root_at(node: NodeReader, size: int, h: Hash = sha256) -> bytes:
    """Root of the first `size` leaves, put together from complete nodes."""
    return _subtree(node, 0, size, h) if size else h(b"")


def new_nodes(size: int, k: int) -> Iterator[tuple[int, int]]:
    """Which complete nodes, as (level, index), come into being when k leaves join a tree of the given size.

    In the order in which `Frontier.extend` returns them: leaves first, then level by level.
    """
    if size < 0 or k < 0:
        raise TreeError(f"size {size} and count {k} must not be negative")
    level = 0
    while (size >> level) < ((size + k) >> level):
        for index in range(size >> level, (size + k) >> level):
            yield level, index
        level += 1


class Frontier:
    """The right edge of a growing tree: the few complete subtrees whose hashes are enough to append and give the root.

    Holds at most one hash per level (`size` in binary says which), so 64 hashes carry any ledger.
    """

    def __init__(self, h: Hash = sha256) -> None:
        self._h = h
        self._size = 0
        self._peaks: list[bytes | None] = []

    @property
    def size(self) -> int:
        """Number of leaves so far."""
        return self._size

    def append(self, leaf: bytes) -> list[Node]:
        """Add one leaf *hash*; returns the complete nodes that it created."""
        return self.extend((leaf,))

    def extend(self, leaves: Sequence[bytes]) -> list[Node]:
        """Add many leaf *hashes* in order; returns the complete nodes that they created, as `new_nodes` lists them."""
        if any(len(leaf) != HASH_SIZE for leaf in leaves):
            raise TreeError(f"a leaf hash is {HASH_SIZE} bytes; hash the leaf first")
        h, created, fresh, level = self._h, list[Node](), list(leaves), 0
        while fresh:
            first = self._size >> level
            created += [(level, index, value) for index, value in enumerate(fresh, first)]
            if level == len(self._peaks):
                self._peaks.append(None)
            peak = self._peaks[level]
            row = fresh if peak is None else [peak, *fresh]
            self._peaks[level] = row[-1] if len(row) % 2 else None
            fresh = [h(b"\x01" + left + right) for left, right in zip(row[::2], row[1::2], strict=False)]
            level += 1
        self._size += len(leaves)
        return created

    def root(self) -> bytes:
        """Root at the present size."""
        value: bytes | None = None
        for peak in self._peaks:
            if peak is not None:
                value = peak if value is None else self._h(b"\x01" + peak + value)
        return self._h(b"") if value is None else value

    def dump(self) -> bytes:
        """The edge as bytes: size (8 bytes, big-endian), then its hashes from the largest subtree to the smallest."""
        return self._size.to_bytes(8, "big") + b"".join(p for p in reversed(self._peaks) if p is not None)

    @classmethod
    def load(cls, data: bytes, h: Hash = sha256) -> Self:
        """The edge that `dump` wrote; a wrong length is a `TreeError`."""
        size = int.from_bytes(data[:8], "big")
        if len(data) != 8 + HASH_SIZE * size.bit_count():
            raise TreeError(f"an edge of size {size} is not {len(data)} bytes long")
        edge = cls(h)
        edge._size = size
        edge._peaks = [None] * size.bit_length()
        at = 8
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                edge._peaks[level] = data[at : at + HASH_SIZE]
                at += HASH_SIZE
        return edge


def node_reader(leaf_hashes: Sequence[bytes], h: Hash = sha256) -> NodeReader:
    """A reader of complete nodes over leaf hashes held in memory, for small trees, tests and checks."""
    edge = Frontier(h)
    nodes = {(level, index): value for level, index, value in edge.extend(leaf_hashes)}

    def read(level: int, index: int) -> bytes:
        if (level, index) not in nodes:
            raise TreeError(f"no complete node at level {level}, index {index}")
        return nodes[level, index]

    return read


def inclusion_proof(node: NodeReader, index: int, size: int, h: Hash = sha256) -> list[bytes]:
    """Hashes that lead from leaf `index` to the root at `size`, the leaf's neighbour first (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise TreeError(f"leaf {index} is not in a tree of {size} leaves")
    beside: list[tuple[int, int]] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            beside.append((middle, high))
            high = middle
        else:
            beside.append((low, middle))
            low = middle
    return [_subtree(node, low, high, h) for low, high in reversed(beside)]


def consistency_proof(node: NodeReader, m: int, n: int, h: Hash = sha256) -> list[bytes]:
    """Hashes that show the tree of n leaves to begin with the very tree of m leaves (RFC 6962, 2.1.2).

    Empty when m = 0 (every tree begins with nothing) and when m = n.
    """
    if not 0 <= m <= n:
        raise TreeError(f"a tree of {n} leaves cannot begin with one of {m}")
    if m in (0, n):
        return []
    beside: list[tuple[int, int]] = []
    low, high = 0, n
    while m != high:
        middle = low + _split(high - low)
        if m <= middle:
            beside.append((middle, high))
            high = middle
        else:
            beside.append((low, middle))
            low = middle
    # The verifier already holds the old root, so the old tree itself (low = 0) is left out.
    if low:
        beside.append((low, high))
    return [_subtree(node, low, high, h) for low, high in reversed(beside)]


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], h: Hash = sha256) -> bytes | None:
    """The root that a leaf hash and its proof lead to, or None when the proof cannot belong to this index and size."""
    if not 0 <= index < size or any(len(part) != HASH_SIZE for part in (leaf, *proof)):
        return None
    here, last, value = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return None
        if here & 1 or here == last:
            value = node_hash(part, value, h)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            value = node_hash(value, part, h)
        here, last = here >> 1, last >> 1
    return value if last == 0 else None


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes, h: Hash = sha256
) -> bool:
    """Is this leaf hash at this index under the expected root (RFC 9162, 2.1.3.2)?"""
    return root_from_inclusion(leaf, index, size, proof, h) == expected


def verify_consistency(m: int, n: int, old: bytes, new: bytes, proof: Sequence[bytes], h: Hash = sha256) -> bool:
    """Does the tree of n leaves with root `new` begin with the tree of m leaves with root `old` (RFC 9162, 2.1.4.2)?"""
    if not 0 <= m <= n or any(len(part) != HASH_SIZE for part in (old, new, *proof)):
        return False
    if m == n:
        return not proof and old == new
    if m == 0:
        return not proof and old == h(b"")
    path = [old, *proof] if m & (m - 1) == 0 else list(proof)
    if not path:
        return False
    here, last = m - 1, n - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    older = newer = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            older, newer = node_hash(part, older, h), node_hash(part, newer, h)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            newer = node_hash(newer, part, h)
        here, last = here >> 1, last >> 1
    return last == 0 and older == old and newer == new


def _split(count: int) -> int:
    """Largest power of two smaller than the count (2 or more): where RFC 6962 cuts a tree."""
    return 1 << (count - 1).bit_length() - 1


def _subtree(node: NodeReader, low: int, high: int, h: Hash) -> bytes:
    """Hash over leaves [low, high) of an aligned subtree, put together from complete nodes."""
    complete: list[bytes] = []
    while low < high:
        level = (high - low).bit_length() - 1
        complete.append(node(level, low >> level))
        low += 1 << level
    value = complete.pop()
    while complete:
        value = node_hash(complete.pop(), value, h)
    return value
