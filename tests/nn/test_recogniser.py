"""The net: shapes, independence of lines, causality of the decoder, every size option."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="the net needs torch")

from deeptext_cli.config.model import Architecture  # noqa: E402
from deeptext_cli.nn.attention import AttentionDecoder, MultiHeadAttention  # noqa: E402
from deeptext_cli.nn.encoder import LineEncoder  # noqa: E402
from deeptext_cli.nn.recogniser import Recogniser, to_input  # noqa: E402

CLASSES = 7


def small(**changes: object) -> Architecture:
    base = {"height": 16, "stem": 4, "channels": (8, 8, 12), "blocks": (1, 1, 1),
            "attention_heads": 2, "rnn": 6, "decoder": 8, "decoder_heads": 2, "max_length": 10}
    return Architecture.model_validate(base | changes)


def net(**changes: object) -> Recogniser:
    torch.manual_seed(0)
    return Recogniser(small(**changes), CLASSES)


@pytest.mark.parametrize("width", [16, 64, 100, 320])
@pytest.mark.parametrize("height", [16, 32, 48])
def test_a_frame_every_four_pixels(height: int, width: int) -> None:
    model = net(height=height).eval()
    with torch.no_grad():
        out = model.read(torch.rand(3, 1, height, width))
    assert out.shape == (3, width // 4, CLASSES)
    assert model.architecture.stride == 4
    torch.testing.assert_close(out.exp().sum(-1), torch.ones(3, width // 4))


@pytest.mark.parametrize("changes", [
    {"attention_heads": 0}, {"rnn": 0}, {"rnn": 0, "attention_heads": 0}, {"shortcut": False},
    {"decoder": 0}, {"rnn_layers": 2}, {"dropout": 0.0}, {"channels": (8,), "blocks": (2,)},
    {"channels": (8, 8, 8, 12), "blocks": (1, 2, 1, 1), "height": 48},
    {"decoder": 0, "shortcut": False, "rnn": 0, "attention_heads": 0},
], ids=str)
def test_every_size_option_builds_trains_and_reads(changes: dict[str, object]) -> None:
    model = net(**changes)
    a = model.architecture
    previous = torch.zeros(2, 4, dtype=torch.long)
    out = model(torch.rand(2, 1, a.height, 64), previous)
    assert out.ctc.shape == (2, 16, CLASSES)
    assert (out.shortcut is None) == (not a.shortcut)
    assert (out.decoder is None) == (a.decoder == 0)
    parts = [t.float().square().mean() for t in out if t is not None]
    torch.stack(parts).sum().backward()
    silent = [n for n, p in model.named_parameters() if p.grad is None]
    assert silent == []
    assert model.eval().read(torch.rand(1, 1, a.height, 32)).shape == (1, 8, CLASSES)


def test_the_defaults_are_the_design_s_sizes() -> None:
    """2.3M parameters for reading: the shortcut and the decoder are for training alone."""
    model = Recogniser(Architecture(), 300)
    reading = sum(p.numel() for n, p in model.named_parameters()
                  if not n.startswith(("shortcut", "decoder")))
    assert 2.1e6 < reading < 2.5e6


def test_a_batch_reads_as_its_lines_alone() -> None:
    model = net().eval()
    images = torch.rand(5, 1, 16, 64)
    with torch.no_grad():
        together = model.read(images)
        alone = torch.cat([model.read(image[None]) for image in images])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


def test_eval_mode_is_deterministic_and_training_is_not() -> None:
    model, image = net(dropout=0.5), torch.rand(2, 1, 16, 64)
    with torch.no_grad():
        assert not torch.equal(model(image).ctc, model(image).ctc)
        model.eval()
        assert torch.equal(model(image).ctc, model(image).ctc)


def test_the_encoder_is_blind_to_nothing_but_height() -> None:
    """Shifting the ink by whole strides moves columns, and only columns."""
    torch.manual_seed(0)
    encoder = LineEncoder(4, (8, 8), (1, 1)).eval()
    image = torch.zeros(1, 1, 32, 96)
    image[:, :, 8:24, 40:48] = 1
    with torch.no_grad():
        out, shifted = encoder(image), encoder(image.roll(8, dims=3))
    torch.testing.assert_close(out[:, 4:-6], shifted[:, 6:-4], atol=1e-5, rtol=1e-4)


def test_the_decoder_sees_the_past_only() -> None:
    torch.manual_seed(0)
    decoder = AttentionDecoder(CLASSES, 8, 2, 12, 10, dropout=0.0).eval()
    memory = torch.randn(1, 9, 12)
    before = torch.tensor([[0, 1, 2, 3, 4]])
    with torch.no_grad():
        first = decoder(memory, before)
        for t in range(1, 5):
            changed = before.clone()
            changed[0, t] = 6
            second = decoder(memory, changed)
            torch.testing.assert_close(second[:, :t], first[:, :t])
            assert not torch.allclose(second[:, t], first[:, t])
        # and all of the line
        other = memory.clone()
        other[0, -1] += 3
        assert not torch.allclose(decoder(other, before)[:, 0], first[:, 0])


def test_attention_is_softmax_of_scaled_products() -> None:
    torch.manual_seed(0)
    ours = MultiHeadAttention(8, 2)
    theirs = torch.nn.MultiheadAttention(8, 2, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key_value.weight]))
        theirs.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key_value.bias]))
        theirs.out_proj.weight.copy_(ours.out.weight)
        theirs.out_proj.bias.copy_(ours.out.bias)
        x, memory = torch.randn(2, 3, 8), torch.randn(2, 5, 8)
        torch.testing.assert_close(ours(x, memory), theirs(x, memory, memory)[0],
                                   atol=1e-5, rtol=1e-4)
    with pytest.raises(ValueError, match="divide"):
        MultiHeadAttention(9, 2)


def test_input_is_ink_between_zero_and_one() -> None:
    pixels = torch.tensor([[[255, 0], [51, 204]]], dtype=torch.uint8)
    torch.testing.assert_close(to_input(pixels), torch.tensor([[[[0.0, 1.0], [0.8, 0.2]]]]))
