"""What people see: consoles, tables, progress. Results go to stdout, all else to stderr."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from deeptext_cli.cli.options import state


@cache
def stderr() -> Console:
    """The console for progress, tables about the work, and remarks."""
    return Console(stderr=True, highlight=False)


@cache
def stdout() -> Console:
    """The console for results."""
    return Console(highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """A remark on stderr; silent with -q."""
    if not state.quiet:
        stderr().print(message, markup=False, soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A plain table; cells that are numbers are right-aligned."""
    body = [list(r) for r in rows]
    out = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for i, name in enumerate(columns):
        numeric = bool(body) and all(isinstance(r[i], int | float) for r in body)
        out.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for r in body:
        out.add_row(*(f"{c:.4g}" if isinstance(c, float) else str(c) for c in r))
    return out


def progress() -> Progress:
    """A progress bar on stderr that is not drawn where stderr is no terminal or with -q."""
    console = stderr()
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                    TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TimeRemainingColumn(),
                    console=console, transient=True,
                    disable=state.quiet or not console.is_terminal)
