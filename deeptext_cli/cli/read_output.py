"""Where `deeptext read` puts its results: what -o and --format mean, and what -o must not be."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from deeptext_cli.cli.options import state
from deeptext_cli.errors import OutputError, UsageError

if TYPE_CHECKING:
    from deeptext_cli.document import Receipt
    from deeptext_cli.engine.delivery import Delivery, TextOptions
    from deeptext_cli.engine.inputs import FileId, InputFile


def choose_formats(formats: list[str], output: str | None) -> list[str]:
    """The names of the formats asked for, each once."""
    from deeptext_cli.output.formats import get_format, infer_format
    if not formats:
        file = file_of(output)
        return ["text" if file is None else infer_format(file).name]
    chosen = list(dict.fromkeys(get_format(name).name for name in formats))
    if len(chosen) > 1 and folder_of(output) is None:
        raise UsageError("several formats need a folder", remedy="-o out/")
    return chosen


def folder_of(output: str | None) -> Path | None:
    """The folder that -o means, if it means one."""
    if output is None or output == "-":
        return None
    ends = output.endswith(("/", os.sep))
    is_folder = os.path.isdir(output) if os.path.lexists(output) and not ends \
        else ends or not Path(output).suffix
    return Path(output) if is_folder else None


def file_of(output: str | None) -> Path | None:
    """The file that -o means, if it means one."""
    named = output is not None and output != "-" and folder_of(output) is None
    return Path(output) if named and output else None


def protect(output: str | None, sources: Iterable[str | None]) -> frozenset[FileId]:
    """What no output may replace. Raises UsageError where -o names it."""
    from deeptext_cli.engine.delivery import refuse_to_replace
    from deeptext_cli.engine.inputs import file_ids
    if output is None or output == "-":
        return frozenset()
    originals = file_ids(path for path in sources if path is not None)
    file = file_of(output)
    if file is not None:
        refuse_to_replace(originals, file)
    return originals


def without_earlier_results(inputs: list[InputFile], output: str | None) -> list[InputFile]:
    """Inputs but for what the last run into the same folder made of others of them."""
    from deeptext_cli.engine.folder_delivery import without_results
    folder = folder_of(output)
    if folder is None:
        return inputs
    left = without_results(inputs, folder)
    if len(left) < len(inputs) and not state.quiet:
        print(f"deeptext: {len(inputs) - len(left)} left out: results of an earlier run into "
              f"{folder}", file=sys.stderr)
    return left


def refuse_endless(watched: list[str], formats: list[str], output: str | None) -> None:
    """Raises UsageError where results would arrive in a watched folder, as inputs."""
    from deeptext_cli.engine.inputs import has_image_name
    from deeptext_cli.output.formats import FORMATS
    folder = folder_of(output)
    if folder is None or not any(has_image_name(f"x{FORMATS[f].suffixes[0]}") for f in formats):
        return
    below = folder.resolve()
    for name in watched:
        if Path(name).resolve() in (below, *below.parents):
            raise UsageError(f"-o {output} is within {name}: results would be read as they arrive",
                             remedy="give -o a folder elsewhere")


def open_delivery(output: str | None, formats: list[str], texts: TextOptions, receipt: Receipt, *,
                  several: bool, width: int, confidence: bool, resume: bool,
                  originals: frozenset[FileId]) -> Delivery:
    """What takes the results."""
    from deeptext_cli.cli.read_view import PrintDelivery
    from deeptext_cli.engine.delivery import (
        FileDelivery,
        StreamDelivery,
        make_listing,
        make_writer,
    )
    from deeptext_cli.engine.receipts import receipt_key
    if output in (None, "-") and sys.stdout is None:
        raise OutputError("stdout is closed: results have nowhere to go")
    if output is None and formats == ["text"]:
        seen = sys.stdout.isatty()  # by people, who are shown columns and empty lines
        return PrintDelivery(make_listing(texts, several=several, confidence=confidence,
                                          width=width if seen else 0,
                                          page_separator="\n" if seen else "\f"))
    folder, file = folder_of(output), file_of(output)
    if folder is not None:
        from deeptext_cli.engine.folder_delivery import FolderDelivery
        key = receipt_key(receipt, formats=formats, texts=list(texts))
        return FolderDelivery(folder, formats, texts, resume=resume, key=key, originals=originals)
    if file is not None and formats == ["jsonl"] and (file.is_file() or not file.exists()):
        from deeptext_cli.engine.records_delivery import RecordsDelivery
        return RecordsDelivery(file, resume=resume, key=receipt_key(receipt))
    writer = make_listing(texts, several=several, confidence=confidence) \
        if formats == ["text"] and (several or confidence) else make_writer(formats[0], texts)
    if file is None:
        return StreamDelivery(sys.stdout.buffer, writer, "stdout")
    return FileDelivery(file, writer)
