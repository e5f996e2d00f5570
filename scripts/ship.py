"""Make the model that ships from a run: the mean of the weights before and after, in 8 bits.

    python scripts/ship.py print runs/print-real [--share 0.5] [-o OUT]

The mean of a run's weights with those it started from reads better than either on nearly every set
(docs/LOG.md). The model in `models/` gives the other half and the settings of decoding, which stay;
confidences are calibrated anew, and what tells kinds of lines is fitted anew. The new folder
(default: RUN/ship) is to be measured before it takes the old one's place. A detector has nothing to
calibrate.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import fit_kinds
import torch
from safetensors.torch import load_file, save_file

from deeptext_cli.config.base import load_config
from deeptext_cli.config.training import TrainConfig
from deeptext_cli.engine import checkpoint
from deeptext_cli.engine.calibrate import calibrate
from deeptext_cli.engine.detect_training import export_detector_run
from deeptext_cli.engine.line_kinds import KINDS_FILE
from deeptext_cli.engine.models import WEIGHTS_FILE, find_model, load_model, save_spec
from deeptext_cli.engine.setup import CLASS_ROWS, training_charset
from deeptext_cli.engine.training import export_run
from deeptext_cli.engine.training_loop import BEST_FILE
from deeptext_cli.engine.validation import val_entries


def mean(old: Path, new: Path, share: float,
         rows: dict[int, int] | None = None) -> dict[str, torch.Tensor]:
    """`share` of the new weights and the rest of the old; counters as the new ones say.

    rows: of the new model's classes that the old one has too, their numbers there; what has one row
    a class is the new one's alone for the others.
    """
    a, b = load_file(old), load_file(new)
    for name in CLASS_ROWS if rows else ():
        if name in a and name in b:
            there = a[name]
            a[name] = b[name].clone()
            a[name][list(rows)] = there[list(rows.values())]
    if {k: v.shape for k, v in a.items()} != {k: v.shape for k, v in b.items()}:
        raise SystemExit(f"{old} and {new}: not weights of one net")
    return {k: torch.lerp(a[k].float(), b[k].float(), share).to(b[k].dtype)
            if b[k].is_floating_point() else b[k] for k in b}


def main() -> None:
    """Average, export, keep the decoding, calibrate."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", help="model that the run started from")
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--share", type=float, default=0.5, help="of the run's weights")
    parser.add_argument("-o", "--output", type=Path, help="folder of the new model")
    args = parser.parse_args()
    old = find_model(args.name)
    folder = args.run / f"mean-{args.share:g}"
    output = args.output or args.run / "ship"
    folder.mkdir(exist_ok=True)
    config = None if old.spec.kind == "detector" \
        else load_config(args.run / "config.yaml", TrainConfig)
    rows = training_charset(config).mapping_from(old.charset) if config else None
    save_file(mean(old.folder / WEIGHTS_FILE, args.run / BEST_FILE, args.share, rows),
              folder / BEST_FILE)
    (folder / checkpoint.FILE).write_bytes((args.run / checkpoint.FILE).read_bytes())
    if config is None:
        export_detector_run(folder, output)
    else:
        export_run(config, folder, output)
        spec = load_model(output).spec.model_copy(update={"decoding": old.spec.decoding})
        save_spec(output, spec)
        calibrate(output, val_entries(config))
        if config.name == old.spec.name and (old.folder / KINDS_FILE).is_file():
            fit_kinds.fit(load_model(output), Path("configs/kinds.yaml"))
    print(output)


if __name__ == "__main__":
    main()
