"""What people see of `deeptext read`: text on the terminal, progress, lines about failures."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from deeptext_cli.cli.options import state

if TYPE_CHECKING:
    from rich.progress import Progress

    from deeptext_cli.document import Page, PageError
    from deeptext_cli.engine.inputs import InputFile
    from deeptext_cli.engine.read_run import ReadRun, Summary
    from deeptext_cli.engine.reader import Event
    from deeptext_cli.output.text import ListingWriter


class PrintDelivery:
    """Text on stdout, in the terminal's encoding."""

    def __init__(self, writer: ListingWriter) -> None:
        self._writer = writer

    def known(self, file: InputFile) -> str:
        return ""

    def add(self, file: InputFile, event: Event) -> None:
        from deeptext_cli.document import Page
        from deeptext_cli.engine.delivery import writing
        page = getattr(event, "page", None)
        if isinstance(page, Page):
            with writing("stdout"):
                print(self._writer.text(page), flush=True)

    def close(self, complete: bool = True) -> None:
        pass

    def abandon(self) -> None:
        pass


class ReadProgress:
    """A bar on stderr when results go to a file and stderr is a terminal; else nothing, and
    rich is not even imported. Of a single input it counts pages, from the second one on."""

    def __init__(self, run: ReadRun, total: int | None, wanted: bool) -> None:
        """`total`: number of inputs, where known."""
        self._run, self._total = run, total
        self._wanted = wanted and sys.stderr.isatty() and not state.quiet
        self._bar: Progress | None = None
        self._began = time.monotonic()

    def __enter__(self) -> ReadProgress:
        if self._wanted and self._total != 1:
            self._start(self._total)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self) -> None:
        """Bring the bar up to date."""
        done, seconds = self._run.summary, max(time.monotonic() - self._began, 1e-3)
        if self._wanted and self._bar is None and done.pages > 1:
            self._start(None)
        if self._bar is not None:
            self._bar.update(
                self._task, completed=done.pages if self._total == 1 else done.inputs,
                rate=f"{done.pages / seconds:.1f} pages/s, {done.lines / seconds:.0f} lines/s"
                + (f", {done.failed} failed" if done.failed else ""))

    def _start(self, total: int | None) -> None:
        from deeptext_cli.cli.render import progress
        self._bar = progress()
        self._task = self._bar.add_task("reading pages" if self._total == 1 else "reading",
                                        total=total, rate="")
        self._bar.start()

    def say(self, message: str) -> None:
        """A line on stderr, above the bar where there is one."""
        if self._bar is not None:
            self._bar.console.print(message, markup=False, highlight=False, soft_wrap=True)
        else:
            print(message, file=sys.stderr, flush=True)


def failure(error: PageError) -> str:
    """The line about a page or file that could not be read."""
    from deeptext_cli.output.text import visible
    where = visible(error.path)
    if error.page is not None:
        where += f", page {error.page}"
    return f"deeptext: {where}: {error.message}"


def remark(page: Page, note: str) -> str:
    """The line about a page that was read in another way than it should have been."""
    from deeptext_cli.output.text import visible
    return f"deeptext: {visible(page.path)}: {note}"


def closing(summary: Summary, total: int | None, resumable: bool) -> str:
    """The line at the end."""
    if total == 1:
        return f"deeptext: interrupted after {summary.pages} page{'s' * (summary.pages != 1)}"
    parts = [f"{summary.inputs - summary.failed - summary.unchanged} read"]
    if summary.unchanged:
        parts.append(f"{summary.unchanged} read before")
    parts.append(f"{summary.failed} failed")
    left = "" if total is None else f" of {total}"
    if summary.gave_up and summary.inputs != total:
        parts.append(f"stopped at the first failure, after {summary.inputs}{left}")
    if not summary.interrupted:
        return f"deeptext: {', '.join(parts)}"
    how = "go on with the same command and --resume" if resumable else \
        "-o FOLDER or a .jsonl file could go on with --resume"
    return f"deeptext: interrupted after {summary.inputs}{left}: {', '.join(parts)}; {how}"
