"""The exported attention decoder scores texts as the trained one spells them, step by step."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch", reason="compares with torch")

from safetensors.torch import load_file  # noqa: E402
from support import draw_line  # noqa: E402

from deeptext_cli.engine.decoding import make_decoder  # noqa: E402
from deeptext_cli.engine.line_reader import LineReader  # noqa: E402
from deeptext_cli.engine.models import Model, find_model  # noqa: E402
from deeptext_cli.engine.rescorer import AttentionScorer  # noqa: E402
from deeptext_cli.engine.runtime import RecogniserSession  # noqa: E402
from deeptext_cli.errors import ModelError  # noqa: E402
from deeptext_cli.nn.recogniser import Recogniser, to_input  # noqa: E402

TEXTS = ([1, 2, 3], [], [4], [1, 1, 2, 8, 7, 6, 5, 4])


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Model:
    return find_model(tiny_model)


@pytest.fixture(scope="module")
def net(model: Model) -> Recogniser:
    out = Recogniser(model.spec.architecture, model.charset.classes)
    out.load_state_dict(load_file(model.folder / "weights.safetensors"))
    return out.eval()


def spelt(net: Recogniser, memory: torch.Tensor, text: list[int]) -> float:
    """log p of a text: one forward pass for each character, nothing that follows in sight."""
    total = 0.0
    for i in range(len(text) + 1):
        previous = torch.tensor([[0, *text[:i]]])
        nexts = net.decoder(memory, previous)[0, -1].log_softmax(dim=-1)
        total += float(nexts[text[i] if i < len(text) else 0])
    return total


@pytest.mark.parametrize("width", [48, 208])
def test_scores_are_those_of_spelling_step_by_step(model: Model, net: Recogniser,
                                                   width: int) -> None:
    image = np.random.default_rng(1).integers(0, 256, (1, 16, width), dtype=np.uint8)
    _, memory = RecogniserSession(model.onnx, threads=1).log_probs_and_memory(image)
    with torch.no_grad():
        _, theirs = net.encode(to_input(torch.from_numpy(image)))
        expected = [spelt(net, theirs, t) for t in TEXTS]
    np.testing.assert_allclose(memory, theirs.numpy(), atol=1e-4)
    scores = AttentionScorer(model, threads=1)(memory[0], TEXTS)
    np.testing.assert_allclose(scores, expected, atol=1e-3)
    assert len(set(np.round(scores, 3))) == len(TEXTS)


def test_texts_too_long_for_the_decoder_are_not_judged(model: Model) -> None:
    memory = np.zeros((9, 48), np.float32)
    scores = AttentionScorer(model, threads=1)(memory, [[1] * 9, [1]])
    assert scores.tolist() == [0, 0]


def test_reading_asks_the_decoder(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked about rivals, once a line, and what it says decides."""
    asked = []

    def judge(self: AttentionScorer, memory: np.ndarray, texts: list[tuple[int, ...]],
              ) -> np.ndarray:
        assert memory.ndim == 2
        asked.append(texts)
        return np.arange(len(texts), dtype=float)  # the last of them is the best

    monkeypatch.setattr(AttentionScorer, "__call__", judge)
    # this model writes digits alone, and numbers would be left to the network
    monkeypatch.setattr("deeptext_cli.decode.decoder.looks_like_code", lambda word: False)
    changes = {"rescore": 1000.0, "unsure_below": 1.0}
    reader = LineReader(model, threads=1, decoder=make_decoder(model, changes))
    plain = LineReader(model, threads=1, decoder=make_decoder(
        model, {"decoder": "beam", "unsure_below": 1.0}))
    images = [draw_line(t, np.random.default_rng(3)) for t in ("12", "7654")]
    found = reader.read(images)
    assert 1 <= len(asked) <= 2
    assert all(len(set(texts)) == len(texts) > 1 for texts in asked)
    last = ["".join(model.charset.lookup[c] for c in texts[-1]) for texts in asked]
    assert set(last) <= {r.text for r in found}
    assert [r.text for r in found] != [r.text for r in plain.read(images)]


def test_without_its_file_rescoring_is_a_model_error(tiny_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "m"))
    (folder / "decoder.onnx").unlink()
    with pytest.raises(ModelError, match=r"decoder\.onnx is missing") as e:
        make_decoder(find_model(folder), {"rescore": 0.5})
    assert "--rescore 0" in str(e.value.remedy)
    make_decoder(find_model(folder), {"rescore": 0.0})  # as before there was one
    shutil.copy(tiny_model / "decoder.onnx", folder)
    content = bytearray((folder / "decoder.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "decoder.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        make_decoder(find_model(folder), {"rescore": 0.5})


def test_the_checksum_of_the_decoder_is_recorded(tiny_model: Path) -> None:
    spec = yaml.safe_load((tiny_model / "model.yaml").read_text())
    assert set(spec["checksums"]) == {"model.onnx", "weights.safetensors", "decoder.onnx"}
