"""`deeptext augment`: more training lines from few, by changing how they look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from deeptext_cli.cli.options import ConfigFile, Jobs, Overrides, Quiet, Seed, Verbose, state
from deeptext_cli.errors import UsageError

if TYPE_CHECKING:
    from deeptext_cli.config.augment import AugmentConfig
    from deeptext_cli.engine.augmenter import Augmented

EPILOG = """[bold]Examples[/bold]

  deeptext augment data/x -o data/x5 --copies 5 --preset captcha

  deeptext augment data/x --preset plate --preview sheet.png

  deeptext augment --preset document --show-config > mine.yaml

  deeptext augment data/x -o data/x3 --copies 3 -c mine.yaml --set blur.p=0.6

Only the train split gets copies; val and test are taken over as they are.

`train` itself changes lines afresh by these presets (key `augment` of a data entry)."""


class WithPresets(typer.core.TyperCommand):
    """Names the presets in the help, and only there: importing them would slow every start."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from deeptext_cli.config.augment_presets import PRESETS

        for option in self.params:
            if option.name == "preset" and isinstance(option, typer.core.TyperOption):
                option.help = (option.help or "").replace("PRESETS", ", ".join(PRESETS))
        super().format_help(ctx, formatter)


def augment(
    data: Annotated[Path | None, typer.Argument(
        metavar="DATASET", help="Folder of a prepared data set.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(
        "-o", "--output", help="Folder of the new data set.")] = None,
    copies: Annotated[int, typer.Option(
        "--copies", min=1, max=1000, help="Changed copies of each training line.")] = 5,
    preset: Annotated[str | None, typer.Option(
        "--preset", help="How lines are changed: PRESETS. \\[default: document]",
        show_default=False)] = None,
    config: ConfigFile = None,
    set_: Overrides = None,
    preview: Annotated[Path | None, typer.Option(
        "--preview", metavar="PNG", help="Write a sheet of originals beside copies.")] = None,
    show_config: Annotated[bool, typer.Option(
        "--show-config", help="Print the settings as YAML and exit.")] = False,
    seed: Seed = 0,
    jobs: Jobs = 0,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Add changed copies of the training lines: rotated, blurred, on other paper."""
    from deeptext_cli.config.base import dump_yaml

    settings = _settings(preset, config, set_ or [])
    if show_config:
        print(dump_yaml(settings), end="")
        return
    if data is None:
        raise UsageError("which data set? DATASET is missing")
    if out is None and preview is None:
        raise UsageError("where to? -o is missing", remedy="for example -o data/x5, or --preview")
    if preview is not None:
        _preview(data, settings, copies, seed, preview)
    if out is not None:
        done = _run(data, out, settings, copies, seed, jobs)
        _report(done, out)
        if done.faults:
            raise typer.Exit(1)


def _settings(name: str | None, file: Path | None, overrides: list[str]) -> AugmentConfig:
    from deeptext_cli.config.augment import AugmentConfig
    from deeptext_cli.config.augment_presets import preset
    from deeptext_cli.config.base import dump_yaml, load_config, parse_config

    if file is not None:
        if name is not None:
            raise UsageError("--preset and --config exclude each other",
                             remedy="start a file from a preset with --show-config")
        return load_config(file, AugmentConfig, overrides)
    chosen = preset(name or "document")
    return parse_config(dump_yaml(chosen), AugmentConfig, source="--set",
                        overrides=overrides) if overrides \
        else chosen


def _preview(data: Path, settings: AugmentConfig, copies: int, seed: int, path: Path) -> None:
    from deeptext_cli.cli import render
    from deeptext_cli.data.files import write_atomic
    from deeptext_cli.data.images import encode_png
    from deeptext_cli.engine.augmenter import preview

    sheet = encode_png(preview(data, settings, copies=copies, seed=seed))
    try:
        write_atomic(path, sheet)
    except OSError as e:
        raise UsageError(f"--preview {path}: {e.strerror or e}") from e
    render.say(f"preview: {path}")


def _run(data: Path, out: Path, settings: AugmentConfig, copies: int, seed: int,
         jobs: int) -> Augmented:
    import os
    import time

    from deeptext_cli.cli import render
    from deeptext_cli.engine import augmenter

    total = len(augmenter.training_lines(data))
    started = time.monotonic()
    with render.progress() as bar:
        task = bar.add_task("augmenting", total=total, rate="")

        def show(lines: int) -> None:
            rate = lines * copies / max(time.monotonic() - started, 1e-3)
            bar.update(task, completed=lines, rate=f"{rate:.0f} copies/s")

        return augmenter.augment(data, out, settings, copies=copies, seed=seed,
                                 jobs=jobs or os.cpu_count() or 1, progress=show)


def _report(done: Augmented, out: Path) -> None:
    from deeptext_cli.cli import render

    for fault in done.faults:
        render.stderr().print(f"no copies of: {fault}", markup=False, soft_wrap=True)
    if not state.quiet:
        rows = [(name, s.count) for name, s in sorted(done.info.splits.items())]
        render.stdout().print(render.table(f"{out}", ("split", "lines"), rows))
