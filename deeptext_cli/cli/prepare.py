"""`deeptext prepare`: labelled images of any format in, a checked data set out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deeptext_cli.cli.options import Jobs, Quiet, Seed, Verbose, state
from deeptext_cli.errors import UsageError

if TYPE_CHECKING:
    from deeptext_cli.data.doctor import Doctor
    from deeptext_cli.engine.preparer import Prepared, Source

EPILOG = """[bold]Examples[/bold]

  deeptext prepare captchas/ -o data/captcha

  deeptext prepare letters/ forms/@2 -o data/mix --val-share 0.2

  deeptext prepare crops/labels.csv -o data/x --group '^([^/]+)/' --null-text '#'

  deeptext prepare --synth configs/synth/prose.yaml --count 60000 -o data/prose

  deeptext prepare letters/ --check

Exit code 1 says that something was kept out; what and why is in doctor.json and on stderr."""

CONFLICT = "conflicting-labels"  # kept, but shown
# so are remarks on a source as a whole: something about it is other than one would think
OF_SOURCES = ("found-by-name", "unlabelled", "odd-split", "odd-names")
FAULTS_SHOWN = 10  # of each kind; all of them are in doctor.json


def prepare(
    inputs: Annotated[list[str] | None, typer.Argument(
        metavar="[IN]...", help="Folders or label files; IN@2 counts each training line twice.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(
        "-o", "--output",
        help="Folder of the data set \\[data/NAME after a single input].")] = None,
    format_: Annotated[str | None, typer.Option(
        "--format", help="Read as this format instead of the detected one.")] = None,
    text_column: Annotated[str | None, typer.Option(
        "--text-column", metavar="NAME", help="Column of the labels, where their file has several; "
        "without a header its number, 2- for the rest of the line from there.")] = None,
    synth: Annotated[Path | None, typer.Option(
        "--synth", metavar="RECIPE", help="Make lines after this recipe.")] = None,
    count: Annotated[int | None, typer.Option(
        "--count", min=1, help="How many synthetic lines.")] = None,
    set_: Annotated[list[str] | None, typer.Option(
        "--set", metavar="KEY=VALUE", help="Override one key of the recipe; repeatable.")] = None,
    val_share: Annotated[float, typer.Option(
        "--val-share", min=0.0, max=1.0, help="Share of the groups that goes to val.")] = 0.1,
    group: Annotated[str | None, typer.Option(
        "--group", help="What stays in one split: a regular expression on the path (its first "
        "group, else the match), `label`, or `rows:N` for N neighbouring rows. "
        "Without it, the lines of a page.")] = None,
    own_split: Annotated[bool, typer.Option(
        help="Follow the splits that the source defines.")] = True,
    null_text: Annotated[str | None, typer.Option(
        "--null-text", help="What an empty label becomes; without it, it is a fault.")] = None,
    charset: Annotated[str | None, typer.Option(
        "--charset", help="Allowed characters, as 0-9A-Z (\\- is a hyphen), `latin`, or @FILE. "
        "Others are a fault.")] = None,
    items: Annotated[str, typer.Option(
        "--items", help="What to cut from pages that have both: lines or words.")] = "lines",
    padding: Annotated[float, typer.Option(
        min=0.0, max=1.0, help="Margin of lines cut from pages, in heights.")] = 0.08,
    duplicates: Annotated[str, typer.Option(
        help="Same image and same label again: keep or drop.")] = "keep",
    max_pixels: Annotated[int, typer.Option(
        min=1, help="Larger images are named and not decoded.")] = 200_000_000,
    layout: Annotated[str, typer.Option(
        "--layout", help="lmdb; or folder (images and labels.txt), parquet: to hand on.")] = "lmdb",
    pages: Annotated[bool, typer.Option(
        "--pages", help="Also write pages with their boxes, for the detector.")] = False,
    name: Annotated[str | None, typer.Option(
        "--name", help="Name of the data set; the folder's otherwise.")] = None,
    check: Annotated[bool, typer.Option(
        "--check", help="Only look and report; write no data set.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    seed: Seed = 0,
    jobs: Jobs = 0,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Turn labelled images of any format into a checked, split data set."""
    from tempfile import TemporaryDirectory

    from pydantic import ValidationError

    from deeptext_cli.config.dataset import PrepareOptions
    from deeptext_cli.engine import preparer

    if out is None and not check and (inputs or synth):  # else `find_sources` says what is missing
        out = _default_out(inputs or [], synth)
    if (synth is None) != (count is None):
        raise UsageError("--synth and --count belong together")
    if synth is not None and count is not None and _is_page_recipe(synth):
        if out is None or inputs:
            raise UsageError("synthetic pages make a set of their own",
                             remedy="give --synth, --count and -o alone")
        _make_pages(str(synth), out, count, seed, val_share, set_ or [])
        return
    try:
        options = PrepareOptions(
            format=format_, text_column=text_column, val_share=val_share, seed=seed,
            own_split=own_split, group=group, null_text=null_text, charset=_charset(charset),
            items=items, padding=padding,  # type: ignore[arg-type]
            duplicates=duplicates,  # type: ignore[arg-type]
            max_pixels=max_pixels, layout=layout, pages=pages)  # type: ignore[arg-type]
    except ValidationError as e:
        first = e.errors()[0]
        raise UsageError(f"--{str(first['loc'][0]).replace('_', '-')}: {first['msg'].lower()}, "
                         f"got {first['input']!r}") from None
    made = preparer.Synth(str(synth), count, tuple(set_ or ())) if synth and count else None
    sources = preparer.find_sources(inputs or [], options, made)
    _show_sources(sources)
    workers = jobs or os.cpu_count() or 1
    if out is not None:
        done = _run(sources, out, options, name, workers, check)
    else:
        with TemporaryDirectory(prefix="deeptext-check-") as folder:
            done = _run(sources, Path(folder) / "check", options, name, workers, check)
    _show_faults(done.doctor)
    if json_:
        print(done.doctor.to_json(), end="")
    else:
        _show_tables(done, out, val_share)
    if not done.doctor.clean:
        raise typer.Exit(1)


def _default_out(inputs: list[str], synth: Path | None) -> Path:
    """data/NAME after a single input."""
    from deeptext_cli.engine.preparer import parse_input

    stem = Path(parse_input(inputs[0])[0]).resolve().stem if len(inputs) == 1 and not synth else ""
    if not stem:
        raise UsageError("where to? -o is missing", remedy="for example -o data/x, or --check")
    return Path("data") / stem


def _is_page_recipe(recipe: Path | str) -> bool:
    from deeptext_cli.engine.page_maker import is_page_recipe

    return is_page_recipe(recipe)


def _make_pages(recipe: str, out: Path, count: int, seed: int, val_share: float,
                overrides: list[str]) -> None:
    """Whole pages with their boxes, for the detector."""
    from deeptext_cli.cli import render
    from deeptext_cli.engine.page_maker import make_pages

    with render.progress() as bar:
        task = bar.add_task("drawing pages", total=count, rate="")
        lines = make_pages(recipe, out, count, seed=seed, val_share=val_share, overrides=overrides,
                           progress=lambda pages, lines: bar.update(
                               task, completed=pages, rate=f"{lines} lines"))
    render.say(f"{out}: {count} pages with {lines} lines")


def _run(sources: list[Source], out: Path, options: object, name: str | None, jobs: int,
         check: bool) -> Prepared:
    import time

    from deeptext_cli.cli import render
    from deeptext_cli.engine import preparer

    started = time.monotonic()
    total = sum(s.synth.count for s in sources if s.synth)
    known = total if all(s.synth for s in sources) else None
    with render.progress() as bar:
        task = bar.add_task("preparing", total=known, rate="")

        def show(lines: int, out_: int) -> None:
            rate = lines / max(time.monotonic() - started, 1e-3)
            bar.update(task, completed=lines, rate=f"{rate:.0f} lines/s, {out_} kept out")

        return preparer.prepare(sources, out, options, name=name,  # type: ignore[arg-type]
                                jobs=jobs, check_only=check, progress=show)


def _charset(value: str | None) -> str | None:
    from deeptext_cli.decode.constraint import listed_chars
    from deeptext_cli.text import latin_charset

    if value == "latin":
        return str(latin_charset())
    if value is not None and value.startswith("@") and len(value) > 1:
        try:
            text = Path(value[1:]).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as e:
            raise UsageError(f"--charset {value}: {e}") from e
        return "".join(dict.fromkeys(text.replace("\r", "").replace("\n", "")))
    return listed_chars(value, "--charset") if value is not None else None


def _show_sources(sources: list[Source]) -> None:
    from deeptext_cli.cli import render

    for s in sources:
        weight = f", weight {s.weight:g}" if s.weight != 1 else ""
        if s.synth is not None:
            render.say(f"{s.path}: {s.synth.count} synthetic lines{weight}")
        elif s.detection is not None:
            d = s.detection
            also = f" (would also fit: {', '.join(d.others)})" if d.others else ""
            sample = f", as {d.sample}" if d.sample else ""
            render.say(f"{s.path}: read as {d.format.name}: {d.reason}{weight}{sample}{also}")


def _show_faults(doctor: Doctor) -> None:
    """The first faults of each kind, one line each, on stderr; also with -q. Many that say the same
    are one line. So are labels that contradict one another, which no number can make up for."""
    from collections import Counter

    from deeptext_cli.cli import render

    def word(code: str) -> str:
        return "two labels" if code == CONFLICT else "kept out"

    def tell(line: str) -> None:
        render.stderr().print(line, markup=False, soft_wrap=True)

    for fault in doctor.remarked:
        if fault.code in OF_SOURCES:
            tell(f"remark: {fault}")
    shown: Counter[str] = Counter()
    limit = 10 ** 9 if state.verbose else FAULTS_SHOWN
    faults = (*doctor.kept_out, *(f for f in doctor.remarked if f.code == CONFLICT))
    same = Counter((f.code, f.message) for f in faults)
    for fault in faults:
        n = same[fault.code, fault.message]
        if n > limit:
            tell(f"{word(fault.code)}: {fault} ({n - 1:,} more like this; all are in doctor.json, "
                 "or with -v)")
            same[fault.code, fault.message] = 0
        elif n:
            shown[fault.code] += 1
            if shown[fault.code] <= limit:
                tell(f"{word(fault.code)}: {fault}")
    for code, n in shown.items():
        if n > limit:
            render.say(f"{word(code)}: {n - limit} more of {code}; all are in doctor.json, "
                       "or with -v")
    if state.verbose:
        for fault in doctor.remarked:
            if fault.code not in (CONFLICT, *OF_SOURCES):
                render.say(f"remark: {fault}")


def _show_tables(done: Prepared, out: Path | None, val_share: float) -> None:
    from deeptext_cli.cli import render
    from deeptext_cli.data.doctor import TITLES

    doctor = done.doctor
    console = render.stdout()
    if val_share > 0 and done.info is not None and "val" not in done.info.splits:
        render.say("no val lines to measure on: all are of one page or group; "
                   "--group rows:1 splits by line")
    train, val = doctor.splits["train"], doctor.splits["val"]
    if val > train > 0:
        render.say(f"more val lines ({val:,}) than train lines ({train:,}): whole pages or groups "
                   "are split; --group rows:1 splits by line")
    rows: list[tuple[object, ...]] = []
    if done.info is not None:
        rows = [(name, s.count) for name, s in sorted(done.info.splits.items())]
    else:
        rows = sorted(doctor.splits.items())
    if not state.quiet:
        title = f"{out}" if done.info is not None else "checked, nothing written"
        console.print(render.table(title, ("split", "lines"), rows))
        findings: list[tuple[object, ...]] = [
            *((TITLES.get(c, c), c, n, "kept out") for c, n in sorted(doctor.faults.items())),
            *((TITLES.get(c, c), c, n, "kept") for c, n in sorted(doctor.remarks.items()))]
        if doctor.ignored:
            findings.append(("marked as ignored by the source", "ignored", doctor.ignored,
                             "left out"))
        if findings:
            console.print(render.table("doctor", ("finding", "code", "items", ""), findings))
        lengths = sorted(doctor.lengths)
        if lengths:
            console.print(f"{len(done.charset)} characters in the charset; labels of "
                          f"{lengths[0]} to {lengths[-1]} characters", markup=False)
