"""Training losses: CTC on two heads and cross-entropy of the attention decoder, together."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from deeptext_cli.nn.recogniser import Outputs


class Targets(NamedTuple):
    """Labels of a batch in the forms that the losses want."""

    classes: Tensor   # (B, L) class numbers, 0 beyond the end
    lengths: Tensor   # (B,) label lengths

    @property
    def previous(self) -> Tensor:
        """(B, L+1) decoder inputs: 0 (begin), then the label."""
        return F.pad(self.classes, (1, 0))

    @property
    def following(self) -> Tensor:
        """(B, L+1) decoder targets: the label, 0 (end), then -100 (ignored)."""
        out = F.pad(self.classes, (0, 1))
        steps = torch.arange(out.shape[1], device=out.device)
        return out.masked_fill(steps > self.lengths[:, None], -100)


def make_targets(labels: list[list[int]]) -> Targets:
    """Pad class-number lists to one tensor."""
    longest = max((len(x) for x in labels), default=0)
    classes = torch.zeros(len(labels), max(1, longest), dtype=torch.long)
    for row, label in zip(classes, labels, strict=True):
        row[:len(label)] = torch.tensor(label, dtype=torch.long)
    return Targets(classes, torch.tensor([len(x) for x in labels], dtype=torch.long))


def ctc_loss(logits: Tensor, targets: Targets) -> Tensor:
    """Mean over the batch of CTC loss divided by label length (Graves et al. 2006).

    logits (B, T, classes). All T frames count: padding is paper, which reads as blank. Labels
    that do not fit into T frames count zero.
    """
    log_probs = logits.float().log_softmax(dim=-1).transpose(0, 1)  # (T, B, classes)
    frames = torch.full((logits.shape[0],), logits.shape[1], dtype=torch.long)
    return F.ctc_loss(log_probs, targets.classes, frames, targets.lengths, blank=0,
                      reduction="mean", zero_infinity=True)


def decoder_loss(logits: Tensor, targets: Targets, smoothing: float) -> Tensor:
    """Cross-entropy of the next character, mean over characters and ends.

    logits (B, L+1, classes).
    """
    return F.cross_entropy(logits.float().flatten(0, 1), targets.following.flatten(),
                           ignore_index=-100, label_smoothing=smoothing)


def l1_penalty(parameters: list[Tensor]) -> Tensor:
    """Sum of absolute weights."""
    return torch.stack([p.abs().sum() for p in parameters]).sum()


class LossParts(NamedTuple):
    """The weighted parts and their sum."""

    total: Tensor
    ctc: Tensor
    shortcut: Tensor | None
    decoder: Tensor | None


def combined_loss(outputs: Outputs, targets: Targets, *, ctc: float, shortcut: float,
                  decoder: float, smoothing: float) -> LossParts:
    """ctc x CTC + shortcut x CTC of the shortcut head + decoder x cross-entropy."""
    main = ctc_loss(outputs.ctc, targets)
    total = ctc * main
    short = spell = None
    if outputs.shortcut is not None and shortcut:
        short = ctc_loss(outputs.shortcut, targets)
        total = total + shortcut * short
    if outputs.decoder is not None and decoder:
        spell = decoder_loss(outputs.decoder, targets, smoothing)
        total = total + decoder * spell
    return LossParts(total, main, short, spell)
