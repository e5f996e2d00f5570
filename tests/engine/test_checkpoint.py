"""Checkpoints hold all that moves, in the form it had, and refuse what is not theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs torch")

from deeptext_cli.config.model import Architecture  # noqa: E402
from deeptext_cli.config.training import Optimiser  # noqa: E402
from deeptext_cli.engine.checkpoint import (  # noqa: E402
    State,
    load_checkpoint,
    read_meta,
    save_checkpoint,
)
from deeptext_cli.engine.device import best_layout  # noqa: E402
from deeptext_cli.errors import TrainingError  # noqa: E402
from deeptext_cli.nn.optim import MovingAverage, make_optimiser  # noqa: E402
from deeptext_cli.nn.recogniser import Recogniser  # noqa: E402

SMALL = Architecture(height=16, stem=4, channels=(8, 12), blocks=(1, 1), attention_heads=2, rnn=4,
                     decoder=8, decoder_heads=2, max_length=8)


# In the other one some processors add as they like
LAYOUT = best_layout(torch.device("cpu"), Recogniser(SMALL, 5))


def state(seed: int = 0, name: str = "adamw", classes: int = 5,
          layout: torch.memory_format = LAYOUT) -> State:
    torch.manual_seed(seed)
    model = Recogniser(SMALL, classes).to(memory_format=layout)
    config = Optimiser(name=name, lr=1e-2)
    return State(model, MovingAverage(model, 0.9), make_optimiser(model, config))


def train(s: State, steps: int) -> None:
    for step in range(steps):
        s.optimiser.zero_grad()
        x = torch.rand(2, 1, 16, 32).contiguous(memory_format=LAYOUT)
        s.model(x).ctc.square().mean().backward()
        s.optimiser.step()
        s.average.update(s.model, step)


def tensors(s: State) -> dict[str, torch.Tensor]:
    out = dict(s.model.state_dict())
    out.update({f"average.{k}": v for k, v in s.average.shadow.items()})
    for i, slots in s.optimiser.state_dict()["state"].items():
        out.update({f"{i}.{k}": torch.as_tensor(v) for k, v in slots.items()})
    return out


@pytest.mark.parametrize("name", ["adamw", "adam", "rmsprop"])
def test_training_goes_on_as_if_nothing_had_happened(tmp_path: Path, name: str) -> None:
    path = tmp_path / "c.safetensors"
    whole = state(name=name)
    train(whole, 3)
    save_checkpoint(path, whole, {"step": 3, "text": "žluť\x85"})
    train(whole, 3)

    resumed = state(seed=99, name=name)
    assert load_checkpoint(path, resumed) == {"step": 3, "text": "žluť\x85"}
    train(resumed, 3)
    a, b = tensors(whole), tensors(resumed)
    assert a.keys() == b.keys()
    assert [k for k in a if not torch.equal(a[k], b[k])] == []


def test_memory_layout_is_as_it_was(tmp_path: Path) -> None:
    """Another layout of the optimiser's moments would round elsewhere, and be slower."""
    path = tmp_path / "c.safetensors"
    before, after = (state(seed, layout=torch.channels_last) for seed in (0, 1))
    for weights in before.model.parameters():
        weights.grad = torch.rand_like(weights)
    before.optimiser.step()
    save_checkpoint(path, before, {})
    load_checkpoint(path, after)
    a, b = tensors(before), tensors(after)
    assert any(not v.is_contiguous() for v in a.values())
    assert [k for k in a if a[k].stride() != b[k].stride()] == []


def test_no_pickle_is_written(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, state(), {"step": 0})
    from safetensors import safe_open
    with safe_open(path, "pt") as f:
        assert any(k.startswith("model.") for k in f.keys())  # noqa: SIM118
    assert read_meta(path) == {"step": 0}
    assert [p.name for p in tmp_path.iterdir()] == ["c.safetensors"]  # no partial file stays


@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_foreign_and_damaged_files_are_training_errors(tmp_path: Path,
                                                       content: bytes) -> None:
    path = tmp_path / "c.safetensors"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="not a usable checkpoint") as caught:
        read_meta(path)
    assert "--fresh" in str(caught.value.remedy)


def test_where_no_run_is_there_is_nothing_to_begin_anew(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no run here") as caught:
        read_meta(tmp_path / "c.safetensors")
    assert "--fresh" not in str(caught.value.remedy)


def test_cut_short_is_a_training_error(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, state(), {"step": 0})
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(TrainingError, match="not a usable checkpoint"):
        load_checkpoint(path, state())


def test_weights_of_others_are_no_checkpoint(tmp_path: Path) -> None:
    from safetensors.torch import save_file
    save_file({"x": torch.zeros(2)}, tmp_path / "w.safetensors")
    with pytest.raises(TrainingError, match="not a usable checkpoint"):
        read_meta(tmp_path / "w.safetensors")


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, state(classes=9), {"step": 0})
    with pytest.raises(TrainingError, match="belongs to another model"):
        load_checkpoint(path, state())
