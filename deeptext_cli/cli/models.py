"""`deeptext models`: which models there are."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deeptext_cli.cli.options import Verbose, state
from deeptext_cli.cli.streams import complaint
from deeptext_cli.errors import ModelError, UsageError

if TYPE_CHECKING:
    from deeptext_cli.config.training import ValEntry
    from deeptext_cli.engine.tuner import Tuned

models = typer.Typer(help="Models: what there is, and whether it is whole.", no_args_is_help=True)


@models.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
          verbose: Verbose = False) -> None:
    """The models that can be used by name: `--model` those that read, `--lm` language models;
    with -v their folders too."""
    from deeptext_cli.engine.listing import listed
    found = listed()
    if as_json:
        import json
        print(json.dumps([{"name": m.name, "kind": m.kind, "for": m.purpose,
                           "folder": str(m.folder), "characters": m.characters,
                           "checksum": m.checksum, "trained": m.trained} for m in found],
                         ensure_ascii=False))
        return
    from deeptext_cli.cli.render import stdout, table
    more = ["folder"] if state.verbose else []
    stdout().print(table("models", ["name", "kind", "MiB", "for", *more], [
        [m.name, m.kind, round(m.size / 2**20, 1), m.purpose,
         *([_nearby(m.folder)] if more else [])] for m in found]))


def _nearby(folder: Path) -> str:
    """Relative, where it lies in the working folder."""
    relative = os.path.relpath(folder)
    return str(folder) if relative.startswith(os.pardir) else relative


@models.command("verify")
def verify(names: Annotated[list[str] | None, typer.Argument(
        help="Names or folders of models; without any, all that `models list` shows.",
        show_default=False)] = None) -> None:
    """Compare the files of models with their checksums; a damaged one is exit code 3."""
    from deeptext_cli.engine import listing
    damaged = 0
    for name in names or [m.name for m in listing.listed()]:
        try:
            listing.verify(name)
        except ModelError as e:
            print(complaint(e), file=sys.stderr)
            damaged += 1
        else:
            print(f"{name}: whole")
    if damaged:
        raise typer.Exit(ModelError.exit_code)


@models.command("tune")
def tune(
    name: Annotated[str, typer.Argument(help="Name or folder of a recogniser.")],
    data: Annotated[list[str] | None, typer.Option(
        "--data", help="Prepared data set; its val split is used. Repeatable.")] = None,
    config: Annotated[Path | None, typer.Option(
        "-c", "--config", help="Training configuration: its val sets are used.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Lines of each set.")] = 200,
) -> None:
    """Find decoder, language model, thresholds and calibration on val; store them in the model."""
    entries = _entries(data or [], config)
    from deeptext_cli.cli.render import say
    from deeptext_cli.engine.models import find_model
    from deeptext_cli.engine.tuner import tune as run_tuning
    model = find_model(name)
    if model.spec.kind != "recogniser":
        raise UsageError(f"{name}: a {model.spec.kind}, which is not tuned this way")
    _show_tuned(run_tuning(model, entries, limit=limit, tell=say), str(model.folder))


def _entries(data: list[str], config: Path | None) -> list[ValEntry]:
    from deeptext_cli.config.base import load_config
    from deeptext_cli.config.training import TrainConfig, ValEntry
    found = list(load_config(config, TrainConfig).val) if config else []
    found += [ValEntry(path=d) for d in data]
    if not found:
        raise UsageError("nothing to tune on", remedy="give --data FOLDER or --config FILE")
    return found


def _show_tuned(tuned: Tuned, folder: str) -> None:
    from deeptext_cli.cli.render import say, stdout, table
    stdout().print(table("tuned", ["set", "lines", "CER % greedy", "CER % tuned", "WER % greedy",
                                   "WER % tuned"], [
        [s, c.lines, _percent(c.cer), _percent(tuned.after[s].cer), _percent(c.wer),
         _percent(tuned.after[s].wer)] for s, c in tuned.before.items()]))
    d = tuned.decoding
    search = "greedy" if d.decoder == "greedy" else (
        f"beam {d.beam_width} below {d.unsure_below:.2f} ({100 * tuned.searched:.0f} % of lines), "
        f"language model {d.lm or 'none'} {d.lm_weight if d.lm else ''}, rescoring {d.rescore}")
    say(f"decoder: {search}")
    say(f"stored in {folder}/model.yaml")


def _percent(value: object) -> str:
    return f"{100 * value:.2f}" if isinstance(value, float | int) else ""
