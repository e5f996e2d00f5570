"""Attention written out in matrix products, so that it exports to plain ONNX operators."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class MultiHeadAttention(nn.Module):
    """Scaled dot-product attention with heads (Vaswani et al. 2017).

    No dropout on the weights: drawing that many random numbers took a tenth of a training step.
    """

    def __init__(self, dim: int, heads: int, memory_dim: int | None = None) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"{dim} features do not divide into {heads} heads")
        self.heads = heads
        self.query = nn.Linear(dim, dim)
        self.key_value = nn.Linear(memory_dim or dim, 2 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, N, D), (B, M, Dm), additive mask (N, M) -> (B, N, D)."""
        q = self._split(self.query(x))                          # (B, H, N, d)
        k, v = (self._split(t) for t in self.key_value(memory).chunk(2, dim=-1))
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        if mask is not None:
            scores = scores + mask
        y = (scores.softmax(dim=-1) @ v).transpose(1, 2)                       # (B, N, H, d)
        return self.out(y.flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class FeedForward(nn.Sequential):
    """The position-wise part of a Transformer layer."""

    def __init__(self, dim: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__(nn.Linear(dim, hidden), nn.GELU(), nn.Dropout(dropout),
                         nn.Linear(hidden, dim))


class SelfAttentionLayer(nn.Module):
    """Pre-norm Transformer encoder layer: every column sees the whole line."""

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = MultiHeadAttention(dim, heads)
        self.feed_forward = FeedForward(dim, 2 * dim, dropout)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x)
        x = x + self.attention(y, y)
        return x + self.feed_forward(self.norm2(x))


class AttentionDecoder(nn.Module):
    """One Transformer decoder layer that spells the label, given the encoder's columns.

    Classes: 0 begins and ends a text (in CTC's place of the blank), 1..N are the characters.
    """

    def __init__(self, classes: int, dim: int, heads: int, memory_dim: int, max_length: int,
                 dropout: float) -> None:
        super().__init__()
        self.embed = nn.Embedding(classes, dim)
        self.position = nn.Parameter(torch.randn(max_length + 1, dim) * 0.02)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(dim) for _ in range(3))
        self.self_attention = MultiHeadAttention(dim, heads)
        self.cross_attention = MultiHeadAttention(dim, heads, memory_dim)
        self.feed_forward = FeedForward(dim, 2 * dim, dropout)
        self.norm_out = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, classes)

    def forward(self, memory: Tensor, previous: Tensor) -> Tensor:
        """(B, T, C), class numbers so far (B, L) beginning with 0 -> logits (B, L, classes)."""
        length = previous.shape[1]
        x = self.embed(previous) + self.position[:length]
        mask = torch.full((length, length), -1e4, device=x.device, dtype=x.dtype).triu(1)
        y = self.norm1(x)
        x = x + self.self_attention(y, y, mask)
        x = x + self.cross_attention(self.norm2(x), memory)
        x = x + self.feed_forward(self.norm3(x))
        return self.head(self.norm_out(x))
