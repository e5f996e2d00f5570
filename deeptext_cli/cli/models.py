"""`deeptext models`: which models there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deeptext_cli.errors import UsageError

if TYPE_CHECKING:
    from deeptext_cli.config.training import ValEntry
    from deeptext_cli.engine.tuner import Tuned

models = typer.Typer(help="Models: what there is, and whether it is whole.", no_args_is_help=True)


@models.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """The models that can be used by name."""
    from deeptext_cli.engine.models import list_models
    found = list_models()
    if as_json:
        import json
        print(json.dumps([{"name": m.folder.name, "kind": m.spec.kind, "folder": str(m.folder),
                           "characters": len(m.spec.charset), "checksum": m.checksum,
                           "trained": m.spec.trained} for m in found], ensure_ascii=False))
        return
    from deeptext_cli.cli.render import stdout, table
    stdout().print(table("models", ["name", "kind", "characters", "MiB", "val CER %", "folder"], [
        [m.folder.name, m.spec.kind, len(m.spec.charset),
         round(m.onnx.stat().st_size / 2**20, 1), _percent(m.spec.trained.get("val_cer")),
         str(m.folder)] for m in found]))


@models.command("verify")
def verify(names: Annotated[list[str], typer.Argument(help="Names or folders of models.")]) -> None:
    """Compare the files of models with their checksums; a damaged one is exit code 3."""
    from deeptext_cli.engine import models as engine
    for name in names:
        model = engine.find_model(name)
        engine.verify(model, tuple(model.spec.checksums))
        print(f"{name}: whole")


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
