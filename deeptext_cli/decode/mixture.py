"""Several looks at one line, decoded together: what each finds, all of them judge."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deeptext_cli.decode.alignment import log_probabilities
from deeptext_cli.decode.beam import Hypothesis

# Weight of the looks' common log-probability beside the language: they are of one picture and one
# net, and err together. Val CER of Hooker's letters, copiste, peraire and strokes (120 lines each)
# at one look 17.6, 7.4, 17.9, 7.1; at five with weights of 1: 16.1, 6.8, 16.1, 5.3, of 0.85: 16.0,
# 6.8, 15.8, 5.7, of 0.7: 15.6, 6.9, 15.8, 5.6. Words right of icdar2015 at one to seven looks with
# 1.4: 68.3, 1: 69.3, 0.85: 70.0, and where the look to be believed is searched alone 67.3. With the
# mean of their logarithms, by which one look that errs outvotes all others, in place of the mean of
# their probabilities 16.5, 6.9, 15.7, 6.0; by votes character by character, the looks' texts
# aligned, 16.9, 6.7, 16.7, 6.3.
TOGETHER = 0.85


def judged_together(found: Sequence[Sequence[Hypothesis]],
                    log_probs: Sequence[NDArray[np.floating]],
                    ) -> tuple[list[Hypothesis], NDArray[np.intp]]:
    """The texts found at the looks at a line, best first, and for each the look that shows it best.

    found: of each look the texts of a search with the same fused scores, which depend on the text
    alone. log_probs: of each look (T_i, C). A text's probability is that of a mixture of the looks:
    the mean of what they give it.
    """
    language = {h.classes: h.score - h.ctc for texts in found for h in texts}
    if not language:
        return [], np.zeros(0, np.intp)
    texts = list(language)
    ctc = log_probabilities([p for p in log_probs for _ in texts],
                            texts * len(log_probs)).reshape(len(log_probs), len(texts))
    mixed = np.logaddexp.reduce(ctc, axis=0) - math.log(len(log_probs))
    judged = [Hypothesis(text, TOGETHER * m + language[text], m)
              for text, m in zip(texts, mixed.tolist(), strict=True)]
    order = sorted(range(len(texts)), key=lambda i: (-judged[i].score, texts[i]))
    return [judged[i] for i in order], ctc.argmax(axis=0)[order]
