"""Optimisers, learning-rate schedules and the moving average of weights."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from deeptext_cli.config.training import Optimiser


def make_optimiser(model: nn.Module, config: Optimiser) -> torch.optim.Optimizer:
    """Weight decay applies to matrices and kernels, not to biases and norms."""
    decayed = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    plain = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": config.weight_decay},
              {"params": plain, "weight_decay": 0.0}]
    if config.name == "adamw":
        return torch.optim.AdamW(groups, lr=config.lr)
    if config.name == "adam":
        return torch.optim.Adam(groups, lr=config.lr)
    return torch.optim.RMSprop(groups, lr=config.lr)


def learning_rate(step: int, steps: int, config: Optimiser) -> float:
    """Rate of step 0..steps-1: linear warm-up, then cosine, or constant with a cool-down."""
    if step < config.warmup:
        return config.lr * (step + 1) / config.warmup
    if config.schedule == "cosine":
        done = (step - config.warmup) / max(1, steps - config.warmup)
        return config.lr * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    start = steps * (1 - config.cooldown)
    if step < start:
        return config.lr
    return config.lr * max(0.0, 1 - math.sqrt((step - start) / max(1.0, steps - start)))


class MovingAverage:
    """Exponential moving average of weights and batch statistics, kept in float32.

    The decay grows from zero at first, so that early weights are forgotten quickly.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.shadow = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Move towards the model's weights after `step` steps."""
        keep = min(self.decay, (1 + step) / (10 + step))
        floats, targets = [], []
        for name, value in model.state_dict().items():
            mine = self.shadow[name]
            if mine.is_floating_point():
                floats.append(mine)
                targets.append(value)
            else:
                mine.copy_(value)
        torch._foreach_lerp_(floats, targets, 1 - keep)

    @torch.no_grad()
    def mend(self, model: nn.Module) -> None:
        """Put the averaged ones in place of the model's batch statistics that are not finite."""
        for name, value in model.named_buffers():
            if not value.isfinite().all():
                value.copy_(self.shadow[name])


def clip_gradients(parameters: Iterable[Tensor], limit: float) -> float:
    """Scale gradients to a norm of at most `limit`; returns the norm before."""
    return float(nn.utils.clip_grad_norm_(parameters, limit))
