"""The detector's net and losses."""

import numpy as np
import pytest
import torch

from deeptext_cli.config.detection import DetectorLoss
from deeptext_cli.config.detector_model import DetectorArchitecture
from deeptext_cli.nn.detector import Detector, Maps, to_input
from deeptext_cli.nn.detector_losses import (
    MapTargets,
    detector_loss,
    dice_loss,
    focal_loss,
)

TINY = DetectorArchitecture(stem=8, channels=(8, 8, 16, 16), blocks=(1, 1, 1, 1), pyramid=16,
                            head=8)


def test_default_size_is_what_the_design_asks_for():
    count = sum(p.numel() for p in Detector(DetectorArchitecture()).parameters())
    assert 1.0e6 < count < 1.4e6


@pytest.mark.parametrize("size", [(64, 96), (32, 32), (160, 64)])
def test_maps_have_half_the_size(size):
    model = Detector(TINY).eval()
    image = torch.rand(2, 1, *size)
    maps = model(image)
    assert maps.shrunk.shape == maps.threshold.shape == (2, 1, size[0] // 2, size[1] // 2)
    assert torch.allclose(model.probability(image), torch.sigmoid(maps.shrunk))


def test_moving_the_page_moves_the_map():
    torch.manual_seed(0)
    model = Detector(TINY).eval()
    page = torch.zeros(1, 1, 128, 128)
    page[..., 40:60, 40:80] = 1
    moved = torch.roll(page, (32, 32), (2, 3))
    a, b = model.probability(page), model.probability(moved)
    assert torch.allclose(a[..., 8:40, 8:40], b[..., 24:56, 24:56], atol=1e-4)
    assert a.std() > 1e-4  # it does depend on what is on the page


def test_input_is_ink():
    pages = torch.tensor([[[255, 0], [0, 255]]], dtype=torch.uint8)
    assert to_input(pages).tolist() == [[[[0, 1], [1, 0]]]]


def targets(text: torch.Tensor, weight: torch.Tensor | None = None) -> MapTargets:
    return MapTargets(text, torch.ones_like(text) if weight is None else weight,
                      0.3 + 0.4 * text, torch.ones_like(text))


def squares() -> torch.Tensor:
    text = torch.zeros(2, 1, 16, 16)
    text[:, :, 4:8, 2:14] = 1
    return text


def test_loss_is_lowest_for_the_truth():
    text = squares()
    right = Maps(20 * (2 * text - 1), torch.logit(0.3 + 0.4 * text))
    wrong = Maps(-right.shrunk, -right.threshold)
    unsure = Maps(torch.zeros_like(text), torch.zeros_like(text))
    losses = [float(detector_loss(m, targets(text), DetectorLoss()).total)
              for m in (right, unsure, wrong)]
    assert losses[0] < 0.01 < losses[1] < losses[2]


def test_pixels_of_no_weight_have_no_gradient():
    text = squares()
    weight = torch.ones_like(text)
    weight[..., :8] = 0
    logits = torch.zeros_like(text, requires_grad=True)
    thresholds = torch.zeros_like(text)
    t = targets(text, weight)._replace(band=torch.zeros_like(text))
    detector_loss(Maps(logits, thresholds), t, DetectorLoss()).total.backward()
    assert logits.grad is not None
    assert logits.grad[..., :8].abs().max() == 0
    assert logits.grad[..., 8:].abs().min() > 0


def test_dice_against_sets():
    """On masks of 0 and 1, dice is 2 |A n B| / (|A| + |B|), up to the smoothing."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.random((2, 1, 1, 40, 40)) < rng.uniform(0.1, 0.9)
        expected = 2 * (a & b).sum() / (a.sum() + b.sum())
        got = 1 - float(dice_loss(*(torch.tensor(m, dtype=torch.float32) for m in (a, b)),
                                  torch.ones(1, 1, 40, 40)))
        assert got == pytest.approx(expected, abs=5e-3)


def test_dice_counts_samples_alike():
    big, small = torch.zeros(1, 1, 32, 32), torch.zeros(1, 1, 32, 32)
    big[..., 4:28, 4:28] = 1
    small[..., 10:12, 10:20] = 1
    text = torch.cat([big, small])
    missed_small = torch.cat([big, torch.zeros_like(small)])
    assert float(dice_loss(missed_small, text, torch.ones_like(text))) > 0.45


def test_focal_with_gamma_0_is_cross_entropy_over_text_pixels():
    torch.manual_seed(0)
    logits, text = torch.randn(2, 1, 16, 16), squares()
    ones = torch.ones_like(text)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, text, reduction="sum")
    assert float(focal_loss(logits, text, ones, 0.0)) == pytest.approx(
        float(expected / text.sum()), rel=1e-5)
    # focus takes from the sure pixels, not from the wrong ones
    sure, wrong = 6 * (2 * text - 1), 6 * (1 - 2 * text)
    kept = [float(focal_loss(x, text, ones, 2.0) / focal_loss(x, text, ones, 0.0))
            for x in (sure, wrong)]
    assert kept[0] < 1e-4
    assert kept[1] > 0.9


def test_an_empty_page_gives_finite_losses():
    empty = torch.zeros(1, 1, 16, 16)
    parts = detector_loss(Maps(empty + 0.1, empty), targets(empty)._replace(band=empty),
                          DetectorLoss())
    assert all(torch.isfinite(p) for p in parts)


def test_it_learns_where_ink_is():
    torch.manual_seed(0)
    model = Detector(TINY)
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    image = torch.zeros(2, 1, 64, 64)
    image[0, :, 16:32, 8:56] = 1
    image[1, :, 40:52, 20:60] = 1
    text = image[..., ::2, ::2].clone()
    for _ in range(60):
        loss = detector_loss(model(image), targets(text), DetectorLoss()).total
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.train()  # batch statistics, as trained
    found = torch.sigmoid(model(image).shrunk) > 0.5
    overlap = (found & (text > 0)).sum() / (found | (text > 0)).sum()
    assert overlap > 0.7
