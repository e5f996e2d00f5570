"""`deeptext train` for detectors: parse, call the trainer, show how it goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from deeptext_cli.cli.options import state
from deeptext_cli.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from deeptext_cli.config.detection import DetectTrainConfig
    from deeptext_cli.engine.detect_events import DetectorEvent

PLAIN_EVERY = 100  # steps between lines about the loss


def is_detector(config: Path | None) -> bool:
    """Whether a configuration file says `kind: detector`. A file that cannot be read does not:
    whoever loads it says what is wrong."""
    import yaml
    if config is None:
        return False
    try:
        data = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
    return isinstance(data, dict) and data.get("kind") == "detector"


def train_detector_command(config: Path, overrides: list[str], *, run: Path | None,
                           output: Path | None, resume: bool, fresh: bool, device: str,
                           export_only: bool, lines_given: bool) -> None:
    """Carry out `deeptext train` for a detector's file. Raises typer.Exit(130) when stopped."""
    from deeptext_cli.cli.render import say, stderr, stdout, table
    from deeptext_cli.cli.train_view import how_to_go_on
    from deeptext_cli.config.base import load_config
    from deeptext_cli.config.detection import DetectTrainConfig
    if lines_given:
        raise UsageError("--data names lines; a detector learns from pages",
                         remedy="name page sets under `data:` of the configuration")
    try:
        from deeptext_cli.engine.detect_training import export_detector_run, train_detector
        from deeptext_cli.engine.device import training_device
        from deeptext_cli.engine.models import RUNS
    except ModuleNotFoundError as e:
        raise MissingExtraError("train", "`deeptext train`") from e
    settings = load_config(config, DetectTrainConfig, overrides).resolved_against(config.parent)
    folder = run or RUNS / settings.name
    if export_only:
        result = export_detector_run(folder, output or folder / "model")
    else:
        result = train_detector(settings, folder=folder, output=output, resume=resume, fresh=fresh,
                                device=training_device(device), listener=_shown(settings))
    if result.finished.interrupted:
        say(f"stopped at step {result.finished.step}; {how_to_go_on(folder, output, device)}")
        raise typer.Exit(130)
    if result.scores and not state.quiet:
        rows = [[name, c.truths, 100 * c.precision, 100 * c.recall, 100 * c.h_mean,
                 100 * c.coverage] for name, c in result.scores.by_set.items()]
        stderr().print(table(f"{result.finished.reason}, step {result.finished.step}", [
            "val set", "lines", "precision %", "recall %", "H-mean %", "characters %"], rows))
        say(f"ONNX and torch differ by at most {result.largest_difference:.2g} in probability")
        if result.int8 is not None:
            say("the model is in 8 bits" if result.int8
                else "the model stays in 32 bits: its 8-bit copy finds less")
    stdout().print(str(result.model), markup=False)


def _shown(config: DetectTrainConfig):  # type: ignore[no-untyped-def]
    """A listener that prints a line an event to stderr."""
    from deeptext_cli.cli.render import say
    from deeptext_cli.cli.train_view import clock
    from deeptext_cli.engine import detect_events as events

    def on_event(event: DetectorEvent) -> None:
        if isinstance(event, events.DetectorStarted):
            say(f"{config.name}: {event.parameters / 1e6:.2f}M parameters, run in {event.folder}"
                + (f", going on from step {event.step}" if event.step else ""))
            for remark in event.remarks:
                say(remark)
        elif isinstance(event, events.DetectorProgress):
            if event.step % PLAIN_EVERY == 0:
                left = (event.steps - event.step) * event.seconds / max(1, event.step)
                say(f"step {event.step}/{event.steps} loss {event.loss:.3f} (map "
                    f"{event.focal:.3f}, dice {event.dice:.3f}, borders {event.threshold:.3f}) lr "
                    f"{event.lr:.2e} {event.crops_per_second:.1f} crops/s, waited "
                    f"{event.waited:.0f} s for data, {clock(left)} left")
        elif isinstance(event, events.DetectorEvaluated):
            each = ", ".join(f"{name.rsplit('/', 1)[-1]} {100 * c.h_mean:.1f}"
                             for name, c in event.scores.by_set.items())
            say(f"step {event.step} val H-mean {100 * event.scores.h_mean:.1f} % recall "
                f"{100 * event.scores.recall:.1f} % characters "
                f"{100 * event.scores.coverage:.1f} %{' best' if event.best else ''}  {each}")
        else:
            say(f"{event.reason} at step {event.step}, {clock(event.seconds)}, {event.crops} "
                "crops, " + (f"best val H-mean {100 * event.best_h_mean:.1f} %"
                              if event.best_h_mean >= 0 else "not measured yet"))
    return on_event
