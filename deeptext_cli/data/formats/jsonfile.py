"""Read JSON files of unknown make: an entry a line, or a list of them, damaged ones among them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from deeptext_cli.data.formats.base import Listing
from deeptext_cli.data.formats.textfile import numbered_lines, text_encoding

Entry = tuple[str, Any]  # where, and what stands there; None where it is damaged


def parsed(text: str, parse_number: Callable[[str], Any] | None = None) -> Any:
    """What a JSON text says; None where it is none. `parse_number`: what numbers become."""
    try:
        return json.loads(text, parse_int=parse_number, parse_float=parse_number)
    except (ValueError, RecursionError):
        return None


def entries(listing: Listing, name: str, begin: re.Pattern[str],
            parse_number: Callable[[str], Any] | None = None,
            as_list: Callable[[Any], Any] = lambda data: data) -> Iterator[Entry]:
    """The entries of a `.jsonl`, or those of the list in a file that begins like `begin`: other
    files may be large, and are not parsed to see what they are. `as_list`: what makes a list of
    what else such a file may hold."""
    path = listing.path(name)
    if name.lower().endswith(".jsonl"):
        yield from ((f"{name}:{number}", parsed(line, parse_number))
                    for number, line in numbered_lines(path) if line.strip())
        return
    with open(path, encoding=text_encoding(path), errors="replace") as f:
        head = f.read(1000)
        data = as_list(parsed(head + f.read(), parse_number)) if begin.match(head) else None
    if isinstance(data, list):
        yield from ((f"{name} entry {i}", entry) for i, entry in enumerate(data, 1))
