"""Configuration errors, word for word: what is wrong, where, and what was probably meant."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from deeptext_cli.config import Strict, apply_overrides, dump_yaml, load_config, parse_config
from deeptext_cli.config.model import Architecture, ModelSpec
from deeptext_cli.config.training import TrainConfig
from deeptext_cli.errors import ConfigError


class Rate(Strict):
    start: float = Field(0.1, gt=0, le=1)
    kind: Literal["linear", "cosine"] = "linear"


class Source(Strict):
    path: str
    weight: float = Field(1.0, gt=0)


class Run(Strict):
    name: str
    steps: int = Field(100, ge=1)
    rate: Rate = Rate()
    sources: tuple[Source, ...] = ()
    extra: Rate | None = None
    by_name: dict[str, Source] = Field(default_factory=dict)


GOOD = """\
name: x
steps: 5
rate:
  start: 0.5
sources:
  - path: a
  - path: b
    weight: 2
"""


@pytest.mark.parametrize(("text", "message"), [
    # unknown keys: at the top, one level down, in a list, behind None-or-group, in a mapping
    ("name: x\nSteps: 5\n", "c.yaml:2: unknown key 'Steps' (did you mean 'steps'?)"),
    ("name: x\nstep: 5\n", "c.yaml:2: unknown key 'step' (did you mean 'steps'?)"),
    ("name: x\nrate:\n  begin: 1\n  stat: 0.5\n",
     "c.yaml:3: unknown key 'rate.begin'; 1 more (valid here: kind, start)"),
    ("name: x\nrate:\n  stat: 0.5\n", "c.yaml:3: unknown key 'rate.stat' (did you mean 'start'?)"),
    ("name: x\nsources:\n  - path: a\n  - path: b\n    wieght: 2\n",
     "c.yaml:5: unknown key 'sources.1.wieght' (did you mean 'weight'?)"),
    ("name: x\nextra:\n  kid: linear\n",
     "c.yaml:3: unknown key 'extra.kid' (did you mean 'kind'?)"),
    ("name: x\nby_name:\n  one: {path: a, wait: 1}\n",
     "c.yaml:3: unknown key 'by_name.one.wait' (did you mean 'weight'?)"),
    ("name: x\nstart: 1\n",
     "c.yaml:2: unknown key 'start' (did you mean 'rate.start' or 'extra.start'?)"),
    ("name: x\nzzz: 1\n", "c.yaml:2: unknown key 'zzz' "
     "(valid here: by_name, extra, name, rate, sources, steps)"),
    # an unknown key goes first: it explains a missing one
    ("nmae: x\n", "c.yaml:1: unknown key 'nmae'; 1 more (did you mean 'name'?)"),
    # wrong types
    ("name: x\nsteps: many\n", "c.yaml:2: key 'steps': input should be a valid integer, unable to "
     "parse string as an integer, got 'many'"),
    ("name: [x]\n", "c.yaml:1: key 'name': input should be a valid string"),
    ("name: x\nrate: fast\n", "c.yaml:2: key 'rate': input should be a valid dictionary or "
     "instance of Rate, got 'fast'"),
    ("name: x\nrate:\n  kind: quadratic\n", "c.yaml:3: key 'rate.kind': input should be 'linear' "
     "or 'cosine', got 'quadratic'"),
    # out of range
    ("name: x\nsteps: 0\n",
     "c.yaml:2: key 'steps': input should be greater than or equal to 1, got 0"),
    ("name: x\nsources:\n  - path: a\n    weight: -1\n",
     "c.yaml:4: key 'sources.0.weight': input should be greater than 0, got -1"),
    # required
    ("steps: 3\n", "c.yaml: key 'name' is required"),
    ("name: x\nsources:\n  - weight: 2\n", "c.yaml:3: key 'sources.0.path' is required"),
    # no YAML, or not of our form
    ("- name\n", "c.yaml:1: expected a mapping of keys to values"),
    ("name: x\nsteps: 1\nname: y\n",
     "c.yaml:3: key 'name' occurs twice (it is given in line 1 already)"),
    ("name: x\nrate: {start: 1, start: 0.2}\n",
     "c.yaml:2: key 'start' occurs twice (it is given in line 2 already)"),
    ("", "c.yaml: key 'name' is required"),
])
def test_messages(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, Run, source="c.yaml")
    assert str(caught.value) == message
    assert caught.value.exit_code == 2


def test_what_is_no_yaml_is_told_with_its_line() -> None:
    """In the words of whichever parser PyYAML was built with."""
    with pytest.raises(ConfigError, match=r"^c\.yaml:2: not valid YAML: mapping values"):
        parse_config("name: x\n  steps: 3\n", Run, source="c.yaml")


@pytest.mark.parametrize(("override", "message"), [
    ("steps", "--set steps: expected key=value (for example --set optimiser.lr=0.001)"),
    ("=3", "--set =3: expected key=value (for example --set optimiser.lr=0.001)"),
    ("step=3", "c.yaml: unknown key 'step' (did you mean 'steps'?)"),
    ("rate.stat=0.3", "unknown key 'rate.stat' (did you mean 'start'?)"),
    ("steps=many", "--set: key 'steps': input should be a valid integer, unable to parse string "
     "as an integer, got 'many'"),
    ("steps=0", "--set: key 'steps': input should be greater than or equal to 1, got 0"),
    ("name.first=x", "--set name.first=x: name is not a group of keys"),
    ("sources.7.path=c", "--set sources.7.path=c: no list item '7'"),
    ("sources.x.path=c", "--set sources.x.path=c: no list item 'x'"),
    ("sources=[a", "--set sources=[a: value is not valid YAML"),
])
def test_messages_about_overrides(override: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(GOOD, Run, source="c.yaml", overrides=[override])
    assert message.removeprefix("c.yaml: ") in str(caught.value)


def test_overrides_reach_everywhere_and_leave_the_rest() -> None:
    run = parse_config(GOOD, Run, overrides=[
        "steps=7", "rate.kind=cosine", "sources.1.weight=3", "extra.start=1", "name=a=b"])
    assert (run.steps, run.name, run.rate) == (7, "a=b", Rate(start=0.5, kind="cosine"))
    assert run.sources == (Source(path="a"), Source(path="b", weight=3))
    assert run.extra == Rate(start=1)


def test_apply_overrides_changes_a_copy() -> None:
    data = {"a": {"b": [1, 2]}}
    assert apply_overrides(data, ["a.b.0=9"]) == {"a": {"b": [9, 2]}}
    assert data == {"a": {"b": [1, 2]}}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file or directory"):
        load_config(tmp_path / "none.yaml", Run)
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config(tmp_path / "latin.yaml", Run)
    with pytest.raises(ConfigError):
        load_config(tmp_path, Run)


def test_models_are_frozen() -> None:
    run = parse_config(GOOD, Run)
    with pytest.raises(ValidationError, match="frozen"):
        run.steps = 3  # type: ignore[misc]


@given(st.builds(Run, name=st.text(min_size=1, max_size=20), steps=st.integers(1, 10**9),
                 rate=st.builds(Rate, start=st.floats(0.001, 1)),
                 sources=st.lists(st.builds(Source, path=st.text(max_size=9)),
                                  max_size=3).map(tuple)))
def test_what_is_dumped_is_loaded_again(run: Run) -> None:
    assert parse_config(dump_yaml(run), Run) == run


@given(st.text(max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(ConfigError):
        parse_config(text, Run)


@pytest.mark.parametrize(("change", "words"), [
    ("channels: [8, 12]", "2 `channels` but 3 `blocks`"),
    ("attention_heads: 5", "does not divide into 5 `attention_heads`"),
    ("decoder: 30", "does not divide into 4 `decoder_heads`"),
    ("height: 44", "multiple of 8"),
    ("blocks: [1, 0, 1]", "at least 1"),
])
def test_impossible_architectures_are_configuration_errors(change: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_config(change, Architecture)


@pytest.mark.parametrize(("entry", "words"), [
    ("{weight: 1}", "either `path` or `synth`"),
    ("{path: a, synth: b, weight: 1}", "either `path` or `synth`"),
    ("{synth: b}", "needs a `weight`"),
])
def test_data_entries_name_one_source(entry: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_config(f"name: x\ndata: [{entry}]", TrainConfig)


def test_model_yaml_refuses_a_broken_charset() -> None:
    with pytest.raises(ConfigError, match="duplicate"):
        parse_config("name: x\ncharset: abca\n", ModelSpec)


def test_every_setting_says_what_it_does() -> None:
    def undocumented(model: type[Strict]) -> list[str]:
        return [f"{model.__name__}.{name}" for name, f in model.model_fields.items()
                if not f.description]
    import importlib
    import pkgutil

    import deeptext_cli.config as package
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"deeptext_cli.config.{module.name}")
    todo, missing = [Strict], []
    while todo:
        for model in todo.pop().__subclasses__():
            todo.append(model)
            if model.__module__.startswith("deeptext_cli."):
                missing += undocumented(model)
    assert missing == []
