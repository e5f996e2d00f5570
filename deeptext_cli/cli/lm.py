"""`deeptext lm`: build, inspect, measure and convert character language models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deeptext_cli.cli.options import Quiet, Verbose
from deeptext_cli.errors import UsageError

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich",
                  help="Build and inspect character language models.")

Model = Annotated[str, typer.Argument(metavar="MODEL", help="Name, folder or file of a model.",
                                      show_default=False)]


@app.command("build", epilog="deeptext lm build texts/*.txt.gz -o models/lm-mine --order 6")
def build(
    files: Annotated[list[Path], typer.Argument(
        metavar="FILES...", help="UTF-8 texts, plain or gzip; a line is a sentence or paragraph.",
        show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the new model.")],
    order: Annotated[int, typer.Option(
        "--order", min=2, max=8, help="Length of the longest n-grams.")] = 6,
    prune: Annotated[str, typer.Option(
        "--prune", metavar="COUNTS", help="For lengths 1, 2, ...: leave out what is counted that "
        "often or less; the last holds for longer ones.")] = "0 0 0 1 2 3",
    symbols: Annotated[int, typer.Option(
        "--symbols", min=2, help="Characters at most, most frequent first.")] = 253,
    keep_digits: Annotated[bool, typer.Option(
        "--keep-digits", help="Tell digits apart instead of treating them as one.")] = False,
    exact: Annotated[bool, typer.Option(
        "--exact", help="Store floats instead of one-byte codes.")] = False,
    held_out: Annotated[float, typer.Option(
        "--held-out", min=0, max=0.49, help="Share of the text kept for measuring.")] = 0.02,
    quiet: Quiet = False, verbose: Verbose = False,
) -> None:
    """Estimate a model (interpolated modified Kneser-Ney) from text of any size."""
    try:
        thresholds = tuple(int(n) for n in prune.replace(",", " ").split())
    except ValueError:
        raise UsageError(f"--prune {prune!r}: not numbers",
                         remedy='for example --prune "0 0 1 2"') from None
    from deeptext_cli.cli.render import say
    from deeptext_cli.config.lm import LmBuildOptions
    from deeptext_cli.engine.lm import build as build_model
    options = LmBuildOptions(order=order, prune=thresholds, symbols=symbols,
                             digit_class=not keep_digits, quantise=not exact, held_out=held_out)
    spec = build_model(files, output, options, tell=say)
    held = f", {spec.held_out_bits_per_byte} bits a byte on held-out text" \
        if spec.held_out_bits_per_byte is not None else ""
    say(f"{output}: {sum(spec.ngrams)} n-grams from {spec.characters} characters{held}")


@app.command("info")
def info(
    model: Model,
    check: Annotated[bool, typer.Option("--check", help="Verify the checksum.")] = False,
    quiet: Quiet = False, verbose: Verbose = False,
) -> None:
    """Show what a model is and where it comes from."""
    from deeptext_cli.cli.render import stdout, table
    from deeptext_cli.engine import lm
    path = lm.find_lm(model)
    loaded = lm.load_lm(path)
    if check:
        lm.verify(path)
    spec = lm.load_spec(path)
    rows: list[tuple[str, object]] = [
        ("file", path), ("size", f"{path.stat().st_size / 2 ** 20:.2f} MiB"),
        ("order", loaded.order), ("symbols", len(loaded.vocabulary)),
        ("digits as one", loaded.digit_class), ("one-byte codes", loaded.file.quantised)]
    rows += [(f"{k}-grams", len(x.symbol)) for k, x in enumerate(loaded.file.levels, 1)]
    if spec:
        rows += [("prune", " ".join(map(str, spec.options.prune))),
                 ("characters", spec.characters),
                 ("held-out bits a byte", spec.held_out_bits_per_byte or "-"),
                 ("held-out perplexity", spec.held_out_perplexity or "-"),
                 ("sources", ", ".join(spec.sources))]
    stdout().print(table(loaded.path.parent.name, ("what", "value"),
                         [(a, str(b)) for a, b in rows]))


@app.command("perplexity")
def perplexity(
    model: Model,
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="UTF-8 texts.",
                                                show_default=False)],
    quiet: Quiet = False, verbose: Verbose = False,
) -> None:
    """Measure a model on text: perplexity per character, bits per byte, unknown characters."""
    from deeptext_cli.engine import lm
    m = lm.measure_files(lm.load_lm(model), files)
    print(f"lines {m.lines}\nsymbols {m.symbols}\nunknown {m.unknown}\n"
          f"perplexity {m.perplexity:.4f}\nbits_per_byte {m.bits_per_byte:.4f}")


@app.command("arpa", epilog="deeptext lm arpa lm-en -o lm-en.arpa.gz\n\n"
                            "deeptext lm arpa other.arpa -o models/lm-other")
def arpa(
    source: Annotated[str, typer.Argument(
        metavar="SOURCE", help="A model to write as ARPA, or an .arpa file to make a model of.",
        show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="ARPA file, or model folder.")],
    digit_class: Annotated[bool, typer.Option(
        "--digit-class", help="The ARPA file's 0 stands for all digits.")] = False,
    quiet: Quiet = False, verbose: Verbose = False,
) -> None:
    """Convert to ARPA, or from it."""
    from deeptext_cli.engine import lm
    if source.endswith((".arpa", ".arpa.gz")):
        lm.import_arpa(Path(source), output, digit_class=digit_class)
    else:
        lm.export_arpa(lm.load_lm(source), output)
