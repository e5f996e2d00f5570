"""The journal of a folder of outputs: which inputs were read, with what, and where to."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from deeptext_cli.engine.inputs import has_image_name

JOURNAL = ".deeptext-journal"


class Entry(NamedTuple):
    """One input that was read. `files` are its outputs below the folder, with their sizes."""

    name: str
    sha256: str
    key: str
    files: Mapping[str, int]


class Journal:
    """One JSON object a line, only ever appended, after the outputs are in their place. The last
    line of an input counts; a line that a kill cut short is dropped."""

    def __init__(self, path: Path, *, resume: bool) -> None:
        """Without `resume` it begins anew, but for the names of outputs that another run could
        take for inputs. Raises OSError."""
        before = read_journal(path)
        self._entries = before.entries if resume else {}
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115
        os.truncate(path, before.whole if resume else 0)
        for name, files in before.outputs.items() if not resume else ():
            if images := {f: size for f, size in files.items() if has_image_name(f)}:
                self._write({"path": name, "errors": [], "files": images})

    def get(self, path: str) -> Entry | None:
        """What is known of an input that was read in full."""
        return self._entries.get(path)

    def names(self) -> dict[str, str]:
        """The input that each name of outputs, without suffixes, belongs to."""
        found = {}
        for path, entry in self._entries.items():
            found[entry.name] = path
            for file in entry.files:  # of further pages: `scan-p2.alto.xml`
                folder, _, base = file.rpartition("/")
                if not file.startswith(f"{entry.name}."):
                    found[f"{folder}/{base.partition('.')[0]}" if folder else
                          base.partition(".")[0]] = path
        return found

    def add(self, path: str, entry: Entry) -> None:
        """An input was read. Raises OSError."""
        self._entries[path] = entry
        self._write({"path": path, **entry._asdict()})

    def fail(self, path: str, sha256: str, errors: list[tuple[str, str, int | None]],
             files: Mapping[str, int]) -> None:
        """An input, or some of its pages, could not be read: (code, message, page)."""
        self._entries.pop(path, None)
        self._write({"path": path, "sha256": sha256, "errors": [
            {"code": code, "message": text} | ({} if page is None else {"page": page})
            for code, text, page in errors], "files": files})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, record: dict[str, object]) -> None:
        # ASCII, so that names that are no UTF-8 come back as they were
        self._file.write(json.dumps(record).encode("ascii") + b"\n")


class _Content(NamedTuple):
    """What a journal says: inputs that were read in full, and outputs of all, by their inputs."""

    entries: dict[str, Entry]
    outputs: dict[str, dict[str, int]]
    whole: int  # bytes up to the end of its last whole line


def read_journal(path: Path) -> _Content:
    """The content of a journal, empty where there is none. Raises OSError."""
    entries: dict[str, Entry] = {}
    outputs: dict[str, dict[str, int]] = {}
    whole = 0
    if path.exists():
        with open(path, "rb") as f:
            for line in f:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                _take(line, entries, outputs)
    return _Content(entries, outputs, whole)


def _take(line: bytes, entries: dict[str, Entry], outputs: dict[str, dict[str, int]]) -> None:
    try:
        record = json.loads(line)
        path = str(record["path"])
        files = {str(k): int(v) for k, v in record.get("files", {}).items()}
        outputs[path] = outputs.get(path, {}) | files
        if "errors" in record:
            entries.pop(path, None)
            return
        entries[path] = Entry(str(record["name"]), str(record["sha256"]), str(record["key"]),
                              files)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        pass  # no line of ours: that input is read again
