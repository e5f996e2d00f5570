"""How a run begins: its charset, and its weights where it starts from another model."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from deeptext_cli.config.detection import DetectTrainConfig
from deeptext_cli.config.training import TrainConfig
from deeptext_cli.data.dataset import LineDataset
from deeptext_cli.engine.fine_tune import parent_of
from deeptext_cli.engine.models import Model, find_model
from deeptext_cli.errors import ConfigError, ModelError
from deeptext_cli.nn.recogniser import Recogniser
from deeptext_cli.text import Charset, latin_charset

# tensors with one row a class: (name, by rows of classes)
CLASS_ROWS = ("head.weight", "head.bias", "shortcut.weight", "shortcut.bias",
              "decoder.embed.weight", "decoder.head.weight", "decoder.head.bias")


def training_charset(config: TrainConfig) -> Charset:
    """The charset that the configuration asks for. Raises ConfigError where it cannot be had."""
    if config.charset == "latin":
        return latin_charset()
    inherited: tuple[str, ...] = ()
    if config.charset.startswith("model"):
        if not config.start:
            raise ConfigError("charset: `model` needs `start` (a model to start from)")
        inherited = find_model(config.start).charset.chars
        if config.charset == "model":
            return Charset(inherited)
    elif config.charset != "data":
        try:
            return Charset(config.charset)
        except ValueError as e:
            raise ConfigError(f"charset: {e}") from e
    chars: set[str] = set()
    for entry in config.data:
        if entry.path:
            chars.update(LineDataset(entry.path, entry.split).info.charset)
        elif entry.synth:
            from deeptext_cli.data.synth.engine import load_recipe, recipe_charset
            chars.update(recipe_charset(load_recipe(
                entry.synth, fonts=entry.fonts, text=entry.text)).chars)
    if not chars:
        raise ConfigError("charset: the training labels hold no characters")
    return Charset((*inherited, *sorted(chars.difference(inherited))))


def initial_model(config: TrainConfig, charset: Charset) -> tuple[Recogniser, tuple[str, ...]]:
    """The net to train, and remarks about what of another model it begins with."""
    model = Recogniser(config.model, charset.classes)
    if not config.start:
        return model, ()
    parent = parent_of(config.start, "recogniser")
    return model, _inherit(model, charset, parent) + same_lines_again(config, parent)


def same_lines_again(config: TrainConfig | DetectTrainConfig, parent: Model) -> tuple[str, ...]:
    """A remark where `parent` has seen what the recipes will make: sample i depends on nothing
    but the recipe, the seed and i."""
    if parent.spec.trained.get("seed") != config.seed or not any(e.synth for e in config.data):
        return ()
    return (f"{parent.spec.name} was trained with seed {config.seed} too: recipes that it shares "
            "make the same samples again; another seed makes new ones",)


def _inherit(model: Recogniser, charset: Charset, parent: Model) -> tuple[str, ...]:
    """Copy what fits from `parent`: rows of classes by character, all else by name and shape."""
    path = Path(parent.folder) / "weights.safetensors"
    if not path.exists():
        raise ModelError(f"{parent.folder}: no weights.safetensors to start from")
    depths = parent.spec.architecture.blocks, model.architecture.blocks
    moved = moved_blocks(*depths)
    theirs = at_depth(load_file(path), moved)
    old = Charset(parent.spec.charset)
    mapping = charset.mapping_from(old)
    here = torch.tensor(list(mapping))
    there = torch.tensor([mapping[i] for i in mapping])
    mine = model.state_dict()
    left = []
    for name, value in mine.items():
        other = theirs.get(name)
        if other is not None and name in CLASS_ROWS and other.shape[1:] == value.shape[1:]:
            value[here] = other[there].to(value.dtype)
        elif other is not None and other.shape == value.shape:
            value.copy_(other)
        else:
            left.append(name)
    # relu(x + 0) = x: blocks that the parent has not begin by changing nothing
    for index in set(range(sum(depths[1]))) - set(moved.values()) if moved else ():
        left = [name for name in left if not name.startswith(f"encoder.stages.{index}.")]
        mine[f"encoder.stages.{index}.norm2.weight"].zero_()
    model.load_state_dict(mine)
    added = [c for c in charset.chars if c not in old]
    dropped = [c for c in old.chars if c not in charset]
    remarks = [f"starts from {parent.spec.name}: {len(mapping) - 1} characters kept"]
    if added:
        remarks.append(f"new characters, learnt from nothing: {''.join(added)}")
    if dropped:
        remarks.append(f"{len(dropped)} characters dropped: {''.join(dropped)[:80]}")
    if left:
        remarks.append(f"{len(left)} tensors differ in shape and start from nothing")
    if moved and depths[1] != depths[0]:
        remarks.append(f"residual blocks {list(depths[0])} become {list(depths[1])}: new ones "
                       "start as the identity")
    return tuple(remarks)


def moved_blocks(old: tuple[int, ...], new: tuple[int, ...]) -> dict[int, int]:
    """Numbers of the residual blocks of a net with `old` ones a stage in one with `new` ones.

    Blocks are numbered through all stages; those of a stage keep their order, and where there are
    fewer of them now the last ones are left out. None where the numbers of stages differ.
    """
    if len(old) != len(new):
        return {}
    return {sum(old[:i]) + j: sum(new[:i]) + j
            for i in range(len(new)) for j in range(min(old[i], new[i]))}


def at_depth(tensors: dict[str, torch.Tensor], moved: dict[int, int]) -> dict[str, torch.Tensor]:
    """A net's weights under the names that its residual blocks have in another one; all as they
    are where none is `moved`."""
    if not moved:
        return tensors
    prefix = "encoder.stages."
    renamed = {}
    for name, value in tensors.items():
        if name.startswith(prefix):
            index, _, rest = name.removeprefix(prefix).partition(".")
            if int(index) not in moved:
                continue
            name = f"{prefix}{moved[int(index)]}.{rest}"
        renamed[name] = value
    return renamed
