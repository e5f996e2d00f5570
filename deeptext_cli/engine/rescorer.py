"""The attention decoder of a model at work: how likely is a text, given a line?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.engine.models import DECODER_FILE, Model, verify
from deeptext_cli.engine.runtime import open_session


class AttentionScorer:
    """Scores texts teacher-forced: all of a line's in one batch. Safe to call from threads."""

    def __init__(self, model: Model, threads: int = 0) -> None:
        """Raises ModelError where `decoder.onnx` is missing or damaged."""
        verify(model, (DECODER_FILE,))
        self._longest = model.spec.architecture.max_length
        self._session = open_session(model.folder / DECODER_FILE, threads, "cpu")

    def __call__(self, memory: NDArray[np.floating],
                 texts: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """(N,) log-probabilities of the texts (classes) with their ends; memory: (T, S).

        All zero where a text is longer than the decoder was made for: then it has no say.
        """
        longest = max(len(t) for t in texts)
        if longest > self._longest:
            return np.zeros(len(texts))
        # 0 begins a text and ends it; what follows the end is computed and not counted
        spelt = np.zeros((len(texts), longest + 2), np.int64)
        for i, text in enumerate(texts):
            spelt[i, 1:len(text) + 1] = text
        [log_probs] = self._session.run(None, {
            "memory": np.asarray(memory, np.float32)[None], "previous": spelt[:, :-1]})
        steps = np.take_along_axis(log_probs, spelt[:, 1:, None], axis=2)[:, :, 0]
        counted = np.arange(longest + 1) <= np.array([len(t) for t in texts])[:, None]
        return np.asarray((steps * counted).sum(axis=1, dtype=np.float64))
