"""Attachments: photos, papers and tables that are evidence; cleaned when kept, harmless when served."""

from bihuan.base.files.actions import LARGEST, destroy_files, erase_file, store_file, tag_files
from bihuan.base.files.media import cleaned, sniffed
from bihuan.base.files.model import FILE, FileErased, FileRef, Media
from bihuan.base.files.queries import file_bytes, file_ref, file_refs, serving_headers, show_people
from bihuan.base.files.reference import Named, files_within, kept_here, named, read_named

__all__ = [
    "FILE",
    "LARGEST",
    "FileErased",
    "FileRef",
    "Media",
    "Named",
    "cleaned",
    "destroy_files",
    "erase_file",
    "file_bytes",
    "file_ref",
    "file_refs",
    "files_within",
    "kept_here",
    "named",
    "read_named",
    "serving_headers",
    "show_people",
    "sniffed",
    "store_file",
    "tag_files",
]
