"""The training loop: learns, resumes to the bit, stops when asked, refuses what cannot work."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from cxr_lens.training.errors import RequestError
from cxr_lens.training.films.augmentation import Augmentation, adjust, draw_warps, warp
from cxr_lens.training.films.batches import Batch, build_batch, epoch_order, feed, gather, step_generator
from cxr_lens.training.films.film_pixels import StoredFilms
from cxr_lens.training.films.training_set import FilmSet, TrainingSet, load_training_set
from cxr_lens.training.fine_tuning.adapters import load_adapter
from cxr_lens.training.fine_tuning.distributed import World
from cxr_lens.training.fine_tuning.finetune import Interrupted, Run
from cxr_lens.training.fine_tuning.losses import masked_bce
from cxr_lens.training.fine_tuning.recipe import Optimiser, Plateau, Recipe, read_recipe, recipe_parameters
from cxr_lens.training.fine_tuning.run_records import read_steps
from cxr_lens.training.fine_tuning.run_state import RunPlace
from cxr_lens.training.fine_tuning.starting import fresh_config, shift_bias, start_network
from cxr_lens.training.fine_tuning.train_command import StopSignal, train
from cxr_lens.training.models.checkpoints import load_checkpoint
from cxr_lens.training.models.classifier import normalise
from cxr_lens.training.models.config import Preprocessing
from cxr_lens.training.models.families import load_pair
from cxr_lens.training.models.networks import build_network
from PIL import Image

LABELS = ("Cardiomegaly", "Pleural Effusion")
RECIPE = {
    "name": "toy/x",
    "family": "toy",
    "arch": "timm:resnet18",
    "arch_args": {"channels": [8, 8, 16, 16], "output_stride": 16},
    "labels": list(LABELS),
    "preprocessing": {"size": 32},
    "sources": [{"table": "toy/train.csv", "kind": "real"}],
    "policy": {"blank": "ignore"},
    "holdout": 0.25,
    "epochs": 3,
    "batch": 16,
    "optimiser": {"lr": 0.01, "warmup_epochs": 0.5},
    "ema": 0.9,
    "bf16": False,
    "augmentation": {"rotate": 5, "shift": 0.03, "scale": 0.05, "contrast": 0.1, "noise": 0.02, "cutout": 0.2},
    "box_weight": 0.05,
    "seed": 7,
}


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Networks this small lose more to waiting threads than they gain, above all on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films on which the upper half's brightness is Cardiomegaly and the lower right's is Pleural Effusion."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    rows, boxes = ["Path," + ",".join(LABELS)], ["Path,Finding,x1,y1,x2,y2"]
    for i in range(96):
        upper, lower = rng.integers(0, 2, 2)
        pixels = rng.integers(60, 90, (40, 40))
        pixels[:18, :] += 90 * upper
        pixels[22:, 22:] += 90 * lower
        path = f"toy/train/patient{i // 2:03}/study{i % 2}/view1_frontal.png"
        (folder / path).parent.mkdir(parents=True)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / path)
        rows.append(f"{path},{upper},{lower}")
        if lower:
            boxes.append(f"{path},Pleural Effusion,22,22,40,40")
    (folder / "toy" / "train.csv").write_text("\n".join(rows) + "\n")
    (folder / "toy" / "boxes.csv").write_text("\n".join(boxes) + "\n")
    return folder


def recipe(**changes: object) -> Recipe:
    return Recipe.model_validate({**RECIPE, **changes})


def config_file(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "toy.yaml"
    path.write_text(yaml.safe_dump({**RECIPE, **changes}))
    return path


def begin(root: Path, out: Path, chosen: Recipe | None = None, **more: object) -> Run:
    chosen = chosen or recipe()
    data = load_training_set(chosen, [root], progress=False)
    return Run(chosen, data, out, fresh_config(chosen, data, None), progress=False, **more)  # type: ignore[arg-type]


def test_training_learns_what_is_there_and_leaves_a_whole_checkpoint(root: Path, tmp_path: Path) -> None:
    config = config_file(tmp_path, epochs=6, half=True)
    assert train(["--config", str(config), "--data", str(root), "--out", str(tmp_path / "run")]) == 0
    best = load_checkpoint(tmp_path / "run" / "best")
    assert set(best.config.thresholds) == set(LABELS)
    assert all(t.rule == "youden" and t.positives >= 10 for t in best.config.thresholds.values())
    assert best.config.data_hash
    assert best.config.seed == 7
    assert best.config.label_source == dict.fromkeys(LABELS, "real")
    assert best.config.recipe == "toy.yaml"
    metrics = json.loads((tmp_path / "run" / "best" / "metrics.json").read_text())
    assert metrics["validation"]["real"]["mean_auroc"] > 0.9
    assert metrics["validation"]["real"]["mean_over"] == list(LABELS)
    lines = [json.loads(x) for x in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [x["epoch"] for x in lines] == [1, 2, 3, 4, 5, 6]
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert {"images_per_second", "data_seconds", "validation_real", "lr"} <= set(lines[0])
    assert "not a medical device" in (tmp_path / "run" / "best" / "README.md").read_text()
    assert not list((tmp_path / "run").rglob("*.pt"))


LORA = {"rank": 2, "alpha": 4, "dropout": 0.1, "targets": r"body\.layer.*\.conv\d"}


@pytest.mark.parametrize(
    ("stop_after", "changes"),
    [
        (1, {}),
        (5, {}),
        (7, {"lora": LORA, "box_weight": 0, "optimiser": {"name": "adam", "schedule": "plateau", "clip": None}}),
    ],
)
def test_an_interrupted_run_ends_with_the_same_weights(
    root: Path, tmp_path: Path, stop_after: int, changes: dict[str, object]
) -> None:
    chosen = recipe(**changes)
    begin(root, tmp_path / "whole", chosen).train()
    steps = iter(range(1, 100))
    with pytest.raises(Interrupted):
        begin(root, tmp_path / "parts", chosen, should_stop=lambda: next(steps) == stop_after).train()
    second = begin(root, tmp_path / "parts", chosen)
    second.resume()
    assert second.place.updates == stop_after
    second.train()
    whole, parts = (load_checkpoint(tmp_path / name / "best") for name in ("whole", "parts"))
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, parts.network.state_dict()[name]), name
    logs = [
        [
            {k: v for k, v in json.loads(line).items() if "second" not in k}
            for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()
        ]
        for name in ("whole", "parts")
    ]
    assert logs[0] == logs[1]


def test_an_adapter_run_leaves_both_forms_with_the_scores_it_had(root: Path, tmp_path: Path) -> None:
    chosen = recipe(lora=LORA, box_weight=0, ema=0, epochs=2, select="last")
    run = begin(root, tmp_path / "run", chosen)
    frozen = {k: v.clone() for k, v in run.network.state_dict().items() if "lora_" not in k and ".fc." not in k}
    best = run.train()
    assert all(torch.equal(v, run.network.state_dict()[k]) for k, v in frozen.items())  # batch norm too
    x = torch.rand(4, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    base = build_network(chosen.arch, 2, 1, chosen.arch_args)
    with torch.no_grad():
        trained = run.network.eval()(x)
        torch.testing.assert_close(best.network(x), trained, atol=1e-5, rtol=0)
        base.load_state_dict(start_network(recipe(), None).state_dict())
        torch.testing.assert_close(
            load_adapter(tmp_path / "run" / "best", base).eval()(x), trained, atol=1e-5, rtol=0
        )
    assert best.config.trainable_parameters == recipe_parameters(chosen)[1] < (best.config.total_parameters or 0)


def test_the_head_may_start_at_the_labels_prior(root: Path, tmp_path: Path) -> None:
    chosen = recipe(start_bias="prior", epochs=1, optimiser={"lr": 1e-12}, ema=0, augmentation={}, box_weight=0)
    run = begin(root, tmp_path / "run", chosen)
    frozen = {k: v.clone() for k, v in run.network.named_parameters() if "fc.bias" not in k}
    shift_bias(run.network, run.data, chosen, run.device)
    films = run.data.train[0]
    x = normalise(torch.from_numpy(films.pixels.take(np.arange(len(films)))[0])[:, None] / 255, chosen.preprocessing)
    with torch.no_grad():
        mean = run.network.eval()(x).mean(0)
    prior = torch.from_numpy(films.targets.mean(0))
    torch.testing.assert_close(torch.sigmoid(mean), prior, atol=0.02, rtol=0)
    assert all(torch.equal(v, run.network.get_parameter(k)) for k, v in frozen.items())


def test_random_weights_in_xrvs_input_range_start_with_sensible_logits(root: Path, tmp_path: Path) -> None:
    wide = {"size": 32, "mean": [0.5], "std": [1 / 2048]}
    run = begin(root, tmp_path / "run", recipe(start_bias="prior", preprocessing=wide))
    shift_bias(run.network, run.data, run.recipe, run.device)
    films = run.data.train[0]
    pixels = torch.from_numpy(films.pixels.take(np.arange(len(films)))[0])[:, None] / 255
    with torch.no_grad():
        logits = run.network.eval()(normalise(pixels, run.recipe.preprocessing))
    assert logits.abs().max() < 5


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_compiled_run_learns_the_same(root: Path, tmp_path: Path) -> None:
    losses = []
    for compile_it in (False, True):
        run = begin(root, tmp_path / str(compile_it), recipe(compile=compile_it, epochs=1, box_weight=0))
        run.train()
        losses.append(read_steps(tmp_path / str(compile_it))[-1]["loss"])
    assert losses[0] == pytest.approx(losses[1], abs=1e-3)


def test_two_kept_epochs_of_a_run_are_a_pair(root: Path, tmp_path: Path) -> None:
    begin(root, tmp_path / "run", recipe(epochs=2, keep_epochs=True)).train()
    early, late = (str(tmp_path / "run" / "epochs" / n) for n in ("01", "02"))
    first, second = load_pair(baseline=early, finetuned=late)
    assert first.weights_sha256 != second.weights_sha256
    assert first.name == f"toy/x@{first.weights_sha256[:8]}"


def test_a_full_run_reloads_with_the_scores_it_had(root: Path, tmp_path: Path) -> None:
    run = begin(root, tmp_path / "run", recipe(epochs=1))
    best = run.train()
    x = torch.rand(4, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(best.network(x), run.averaged(x), atol=1e-5, rtol=0)


def test_the_plateau_schedule_is_torchs_own() -> None:
    settings = Optimiser(schedule="plateau", plateau=Plateau(factor=0.5, patience=1))
    place = RunPlace(recipe_sha256="", data_hash="")
    parameter = torch.nn.Parameter(torch.zeros(1))
    theirs = torch.optim.SGD([parameter], lr=1.0)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(theirs, factor=0.5, patience=1)
    for loss in (1.0, 0.9, 0.9, 0.89999, 0.95, 0.95, 0.95, 0.5, 0.6, 0.7, 0.8):
        place.watch(loss, settings)
        schedule.step(loss)
        assert place.lr_factor == theirs.param_groups[0]["lr"]
    assert place.lr_factor < 0.5


def test_a_split_by_image_lets_a_patient_stand_on_both_sides_and_one_by_patient_does_not(root: Path) -> None:
    shared = []
    for split in ("image", "patient"):
        data = load_training_set(recipe(split=split), [root], progress=False)
        shared.append(set(data.train[0].patients) & set(data.validation[0].patients))
        assert len(data.validation[0]) == 24
    assert shared[0]
    assert not shared[1]


def test_resuming_a_finished_run_changes_nothing(root: Path, tmp_path: Path) -> None:
    config = config_file(tmp_path, epochs=2)
    arguments = ["--config", str(config), "--data", str(root), "--out", str(tmp_path / "run")]
    assert train(arguments) == 0
    before = (tmp_path / "run" / "best" / "model.safetensors").read_bytes()
    config_before = (tmp_path / "run" / "best" / "config.json").read_text()
    with pytest.raises(RequestError, match="--resume goes on"):
        train(arguments)
    assert train([*arguments, "--resume"]) == 0
    assert (tmp_path / "run" / "best" / "model.safetensors").read_bytes() == before
    assert (tmp_path / "run" / "best" / "config.json").read_text() == config_before


def test_resume_refuses_another_config_or_no_run(root: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no interrupted run"):
        begin(root, tmp_path / "run").resume()
    begin(root, tmp_path / "run", recipe(epochs=1)).train()
    with pytest.raises(RequestError, match="another config"):
        begin(root, tmp_path / "run", recipe(epochs=2)).resume()


def test_a_damaged_state_is_named(root: Path, tmp_path: Path) -> None:
    begin(root, tmp_path / "run", recipe(epochs=1)).train()
    state = next((tmp_path / "run" / "last").glob("state-*.safetensors"))
    state.write_bytes(state.read_bytes()[:100])
    with pytest.raises(RequestError, match="is damaged"):
        begin(root, tmp_path / "run", recipe(epochs=1)).resume()


def test_sigterm_asks_to_stop_and_the_old_handler_comes_back() -> None:
    before, stop = signal.getsignal(signal.SIGTERM), StopSignal(patience=0)
    with stop:
        assert not stop()
        signal.raise_signal(signal.SIGTERM)
        assert stop()
        signal.raise_signal(signal.SIGTERM)  # torchrun hands on what it got too
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="Windows has no SIGUSR1")
def test_sigusr1_asks_to_stop_too() -> None:
    with StopSignal() as stop:
        signal.raise_signal(signal.SIGUSR1)
        assert stop()


def test_training_starts_from_another_model_by_finding(root: Path, tmp_path: Path) -> None:
    begin(root, tmp_path / "first", recipe(epochs=1)).train()
    start = load_checkpoint(tmp_path / "first" / "best")
    swapped = recipe(labels=LABELS[::-1], box_weight=0)
    data = load_training_set(swapped, [root], progress=False)
    run = Run(swapped, data, tmp_path / "second", fresh_config(swapped, data, start), start=start, progress=False)
    old, new = start.network.state_dict(), run.network.state_dict()
    assert torch.equal(new["body.fc.weight"], old["body.fc.weight"].flip(0))
    assert torch.equal(new["body.conv1.weight"], old["body.conv1.weight"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ["Hernia"]}, "'Hernia' is not a finding"),
        ({"sources": [{"table": "other/train.csv", "kind": "real"}]}, "no --data folder holds 'other/train.csv'"),
        ({"arch": "timm:resnet1800"}, "not a timm model"),
        ({"arch": "resnet18"}, "expected 'timm:NAME'"),
        ({"arch_args": {"colour": 1}}, "does not take the arguments"),
        ({"init_from": "mini/basline"}, "did you mean 'mini/baseline'"),
    ],
)
def test_a_config_that_cannot_work_is_refused(root: Path, tmp_path: Path, changes: dict, message: str) -> None:
    config = config_file(tmp_path, **changes)
    with pytest.raises(RequestError, match=message):
        train(["--config", str(config), "--data", str(root), "--out", str(tmp_path / "run")])
    assert not (tmp_path / "run").exists()


def test_a_truncated_film_names_its_line_or_is_skipped(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "toy"
    folder.mkdir()
    lines = (root / "toy" / "train.csv").read_text().splitlines()[:6]
    (folder / "train.csv").write_text("\n".join(lines) + "\n")
    for line in lines[1:]:
        film = tmp_path / line.split(",")[0]
        film.parent.mkdir(parents=True)
        film.write_bytes((root / line.split(",")[0]).read_bytes())
    broken = tmp_path / lines[3].split(",")[0]
    broken.write_bytes(broken.read_bytes()[:200])
    chosen = recipe(box_weight=0, holdout=0)
    with pytest.raises(RequestError, match=r"train.csv line 4: .*--skip-bad"):
        load_training_set(chosen, [tmp_path], progress=False)
    data = load_training_set(chosen, [tmp_path], skip_bad=True, progress=False)
    assert len(data.train[0]) == 4
    assert len(data.skipped) == 1
    broken.unlink()
    with pytest.raises(RequestError, match="line 4"):
        load_training_set(chosen, [tmp_path], progress=False)


def test_a_label_without_a_column_is_never_negative(root: Path, tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "train").symlink_to(root / "toy" / "train")
    rows = (root / "toy" / "train.csv").read_text()
    (tmp_path / "toy" / "train.csv").write_text(rows)
    (tmp_path / "toy" / "odd.csv").write_text(rows.replace("Pleural Effusion", "Fluid"))
    both = [{"table": f"toy/{name}.csv", "kind": "real"} for name in ("train", "odd")]
    settings = {"box_weight": 0, "holdout": 0, "policy": {"blank": "negative"}}
    data = load_training_set(recipe(**settings, sources=both), [tmp_path], progress=False)
    assert not np.isnan(data.train[0].targets).any()
    assert np.isnan(data.train[1].targets).all(0).tolist() == [False, True]
    with pytest.raises(RequestError, match=r"toy/odd.csv has no column 'Pleural Effusion' to train on"):
        load_training_set(recipe(**settings, sources=both[1:]), [tmp_path], progress=False)


def test_masked_bce_ignores_unknown_labels_and_survives_having_none() -> None:
    logits = torch.tensor([[2.0, -1.0]], requires_grad=True)
    loss = masked_bce(logits, torch.tensor([[1.0, torch.nan]]))
    assert loss.item() == pytest.approx(np.log1p(np.exp(-2)))
    loss.backward()
    assert logits.grad is not None
    assert logits.grad[0, 1] == 0
    assert masked_bce(logits, torch.full((1, 2), torch.nan)).item() == 0


def film_set(n: int, repeat: float = 1.0) -> FilmSet:
    pixels = np.arange(n * 64, dtype=np.uint8).reshape(n, 8, 8)
    targets = np.ones((n, 1), np.float32)
    return FilmSet("t", "real", StoredFilms(pixels), targets, np.array(["p"] * n), ((),) * n, repeat)


def test_batches_come_in_order_whoever_divides_them() -> None:
    sets, batches = [film_set(10), film_set(7)], epoch_order([film_set(10), film_set(7)], 6, 0, 0)
    alone = list(feed(sets, batches, World()))
    halves = [list(feed(sets, batches, World(rank=r, size=2))) for r in (0, 1)]
    assert len(alone) == len(batches) == 3
    for pairs, whole, *parts in zip(batches, alone, *halves, strict=True):
        expected = np.stack([sets[s].pixels.take(np.array([i]))[0][0] for s, i in pairs])
        assert np.array_equal(whole.pixels.numpy(), expected)
        assert np.array_equal(parts[0].pixels.numpy(), expected[0::2])
        assert np.array_equal(parts[1].pixels.numpy(), expected[1::2])
        assert parts[0].whole == parts[1].whole == whole.whole == len(pairs)
        assert parts[0].known == parts[1].known == whole.known


def test_a_film_is_augmented_alike_however_many_processes_there_are() -> None:
    settings = Augmentation(rotate=10, noise=0.1, shift=0.1, contrast=0.2, gamma=0.2, cutout=0.3, brightness=0.1)
    pairs = np.array([[0, i] for i in range(5)])

    def films(world: World) -> torch.Tensor:
        return build_batch(
            gather([film_set(5)], pairs, world),
            augmentation=settings,
            preprocessing=Preprocessing(size=8),
            generator=step_generator(0, 0, 0),
            device=torch.device("cpu"),
            world=world,
        ).films

    whole = films(World())
    for rank in (0, 1):
        torch.testing.assert_close(films(World(rank=rank, size=2)), whole[rank::2], atol=1e-6, rtol=0)


def test_an_epoch_takes_each_film_as_often_as_its_source_says() -> None:
    order = np.concatenate(epoch_order([film_set(10, 2), film_set(20, 0.5)], 4, seed=0, epoch=0))
    assert np.bincount(order[order[:, 0] == 0][:, 1]).tolist() == [2] * 10
    assert len(order[order[:, 0] == 1]) == 10
    again = np.concatenate(epoch_order([film_set(10, 2), film_set(20, 0.5)], 4, seed=0, epoch=1))
    assert again.tolist() != order.tolist()


def test_no_batch_holds_a_single_film() -> None:
    assert [len(b) for b in epoch_order([film_set(9)], 4, 0, 0)] == [4, 4]


def test_a_step_is_drawn_from_seed_epoch_and_step_alone() -> None:
    def draw(*place: int) -> Batch:
        settings = Augmentation(rotate=10, noise=0.1, shift=0.1)
        return build_batch(
            gather([film_set(4)], np.array([[0, 1], [0, 3]]), World()),
            augmentation=settings,
            preprocessing=Preprocessing(size=8),
            generator=step_generator(*place),
            device=torch.device("cpu"),
        )

    assert torch.equal(draw(1, 2, 3).films, draw(1, 2, 3).films)
    assert not torch.equal(draw(1, 2, 3).films, draw(1, 2, 4).films)


def test_augmentation_switched_off_is_the_identity_and_switched_on_stays_in_range() -> None:
    films = torch.rand(3, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    off, generator = Augmentation(), torch.Generator().manual_seed(0)
    torch.testing.assert_close(warp(films, draw_warps(3, off, generator)), films, atol=1e-5, rtol=0)
    assert torch.equal(adjust(films, off, generator), films)
    on = Augmentation(brightness=0.5, contrast=0.5, gamma=0.5, noise=0.3, cutout=0.5)
    out = adjust(films, on, generator)
    assert out.min() >= 0
    assert out.max() <= 1
    assert not torch.equal(out, films)


def test_a_warp_moves_a_box_with_its_film() -> None:
    generator = torch.Generator().manual_seed(3)
    mask = torch.zeros(1, 1, 64, 64)
    mask[..., 20:40, 10:30] = 1
    maps = draw_warps(1, Augmentation(rotate=20, shift=0.1, scale=0.2), generator)
    film, small = warp(mask, maps), warp(mask[..., ::2, ::2], maps)
    again = torch.nn.functional.avg_pool2d(film, 2)
    assert (again - small).abs().mean() < 0.03


def test_box_weight_without_boxes_is_refused(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "train.csv").write_text((root / "toy" / "train.csv").read_text())
    (folder / "train").symlink_to(root / "toy" / "train")
    with pytest.raises(RequestError, match="no source has boxes"):
        load_training_set(recipe(), [tmp_path], progress=False)


def test_no_patient_is_in_training_and_validation(root: Path) -> None:
    data: TrainingSet = load_training_set(recipe(), [root], progress=False)
    assert set(data.train[0].patients).isdisjoint(data.validation[0].patients)
    assert len(data.train[0]) + len(data.validation[0]) == 96
    assert len(set(data.validation[0].patients)) == 12


def test_the_mini_recipes_name_a_network_of_three_million_parameters_or_fewer() -> None:
    configs = Path(__file__).resolve().parents[3] / "training" / "configs" / "mini"
    chosen = read_recipe(configs / "finetuned.yaml")
    network = build_network(chosen.arch, len(chosen.labels), chosen.preprocessing.channels, chosen.arch_args)
    assert sum(p.numel() for p in network.parameters()) <= 3_000_000
