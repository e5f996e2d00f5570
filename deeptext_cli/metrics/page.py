"""Whole pages: words found wherever they stand, and errors in reading order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from deeptext_cli.metrics.rules import PLAIN, Rules
from deeptext_cli.metrics.text_metrics import TextCounts, count_by


@dataclass(frozen=True)
class PageCounts:
    """Summed counts over pages; add two to get those of both.

    `text` compares the page's whole text in the reference's reading order, line breaks as spaces:
    its CER punishes wrong order as well as wrong characters. The bag of words ignores order: each
    word of the reference can be hit once.
    """

    text: TextCounts = field(default_factory=TextCounts)
    word_hits: int = 0
    words_read: int = 0
    f1_sum: float = 0.0

    def __add__(self, other: PageCounts) -> PageCounts:
        return PageCounts(self.text + other.text, self.word_hits + other.word_hits,
                          self.words_read + other.words_read, self.f1_sum + other.f1_sum)

    @property
    def pages(self) -> int:
        return self.text.lines

    @property
    def bow_precision(self) -> float:
        """Share of the words read that are right; 0 where none was read."""
        return self.word_hits / self.words_read if self.words_read else 0.0

    @property
    def bow_recall(self) -> float:
        """Share of the reference's words that were read; 0 where it has none."""
        return self.word_hits / self.text.words if self.text.words else 0.0

    @property
    def bow_f1(self) -> float:
        """Harmonic mean of the summed precision and recall (micro average)."""
        both = self.bow_precision + self.bow_recall
        return 2 * self.bow_precision * self.bow_recall / both if both else 0.0

    @property
    def bow_f1_macro(self) -> float:
        """Mean of the pages' F1; an empty page read as empty has 1."""
        return self.f1_sum / self.pages if self.pages else 0.0


def count_page(reference: str, hypothesis: str, rules: Rules = PLAIN) -> PageCounts:
    """The counts of one page from its whole text, lines separated by any white space."""
    wanted, read = rules.words(reference), rules.words(hypothesis)
    hits = sum((Counter(wanted) & Counter(read)).values())
    f1 = 2 * hits / (len(wanted) + len(read)) if wanted or read else 1.0
    return PageCounts(count_by(rules, reference, hypothesis), hits, len(read), f1)


def measure_pages(pairs: Iterable[tuple[str, str]], rules: Rules = PLAIN) -> PageCounts:
    """Summed counts of (reference, hypothesis) pages."""
    total = PageCounts()
    for reference, hypothesis in pairs:
        total += count_page(reference, hypothesis, rules)
    return total
