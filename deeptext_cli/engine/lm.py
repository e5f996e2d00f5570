"""Build, find, measure and convert character language models."""

from __future__ import annotations

import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from deeptext_cli.config import dump_yaml, load_config
from deeptext_cli.config.lm import LmBuildOptions, LmSpec
from deeptext_cli.decode import arpa, ngram_file
from deeptext_cli.decode.fusion import CharacterModel
from deeptext_cli.decode.languages import Languages
from deeptext_cli.decode.ngram import NgramModel
from deeptext_cli.decode.ngram_mixture import LanguageMixture
from deeptext_cli.decode.ngram_tables import NgramTables
from deeptext_cli.engine.lm_counts import NgramCounts, choose_vocabulary, read_lines
from deeptext_cli.engine.lm_estimate import estimate
from deeptext_cli.engine.models import file_checksum, search_path
from deeptext_cli.errors import DataError, ModelError

AUTO = "auto"                    # what lines are searched with depends on what they say:
HOME = "lm-en"                   # not clearly of another language than this one, with
USUAL = (HOME, "lm-latin")       # these, else with that language's and this
LANGUAGE = re.compile("lm-[a-z]{2}")
BINARY, SPEC = "lm.bin", "lm.yaml"
_BLOCK = 200  # lines held out together, as neighbours in a text resemble each other


@dataclass(frozen=True)
class Measure:
    """Cross-entropy of a model on a text. `symbols` counts characters and line ends."""

    lines: int
    symbols: int
    bytes: int
    unknown: int
    log_prob: float

    @property
    def perplexity(self) -> float:
        """Per character or line end."""
        return math.exp(-self.log_prob / self.symbols)

    @property
    def bits_per_byte(self) -> float:
        """Per byte of UTF-8, a line end being one."""
        return -self.log_prob / math.log(2) / self.bytes


def build(files: Sequence[Path], output: Path, options: LmBuildOptions, *,
          tell: Callable[[str], None] = lambda _: None) -> LmSpec:
    """Build a model folder from text files, atomically. Memory does not grow with the text."""
    for f in files:
        if not f.is_file():
            raise DataError(f"{f}: no such file", remedy="give UTF-8 text files, plain or gzip")
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}.", dir=output.parent) as name:
        scratch = Path(name)
        tell("choosing the characters")
        vocabulary = choose_vocabulary(_training_lines(files, options), limit=options.symbols)
        counts = NgramCounts(scratch, vocabulary, options.order)
        tell("counting")
        counts.add(_training_lines(files, options))
        tell("estimating")
        tables = estimate(counts, options.prune, digit_class=options.digit_class)
        ready = scratch / "ready"
        ready.mkdir()
        ngram_file.write(tables, ready / BINARY, quantise=options.quantise)
        held = measure(NgramModel(ready / BINARY), _held_out_lines(files, options)) \
            if options.held_out else None
        spec = LmSpec(
            name=output.name, order=options.order, symbols=len(vocabulary),
            ngrams=tuple(len(x) for x in tables.levels), options=options,
            sources={f.name: file_checksum(f) for f in files}, characters=counts.symbols,
            held_out_bits_per_byte=round(held.bits_per_byte, 4) if held and held.lines else None,
            held_out_perplexity=round(held.perplexity, 4) if held and held.lines else None,
            sha256=file_checksum(ready / BINARY))
        (ready / SPEC).write_text(dump_yaml(spec), encoding="utf-8")
        _install(ready, output)
    return spec


def load_lm(name: str | Path) -> NgramModel:
    """The language model of that name, folder or file. Raises ModelError with what there is."""
    return NgramModel(find_lm(name))


def load_lms(names: str) -> CharacterModel | Languages:
    """One language model, a mixture of several named with `+` between them, or for `auto` all of
    languages that there are, of which each line gets those that it needs.

    A file is opened once, however many models of lines ask for it: what it remembers is tens of
    megabytes.
    """
    models = {name: _opened(path, path.stat().st_mtime_ns)
              for name, path in find_lms(names).items()}
    usual = [m for name, m in models.items() if names != AUTO or name in USUAL]
    mixed = usual[0] if len(usual) == 1 else LanguageMixture(usual)
    if names != AUTO:
        return mixed
    return Languages(mixed, models[HOME],
                     [m for name, m in models.items() if name not in USUAL])


@lru_cache(maxsize=64)
def _opened(path: Path, changed: int) -> NgramModel:
    return NgramModel(path)


def find_lms(names: str) -> dict[str, Path]:
    """The binary file of each language model named, with `+` between them, or for `auto` of
    those that are named `lm-` and two letters, beside the usual ones."""
    if names == AUTO:
        return {name: find_lm(name) for name in
                (*USUAL, *(n for n in known_lms() if LANGUAGE.fullmatch(n) and n not in USUAL))}
    single = "+" not in names or Path(names).exists()
    return {name: find_lm(name) for name in ([names] if single else names.split("+"))}


def find_lm(name: str | Path) -> Path:
    """The binary file of a language model given by name (`lm-` may be left out), folder or file."""
    path = Path(name)
    if path.is_file():
        return path
    for folder in (path, *(p / n for n in (str(name), f"lm-{name}") for p in search_path())):
        if (folder / BINARY).is_file():
            return folder / BINARY
    raise ModelError(f"no language model {str(name)!r}",
                     remedy=f"there are: {', '.join(known_lms()) or 'none'}; or build one with "
                            "`deeptext lm build`")


def known_lms() -> list[str]:
    """Names of the language models that are found by name."""
    return sorted({b.parent.name for p in search_path() if p.is_dir()
                   for b in p.glob(f"*/{BINARY}")})


def load_spec(binary: Path) -> LmSpec | None:
    """What `lm.yaml` beside a binary says, or None for a lone file."""
    spec = binary.with_name(SPEC)
    return load_config(spec, LmSpec) if spec.is_file() else None


def verify(binary: Path) -> None:
    """Raises ModelError where the binary is not the one that `lm.yaml` names."""
    spec = load_spec(binary)
    if spec and file_checksum(binary) != spec.sha256:
        raise ModelError(f"{binary} is damaged: its checksum differs",
                         remedy="restore the file, or build the model again")


def measure(model: NgramModel, lines: Iterator[str]) -> Measure:
    """Score lines of text (sentence start and end included), in batches."""
    total, count, symbols, size, unknown = 0.0, 0, 0, 0, 0
    batch: list[str] = []

    def score() -> None:
        nonlocal total
        total += model.log_prob(batch)
        batch.clear()

    for line in lines:
        batch.append(line)
        count += 1
        symbols += len(line) + 1
        size += len(line.encode("utf-8", "replace")) + 1
        unknown += sum(not model.symbol(c) for c in line)
        if len(batch) == 2000:
            score()
    score()
    return Measure(count, symbols, size, unknown, total)


def measure_files(model: NgramModel, files: Sequence[Path]) -> Measure:
    """`measure` over whole files; DataError where they hold no text."""
    out = measure(model, read_lines(files, digit_class=False))
    if not out.symbols:
        raise DataError(f"{', '.join(map(str, files))}: no text to measure on")
    return out


def export_arpa(model: NgramModel, output: Path) -> None:
    """Write a model as ARPA (gzip where the name ends in .gz)."""
    output.parent.mkdir(parents=True, exist_ok=True)
    arpa.write_arpa(model.file, output)


def import_arpa(source: Path, output: Path, *, digit_class: bool = False,
                quantise: bool = True) -> NgramTables:
    """Make a model folder of an ARPA file, with a binary only."""
    tables = arpa.read_arpa(source, digit_class=digit_class)
    output.mkdir(parents=True, exist_ok=True)
    ngram_file.write(tables, output / BINARY, quantise=quantise)
    (output / SPEC).unlink(missing_ok=True)  # of a model that stood here before
    return tables


def _training_lines(files: Sequence[Path], options: LmBuildOptions) -> Iterator[str]:
    return _share(files, options, held=False)


def _held_out_lines(files: Sequence[Path], options: LmBuildOptions) -> Iterator[str]:
    return _share(files, options, held=True)


def _share(files: Sequence[Path], options: LmBuildOptions, *, held: bool) -> Iterator[str]:
    """Every 1/held_out-th block of each file's lines is held out."""
    every = round(1 / options.held_out) if options.held_out else 0
    for path in files:
        for i, line in enumerate(read_lines([path], digit_class=options.digit_class)):
            out = bool(every) and (i // _BLOCK) % every == every // 2
            if out == held:
                yield line


def _install(ready: Path, output: Path) -> None:
    """Put the new files in place; others in the folder (a card) stay."""
    output.mkdir(exist_ok=True)
    for f in sorted(ready.iterdir()):
        temporary = output / f".{f.name}.{os.getpid()}"
        shutil.move(f, temporary)
        os.replace(temporary, output / f.name)
