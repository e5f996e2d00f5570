"""`deeptext train`: parse, call the trainer, show how it goes."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deeptext_cli.cli.options import Overrides, Quiet, Verbose
from deeptext_cli.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from deeptext_cli.config.training import TrainConfig
    from deeptext_cli.engine.training import TrainResult

EPILOG = """[bold]Examples[/bold]

deeptext train --config configs/captcha.yaml

deeptext train --config configs/print.yaml --resume

deeptext train --from print --data data/mine --name mine

deeptext train --resume --name mine

deeptext train --config configs/detect.yaml
"""


def train(
    config: Annotated[Path | None, typer.Option("-c", "--config", help="YAML file.")] = None,
    overrides: Overrides = None,
    data: Annotated[list[Path] | None, typer.Option(
        "--data", help="Prepared data set; instead of, or beside, a configuration.")] = None,
    start: Annotated[str | None, typer.Option(
        "--from", help="Model to start from, by name or folder.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of run and model.")] = None,
    output: Annotated[Path | None, typer.Option(
        "-o", "--output", help="Model folder to write \\[runs/NAME/model].")] = None,
    run: Annotated[Path | None, typer.Option("--run", help="Run folder \\[runs/NAME].")] = None,
    resume: Annotated[bool, typer.Option(
        "--resume", help="Go on where the run stopped; without --config, with its settings.",
        )] = False,
    fresh: Annotated[bool, typer.Option(
        "--fresh", help="Start anew, over a run of this name.")] = False,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda:0.")] = "auto",
    seed: Annotated[int | None, typer.Option("--seed", help="Makes the run repeatable.")] = None,
    batch_size: Annotated[int | None, typer.Option(
        "--batch-size", min=1, help="Lines of 320 pixels in a batch.")] = None,
    jobs: Annotated[int | None, typer.Option(
        "-j", "--jobs", min=0, help="Processes that make batches; 0: the trainer itself.")] = None,
    export_only: Annotated[bool, typer.Option(
        "--export-only", help="Write the best weights so far as a model; do not train.")] = False,
    quiet: Quiet = False, verbose: Verbose = False,
) -> None:
    """Train a recogniser, fine-tune one on your own lines, or train a detector; ends with a model
    folder."""
    from deeptext_cli.cli.render import say
    from deeptext_cli.cli.train_detector import is_detector, train_detector_command
    from deeptext_cli.cli.train_view import TrainView, how_to_go_on
    # read when torch's libraries load: idle threads sleep instead of spinning (on a busy machine
    # spinning makes a step five times slower), and all line widths' kernels stay compiled
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "8192")
    begun = None
    if config is None and (resume or export_only) and not fresh:
        begun = _begun(run, name, data or [])
    if begun is not None:
        config, run = begun, begun.parent
    if config is not None and is_detector(config):
        extra = [f"{key}={value}" for key, value in (
            ("name", name), ("start", start), ("seed", seed), ("batch", batch_size),
            ("jobs", jobs)) if value is not None]
        train_detector_command(config, [*(overrides or []), *extra], run=run, output=output,
                               resume=resume, fresh=fresh, device=device,
                               export_only=export_only, lines_given=bool(data))
        return
    # before torch is imported: a mistake shows at once, and without torch too
    given = data or [] if begun is None else []
    settings = _settings(config, overrides or [], given, start, name, seed, batch_size, jobs)
    if begun is not None:
        _refuse_other_data(settings, data or [], begun.parent)
    if config is None and run is None and output is None:
        _refuse_hidden(settings.name)
    try:
        from deeptext_cli.engine.device import training_device
        from deeptext_cli.engine.models import RUNS
        from deeptext_cli.engine.training import export_run
        from deeptext_cli.engine.training import train as run_training
    except ModuleNotFoundError as e:
        raise MissingExtraError("train", "`deeptext train`") from e
    folder = run or RUNS / settings.name
    if export_only:
        result = export_run(settings, folder, output or folder / "model")
    else:
        with TrainView(settings) as view:
            result = run_training(settings, folder=folder, output=output, resume=resume,
                                  fresh=fresh, device=training_device(device),
                                  listener=view.on_event)
    if result.finished.interrupted:
        say(f"stopped at step {result.finished.step}; {how_to_go_on(folder, output, device)}")
        raise typer.Exit(130)
    _show(result, settings)


def _begun(run: Path | None, name: str | None, data: list[Path]) -> Path | None:
    """Settings of the run to go on with; None where it is yet to begin, from `data`."""
    from deeptext_cli.engine.models import RUNS
    from deeptext_cli.engine.run_shell import CONFIG_FILE
    if run is None and (name or data):
        from deeptext_cli.engine.fine_tune import run_name
        run = RUNS / (name or run_name(data))
    if run is not None and (run / CONFIG_FILE).is_file():
        return run / CONFIG_FILE
    if run is not None and not data:
        raise UsageError(f"{run}: no run to go on with",
                         remedy="begin one with --config FILE or --data FOLDER")
    return None


def _refuse_other_data(settings: TrainConfig, data: list[Path], run: Path) -> None:
    known = [entry.path for entry in settings.data if entry.path]
    if {d.resolve() for d in data} - {Path(path).resolve() for path in known}:
        raise UsageError(f"{run} learns from {', '.join(known) or 'recipes'}, not from "
                         f"{', '.join(map(str, data))}",
                         remedy="leave --data out, or begin another run with another --name")


def _settings(config: Path | None, overrides: list[str], data: list[Path], start: str | None,
              name: str | None, seed: int | None, batch: int | None,
              jobs: int | None) -> TrainConfig:
    from deeptext_cli.config.base import apply_overrides, load_config, parse_config
    from deeptext_cli.config.training import TrainConfig
    extra = list(overrides)
    if name:  # as JSON, which is YAML: `--name 007` stays text
        extra.append(f"name={json.dumps(name)}")
    if start:
        extra.append(f"start={json.dumps(start)}")
    extra += [f"{key}={value}" for key, value in
              (("seed", seed), ("batch", batch), ("jobs", jobs)) if value is not None]
    if config:
        if data:
            extra.append("data=" + json.dumps([{"path": str(d)} for d in data]))
        return load_config(config, TrainConfig, extra).resolved_against(config.parent)
    if not data:
        raise UsageError("nothing to train on", remedy="give --config FILE or --data FOLDER; to go "
                                                       "on with a run, --resume and its --name")
    from deeptext_cli.engine.fine_tune import fine_tune_defaults
    defaults = fine_tune_defaults(data, start, apply_overrides({}, extra))
    return parse_config(defaults, TrainConfig, source="--data", overrides=extra)


def _refuse_hidden(name: str) -> None:
    """A run's model is found by its name only where no other model has that name."""
    from deeptext_cli.engine.models import RUNS, locate
    other = locate(name)
    if other is not None and other.resolve() != (RUNS / name / "model").resolve():
        raise UsageError(f"there is a model {name} in {other}: `--model {name}` would be that one",
                         remedy=f"give this one another name: --name my-{name}")


def _show(result: TrainResult, settings: TrainConfig) -> None:
    from deeptext_cli.cli.options import state
    from deeptext_cli.cli.render import say, stderr, stdout, table
    assert result.after is not None
    assert result.model is not None
    if not state.quiet:
        before = result.before.by_set if result.before else {}
        rows = [[name, c.lines, *( [100 * before[name].cer] if before else []), 100 * c.cer,
                 100 * c.wer, 100 * c.exact] for name, c in result.after.by_set.items()]
        columns = ["val set", "lines", *(["CER % before"] if before else []), "CER %", "WER %",
                   "exact %"]
        stderr().print(table(f"{result.finished.reason}, step {result.finished.step}",
                             columns, rows))
    if result.agreement:
        a = result.agreement
        say(f"ONNX and torch agree on {a.same_text} of {a.lines} val lines "
            f"(largest difference of a probability {a.largest_difference:.2g})")
    if result.int8 is not None:
        cer = f"val CER {100 * result.int8.cer:.2f} %"
        say(f"the model is in 8 bits; {cer}" if result.int8.taken
            else f"the model stays in 32 bits: its 8-bit copy reads worse ({cer})")
    if result.before and result.after.cer >= result.before.cer:
        say(f"no better than {settings.start} on these lines (CER {100 * result.before.cer:.2f} % "
            f"before, {100 * result.after.cer:.2f} % now): keep {settings.start}")
    sets = " ".join(f"--data {shlex.quote(p)}" for p in dict.fromkeys(
        e.path for e in settings.val or settings.data if e.path))
    say("what a language model or a wider search gains on such lines: deeptext models tune "
        f"{shlex.quote(str(result.model))} {sets}")
    say(f"read with it: deeptext read IMAGES --model {result.model}")
    say(f"from other folders: --model {result.model.resolve()}, or by name once it is copied into "
        "a folder that $DEEPTEXT_MODELS names")
    stdout().print(str(result.model), markup=False)
