"""Losses against their definitions: CTC by enumerating every path, cross-entropy by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="the net needs torch")

from deeptext_cli.nn.losses import (  # noqa: E402
    combined_loss,
    ctc_loss,
    decoder_loss,
    l1_penalty,
    make_targets,
)
from deeptext_cli.nn.recogniser import Outputs  # noqa: E402


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    """CTC's B: repeats merged, then blanks removed (Graves et al. 2006)."""
    return tuple(c for c, _ in itertools.groupby(path) if c != 0)


def likelihood_by_enumeration(log_probs: np.ndarray, label: tuple[int, ...]) -> float:
    """p(label) as the sum over all classes ** frames paths."""
    frames, classes = log_probs.shape
    total = 0.0
    for path in itertools.product(range(classes), repeat=frames):
        if collapsed(path) == label:
            total += float(np.exp(sum(log_probs[t, c] for t, c in enumerate(path))))
    return total


def fits(label: tuple[int, ...], frames: int) -> bool:
    return len(label) + sum(a == b for a, b in itertools.pairwise(label)) <= frames


CASES = st.tuples(
    st.integers(1, 5), st.integers(2, 4),
    st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=4), min_size=1, max_size=3),
    st.integers(0, 2**31))


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_ctc_is_the_sum_over_all_paths(case: tuple[int, int, list[list[int]], int]) -> None:
    frames, classes, labels, seed = case
    labels = [[min(c, classes - 1) for c in label] for label in labels]
    rng = np.random.default_rng(seed)
    logits = torch.tensor(rng.normal(0, 2, (len(labels), frames, classes)))
    log_probs = logits.float().log_softmax(-1).double().numpy()
    expected = []
    for row, label in zip(log_probs, labels, strict=True):
        p = likelihood_by_enumeration(row, tuple(label))
        assert (p > 0) == fits(tuple(label), frames)
        expected.append(-np.log(p) / len(label) if p else 0.0)  # what cannot be counts zero
    assert ctc_loss(logits, make_targets(labels)).item() == pytest.approx(
        np.mean(expected), rel=1e-4, abs=1e-5)


def test_ctc_of_the_one_possible_path() -> None:
    # two frames for "aa" would need three: a, blank, a
    logits = torch.randn(1, 3, 2, generator=torch.Generator().manual_seed(1))
    path = logits.log_softmax(-1)[0]
    assert ctc_loss(logits, make_targets([[1, 1]])).item() == pytest.approx(
        -(path[0, 1] + path[1, 0] + path[2, 1]).item() / 2, rel=1e-5)


def test_ctc_gradient_leads_to_the_label() -> None:
    logits = torch.zeros(1, 6, 4, requires_grad=True)
    optimiser = torch.optim.Adam([logits], lr=0.3)
    for _ in range(60):
        optimiser.zero_grad()
        loss = ctc_loss(logits, make_targets([[3, 1]]))
        loss.backward()
        optimiser.step()
    best = tuple(logits.argmax(-1)[0].tolist())
    assert collapsed(best) == (3, 1)
    assert loss.item() < 0.1


def test_impossible_labels_give_no_gradient() -> None:
    logits = torch.randn(1, 2, 3, requires_grad=True)
    ctc_loss(logits, make_targets([[1, 1]])).backward()
    assert logits.grad is not None
    assert torch.equal(logits.grad, torch.zeros_like(logits))


def test_targets_before_and_after() -> None:
    targets = make_targets([[5, 6, 7], [8]])
    assert targets.classes.tolist() == [[5, 6, 7], [8, 0, 0]]
    assert targets.lengths.tolist() == [3, 1]
    assert targets.previous.tolist() == [[0, 5, 6, 7], [0, 8, 0, 0]]
    assert targets.following.tolist() == [[5, 6, 7, 0], [8, 0, -100, -100]]


def test_targets_of_an_empty_batch_row() -> None:
    targets = make_targets([[], [2]])
    assert targets.following.tolist() == [[0, -100], [2, 0]]


@given(st.lists(st.lists(st.integers(1, 9), max_size=6), min_size=1, max_size=5))
def test_targets_teach_every_character_and_one_end(labels: list[list[int]]) -> None:
    targets = make_targets(labels)
    for label, before, after in zip(labels, targets.previous.tolist(), targets.following.tolist(),
                                    strict=True):
        n = len(label)
        assert before[:n + 1] == [0, *label]
        assert after[:n + 1] == [*label, 0]
        assert set(after[n + 1:]) <= {-100}


def test_decoder_loss_is_smoothed_cross_entropy_of_what_counts() -> None:
    torch.manual_seed(0)
    logits, smoothing = torch.randn(2, 4, 5), 0.2
    targets = make_targets([[1, 2, 3], [4]])
    log_probs = logits.log_softmax(-1)
    losses = []
    for b, answers in enumerate([[1, 2, 3, 0], [4, 0]]):
        for t, answer in enumerate(answers):
            lp = log_probs[b, t]
            losses.append(-(1 - smoothing) * lp[answer] - smoothing * lp.mean())
    assert decoder_loss(logits, targets, smoothing).item() == pytest.approx(
        torch.stack(losses).mean().item(), rel=1e-5)


@pytest.mark.parametrize("weights", [(1.0, 0.2, 0.5), (0.0, 1.0, 0.0), (2.0, 0.0, 1.0),
                                     (1.0, 0.0, 0.0)])
def test_combined_loss_is_the_weighted_sum_of_its_parts(weights: tuple[float, float, float],
                                                        ) -> None:
    torch.manual_seed(3)
    a, b, c = weights
    outputs = Outputs(torch.randn(2, 7, 4), torch.randn(2, 7, 4), torch.randn(2, 3, 4))
    targets = make_targets([[1, 2], [3]])
    parts = combined_loss(outputs, targets, ctc=a, shortcut=b, decoder=c, smoothing=0.1)
    expected = (a * ctc_loss(outputs.ctc, targets) + b * ctc_loss(outputs.shortcut, targets)
                + c * decoder_loss(outputs.decoder, targets, 0.1))
    assert parts.total.item() == pytest.approx(expected.item(), rel=1e-6)
    assert (parts.shortcut is None) == (b == 0)
    assert (parts.decoder is None) == (c == 0)


def test_combined_loss_does_without_absent_branches() -> None:
    outputs = Outputs(torch.randn(1, 5, 3), None, None)
    targets = make_targets([[1]])
    parts = combined_loss(outputs, targets, ctc=1, shortcut=0.2, decoder=0.5, smoothing=0)
    assert parts.total.item() == pytest.approx(ctc_loss(outputs.ctc, targets).item())
    assert parts.shortcut is None
    assert parts.decoder is None


def test_l1_penalty() -> None:
    assert l1_penalty([torch.tensor([[1.0, -2.0]]), torch.tensor([-0.5])]).item() == 3.5
