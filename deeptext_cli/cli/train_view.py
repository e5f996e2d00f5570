"""A training run to look at: a live panel on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from rich.live import Live
from rich.table import Table
from rich.text import Text

from deeptext_cli.cli.options import state
from deeptext_cli.cli.render import stderr
from deeptext_cli.engine.train_events import Evaluated, Finished, Progress, Started, TrainEvent

if TYPE_CHECKING:
    from deeptext_cli.config.training import TrainConfig

PLAIN_EVERY = 100  # steps between plain lines where there is no terminal
SPARKS = "▁▂▃▄▅▆▇█"


class TrainView:
    """Listens to a trainer. Use as a context manager."""

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self._console = stderr()
        self._live = (Live(console=self._console, refresh_per_second=4, transient=True)
                      if self._console.is_terminal and not state.quiet else None)
        self._progress: Progress | None = None
        self._evaluations: list[Evaluated] = []
        self._losses: list[float] = []

    def __enter__(self) -> TrainView:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def on_event(self, event: TrainEvent) -> None:
        """Show one event."""
        if state.quiet:
            return
        if isinstance(event, Started):
            self._say(f"{event.config.name}: {event.parameters / 1e6:.2f}M parameters, "
                      f"{event.characters} characters, run in {event.folder}"
                      + (f", going on from step {event.step}" if event.step else ""))
            for remark in event.remarks:
                self._say(remark)
        elif isinstance(event, Progress):
            self._progress = event
            self._losses.append(event.loss)
            if self._live is None and event.step % PLAIN_EVERY == 0:
                self._say(plain(event))
        elif isinstance(event, Evaluated):
            self._evaluations.append(event)
            self._say(evaluated(event))
        elif isinstance(event, Finished):
            self._say(f"{event.reason} at step {event.step}, {clock(event.seconds)}, "
                      f"{event.lines} lines, "
                      + (f"best val CER {100 * event.best_cer:.2f} %"
                         if math.isfinite(event.best_cer) else "not measured yet"))
        if self._live and self._progress:
            self._live.update(self._panel(self._progress))

    def _say(self, message: str) -> None:
        self._console.print(Text(message), soft_wrap=True)

    def _panel(self, p: Progress) -> Table:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim")
        grid.add_column()
        bar = int(30 * p.step / p.steps)
        left = (p.steps - p.step) * p.seconds / max(1, p.step)
        grid.add_row("step", f"[green]{'━' * bar}[/green][dim]{'━' * (30 - bar)}[/dim] "
                     f"{p.step:,} of {p.steps:,}, {clock(left)} left")
        grid.add_row("loss", f"{p.loss:.3f}  {spark(self._losses[-400:])}")
        grid.add_row("parts", parts(p))
        grid.add_row("rate", f"{p.lr:.2e}, gradient norm {p.norm:.2f}")
        grid.add_row("speed", f"{p.lines_per_second:.0f} lines/s, waited {p.waited:.1f} s for data")
        if self._evaluations:
            last = self._evaluations[-1]
            best = min(e.scores.cer for e in self._evaluations)
            grid.add_row("val", f"CER {100 * last.scores.cer:.2f} %, exact "
                         f"{100 * last.scores.exact:.2f} %, best CER {100 * best:.2f} %  "
                         f"{spark([e.scores.cer for e in self._evaluations])}")
        return grid


def plain(p: Progress) -> str:
    """One line about the loss."""
    return (f"step {p.step}/{p.steps} loss {p.loss:.3f} ({parts(p)}) lr {p.lr:.2e} "
            f"{p.lines_per_second:.0f} lines/s {clock(p.seconds)}")


def parts(p: Progress) -> str:
    """The loss parts that there are."""
    named = (("ctc", p.ctc), ("shortcut", p.shortcut), ("decoder", p.decoder))
    return ", ".join(f"{name} {value:.3f}" for name, value in named if value is not None)


def evaluated(event: Evaluated) -> str:
    """One line about val."""
    sets = event.scores.by_set
    each = "" if len(sets) == 1 else "  " + ", ".join(
        f"{name.rsplit('/', 1)[-1]} {100 * c.cer:.2f}" for name, c in sets.items())
    return (f"step {event.step} val CER {100 * event.scores.cer:.2f} % exact "
            f"{100 * event.scores.exact:.2f} %{' best' if event.best else ''}{each}")


def how_to_go_on(run: Path, output: Path | None, device: str) -> str:
    """The command that goes on with an interrupted run; its settings lie in its folder."""
    command = ["deeptext", "train", "--resume", "--run", str(run)]
    command += ["-o", str(output)] if output else []
    command += ["--device", device] if device != "auto" else []
    return f"go on with: {shlex.join(command)}"


def clock(seconds: float) -> str:
    """1:02:03."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def spark(values: list[float], width: int = 24) -> str:
    """The course of a figure in one line of blocks."""
    if len(values) < 2:
        return ""
    step = max(1, len(values) // width)
    means = [sum(values[i:i + step]) / len(values[i:i + step])
             for i in range(0, len(values), step)]
    low, high = min(means), max(means)
    return "".join(SPARKS[int((v - low) / ((high - low) or 1) * 7)] for v in means)
