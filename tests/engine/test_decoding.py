"""Options of decoding: what is out of range, and what would do nothing, is said in plain words."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from deeptext_cli.engine.decoding import make_decoder, refuse_idle
from deeptext_cli.engine.models import Model, find_model
from deeptext_cli.errors import UsageError


@pytest.fixture(scope="module")
def model() -> Model:
    return find_model("print")


@pytest.mark.parametrize(("changes", "says"), [
    ({"decoder": "foo"}, "--decoder foo: should be 'greedy' or 'beam'"),
    ({"length": "x"}, "--length x: length must be a number or a range such as 4-6"),
    ({"reject": "XX"}, "--reject XX: should have at most 1 character"),
    ({"beam_width": 0}, "--beam-width 0: should be greater than or equal to 1")])
def test_what_is_out_of_range(model: Model, changes: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError) as e:
        make_decoder(model, changes)
    assert e.value.message == says


@pytest.mark.parametrize(("changes", "remedy"), [
    ({"reject": "X"}, "give --min-confidence"),
    ({"reject": "X", "min_confidence": 0.0}, "give --min-confidence"),
    ({"lexicon_bias": 2.0}, "give --lexicon"), ({"lexicon_scope": "line"}, "give --lexicon"),
    ({"chars": ""}, "leave --chars out"), ({"pattern": ""}, "leave --pattern out")])
def test_options_that_would_do_nothing(model: Model, changes: dict[str, object], remedy: str,
                                       ) -> None:
    with pytest.raises(UsageError) as e:
        refuse_idle(model, changes)
    assert e.value.remedy == remedy


def test_what_they_need_may_be_the_model_s_default(model: Model, tmp_path: Path) -> None:
    decoding = model.spec.decoding.model_copy(update={"min_confidence": 0.5, "lexicon": "words"})
    tuned = dataclasses.replace(model, spec=model.spec.model_copy(update={"decoding": decoding}))
    given = {"reject": "X", "lexicon_bias": 2.0, "lexicon_scope": "line", "chars": None}
    refuse_idle(tuned, given)
    refuse_idle(model, given | {"min_confidence": 0.5, "lexicon": "words.txt"})
    refuse_idle(model, {})
