"""`deeptext read`: parse, start the run, show what it says."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deeptext_cli.cli.completion import output_formats, recognisers
from deeptext_cli.cli.options import Quiet, Verbose, state
from deeptext_cli.cli.search_options import (
    BeamWidth,
    Chars,
    Decoder,
    ExcludeChars,
    Length,
    Lexicon,
    LexiconBias,
    LexiconScope,
    Lm,
    LmWeight,
    MinConfidence,
    Normalise,
    Pattern,
    Reject,
    Rescore,
)
from deeptext_cli.cli.streams import remarks
from deeptext_cli.errors import UsageError

if TYPE_CHECKING:
    from deeptext_cli.engine.inputs import InputFile
    from deeptext_cli.engine.read_run import ReadRun

EPILOG = """[bold]Examples[/bold]

deeptext read scan.png

deeptext read *.png --format jsonl -o lines.jsonl

deeptext read scans/ -o out/ --format jsonl --resume

find . -name '*.png' -print0 | deeptext read --files0-from - --format jsonl

deeptext read --watch inbox/ -o out/

deeptext read plates/ --model plates --pattern "[0-9]{4}[A-Z]{3}"

cat x.png | deeptext read -

[bold]Exit codes[/bold]  0 all read, 1 some failed, 2 usage or configuration,
3 model missing or damaged, 130 interrupted
"""
VOLUME = "Many files"
LAYOUTS = ("auto", "page", "block", "line", "word")


def read(
    paths: Annotated[list[str] | None, typer.Argument(
        metavar="PATHS", help="Images, folders, patterns; - is stdin.",
        show_default=False)] = None,
    layout: Annotated[str, typer.Option(
        "--layout", help="What an image holds: auto, page, block, line or word.")] = "auto",
    formats: Annotated[list[str] | None, typer.Option(
        "--format", help="text, json, jsonl, tsv, hocr, alto, page, pdf, markdown or png; several "
        "with -o FOLDER. (by -o's suffix, else text)", autocompletion=output_formats)] = None,
    model: Annotated[str, typer.Option(
        "--model", help="Name or folder of a model.", autocompletion=recognisers)] = "auto",
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
        "--show-confidence", help="Text format: add each line's confidence as a last "
        "column.")] = False,
    resume: Annotated[bool, typer.Option(
        "--resume", help="Go on: inputs that -o's folder or jsonl file has, from the same content, "
        "model and options, are not read again.", rich_help_panel=VOLUME)] = False,
    timeout: Annotated[float | None, typer.Option(
        "--timeout", min=0, help="Seconds a page may take; 0: any. [300 with worker processes]",
        rich_help_panel=VOLUME)] = None,
    fail_fast: Annotated[bool, typer.Option(
        "--fail-fast", help="Stop at the first input that cannot be read.",
        rich_help_panel=VOLUME)] = False,
    files0_from: Annotated[str | None, typer.Option(
        "--files0-from", metavar="FILE", help="Read the files named in FILE (- is stdin), each "
        "name ended by a NUL.", rich_help_panel=VOLUME)] = None,
    tar: Annotated[bool, typer.Option(
        "--tar", help="PATHS are tar archives (- is stdin) of images.",
        rich_help_panel=VOLUME)] = False,
    watch: Annotated[bool, typer.Option(
        "--watch", help="PATHS are folders: read what arrives there, until Ctrl-C.",
        rich_help_panel=VOLUME)] = False,
    decoder: Decoder = None, beam_width: BeamWidth = None, lm: Lm = None,
    lm_weight: LmWeight = None, rescore: Rescore = None, chars: Chars = None,
    exclude_chars: ExcludeChars = None, length: Length = None, pattern: Pattern = None,
    lexicon: Lexicon = None, lexicon_scope: LexiconScope = None, lexicon_bias: LexiconBias = None,
    min_confidence: MinConfidence = None, reject: Reject = None, normalise: Normalise = None,
    quiet: Quiet = False, verbose: Verbose = False,
) -> None:
    """Read the text in images."""
    decoding = {"decoder": decoder, "beam_width": beam_width, "lm": lm, "lm_weight": lm_weight,
                "chars": chars, "exclude_chars": exclude_chars, "length": length,
                "pattern": pattern, "lexicon": lexicon, "lexicon_scope": lexicon_scope,
                "lexicon_bias": lexicon_bias, "min_confidence": min_confidence, "reject": reject,
                "rescore": rescore, "normalise": normalise}
    if layout not in LAYOUTS:
        raise UsageError(f"--layout {layout}: unknown", remedy=f"one of {', '.join(LAYOUTS)}")
    from deeptext_cli.cli.read_output import (
        choose_formats,
        file_of,
        folder_of,
        open_delivery,
        protect,
        refuse_endless,
        without_earlier_results,
    )
    from deeptext_cli.cli.read_view import ReadProgress, closing, failure, remark
    from deeptext_cli.document import PageError
    from deeptext_cli.engine.delivery import TextOptions
    from deeptext_cli.engine.read_run import ReadRun, graceful_stop
    from deeptext_cli.engine.reader import ReadOptions
    from deeptext_cli.output.formats import FORMATS
    from deeptext_cli.output.text import visible
    chosen = choose_formats(formats or [], output)
    folder = folder_of(output)
    kept = folder is not None or (file_of(output) is not None and chosen == ["jsonl"])
    if resume and not kept:
        raise UsageError("--resume needs results to go on from",
                         remedy="give -o a folder or a .jsonl file")
    if watch and output is not None and folder is None:
        raise UsageError("--watch never completes a file", remedy="give -o a folder")
    if show_confidence and folder is not None and "text" in chosen:
        raise UsageError("--show-confidence: texts in a folder have no such column",
                         remedy="--format tsv or jsonl")
    if watch:
        refuse_endless(paths or [], chosen, output)
    if not state.verbose:
        _hush_libraries()
    stopping: list[ReadRun] = []
    inputs = _inputs(paths or [], files0_from, tar, watch, lambda: bool(stopping))
    if isinstance(inputs, list):
        inputs = without_earlier_results(inputs, output)
    originals = protect(output, [lexicon, files0_from, *(
        [i.path for i in inputs] if isinstance(inputs, list) else paths or [])])
    run = ReadRun(ReadOptions(model=model, layout=layout, device=device, batch=batch_size,
                              jobs=jobs, max_pixels=max_pixels, decoding=decoding, pages=pages,
                              colour=any(FORMATS[f].needs_image for f in chosen)),
                  timeout=timeout, processes=watch, fail_fast=fail_fast, verbose=state.verbose)
    total = len(inputs) if isinstance(inputs, list) else None
    width = max((len(i.path) for i in inputs), default=0) if isinstance(inputs, list) else 0
    texts = TextOptions(preserve_layout, dehyphenate)
    delivery = open_delivery(output, chosen, texts, run.receipt, several=total != 1, width=width,
                             confidence=show_confidence, resume=resume or watch,
                             originals=originals)

    def stop() -> None:
        run.stop()
        stopping.append(run)
        if not state.quiet:
            bar.say("deeptext: finishing the pages in hand; Ctrl-C again stops at once")

    noted: list[str] = []
    # of one input there is something to finish once its first page is read
    with ReadProgress(run, total, output is not None) as bar, \
            graceful_stop(stop, lambda: total != 1 or run.summary.pages > 0):
        for result in run.read(inputs, delivery):
            if isinstance(result.page, PageError):
                bar.say(failure(result.page))
            elif result.page.notes and not state.quiet:
                said = [remark(result.page, note) for note in result.page.notes]
                for line in said:
                    if line not in noted:  # of one file; those of the one before are forgotten
                        bar.say(line)
                noted = said
            bar.show()
    done = run.summary
    done.interrupted = done.interrupted and not watch  # which has no other end
    if done.interrupted or (total != 1 and not state.quiet
                            and (done.failed or output is not None)):
        print(closing(done, total, kept), file=sys.stderr)
    elif isinstance(inputs, list) and total == 1 and not state.quiet and done.is_blank:
        print(f"deeptext: {visible(inputs[0].path)}: no text found", file=sys.stderr)
    if done.interrupted:
        raise typer.Exit(130)
    if done.failed:
        raise typer.Exit(1)


def _inputs(paths: list[str], files0_from: str | None, tar: bool, watch: bool,
            stopped: Callable[[], bool]) -> list[InputFile] | Iterable[InputFile]:
    """What to read: a list, where it is known beforehand."""
    if (files0_from is not None) + tar + watch > 1:
        raise UsageError("--files0-from, --tar and --watch go alone")
    if bool(paths) == (files0_from is not None):
        raise UsageError("nothing to read" if not paths else "--files0-from comes without PATHS",
                         remedy="give PATHS or --files0-from")
    from deeptext_cli.engine.inputs import expand, listed
    if files0_from is not None:
        return list(listed(_list_file(files0_from)))
    if tar:
        from deeptext_cli.engine.archives import tar_members
        return tar_members(paths)
    if watch:
        from deeptext_cli.engine.watch import arrivals
        return arrivals(paths, stopped)
    return list(expand(paths))


def _hush_libraries() -> None:
    """Some C libraries write to stderr about damaged files, past Python, lines that nobody can
    tell from ours. We keep the stream for ourselves."""
    try:
        ours = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
    except OSError:  # there is no stderr
        return
    sys.stderr = remarks(ours, sys.stderr)


def _list_file(name: str) -> bytes:
    from deeptext_cli.engine.inputs import stdin
    from deeptext_cli.errors import ImageUnreadable
    try:
        return stdin().read() if name == "-" else Path(name).read_bytes()
    except (OSError, ImageUnreadable) as e:
        raise UsageError(f"--files0-from {name}: {getattr(e, 'strerror', None) or e}") from e
