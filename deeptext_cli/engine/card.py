"""The first version of a model's CARD.md; people add what only they can know."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from deeptext_cli.config.training import TrainConfig
from deeptext_cli.engine.val_readings import LIMIT
from deeptext_cli.engine.validation import Scores

LIMITS = "## Limits\n"


def kept_limits(old: str) -> str:
    """What people wrote in an earlier card, from "Limits" on; the default without any."""
    _, heading, rest = old.partition(LIMITS)
    return heading + rest if heading else LIMITS + "Not yet written.\n"


def model_card(config: TrainConfig, trained: Mapping[str, str | int | float | None],
               scores: Scores, old: str = "") -> str:
    """Markdown: data, figures and the command that gives them; the limits of an `old` card stay,
    and what its first line says that the model is for."""
    rows = "\n".join(
        f"| {name} | {c.lines} | {100 * c.cer:.2f} | {100 * c.wer:.2f} | {100 * c.exact:.2f} |"
        for name, c in scores.by_set.items())
    sources = "\n".join(f"- `{e.path or e.synth}`"
                        + (f", weight {e.weight:g}" if e.weight else "")
                        + (f", augmented as `{e.augment}`" if e.augment else "")
                        for e in config.data)
    start = f"\nStarted from the model `{config.start}`.\n" if config.start else ""
    return f"""{_title(config, old)}

Trained by `deeptext train` ({trained['date']}): {trained['steps']} steps, {trained['lines']} lines,
{trained['minutes']} minutes, seed {config.seed}.
{start}
## Data
{sources}

## Figures
As `deeptext read` reads them, up to {LIMIT:,} val lines of each set: they were not trained on, but
also chose the weights, so other lines may be read a little worse (per cent):

| set | lines | CER | WER | exact |
| --- | --- | --- | --- | --- |
{rows}

Reproduce: `deeptext eval --model {config.name} --data PATH --split val`.

{kept_limits(old)}"""


def _title(config: TrainConfig, old: str) -> str:
    """`# NAME: what it is for`, which `deeptext models list` shows."""
    title, name = old.partition("\n")[0], f"# {config.name}: "
    if title.startswith(name):
        return title
    sources = [Path(str(e.path or e.synth)).stem for e in config.data]
    return name + "lines as in " + ", ".join(sources[:3]) + (", ..." if len(sources) > 3 else "")
