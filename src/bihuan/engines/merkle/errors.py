"""What can be wrong with a proof.

MerkleError
├── AlgorithmError   an algorithm tag nobody here knows
├── TreeError        sizes, indices or node readers that cannot be
├── LeafError        leaf bytes that do not follow the layout
├── NoteError        a note, key or checkpoint that is malformed or not signed by the trusted key
└── ReceiptError     a receipt that is malformed or does not prove what it says
"""


class MerkleError(ValueError):
    """A proof, or a part of one, cannot be used; the message says which part and why."""


class AlgorithmError(MerkleError):
    """The algorithm tag is unknown."""


class TreeError(MerkleError):
    """A tree size, leaf index or stored node is impossible."""


class LeafError(MerkleError):
    """The leaf bytes do not follow the layout."""


class NoteError(MerkleError):
    """A note, key or checkpoint is malformed, or no trusted key signed it."""


class ReceiptError(MerkleError):
    """The receipt is malformed or does not prove what it says."""
