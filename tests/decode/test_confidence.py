import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptext_cli.config.decode import Calibrator
from deeptext_cli.decode.confidence import (
    calibrated,
    fit_isotonic,
    fit_logistic,
    fit_temperature,
)
from deeptext_cli.engine.calibration_summary import calibration


def overconfident(n, seed=0):
    """Raw confidences whose truth is sigmoid(0.5 logit - 0.3)."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(2, 2.5, n)
    raw = 1 / (1 + np.exp(-logit))
    truth = 1 / (1 + np.exp(-(0.5 * logit - 0.3)))
    return raw, rng.random(n) < truth, truth


def test_logistic_recovers_the_map():
    raw, correct, truth = overconfident(20_000)
    fitted = fit_logistic(raw, correct)
    assert fitted.scale == pytest.approx(0.5, abs=0.03)
    assert fitted.shift == pytest.approx(-0.3, abs=0.06)
    assert np.abs(calibrated(fitted, raw) - truth).mean() < 0.01


@pytest.mark.parametrize("fit", [fit_logistic, fit_isotonic])
def test_fitting_lowers_the_calibration_error_on_other_lines(fit):
    raw, correct, _ = overconfident(3000)
    fitted = fit(raw, correct)
    other, right, _ = overconfident(3000, seed=1)
    before = calibration(other, right).ece
    after = calibration(calibrated(fitted, other), right).ece
    assert before > 0.08
    assert after < before / 2
    assert after < 0.04


@pytest.mark.parametrize("fit", [fit_logistic, fit_isotonic])
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_always_a_rising_map_into_the_open_interval(fit, pairs):
    raw, correct = map(list, zip(*pairs, strict=True))
    fitted = fit(raw, correct)
    grid = calibrated(fitted, np.linspace(0, 1, 101))
    assert (np.diff(grid) >= -1e-12).all()
    assert ((grid > 0) & (grid < 1)).all()


def isotonic_by_definition(y):
    """max over starts of min over ends of the means: the classical closed form."""
    return [max(min(np.mean(y[a:b + 1]) for b in range(i, len(y))) for a in range(i + 1))
            for i in range(len(y))]


@given(st.lists(st.booleans(), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_pools_match_the_closed_form(correct):
    raw = (np.arange(len(correct)) + 1) / (len(correct) + 1)
    fitted = fit_isotonic(raw, correct, least=1)
    # each single line is smoothed to (y + 1) / 3 before pooling
    expected = isotonic_by_definition([(c + 1) / 3 for c in correct])
    assert {round(y, 4) for _, y in fitted.points} == {round(float(y), 4) for y in expected}


def test_lines_without_a_mistake_do_not_make_certain():
    """Twenty of them say no more than that the next is right 21 times of 22."""
    fitted = fit_logistic([0.9] * 20, [True] * 20)
    assert 0.9 < calibrated(fitted, 0.9) < 0.96
    fitted = fit_logistic([0.1] * 20, [False] * 20)
    assert 0.04 < calibrated(fitted, 0.1) < 0.1


def test_the_last_step_has_as_many_lines_as_any():
    correct = [False] * 10 + [True, False] * 5 + [True] * 5
    fitted = fit_isotonic(np.arange(25) / 25, correct, least=10)
    assert [round(y, 3) for _, y in fitted.points] == [round(1 / 12, 3), round(11 / 17, 3)]


def test_no_calibration_changes_nothing():
    raw = np.array([0.0, 0.3, 1.0])
    assert (calibrated(Calibrator(), raw) == raw).all()


def test_isotonic_points_must_ascend():
    with pytest.raises(ValueError, match="ascend"):
        Calibrator(kind="isotonic", points=((0.5, 0.2), (0.4, 0.3)))
    with pytest.raises(ValueError, match="needs points"):
        Calibrator(kind="isotonic")


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_temperature_is_recovered(true):
    """Texts drawn from the model's own distribution, then its logits scaled."""
    rng = np.random.default_rng(5)
    lines, texts = [], []
    for _ in range(400):
        logits = rng.normal(size=(6, 5)) * 3
        p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        path = [int(rng.choice(5, p=row)) for row in p]
        texts.append([c for i, c in enumerate(path) if c and (i == 0 or path[i - 1] != c)])
        scaled = logits * true
        lines.append(scaled - np.log(np.exp(scaled).sum(1, keepdims=True)))
    assert fit_temperature(lines, texts) == pytest.approx(true, rel=0.12)


def test_unfittable_input_is_refused():
    with pytest.raises(ValueError, match="expected two equal"):
        fit_isotonic([0.5], [True, False])
    with pytest.raises(ValueError, match="no line"):
        fit_temperature([np.log(np.full((1, 3), 1 / 3))], [[1, 2, 1]])
