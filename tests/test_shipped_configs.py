"""Every YAML under configs/ is valid for the command it is for."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from support import ROOT, run_cli

from deeptext_cli.config.base import Strict, load_config
from deeptext_cli.config.training import TrainConfig

CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))


def model_of(path: Path) -> type[Strict]:
    """The model that the command for this file loads it with."""
    folder = path.relative_to(ROOT / "configs").parts[0]
    keys = yaml.safe_load(path.read_text("utf-8"))
    if folder == "synth" and "pages" in path.name:
        from deeptext_cli.config.synth_pages import PagesRecipe
        return PagesRecipe
    if folder == "synth":
        from deeptext_cli.config.synth import SynthRecipe
        return SynthRecipe
    if folder == "augment":
        from deeptext_cli.config.augment import AugmentConfig
        return AugmentConfig
    if folder == "lm":
        from deeptext_cli.config.lm import LmSpec
        return LmSpec
    if "kinds" in keys:
        from deeptext_cli.config.kinds import KindsConfig
        return KindsConfig
    if keys.get("kind") == "detector":
        from deeptext_cli.config.detection import DetectTrainConfig
        return DetectTrainConfig
    return TrainConfig


def test_there_are_configs() -> None:
    assert ROOT / "configs" / "captcha.yaml" in CONFIGS


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: str(p.relative_to(ROOT / "configs")))
def test_loads(path: Path) -> None:
    loaded = load_config(path, model_of(path))
    if isinstance(loaded, TrainConfig):
        resolved = loaded.resolved_against(path.parent)
        for entry in resolved.data:
            assert entry.synth is None or Path(entry.synth).is_file(), entry.synth
            if entry.augment:
                from deeptext_cli.config.augment_presets import preset
                preset(entry.augment)


def test_captcha_states_only_its_differences_from_the_defaults() -> None:
    """A value equal to the default hides which values were chosen on purpose."""
    path = ROOT / "configs" / "captcha.yaml"
    given = yaml.safe_load(path.read_text("utf-8"))
    same = [key for key, value in given.items()
            if not (f := TrainConfig.model_fields[key]).is_required() and value == f.default]
    for group in ("model", "loss", "optimiser"):
        defaults = TrainConfig.model_fields[group].default_factory()  # type: ignore[misc, call-arg]
        same += [f"{group}.{k}" for k, v in given.get(group, {}).items()
                 if v == (list(d) if isinstance(d := getattr(defaults, k), tuple) else d)]
    assert same == []


def test_a_wrong_config_is_exit_code_2_and_one_line(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("name: x\ndata:\n  - path: d\nmodel:\n  hieght: 32\n")
    done = run_cli("train", "-c", path, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (f"deeptext: {path}:5: unknown key 'model.hieght' "
                           "-- did you mean 'height'?\n")
    assert done.stdout == ""
    done = run_cli("train", "-c", path, "--set", "model.hieght=3", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
