"""`deeptext read`: parse, call the reader, show or deliver."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deeptext_cli.cli.options import Quiet, Verbose, state
from deeptext_cli.errors import UsageError

if TYPE_CHECKING:
    from deeptext_cli.document import Page
    from deeptext_cli.engine.delivery import FolderDelivery, StreamDelivery, TextOptions

EPILOG = """[bold]Examples[/bold]

deeptext read scan.png

deeptext read *.png --format jsonl -o lines.jsonl

deeptext read plates/ --model plates --pattern "[0-9]{4}[A-Z]{3}"

cat x.png | deeptext read -

[bold]Exit codes[/bold]  0 all read, 1 some failed, 2 usage or configuration,
3 model missing or damaged, 130 interrupted
"""
SEARCH = "Search and constraints"
LAYOUTS = ("auto", "page", "block", "line", "word")


def read(
    paths: Annotated[list[str], typer.Argument(
        metavar="PATHS...", help="Images, folders, patterns; - is stdin.", show_default=False)],
    layout: Annotated[str, typer.Option(
        "--layout", help="What an image holds: auto, page, block, line or word.")] = "auto",
    formats: Annotated[list[str] | None, typer.Option(
        "--format", help="text, json, jsonl, tsv, ...; several with -o FOLDER. "
        "[by -o's suffix, else text]")] = None,
    model: Annotated[str, typer.Option("--model", help="Name or folder of a model.")] = "auto",
    output: Annotated[str | None, typer.Option(
        "-o", "--output", help="File, or folder (a file for each input).")] = None,
    preserve_layout: Annotated[bool, typer.Option(
        "--preserve-layout", help="Text format: keep places on the page by spaces.")] = False,
    dehyphenate: Annotated[bool, typer.Option(
        "--dehyphenate", help="Join words cut by a hyphen at a line's end.")] = False,
    pages: Annotated[str | None, typer.Option(
        "--pages", help="Of files with several pages: 3-7,9.")] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda:0.")] = "auto",
    batch_size: Annotated[int, typer.Option(
        "--batch-size", min=1, help="Lines that the model reads at once.")] = 16,
    jobs: Annotated[int, typer.Option(
        "-j", "--jobs", min=0, help="Workers; 0: one a processor.")] = 0,
    max_pixels: Annotated[int, typer.Option(
        "--max-pixels", min=1, help="Larger images are named, never decoded.")] = 200_000_000,
    show_confidence: Annotated[bool, typer.Option(
        "--show-confidence", help="Text format: add a column with the confidence.")] = False,
    fail_fast: Annotated[bool, typer.Option(
        "--fail-fast", help="Stop at the first input that cannot be read.")] = False,
    decoder: Annotated[str | None, typer.Option(
        "--decoder", help="greedy or beam [the model's].", rich_help_panel=SEARCH)] = None,
    beam_width: Annotated[int | None, typer.Option(
        "--beam-width", help="Prefixes the beam keeps.", rich_help_panel=SEARCH)] = None,
    lm: Annotated[str | None, typer.Option(
        "--lm", help="Language model: name, path or none.", rich_help_panel=SEARCH)] = None,
    lm_weight: Annotated[float | None, typer.Option(
        "--lm-weight", help="Its weight.", rich_help_panel=SEARCH)] = None,
    rescore: Annotated[float | None, typer.Option(
        "--rescore", help="Weight of the attention decoder's judgement; 0: none.",
        rich_help_panel=SEARCH)] = None,
    chars: Annotated[str | None, typer.Option(
        "--chars", help="Only these characters, as 0-9A-Z.", rich_help_panel=SEARCH)] = None,
    exclude_chars: Annotated[str | None, typer.Option(
        "--exclude-chars", help="None of these characters.", rich_help_panel=SEARCH)] = None,
    length: Annotated[str | None, typer.Option(
        "--length", help="Number of characters: 5 or 4-6.", rich_help_panel=SEARCH)] = None,
    pattern: Annotated[str | None, typer.Option(
        "--pattern", help="Regular expression that each line matches.",
        rich_help_panel=SEARCH)] = None,
    lexicon: Annotated[str | None, typer.Option(
        "--lexicon", help="File of the words there are, one a line.",
        rich_help_panel=SEARCH)] = None,
    lexicon_bias: Annotated[float | None, typer.Option(
        "--lexicon-bias", help="Prefer them by so much instead.", rich_help_panel=SEARCH)] = None,
    min_confidence: Annotated[float | None, typer.Option(
        "--min-confidence", help="Mark characters less sure than this.",
        rich_help_panel=SEARCH)] = None,
    reject: Annotated[str | None, typer.Option(
        "--reject", help="The mark [?].", rich_help_panel=SEARCH)] = None,
    normalise: Annotated[str | None, typer.Option(
        "--normalise", help="Written plainly: spaces,quotes,dashes,ligatures, or none [spaces].",
        rich_help_panel=SEARCH)] = None,
    quiet: Quiet = False, verbose: Verbose = False,
) -> None:
    """Read the text in images."""
    decoding = {"decoder": decoder, "beam_width": beam_width, "lm": lm, "lm_weight": lm_weight,
                "chars": chars, "exclude_chars": exclude_chars, "length": length,
                "pattern": pattern, "lexicon": lexicon, "lexicon_bias": lexicon_bias,
                "min_confidence": min_confidence, "reject": reject, "rescore": rescore,
                "normalise": normalise}
    if layout not in LAYOUTS:
        raise UsageError(f"--layout {layout}: unknown", remedy=f"one of {', '.join(LAYOUTS)}")
    from deeptext_cli.document import PageError
    from deeptext_cli.engine.delivery import TextOptions
    from deeptext_cli.engine.inputs import expand, page_filter
    from deeptext_cli.engine.reader import Reader, ReadOptions
    from deeptext_cli.output.formats import FORMATS
    chosen = _formats(formats or [], output)
    inputs = list(expand(paths))
    reader = Reader(ReadOptions(model=model, layout=layout, device=device, batch=batch_size,
                                jobs=jobs, max_pixels=max_pixels, decoding=decoding,
                                colour=any(FORMATS[f].needs_image for f in chosen),
                                pages=page_filter(pages)),
                    inputs=len(inputs))
    several = len(inputs) > 1
    failed = 0
    with _Progress(len(inputs), output is not None) as bar:
        to_people = output is None and chosen == ["text"]
        texts = TextOptions(preserve_layout, dehyphenate)
        delivery = None if to_people else _delivery(output, chosen, texts)
        width = max((len(i.path) for i in inputs), default=0) if several else 0
        for result in reader.read(inputs):
            bar.advance()
            page = result.page
            if isinstance(page, PageError):
                failed += 1
                where = page.path if page.page is None else f"{page.path}, page {page.page}"
                print(f"deeptext: {where}: {page.message}", file=sys.stderr)
            elif delivery is None:
                print(_text(page, several, width, show_confidence, texts), flush=True)
            if delivery is not None:
                delivery.page(page, result.image)
            if failed and fail_fast:
                break
        if delivery is not None:
            delivery.close()
    if several and not state.quiet and (failed or output):
        print(f"deeptext: {len(inputs) - failed} read, {failed} failed", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


def _formats(formats: list[str], output: str | None) -> list[str]:
    from deeptext_cli.output.formats import get_format, infer_format
    if not formats:
        named = output is not None and output != "-" and not _is_folder(output)
        return [infer_format(output).name if named and output else "text"]
    if len(formats) > 1 and (output is None or not _is_folder(output)):
        raise UsageError("several formats need a folder", remedy="-o out/")
    return [get_format(name).name for name in formats]


def _is_folder(output: str) -> bool:
    if output == "-":
        return False
    if os.path.lexists(output) and not output.endswith(("/", os.sep)):
        return os.path.isdir(output)
    return output.endswith(("/", os.sep)) or not Path(output).suffix


def _delivery(output: str | None, formats: list[str],
              texts: TextOptions) -> StreamDelivery | FolderDelivery:
    from deeptext_cli.engine.delivery import (
        FileDelivery,
        FolderDelivery,
        StreamDelivery,
        make_writer,
    )
    if output is None or output == "-":
        return StreamDelivery(sys.stdout.buffer, make_writer(formats[0], texts))
    if _is_folder(output):
        return FolderDelivery(Path(output), formats, texts)
    return FileDelivery(Path(output), make_writer(formats[0], texts))


def _text(page: Page, several: bool, width: int, confidence: bool, texts: TextOptions) -> str:
    """What a person, or a pipe, gets of a page in text format."""
    from deeptext_cli.engine.delivery import make_writer
    from deeptext_cli.output.writer import clean
    if len(page.lines) > 1:
        heading = f"==> {page.path} <==\n" if several else ""
        return heading + make_writer("text", texts).page(page).decode().rstrip("\n")
    sure = f"{page.confidence:.3f}" if confidence else ""
    text = clean(page.text)
    if not several:
        return f"{text}\t{sure}" if sure else text
    if sys.stdout.isatty():
        return f"{page.path:<{width}}  {sure + '  ' if sure else ''}{text}"
    return "\t".join((page.path, text, *([sure] if sure else [])))


class _Progress:
    """A bar on stderr when results go to a file and stderr is a terminal; else nothing, and
    rich is not even imported."""

    def __init__(self, total: int, wanted: bool) -> None:
        self._total = total
        self._wanted = wanted and total > 1 and sys.stderr.isatty() and not state.quiet

    def __enter__(self) -> _Progress:
        if self._wanted:
            from deeptext_cli.cli.render import progress
            self._bar = progress()
            self._task = self._bar.add_task("reading", total=self._total, rate="")
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._wanted:
            self._bar.stop()

    def advance(self) -> None:
        if self._wanted:
            self._bar.advance(self._task)
