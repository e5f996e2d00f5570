"""The recogniser: CNN, column max, self-attention, BiLSTM; CTC heads and an attention decoder."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from deeptext_cli.config.model import Architecture
from deeptext_cli.nn.attention import AttentionDecoder, SelfAttentionLayer
from deeptext_cli.nn.encoder import LineEncoder


class Outputs(NamedTuple):
    """What training needs of one forward pass."""

    ctc: Tensor               # (B, T, classes) logits
    shortcut: Tensor | None   # (B, T, classes) logits of the head on the CNN features
    decoder: Tensor | None    # (B, L, classes) logits of the attention decoder


class Recogniser(nn.Module):
    """A line image (B, 1, H, W) in [0, 1], ink high, to CTC logits (B, W/4, classes)."""

    def __init__(self, architecture: Architecture, classes: int) -> None:
        super().__init__()
        a = architecture
        self.architecture, self.classes = a, classes
        self.encoder = LineEncoder(a.stem, a.channels, a.blocks)
        features = self.encoder.outputs
        self.context = (SelfAttentionLayer(features, a.attention_heads, a.dropout)
                        if a.attention_heads else nn.Identity())
        self.dropout = nn.Dropout(a.dropout)
        self.rnn = (nn.LSTM(features, a.rnn, a.rnn_layers, batch_first=True, bidirectional=True)
                    if a.rnn else None)
        sequence = 2 * a.rnn if a.rnn else features
        self.head = nn.Linear(sequence, classes)
        self.shortcut = nn.Linear(features, classes) if a.shortcut else None
        self.decoder = (AttentionDecoder(classes, a.decoder, a.decoder_heads, sequence,
                                         a.max_length, a.dropout) if a.decoder else None)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 1, H, W) -> CNN features (B, T, C), sequence features (B, T, S)."""
        features = self.encoder(images)
        x = self.dropout(self.context(features))
        if self.rnn is not None:
            x, _ = self.rnn(x)
            x = self.dropout(x)
        return features, x

    def forward(self, images: Tensor, previous: Tensor | None = None) -> Outputs:
        """Logits of all branches; `previous` (B, L) are the decoder's inputs, starting with 0."""
        features, x = self.encode(images)
        shortcut = self.shortcut(self.dropout(features)) if self.shortcut is not None else None
        decoder = (self.decoder(x, previous)
                   if self.decoder is not None and previous is not None else None)
        return Outputs(self.head(x), shortcut, decoder)

    def read(self, images: Tensor) -> Tensor:
        """CTC log-probabilities (B, T, classes): the fast path, and what is exported."""
        _, x = self.encode(images)
        return self.head(x).float().log_softmax(dim=-1)


def to_input(pixels: Tensor) -> Tensor:
    """uint8 (B, H, W), paper near 255 -> float (B, 1, H, W) with paper 0 and ink 1."""
    return (255.0 - pixels.to(torch.float32)).div_(255.0).unsqueeze(1)
