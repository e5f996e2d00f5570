"""What each part of the synthetic lines is worth on real ones: train without it, and compare.

    python scripts/ablate_synth.py -o runs/ablation-synth [--steps 200] [--only "no wear" ...]

Every run starts from one model that knows only clean words (trained first, if it is not there), has
the config configs/synth-alone.yaml, and differs by the recipes' overrides alone. Runs that are
finished are kept: the command goes on where it stopped. The table has Markdown's form: CER on each
val set, and the paired difference to the full recipes over the same lines, with its 95 % interval.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ablate import paired, slug, trained  # beside this script; sets how OpenMP waits

from deeptext_cli.config.base import load_config
from deeptext_cli.config.training import TrainConfig
from deeptext_cli.engine.evaluator import EvalOptions, evaluate

CONFIG = Path(__file__).resolve().parent.parent / "configs" / "synth-alone.yaml"
NO_WEAR = tuple(f"wear.{x}=0" for x in ("typewriter", "dotmatrix", "thermal", "fax"))
NO_CUT = ("crop.neighbours=0", "crop.rules=0", "crop.tight=0", "crop.fill=[0.7, 0.9]")
PLAIN_INK = ("ink.inverted=0", "ink.clean=1", "ink.low_contrast=0", "ink.texture=0")
PLAIN_SETTING = tuple(f"layout.{x}=0" for x in (
    "tracking", "wide_spaces", "fixed_pitch", "stretch", "bold", "thin", "underline", "skew"))
CLEAN = ("augment=null", *NO_WEAR, *NO_CUT, *PLAIN_INK, *PLAIN_SETTING)
VARIANTS: dict[str, tuple[str, ...]] = {
    "full": (),
    "no degradation": ("augment=null",),
    "no wear (typewriter, dots, thermal, fax)": NO_WEAR,
    "cut out neatly": NO_CUT,
    "black on white": PLAIN_INK,
    "set plainly": PLAIN_SETTING,
    "serif, sans and condensed faces alone": (
        "fonts.kinds={serif: 30, sans: 26, condensed: 6}",),
    "clean": CLEAN,
}


def recipe(out: Path, name: str, recipes: dict[str, float], overrides: tuple[str, ...]) -> str:
    """A mix of shipped recipes with overrides, written beside the runs."""
    rows = [f"  - {{recipe: {(CONFIG.parent / 'synth' / r).resolve()}, weight: {w}}}"
            for r, w in recipes.items()]
    changes = [f"  - {c!r}" for c in overrides]
    path = out / f"{slug(name)}.yaml"
    path.write_text("\n".join(["mix:", *rows, *(["overrides:", *changes] if changes else []), ""]))
    return str(path.resolve())


def main() -> None:
    """Train every variant, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/ablation-synth"))
    parser.add_argument("--steps", type=int, default=200, help="of each variant")
    parser.add_argument("--word-steps", type=int, default=450, help="of clean words before")
    parser.add_argument("--only", nargs="*", help="these variants alone, beside `full`")
    parser.add_argument("--set", action="append", default=[], help="override for all of them")
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    words = recipe(args.output, "words", {"words.yaml": 1}, CLEAN)
    first = trained("clean words", [
        f"data=[{{synth: {words}, weight: 1}}]", f"steps={args.word_steps}",
        f"eval_every={args.word_steps}", "optimiser.cooldown=0", *args.set], CONFIG, args.output)
    chosen = {k: v for k, v in VARIANTS.items()
              if not args.only or k == "full" or k in args.only}
    models: dict[str, Path] = {}
    for name, changes in chosen.items():
        mix = recipe(args.output, name, {"prose.yaml": 1, "numbers.yaml": 1}, changes)
        models[name] = trained(name, [
            f"start={first}", "charset=model", f"data=[{{synth: {mix}, weight: 1}}]",
            f"steps={args.steps}", f"eval_every={args.steps}", "optimiser.cooldown=0", *args.set],
            CONFIG, args.output)
    sets = [e.path for e in load_config(CONFIG, TrainConfig, args.set).val]
    print("| | " + " | ".join(Path(s).name for s in sets) + " |")
    print("| --- |" + " --- |" * len(sets))
    for name, model in models.items():
        cells = []
        for data in sets:
            result = evaluate(EvalOptions(
                model=str(model), data=[data], jobs=1, decoding={"decoder": "greedy"},
                against=None if name == "full" else str(models["full"])))
            cer, c = f"{100 * result.summary.counts.cer:.1f}", result.summary.comparison
            cells.append(cer if c is None else f"{cer}, {paired(c.rates['cer'], 1)}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
