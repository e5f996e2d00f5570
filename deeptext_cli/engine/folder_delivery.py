"""A folder with a file for each input and format, and a journal to go on from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

from deeptext_cli.document import PageError
from deeptext_cli.engine.delivery import (
    PLAIN,
    FileDelivery,
    TextOptions,
    make_writer,
    opening,
    writing,
)
from deeptext_cli.engine.inputs import FileId, InputFile, file_id, file_ids, safe_name
from deeptext_cli.engine.journal import JOURNAL, Entry, Journal, read_journal
from deeptext_cli.engine.lock import FileLock
from deeptext_cli.engine.reader import Event, FileEnd, Result
from deeptext_cli.output.formats import FORMATS

LONGEST_NAME = 180  # bytes: suffixes and the mark of a partial file are added


class FolderDelivery:
    """Outputs lie as their inputs did below the folder that was read: `sub/a.png` -> `sub/a.txt`.

    Where two inputs would have the same name, or an output would replace an input, the later is
    called by its whole name (`a.jpg.txt`), then numbered. Which is which, the journal tells further
    runs. Formats that hold one page a file get one for each further page: `scan-p2.png`.
    """

    def __init__(self, folder: Path, formats: Sequence[str], texts: TextOptions = PLAIN, *,
                 resume: bool = False, key: str = "",
                 originals: Collection[FileId] = frozenset()) -> None:
        """`key` changes with all that results depend on, but the inputs. `originals`: what no
        output may replace. Raises UsageError where nothing can be written."""
        self.folder, self.formats, self.texts, self._key = folder, formats, texts, key
        self._originals = originals
        with opening(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(folder / f"{JOURNAL}.lock", f"{folder} is written").acquire()
            self._journal = Journal(folder / JOURNAL, resume=resume)
        self._owners = {name.casefold(): path for name, path in self._journal.names().items()}
        self._open: list[FileDelivery] = []
        self._waiting: list[Result] = []        # errors before the first page
        self._errors: list[PageError] = []
        self._files: dict[str, int] = {}
        self._name = ""
        self._pages = 0

    def known(self, file: InputFile) -> str:
        entry = self._journal.get(file.path)
        if entry is None or entry.key != self._key or not all(
                _size(self.folder / name) == size for name, size in entry.files.items()):
            return ""
        return entry.sha256

    def add(self, file: InputFile, event: Event) -> None:
        if isinstance(event, FileEnd):
            self._end(file, event)
        elif isinstance(event.page, PageError):
            self._errors.append(event.page)
            self._waiting.append(event)
        else:
            self._waiting.append(event)
            if not self._open:
                self._name = self._claim(file)
                self._open = [self._file(f, self._name) for f in self.formats]
        if self._open:
            for result in self._waiting:
                self._put(result)
            self._waiting = []

    def close(self, complete: bool = True) -> None:
        self.abandon()

    def abandon(self) -> None:
        """Outputs of an input that was not read to its end are dropped."""
        for delivery in self._open:
            delivery.abandon()
        self._journal.close()
        self._lock.release()

    def _put(self, result: Result) -> None:
        page, is_page = result.page, not isinstance(result.page, PageError)
        self._pages += is_page
        for i, name in enumerate(self.formats):
            if self._pages > 1 and FORMATS[name].one_page and is_page:
                self._complete(self._open[i])
                stem = self._free(f"{self._name}-p{page.page}", (), page.path)
                self._open[i] = self._file(name, stem)
            self._open[i].page(page, result.image)

    def _end(self, file: InputFile, end: FileEnd) -> None:
        if not end.unchanged:
            for delivery in self._open:
                self._complete(delivery)
            with writing(str(self.folder / JOURNAL)):
                if self._errors:
                    self._journal.fail(file.path, end.sha256, [
                        (e.code, e.message, e.page) for e in self._errors], self._files)
                else:
                    self._journal.add(file.path, Entry(self._name, end.sha256, self._key,
                                                       self._files))
        self._open, self._waiting, self._errors, self._files = [], [], [], {}
        self._name, self._pages = "", 0

    def _file(self, name: str, stem: str) -> FileDelivery:
        return FileDelivery(self._path(name, stem), make_writer(name, self.texts))

    def _path(self, name: str, stem: str) -> Path:
        return self.folder / (stem + FORMATS[name].suffixes[0])

    def _complete(self, delivery: FileDelivery) -> None:
        delivery.close()
        name = delivery.path.relative_to(self.folder).as_posix()
        self._files[name] = _size(delivery.path)

    def _claim(self, file: InputFile) -> str:
        """The name of an input's outputs, without a suffix; the one it had, if it had one."""
        entry = self._journal.get(file.path)
        if entry is not None and entry.name and not self._replaces(entry.name):
            return entry.name
        whole = PurePosixPath(_shortened(file.name or safe_name(os.path.basename(file.path))))
        stem = whole.with_suffix("") if whole.suffix and whole.stem else whole
        return self._free(str(stem), (str(whole),), file.path)

    def _free(self, name: str, others: Sequence[str], owner: str) -> str:
        """`name`, or the first of `others` that is free, or `name` numbered."""
        candidate, count = name, 1
        choices = list(others)
        while self._owners.get(candidate.casefold(), owner) != owner or self._replaces(candidate):
            count += not choices
            candidate = choices.pop(0) if choices else f"{name}-{count}"
        self._owners[candidate.casefold()] = owner
        return candidate

    def _replaces(self, stem: str) -> bool:
        """Whether outputs of that name would take the place of an input."""
        return any(file_id(self._path(name, stem)) in self._originals for name in self.formats)


def without_results(files: list[InputFile], folder: Path) -> list[InputFile]:
    """`files` but for those that an earlier run into `folder` wrote for another one of them."""
    try:
        outputs = read_journal(folder / JOURNAL).outputs
    except OSError:  # said when it is opened to be written
        return files
    if not outputs:
        return files
    given = file_ids(file.path for file in files)
    results = {made for path, names in outputs.items() if (source := file_id(path)) in given
               for name in names if (made := file_id(folder / name)) not in (None, source)}
    return [file for file in files if file_id(file.path) not in results]


def _shortened(name: str) -> str:
    """With parts that leave room for a suffix; a cut one keeps its own and gets a checksum."""
    return "/".join(_cut(part) for part in name.split("/"))


def _cut(part: str) -> str:
    data = os.fsencode(part)
    if len(data) <= LONGEST_NAME:
        return part
    stem, suffix = os.path.splitext(part)
    mark = hashlib.sha256(data).hexdigest()[:8]
    room = LONGEST_NAME - len(os.fsencode(suffix[:20])) - 9
    return os.fsencode(stem)[:room].decode("utf-8", "ignore") + f"-{mark}{suffix[:20]}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
