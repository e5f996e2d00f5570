"""Brute force: CTC text probabilities by enumerating every path."""

import collections
import itertools

import numpy as np


def log_softmax(x):
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def random_log_probs(seed, frames, classes, sharpness=2.0):
    rng = np.random.default_rng(seed)
    return log_softmax(rng.normal(size=(frames, classes)) * sharpness)


def all_texts(log_probs):
    """{classes: log-probability} of every text that the frames can show."""
    totals = collections.defaultdict(float)
    frames, classes = log_probs.shape
    p = np.exp(log_probs)
    for path in itertools.product(range(classes), repeat=frames):
        text = tuple(c for c, _ in itertools.groupby(path) if c)
        totals[text] += float(np.prod(p[np.arange(frames), path]))
    return {t: float(np.log(v)) for t, v in totals.items()}
