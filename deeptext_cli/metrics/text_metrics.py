"""Character and word error rates as sums that are divided once, at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

from deeptext_cli.metrics.distance import distance
from deeptext_cli.metrics.rules import Rules


def rate(errors: float, total: float) -> float:
    """errors / total; with nothing to divide by 0 without errors and 1 with some."""
    return errors / total if total else float(errors > 0)


@dataclass(frozen=True)
class TextCounts:
    """Summed counts over lines; add two to get those of both. All rates are micro averages.

    `ned_sum` sums a line's edits over the longer of its two texts (0 where both are empty), as in
    the ICDAR robust reading competitions. An empty reference read as empty text is exact and
    without error; read as something, its edits count against the other lines' characters, and
    where no line has any, the rate is 1.
    """

    lines: int = 0
    exact_lines: int = 0
    characters: int = 0
    char_edits: int = 0
    words: int = 0
    word_edits: int = 0
    ned_sum: float = 0.0

    def __add__(self, other: TextCounts) -> TextCounts:
        return TextCounts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def cer(self) -> float:
        """Character error rate: edits over reference characters; may exceed 1."""
        return rate(self.char_edits, self.characters)

    @property
    def wer(self) -> float:
        """Word error rate: the same over words between white space."""
        return rate(self.word_edits, self.words)

    @property
    def exact(self) -> float:
        """Share of lines read without any error; 0 without lines."""
        return self.exact_lines / self.lines if self.lines else 0.0

    @property
    def mean_levenshtein(self) -> float:
        """Character edits a line; 0 without lines."""
        return self.char_edits / self.lines if self.lines else 0.0

    @property
    def one_minus_ned(self) -> float:
        """1 minus the mean normalised edit distance of a line; 0 without lines."""
        return 1 - self.ned_sum / self.lines if self.lines else 0.0

    def rates(self) -> dict[str, float]:
        """The five rates by name, as shares (not per cent)."""
        return {"cer": self.cer, "wer": self.wer, "exact": self.exact,
                "mean_levenshtein": self.mean_levenshtein, "one_minus_ned": self.one_minus_ned}


def count_by(rules: Rules, reference: str, hypothesis: str) -> TextCounts:
    """The counts of one line under `rules`."""
    r, h = rules.characters(reference), rules.characters(hypothesis)
    rw, hw = rules.words(reference), rules.words(hypothesis)
    edits = distance(r, h)
    return TextCounts(lines=1, exact_lines=int(r == h), characters=len(r), char_edits=edits,
                      words=len(rw), word_edits=distance(rw, hw),
                      ned_sum=edits / max(len(r), len(h)) if edits else 0.0)


def count(reference: str, hypothesis: str, *, fold: bool = False, ignore_case: bool = False,
          alnum_only: bool = False, no_space: bool = False) -> TextCounts:
    """The counts of one line; the flags are those of `rules.Rules`."""
    rules = Rules(fold=fold, ignore_case=ignore_case, alnum_only=alnum_only, no_space=no_space)
    return count_by(rules, reference, hypothesis)


def measure(pairs: Iterable[tuple[str, str]], *, fold: bool = False, ignore_case: bool = False,
            alnum_only: bool = False, no_space: bool = False) -> TextCounts:
    """Summed counts of (reference, hypothesis) pairs; the flags are those of `rules.Rules`."""
    rules = Rules(fold=fold, ignore_case=ignore_case, alnum_only=alnum_only, no_space=no_space)
    total = TextCounts()
    for reference, hypothesis in pairs:
        total += count_by(rules, reference, hypothesis)
    return total
