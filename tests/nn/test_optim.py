"""Optimisers, schedules and the moving average against their definitions."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="the net needs torch")

from deeptext_cli.config.training import Optimiser  # noqa: E402
from deeptext_cli.nn.optim import (  # noqa: E402
    MovingAverage,
    clip_gradients,
    learning_rate,
    make_optimiser,
)

OPTIMISERS = st.builds(
    Optimiser, lr=st.floats(1e-5, 1), warmup=st.integers(0, 50),
    schedule=st.sampled_from(["cosine", "hold"]), cooldown=st.floats(0, 1))


@given(OPTIMISERS, st.integers(1, 400))
def test_rate_is_positive_bounded_and_falls_once_warm(config: Optimiser, steps: int) -> None:
    rates = [learning_rate(i, steps, config) for i in range(steps)]
    assert all(0 <= r <= config.lr * (1 + 1e-9) for r in rates)
    warm, rest = rates[:config.warmup], rates[config.warmup:]
    assert warm == sorted(warm)
    assert all(b <= a + 1e-12 for a, b in itertools.pairwise(rest))
    if config.warmup and steps >= config.warmup:
        assert rates[config.warmup - 1] == pytest.approx(config.lr)


def test_cosine_by_hand() -> None:
    config = Optimiser(lr=1.0, warmup=10, schedule="cosine")
    assert learning_rate(0, 110, config) == pytest.approx(0.1)
    assert learning_rate(10, 110, config) == pytest.approx(1.0)
    assert learning_rate(60, 110, config) == pytest.approx(0.5)
    assert learning_rate(85, 110, config) == pytest.approx(0.5 * (1 + math.cos(0.75 * math.pi)))
    assert learning_rate(109, 110, config) < 0.001


def test_hold_stays_then_falls_to_zero() -> None:
    config = Optimiser(lr=1.0, warmup=0, schedule="hold", cooldown=0.2)
    assert {learning_rate(i, 100, config) for i in range(80)} == {1.0}
    assert learning_rate(85, 100, config) == pytest.approx(0.5)  # 1 - sqrt(1/4)
    assert learning_rate(99, 100, config) < 0.03
    assert learning_rate(100, 100, config) == 0.0


@pytest.mark.parametrize(("name", "kind"), [("adamw", torch.optim.AdamW),
                                            ("adam", torch.optim.Adam),
                                            ("rmsprop", torch.optim.RMSprop)])
def test_weight_decay_spares_biases_and_norms(name: str, kind: type) -> None:
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2),
                                torch.nn.Linear(4, 3))
    model[2].bias.requires_grad_(False)
    optimiser = make_optimiser(model, Optimiser(name=name, weight_decay=0.3, lr=0.1))
    assert type(optimiser) is kind
    by_decay = {g["weight_decay"]: {id(p) for p in g["params"]} for g in optimiser.param_groups}
    assert by_decay == {
        0.3: {id(model[0].weight), id(model[2].weight)},
        0.0: {id(model[0].bias), id(model[1].weight), id(model[1].bias)}}


@pytest.mark.parametrize("name", ["adamw", "adam", "rmsprop"])
def test_every_optimiser_goes_downhill(name: str) -> None:
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1)
    x = torch.randn(64, 3)
    y = x @ torch.tensor([[1.0], [-2.0], [0.5]])
    optimiser = make_optimiser(model, Optimiser(name=name, lr=0.05, weight_decay=0.0))
    losses = []
    for _ in range(200):
        optimiser.zero_grad()
        loss = (model(x) - y).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.01 * losses[0]


def test_moving_average_by_hand() -> None:
    model = torch.nn.BatchNorm1d(1)
    average = MovingAverage(model, decay=0.9)
    expected = 1.0
    for step, value in enumerate([3.0, 5.0, -2.0] * 40, start=1):
        with torch.no_grad():
            model.weight.fill_(value)
            model.running_mean.fill_(value)
            model.num_batches_tracked.fill_(step)
        average.update(model, step)
        keep = min(0.9, (1 + step) / (10 + step))
        expected = keep * expected + (1 - keep) * value
        assert average.shadow["weight"].item() == pytest.approx(expected, rel=1e-5)
    # counters are copied, not averaged; the model itself is left alone
    assert average.shadow["num_batches_tracked"].item() == 120
    assert model.weight.item() == -2.0


def test_batch_statistics_that_are_not_finite_are_mended() -> None:
    model = torch.nn.BatchNorm1d(2)
    average = MovingAverage(model, decay=0.9)
    with torch.no_grad():
        model.running_mean.copy_(torch.tensor([1.0, float("nan")]))
        model.running_var.fill_(7.0)
    average.mend(model)
    assert model.running_mean.tolist() == [0.0, 0.0]
    assert model.running_var.tolist() == [7.0, 7.0]  # finite ones are left alone


def test_moving_average_without_decay_follows_soon() -> None:
    model = torch.nn.Linear(2, 2)
    average = MovingAverage(model, decay=0.0)
    with torch.no_grad():
        model.weight.add_(1)
    average.update(model, 1)
    torch.testing.assert_close(average.shadow["weight"], model.weight)


@given(st.floats(0.1, 10), st.floats(0.01, 100))
def test_clipping_bounds_the_norm_and_tells_the_old_one(limit: float, scale: float) -> None:
    p = torch.nn.Parameter(torch.zeros(2))
    p.grad = torch.tensor([3.0, 4.0]) * scale
    norm = clip_gradients([p], limit)
    assert norm == pytest.approx(5 * scale, rel=1e-4)
    assert p.grad.norm().item() == pytest.approx(min(limit, 5 * scale), rel=1e-3)
