"""The training loop: what it measures, keeps, resumes, inherits, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="training needs torch")

from safetensors.torch import load_file  # noqa: E402
from support import DIGITS, TINY_MODEL, draw_line, tiny_settings, write_set  # noqa: E402

from deeptext_cli.config.decode import DecodeOptions  # noqa: E402
from deeptext_cli.config.training import DataEntry, TrainConfig  # noqa: E402
from deeptext_cli.data.dataset import LineDataset, LineDatasetWriter  # noqa: E402
from deeptext_cli.data.images import encode_png  # noqa: E402
from deeptext_cli.engine.fine_tune import fine_tune_defaults, run_name  # noqa: E402
from deeptext_cli.engine.models import find_model, save_spec  # noqa: E402
from deeptext_cli.engine.run_data import measured_lines  # noqa: E402
from deeptext_cli.engine.samples import SampleStream  # noqa: E402
from deeptext_cli.engine.setup import (  # noqa: E402
    at_depth,
    initial_model,
    moved_blocks,
    training_charset,
)
from deeptext_cli.engine.train_events import (  # noqa: E402
    Evaluated,
    Finished,
    Progress,
    Started,
    TrainEvent,
)
from deeptext_cli.engine.trainer import Trainer, decoder_weight  # noqa: E402
from deeptext_cli.engine.training import export_run, train  # noqa: E402
from deeptext_cli.engine.training_loop import refuse_another_net  # noqa: E402
from deeptext_cli.engine.validation import load_val_sets, score, val_entries  # noqa: E402
from deeptext_cli.errors import (  # noqa: E402
    ConfigError,
    ModelError,
    TrainingError,
    UsageError,
)
from deeptext_cli.text import Charset  # noqa: E402


def config_of(data: Path, /, **changes: Any) -> TrainConfig:
    short = {"steps": 12, "eval_every": 4, "checkpoint_every": 6, "batch": 2} | changes
    return TrainConfig.model_validate(tiny_settings(data, **short))


def log_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set for runs that need not learn."""
    return write_set(tmp_path_factory.mktemp("few") / "few", 40, 8)


def test_it_learns(tiny_run: Path, tiny_set: Path) -> None:
    """From reading nothing to reading nearly all: CER before and after."""
    config = TrainConfig.model_validate(tiny_settings(tiny_set))
    charset = training_charset(config)
    torch.manual_seed(0)
    model, _ = initial_model(config, charset)
    sets = load_val_sets(config)
    before = score(model, sets, charset).cer
    model.load_state_dict(load_file(tiny_run / "best.safetensors"))
    after = score(model, sets, charset)
    assert before > 0.9
    assert after.cer < 0.1
    rows = log_of(tiny_run)
    assert after.cer == min(r["val_cer"] for r in rows if "val_cer" in r)


def test_events_and_log_tell_the_course(tiny_run: Path) -> None:
    rows = log_of(tiny_run)
    progress = [r for r in rows if "loss" in r]
    assert [r["step"] for r in progress] == list(range(20, 251, 20))
    assert {"ctc", "shortcut", "decoder", "lr", "norm", "lines_per_second", "seconds",
            "lines"} <= progress[0].keys()
    assert progress[-1]["loss"] < 0.5 * progress[0]["loss"]
    assert [r["step"] for r in rows if "val_cer" in r] == [125, 250]


def test_every_event_comes_in_its_turn(few: Path, tmp_path: Path) -> None:
    events: list[TrainEvent] = []
    result = train(config_of(few, steps=20, eval_every=10), folder=tmp_path / "r",
                   listener=events.append)
    assert [type(e) for e in events] == [Started, Evaluated, Progress, Evaluated, Finished]
    assert result.finished.reason == "all steps done"
    assert result.finished.lines == log_of(tmp_path / "r")[-1]["lines"] > 0
    assert result.agreement is not None
    assert result.agreement.lines == 8


def test_two_runs_are_one(few: Path, tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    for folder in (a, b):
        Trainer(config_of(few), folder).run()
    assert (a / "best.safetensors").read_bytes() == (b / "best.safetensors").read_bytes()
    other = tmp_path / "c"
    Trainer(config_of(few, seed=5), other).run()
    assert (a / "best.safetensors").read_bytes() != (other / "best.safetensors").read_bytes()


def test_early_stopping_and_a_resume_after_it(few: Path, tmp_path: Path) -> None:
    config = config_of(few, steps=400, eval_every=2, patience=3,
                       optimiser={"lr": 1e-7, "warmup": 0})  # never gets better
    finished = Trainer(config, tmp_path).run()
    assert finished.reason.startswith("early stopping")
    assert finished.step == 8  # the first measurement is the best, three more are not better
    again = Trainer(config, tmp_path, resume=True).run()
    assert (again.reason, again.step) == (finished.reason, 8)


def test_ctrl_c_ends_after_the_step_with_a_checkpoint(few: Path, tmp_path: Path) -> None:
    def interrupt(event: TrainEvent) -> None:
        if isinstance(event, Evaluated):
            os.kill(os.getpid(), signal.SIGINT)
    before = signal.getsignal(signal.SIGINT)
    result = train(config_of(few, steps=1000), folder=tmp_path, listener=interrupt)
    assert result.finished.interrupted
    assert result.model is None
    assert result.finished.step == 4
    assert (tmp_path / "checkpoint.safetensors").exists()
    assert signal.getsignal(signal.SIGINT) is before


def test_an_old_run_is_kept_unless_told_otherwise(few: Path, tmp_path: Path) -> None:
    Trainer(config_of(few), tmp_path).run()
    with pytest.raises(UsageError, match="holds a run already") as caught:
        Trainer(config_of(few), tmp_path)
    assert "--resume" in str(caught.value.remedy)
    trainer = Trainer(config_of(few), tmp_path, fresh=True)
    assert trainer.step == 0
    assert log_of(tmp_path) == []
    # killed before its first checkpoint, a fresh run must not be resumed as the old one
    assert not (tmp_path / "checkpoint.safetensors").exists()
    assert not (tmp_path / "best.safetensors").exists()


def test_resuming_says_what_changed(few: Path, tmp_path: Path) -> None:
    Trainer(config_of(few), tmp_path).run()
    trainer = Trainer(config_of(few, steps=16, seed=3), tmp_path, resume=True)
    assert trainer.step == 12
    assert trainer.remarks == ("changed since the checkpoint: steps was 12, is 16",
                               "changed since the checkpoint: seed was 0, is 3")
    assert trainer.run().step == 16
    fresh = Trainer(config_of(few), tmp_path / "none", resume=True)
    assert "begins anew" in fresh.remarks[0]


@pytest.mark.parametrize(("changes", "said"), [
    ({"model": TINY_MODEL | {"height": 24, "channels": [12, 16, 20, 24], "blocks": [1, 1, 1, 1]}},
     "model.height was 16, is 24; model.channels was"),
    ({"widen": 4.0}, "widen was 0.0, is 4.0"), ({"polarity": "dark"}, "polarity was 'auto'"),
    ({"band": False}, "band was True"), ({"width_multiple": 32}, "width_multiple was 16"),
    ({"charset": "latin"}, "charset was 'data'"), ({"start": "print"}, "start was None")])
def test_a_run_is_not_gone_on_with_for_another_net_or_input(
        few: Path, tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    Trainer(config_of(few), tmp_path).run()
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(UsageError, match=said) as caught:
        Trainer(config_of(few, **changes), tmp_path, resume=True)
    assert "--fresh" in str(caught.value.remedy)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_what_does_not_change_the_net_may_change(few: Path, tmp_path: Path) -> None:
    Trainer(config_of(few), tmp_path).run()
    changed = config_of(few, look_again=0.5, patience=4, eval_every=5, batch=3,
                        optimiser={"lr": 1e-4})
    changed = changed.model_copy(update={"data": (DataEntry(path=str(few), weight=2.0),)})
    assert Trainer(changed, tmp_path, resume=True).step == 12


def test_a_setting_that_the_checkpoint_does_not_know_is_no_change(few: Path) -> None:
    before = config_of(few).model_dump(mode="json")
    del before["widen"]
    del before["model"]["decoder_heads"]
    refuse_another_net(before, config_of(few), Path("runs/few"))


def test_a_start_that_fails_leaves_an_old_run_as_it_was(few: Path, tmp_path: Path) -> None:
    Trainer(config_of(few), tmp_path).run()
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(UsageError, match="no split 'none'"):
        Trainer(config_of(few, val=[{"path": str(few), "split": "none"}]), tmp_path, fresh=True)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_log_cut_short_by_a_kill_is_no_obstacle(few: Path, tmp_path: Path) -> None:
    Trainer(config_of(few), tmp_path).run()
    rows = log_of(tmp_path)
    with open(tmp_path / "metrics.jsonl", "a") as f:
        f.write('{"step": 99, "loss": 1}\n{"step": 1')
    Trainer(config_of(few), tmp_path, resume=True)
    assert log_of(tmp_path) == rows


def test_a_loss_that_is_never_finite_ends_the_run(few: Path, tmp_path: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deeptext_cli.engine.training_loop.clip_gradients",
                        lambda p, limit: float("nan"))
    before = {}

    def remember(event: TrainEvent) -> None:
        if isinstance(event, Started):
            before.update({k: v.clone() for k, v in trainer.model.named_parameters()})
    trainer = Trainer(config_of(few, steps=200, eval_every=1000), tmp_path, listener=remember)
    with pytest.raises(TrainingError, match="not finite") as caught:
        trainer.run()
    assert "optimiser.lr" in str(caught.value.remedy)
    assert trainer.step == 49
    assert all(torch.equal(v, before[k]) for k, v in trainer.model.named_parameters())


def test_one_batch_that_is_not_finite_leaves_no_trace(few: Path, tmp_path: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the weights nor in the statistics of the batches, nor in their average."""
    from deeptext_cli.engine.trainer import to_input
    batches = []

    def spoilt(images: Any) -> Any:
        batches.append(images)
        return to_input(images) * (torch.inf if len(batches) == 6 else 1)
    monkeypatch.setattr("deeptext_cli.engine.trainer.to_input", spoilt)
    trainer = Trainer(config_of(few), tmp_path)
    trainer.run()
    assert len(batches) == trainer.step == 12
    for tensors in (trainer.model.state_dict(), trainer.state.average.shadow,
                    load_file(tmp_path / "best.safetensors")):
        assert [k for k, v in tensors.items() if not v.isfinite().all()] == []


def test_l1_pulls_weights_to_zero(few: Path, tmp_path: Path) -> None:
    sizes = []
    for l1 in (0.0, 0.01):
        trainer = Trainer(config_of(few, loss={"l1": l1}), tmp_path / str(l1))
        trainer.run()
        sizes.append(sum(p.abs().sum().item() for p in trainer.model.parameters() if p.ndim > 1))
    assert sizes[1] < 0.98 * sizes[0]


def test_the_decoder_s_weight_falls_over_the_last_fifth() -> None:
    config = config_of(Path("x"), steps=100, loss={"decoder": 0.5, "decoder_final": 0.1})
    assert decoder_weight(0, config) == decoder_weight(80, config) == 0.5
    assert decoder_weight(90, config) == pytest.approx(0.3)
    assert decoder_weight(100, config) == pytest.approx(0.1)
    off = config_of(Path("x"), loss={"decoder": 0.0})
    assert {decoder_weight(s, off) for s in range(0, 21)} == {0.0}


def test_export_of_a_run_that_goes_on(few: Path, tmp_path: Path) -> None:
    trainer = Trainer(config_of(few), tmp_path / "r")
    trainer.save()
    with pytest.raises(TrainingError, match="nothing measured yet"):
        export_run(config_of(few), tmp_path / "r", tmp_path / "m")
    trainer.run()
    assert export_run(config_of(few), tmp_path / "r", tmp_path / "m").model == tmp_path / "m"
    with pytest.raises(TrainingError):
        export_run(config_of(few), tmp_path / "nowhere", tmp_path / "m")
    other = config_of(few, model=TINY_MODEL | {"rnn": 8})
    with pytest.raises(UsageError, match=r"model\.rnn was 24, is 8"):
        export_run(other, tmp_path / "r", tmp_path / "m")


def test_a_card_keeps_what_people_wrote_about_limits(few: Path, tmp_path: Path) -> None:
    train(config_of(few), folder=tmp_path)
    card = tmp_path / "model" / "CARD.md"
    title, _, rest = card.read_text().partition("\n")
    assert title == "# tiny: lines as in few"
    card.write_text("# tiny: gauges\n" + rest.replace("Not yet written.", "Digits alone."))
    train(config_of(few, seed=2), folder=tmp_path, fresh=True)
    assert "Digits alone." in card.read_text()
    assert card.read_text().startswith("# tiny: gauges\n")
    assert "seed 2" in card.read_text()


def test_fine_tuning_starts_where_the_parent_is(tiny_model: Path, tmp_path: Path) -> None:
    """Known characters keep their rows, new ones are said, and the figures before are given."""
    data = write_set(tmp_path / "more", 30, 10, seed=9)
    config = config_of(data, start=str(tiny_model), steps=4, optimiser={"lr": 1e-6, "warmup": 0})
    events: list[TrainEvent] = []
    result = train(config, folder=tmp_path / "r", listener=events.append)
    assert result.before is not None
    assert result.after is not None
    assert result.before.cer < 0.15  # reads at once what its parent read
    assert result.after.cer < 0.15
    assert isinstance(events[0], Started)
    assert any("characters kept" in r for r in events[0].remarks)


def test_another_charset_moves_the_rows_of_its_characters(tiny_model: Path) -> None:
    charset = Charset("7a301")
    config = config_of(Path("x"), start=str(tiny_model), charset=str(charset))
    model, remarks = initial_model(config, charset)
    theirs, mine = load_file(tiny_model / "weights.safetensors"), model.state_dict()
    old = Charset(DIGITS)
    for name in ("head.weight", "head.bias", "shortcut.weight", "decoder.embed.weight",
                 "decoder.head.bias"):
        assert torch.equal(mine[name][0], theirs[name][0]), name  # the blank
        for c in "7301":
            assert torch.equal(mine[name][charset.encode(c)[0]], theirs[name][old.encode(c)[0]])
    assert torch.equal(mine["encoder.stem.0.weight"], theirs["encoder.stem.0.weight"])
    said = " | ".join(remarks)
    assert "4 characters kept" in said
    assert "new characters, learnt from nothing: a" in said
    assert "4 characters dropped: 2456" in said


def test_a_stage_that_would_make_its_parents_lines_again_says_so(tiny_model: Path) -> None:
    """Lines depend on the recipe, the seed and their number alone."""
    seed = find_model(tiny_model).spec.trained["seed"]
    synth = [{"synth": "configs/synth/words.yaml", "weight": 1}]
    for data, other, said in ((synth, 0, True), (synth, 1, False), ([{"path": "x"}], 0, False)):
        config = config_of(Path("x"), start=str(tiny_model), charset=DIGITS, seed=seed + other)
        config = config.model_copy(update={"data": [DataEntry.model_validate(d) for d in data]})
        _, remarks = initial_model(config, Charset(DIGITS))
        assert any("same samples again" in r for r in remarks) == said


def test_another_size_starts_what_differs_from_nothing(tiny_model: Path) -> None:
    config = config_of(Path("x"), start=str(tiny_model), charset=DIGITS,
                       model=TINY_MODEL | {"rnn": 8})
    _, remarks = initial_model(config, Charset(DIGITS))
    assert any("differ in shape" in r for r in remarks)


@pytest.mark.parametrize("blocks", [[2, 1, 1], [1, 3, 1], [3, 1, 2]])
def test_more_blocks_a_stage_begin_as_the_net_that_they_grow_from(tiny_model: Path,
                                                                 blocks: list[int]) -> None:
    images = torch.rand(2, 1, 16, 64, generator=torch.Generator().manual_seed(1))
    nets = [initial_model(config_of(Path("x"), start=str(tiny_model), charset=DIGITS,
                                    model=TINY_MODEL | {"blocks": b}), Charset(DIGITS))
            for b in ([1, 1, 1], blocks)]
    with torch.no_grad():
        before, after = (net.eval().read(images) for net, _ in nets)
    assert torch.equal(before, after)
    assert any("new ones start as the identity" in r for r in nets[1][1])
    assert not any("differ in shape" in r for r in nets[1][1])


def test_fewer_blocks_a_stage_keep_the_first_ones() -> None:
    tensors = {f"encoder.stages.{i}.w": torch.full((), i) for i in range(5)} | {"b": torch.ones(())}
    fewer = at_depth(tensors, moved_blocks((1, 2, 2), (1, 1, 2)))
    assert {k: int(v) for k, v in fewer.items()} == {
        "encoder.stages.0.w": 0, "encoder.stages.1.w": 1, "encoder.stages.2.w": 3,
        "encoder.stages.3.w": 4, "b": 1}


@pytest.mark.parametrize(("charset", "error", "words"), [
    ("model", ConfigError, "needs `start`"), ("aba", ConfigError, "duplicate")])
def test_charsets_that_cannot_be_had(charset: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        training_charset(config_of(Path("x"), charset=charset))


def test_charsets_that_can(few: Path, tiny_model: Path) -> None:
    assert str(training_charset(config_of(few))) == DIGITS
    assert str(training_charset(config_of(few, charset="model", start=str(tiny_model)))) == DIGITS
    assert str(training_charset(config_of(few, charset="xyz"))) == "xyz"
    assert "ß" in training_charset(config_of(few, charset="latin"))


def test_missing_parents_and_val_sets_are_said_before_any_work(few: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model"):
        train(config_of(few, start="nobody"), folder=tmp_path / "r")
    with pytest.raises(ModelError, match="detect: a detector, not a recogniser"):
        train(config_of(few, start="detect"), folder=tmp_path / "r")
    assert not (tmp_path / "r").exists()
    lone = write_set(tmp_path / "lone", 4, 0)
    with pytest.raises(UsageError, match="no split 'val'"):
        train(config_of(lone), folder=tmp_path / "r2")
    assert not (tmp_path / "r2").exists()


def test_val_sets_of_one_folder_are_told_apart(few: Path) -> None:
    config = config_of(few, val=[{"path": str(few)},
                                 {"path": str(few), "split": "train", "watch_only": True}])
    charset = training_charset(config)
    model, _ = initial_model(config, charset)
    scores = score(model, load_val_sets(config), charset)
    assert {n: c.lines for n, c in scores.by_set.items()} == {str(few): 8, f"{few} (train)": 40}
    assert scores.watched == {f"{few} (train)"}
    assert scores.cer == scores.by_set[str(few)].cer


def defaults(data: Path, start: Path | None, asked: dict[str, Any] | None = None) -> TrainConfig:
    import yaml
    return TrainConfig.model_validate(yaml.safe_load(fine_tune_defaults(
        [data], str(start) if start else None, asked)) | (asked or {}))


def test_defaults_without_a_configuration(few: Path, tiny_model: Path) -> None:
    scratch, tuned = defaults(few, None), defaults(few, tiny_model)
    assert scratch.name == tuned.name == "few"
    assert tuned.model.rnn == TINY_MODEL["rnn"]
    assert tuned.width_multiple == 16
    assert tuned.steps < scratch.steps
    assert tuned.optimiser.lr < scratch.optimiser.lr


def with_decoding(model: Path, to: Path, **decoding: object) -> Path:
    """A copy of a model that decodes otherwise."""
    shutil.copytree(model, to)
    spec = find_model(model).spec
    save_spec(to, spec.model_copy(update={"decoding": DecodeOptions.model_validate(decoding)}))
    return to


def test_a_model_from_another_decodes_as_it_does(few: Path, tiny_model: Path, tmp_path: Path,
                                                 ) -> None:
    how = {"decoder": "beam", "beam_width": 40, "unsure_below": 0.7, "lm": "auto", "lm_weight": 0.7,
           "length_bonus": 2.1, "rescore": 0.3,
           "calibrator": {"kind": "logistic", "scale": 0.5, "shift": 0.1}}
    parent = with_decoding(tiny_model, tmp_path / "parent", **how)
    assert defaults(few, parent).decoding == DecodeOptions.model_validate(how)
    codes = defaults(few, parent, {"charset": "data"}).decoding  # no language has a say in codes
    assert (codes.decoder, codes.lm, codes.length_bonus, codes.rescore) == ("beam", None, None, 0.3)
    net = TINY_MODEL | {"decoder": 0}  # none to ask
    alone = defaults(few, parent, {"model": net}).decoding
    assert (alone.decoder, alone.lm, alone.rescore) == ("beam", "auto", 0.0)
    neither = defaults(few, parent, {"model": net, "charset": "data"}).decoding
    assert (neither.decoder, neither.lm, neither.rescore) == ("greedy", None, 0.0)
    assert defaults(few, None).decoding == DecodeOptions()


def test_constraints_stay_where_the_labels_keep_to_them(few: Path, tiny_model: Path,
                                                        tmp_path: Path) -> None:
    for pattern, kept in (("[0-7]{2,4}", "[0-7]{2,4}"), ("[0-7]{2,3}", None)):
        parent = with_decoding(tiny_model, tmp_path / pattern, pattern=pattern)
        assert defaults(few, parent).decoding.pattern == kept
        assert defaults(few, parent, {"charset": "data"}).decoding.pattern is None


def test_figures_before_and_after_are_those_of_reading(tiny_model: Path, tmp_path: Path) -> None:
    """As `eval` gives them: with what either model makes of a constraint, too."""
    from deeptext_cli.engine.evaluator import EvalOptions, evaluate
    data = write_set(tmp_path / "more", 8, 12, seed=9)
    parent = with_decoding(tiny_model, tmp_path / "parent", pattern="7")
    config = config_of(data, start=str(parent), steps=1, eval_every=1,
                       optimiser={"lr": 1e-9, "warmup": 0})
    result = train(config, folder=tmp_path / "r")
    assert result.before is not None
    assert result.after is not None
    for model, scores in ((parent, result.before), (tmp_path / "r/model", result.after)):
        figures = evaluate(EvalOptions(model=str(model), data=[str(data)]))
        assert scores.by_set[str(data)] == figures.summary.counts
    assert result.before.cer > 0.5 > result.after.cer
    assert f"| {100 * result.after.cer:.2f} |" in (tmp_path / "r/model/CARD.md").read_text()


def test_the_parent_is_measured_before_the_new_model_takes_its_place(
        few: Path, tiny_model: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(tiny_model, tmp_path / "m"))
    config = config_of(few, start=str(model), charset="model", steps=4,
                       optimiser={"lr": 0.5, "warmup": 0})  # ruins it
    result = train(config, folder=tmp_path / "r", output=model)
    assert result.before is not None
    assert result.after is not None
    assert result.before.cer < 0.2 < result.after.cer


def test_a_language_model_that_is_not_there_is_said_before_any_work(few: Path, tmp_path: Path,
                                                                    ) -> None:
    with pytest.raises(ModelError, match="nobody"):
        train(config_of(few, decoding={"decoder": "beam", "lm": "nobody"}), folder=tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_a_set_of_one_line_needs_more_lines(tmp_path: Path) -> None:
    one = write_set(tmp_path / "one", 1, 0)
    with pytest.raises(UsageError, match="a single line") as caught:
        train(config_of(one), folder=tmp_path / "r")
    assert "label more lines" in str(caught.value.remedy)


def test_names_of_sets_become_names_of_runs() -> None:
    names = {"data/my plates 2024": "my-plates-2024", "data/d/": "d", "ä+b": "ä-b"}
    assert {d: run_name([Path(d)]) for d in names} == names


def test_lines_that_another_set_measures_on_are_not_trained_on(tmp_path: Path) -> None:
    a = write_set(tmp_path / "a", 10, 6, seed=1)
    data = LineDataset(a, "val")
    with LineDatasetWriter(tmp_path / "b", name="b") as out:
        for i in range(4):
            out.add("train", *data[i], key=f"{i}")
        for text in ("012", "345"):
            out.add("train", encode_png(draw_line(text)), text, key=text)
            out.add("val", encode_png(draw_line(text + "6")), text + "6", key=text)
    b = tmp_path / "b"
    config = config_of(a, data=[{"path": str(a)}, {"path": str(b)}])
    trainer = Trainer(config, tmp_path / "r")
    assert trainer.remarks == (f"not trained on, because other sets measure on the same images: "
                               f"4 of {b}",)
    stream = SampleStream(config, trainer.charset, measured_lines(config, val_entries(config)))
    seen = {trainer.charset.decode(s.classes) for s in map(stream, range(2000)) if s}
    own = LineDataset(a, "train")
    assert seen == {"012", "345"} | {own.label(i) for i in range(10)}
    assert Trainer(config_of(a), tmp_path / "r2").remarks == ()  # `prepare` has looked at one set
    with pytest.raises(UsageError, match="every image"):
        Trainer(config_of(a, data=[{"path": str(b), "split": "val"}],
                          val=[{"path": str(a)}, {"path": str(shutil.copytree(b, tmp_path / "c"))}],
                          ), tmp_path / "r3")


def test_a_run_that_goes_on_says_which_sets_were_prepared_anew(tmp_path: Path) -> None:
    data = write_set(tmp_path / "d", 10, 2)
    trainer = Trainer(config_of(data), tmp_path / "r")
    trainer.save()
    assert Trainer(config_of(data), tmp_path / "r", resume=True).remarks == ()
    write_set(data, 10, 2, seed=5)
    again = Trainer(config_of(data), tmp_path / "r", resume=True)
    assert again.remarks == (f"{data} has changed since the checkpoint: it was prepared anew",)
    monkey = again._meta
    again._meta = lambda: {k: v for k, v in monkey().items() if k != "checksums"}  # type: ignore[method-assign]
    again.save()  # as checkpoints were that know of none
    assert Trainer(config_of(data), tmp_path / "r", resume=True).remarks == ()


def test_two_processes_never_train_in_one_run(tmp_path: Path, tiny_set: Path) -> None:
    from deeptext_cli.engine.run_shell import run_lock
    from deeptext_cli.errors import UsageError
    folder = tmp_path / "run"
    config = TrainConfig.model_validate(tiny_settings(tiny_set, steps=1))
    with run_lock(folder), pytest.raises(UsageError, match="is being trained by another process"):
        train(config, folder=folder)
    assert not folder.exists()


def test_steps_follow_from_the_amount_of_data(few: Path, tiny_set: Path, tiny_model: Path,
                                              tmp_path: Path,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    """Few lines: no fewer steps than it takes; many: no more than minutes; measured often."""
    monkeypatch.setattr("deeptext_cli.engine.fine_tune.FEWEST_STEPS", 3)
    lines = {d: defaults(d, tiny_model) for d in (few, tiny_set)}
    seen = {d: c.steps * c.batch for d, c in lines.items()}
    assert seen[tiny_set] == pytest.approx(6 * seen[few], rel=0.1)  # 240 lines and 40, alike
    assert all(c.steps // 13 <= c.eval_every <= c.steps // 12 for c in lines.values())
    assert {c.val[0].path for c in lines.values()} == {str(few), str(tiny_set)}
    monkeypatch.setattr("deeptext_cli.engine.fine_tune.FEWEST_STEPS", 300)
    assert defaults(few, tiny_model).steps == 300
    monkeypatch.setattr("deeptext_cli.engine.fine_tune.FINE_TUNE_LINES", 320)
    assert [defaults(d, tiny_model).steps for d in (few, tiny_set)] == [20, 10]


def test_line_area_is_in_lines_of_320_pixels(tmp_path: Path) -> None:
    from deeptext_cli.engine.fine_tune import line_area
    with LineDatasetWriter(tmp_path / "d", name="d") as out:
        out.add("train", encode_png(draw_line("0")[:20]), "0", key="a")
        out.add("train", b"no image", "1", key="b")
    data = LineDataset(tmp_path / "d", "train")
    width = draw_line("0").shape[1]
    assert line_area(data, 40) == pytest.approx(width / 20 * 40 / 320)


def test_of_equal_measurements_the_last_is_kept(few: Path, tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    """Few val lines often tie, and later weights have seen a lower rate."""
    from deeptext_cli.engine.validation import Scores
    from deeptext_cli.metrics.text_metrics import TextCounts, measure
    trainer = Trainer(config_of(few, patience=2), tmp_path)
    saved: list[int] = []
    same: TextCounts = measure([("ab", "ac")])
    monkeypatch.setattr("deeptext_cli.engine.trainer.score",
                        lambda *a: Scores({"x": same}, frozenset()))
    monkeypatch.setattr("deeptext_cli.engine.training_loop.save_weights",
                        lambda path, model: saved.append(trainer.step))
    finished = trainer.run()
    assert saved == [4, 8, 12]
    assert finished.reason.startswith("early stopping")  # a tie is no gain


def test_as_good_as_can_be_is_no_reason_to_stop(few: Path, tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    """Few val lines are soon read without an error, long before all there is to learn is learnt."""
    from deeptext_cli.engine.validation import Scores
    from deeptext_cli.metrics.text_metrics import measure
    trainer = Trainer(config_of(few, patience=1), tmp_path)
    monkeypatch.setattr("deeptext_cli.engine.trainer.score",
                        lambda *a: Scores({"x": measure([("ab", "ab")])}, frozenset()))
    assert trainer.run().reason == "all steps done"
