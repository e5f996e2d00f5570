"""The images in tar archives, read one after the other as they come; nothing is unpacked."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator, Sequence
from io import BufferedReader

from deeptext_cli.data.images import MAX_BYTES
from deeptext_cli.engine.inputs import STDIN, InputFile, has_image_name, safe_name, stdin
from deeptext_cli.errors import ImageTooLarge, ImageUnreadable

# what other archives and compressions begin with
OTHERS = {b"PK\x03\x04": "a zip archive", b"\x28\xb5\x2f\xfd": "compressed by zstd",
          b"7z\xbc\xaf\x27\x1c": "a 7z archive", b"Rar!": "a rar archive"}


def tar_members(archives: Sequence[str]) -> Iterator[InputFile]:
    """The images and PDFs in tar archives, plain or compressed (gzip, bzip2, xz); - is stdin.

    A member is called `archive.tar:member`, of stdin by its own name. Links, devices and hidden
    files are passed over. A damaged archive is an input with a problem, after the members before
    the damage.
    """
    for archive in archives:
        try:
            if archive == STDIN:
                # a descriptor of our own: a thread that waits for sys.stdin at the end of the
                # process would make Python abort
                with os.fdopen(os.dup(stdin().fileno()), "rb") as f:
                    yield from _members(f, "")
            else:
                with open(archive, "rb") as f:
                    yield from _members(f, f"{archive}:")
        except ImageUnreadable as e:
            yield InputFile(archive, problem=e)
        except OSError as e:
            yield InputFile(archive, problem=ImageUnreadable(
                f"cannot be read: {e.strerror or e}"))
        except Exception as e:  # parsers of hostile files raise nearly anything
            yield InputFile(archive, problem=ImageUnreadable(
                f"damaged archive: {' '.join(str(e).split()) or type(e).__name__}"))


def _members(stream: BufferedReader, prefix: str) -> Iterator[InputFile]:
    head = stream.peek(8)
    for mark, kind in OTHERS.items():
        if head.startswith(mark):
            raise ImageUnreadable(f"{kind}: only tar is read, plain or by gzip, bzip2 or xz",
                                  remedy="unpack it and give the folder")
    with tarfile.open(fileobj=stream, mode="r|*") as tar:
        for member in tar:
            tar.members = []  # type: ignore[attr-defined]  # else it keeps all it has seen
            if not member.isreg() or not has_image_name(member.name):
                continue
            path, name = prefix + member.name, safe_name(member.name)
            if member.size > MAX_BYTES:
                yield InputFile(path, name, problem=ImageTooLarge(
                    f"the file has more than {MAX_BYTES:,} bytes"))
                continue
            source = tar.extractfile(member)
            data = source.read() if source else b""
            if len(data) < member.size:
                raise tarfile.ReadError("it ends in the middle of a file")
            yield InputFile(path, name, data=data)
