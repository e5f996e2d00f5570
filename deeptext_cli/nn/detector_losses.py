"""Losses of the detector (Liao et al., AAAI 2020; focal loss: Lin et al., ICCV 2017)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from deeptext_cli.config.detection import DetectorLoss
from deeptext_cli.nn.detector import Maps

STEEPNESS = 50.0  # k of the differentiable binarisation


class MapTargets(NamedTuple):
    """float32 (B, 1, h, w) each: shrunk lines 0/1, weight of each pixel, threshold 0..1, and the
    band around the borders in which the threshold counts."""

    shrunk: Tensor
    weight: Tensor
    threshold: Tensor
    band: Tensor


class DetectorLossParts(NamedTuple):
    """Scalars."""

    total: Tensor
    focal: Tensor
    dice: Tensor
    binary: Tensor
    threshold: Tensor


def detector_loss(maps: Maps, targets: MapTargets, config: DetectorLoss) -> DetectorLossParts:
    """All parts, and their weighted sum. Logits of any precision; computed in float32."""
    logits, thresholds = maps.shrunk.float(), torch.sigmoid(maps.threshold.float())
    probability = torch.sigmoid(logits)
    emphasis = targets.weight * (1 + config.border * targets.band)
    focal = focal_loss(logits, targets.shrunk, emphasis, config.gamma)
    dice = dice_loss(probability, targets.shrunk, targets.weight)
    binary = dice_loss(torch.sigmoid(STEEPNESS * (probability - thresholds)), targets.shrunk,
                       targets.weight)
    gap = (thresholds - targets.threshold).abs() * targets.band
    threshold = gap.sum() / targets.band.sum().clamp(min=1)
    total = config.focal * focal + config.dice * dice + config.binary * binary \
        + config.threshold * threshold
    return DetectorLossParts(total, focal.detach(), dice.detach(), binary.detach(),
                             threshold.detach())


def focal_loss(logits: Tensor, target: Tensor, weight: Tensor, gamma: float) -> Tensor:
    """Cross-entropy times (1 - p of the truth)^gamma, summed, over the number of text pixels.

    Text is not weighted up against the rest: that fattens the lines until they touch.
    """
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    hard = (1 - torch.exp(-entropy)).pow(gamma) if gamma else torch.ones_like(entropy)
    least = 0.02 * target.numel()
    return (weight * hard * entropy).sum() / (weight * target).sum().clamp(min=least)


def dice_loss(probability: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """1 - 2 |P T| / (|P| + |T|), the mean over samples, so that a page of small print counts as
    much as one of headings."""
    p, t = (probability * weight).flatten(1), (target * weight).flatten(1)
    shared = (p * target.flatten(1)).sum(1)
    return (1 - (2 * shared + 1) / (p.sum(1) + t.sum(1) + 1)).mean()
