"""Attachments: photos, papers and tables that are evidence; cleaned when kept, harmless when served."""

from bihuan.base.files.actions import LARGEST, store_file, tag_files
from bihuan.base.files.media import cleaned, sniffed
from bihuan.base.files.model import FILE, FileRef, Media
from bihuan.base.files.queries import file_bytes, file_ref, file_refs, serving_headers

__all__ = [
    "FILE",
    "LARGEST",
    "FileRef",
    "Media",
    "cleaned",
    "file_bytes",
    "file_ref",
    "file_refs",
    "serving_headers",
    "sniffed",
    "store_file",
    "tag_files",
]
