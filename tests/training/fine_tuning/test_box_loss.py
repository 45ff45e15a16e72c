"""The loss on maps: what it is worth for maps of a known place, and what it teaches a tiny network."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from cxr_lens.training.errors import RequestError, TableError
from cxr_lens.training.films.batches import Batch, build_batch, gather, step_generator
from cxr_lens.training.films.training_set import load_training_set
from cxr_lens.training.fine_tuning.box_loss import box_loss, cell_logits
from cxr_lens.training.fine_tuning.distributed import World
from cxr_lens.training.fine_tuning.losses import StepLoss
from cxr_lens.training.fine_tuning.recipe import Recipe
from cxr_lens.training.models.networks import SplitNetwork, build_network
from PIL import Image
from torch import Tensor, nn

RECIPE = {
    "name": "toy/x",
    "family": "toy",
    "arch": "timm:resnet18",
    "labels": ["Consolidation", "Lung Opacity"],
    "preprocessing": {"size": 32},
    "sources": [{"table": "toy/train.csv", "kind": "real"}],
    "policy": {"blank": "ignore"},
    "holdout": 0,
    "epochs": 1,
    "box_weight": 1,
}


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Networks this small lose more to waiting threads than they gain, above all on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def boxed(*boxes: tuple[slice, slice], real: tuple[bool, ...] | None = None) -> Batch:
    """A batch of one film per box (rows, columns of 48), each of label 0."""
    masks = torch.zeros(len(boxes), 1, 48, 48)
    for mask, (rows, columns) in zip(masks, boxes, strict=True):
        mask[:, rows, columns] = 1
    pairs = torch.tensor([[film, 0] for film in range(len(boxes))])
    kinds = torch.tensor(real or [True] * len(boxes))
    return Batch(torch.zeros(1), torch.ones(1, 1), pairs, masks, kinds)


CORNER = (slice(0, 24), slice(0, 24))


def test_lost_share_is_small_inside_large_outside_and_indifferent_to_the_level() -> None:
    batch = boxed(CORNER)
    inside, outside = torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)
    inside[..., :2, :2] = 8
    outside[..., 2:, 2:] = 8
    assert box_loss(inside, batch) < 0.01
    assert box_loss(outside, batch) > 7
    torch.testing.assert_close(box_loss(inside + 5, batch), box_loss(inside, batch))
    assert box_loss(torch.zeros(1, 1, 4, 4), batch).item() == pytest.approx(np.log(4))  # a quarter of the film
    none = Batch(
        torch.zeros(1), torch.ones(1, 1), torch.zeros(0, 2, dtype=torch.long), batch.masks[:0], batch.real[:0]
    )
    assert box_loss(inside, none) == 0


def test_lost_overlap_asks_a_map_to_fill_its_box_and_is_indifferent_to_its_height() -> None:
    batch = boxed(CORNER)
    cells = torch.full((1, 1, 4, 4), -3.0)
    cells[..., :2, :2] = 0.7
    assert box_loss(cells, batch, "overlap").item() == pytest.approx(0, abs=1e-6)
    assert box_loss(9 * cells, batch, "overlap").item() == pytest.approx(0, abs=1e-6)
    cells[..., 0, 1] = -1  # a quarter of the box is not filled: 1 - 2 * 3 / (3 + 4)
    assert box_loss(cells, batch, "overlap").item() == pytest.approx(1 / 7)
    assert box_loss(cells, batch) < 0.3  # what lies inside need not fill the box
    assert box_loss(-cells.flip(2, 3).abs(), batch, "overlap") == 1  # nowhere positive


def test_real_boxes_weigh_as_much_as_the_many_of_synthetic_films() -> None:
    cells = torch.zeros(4, 1, 4, 4)
    cells[:, :, :2, :2] = 1
    far = (slice(24, 48), slice(24, 48))
    batch = boxed(CORNER, far, far, far, real=(True, False, False, False))
    assert box_loss(cells, batch, "overlap").item() == pytest.approx(0.5)
    assert box_loss(cells, replace(batch, real=~batch.real), "overlap").item() == pytest.approx(0.5)
    assert box_loss(cells, replace(batch, real=torch.zeros(4, dtype=torch.bool)), "overlap").item() == 0.75


def test_a_box_shifted_off_the_film_counts_nowhere() -> None:
    empty = (slice(0, 0), slice(0, 0))
    for measure in ("share", "overlap"):
        alone = box_loss(torch.randn(1, 1, 4, 4), boxed(empty), measure)
        assert alone == 0


def test_cell_logits_average_to_the_logits() -> None:
    network = build_network("timm:resnet18", 3, 1, {"channels": (8, 8, 8, 8), "output_stride": 16}).eval()
    with torch.no_grad():
        activations = network.activations(torch.randn(2, 1, 32, 32))
        bias = network.get_parameter("body.fc.bias")
        cells = cell_logits(network, activations).mean((2, 3)) + bias
    torch.testing.assert_close(cells, network.logits(activations).detach())


def test_a_transformer_has_no_cell_logits() -> None:
    tiny = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    network = build_network("clip:vit-base-patch32", 2, 3, {**tiny, "image_size": 64, "projection_dim": 8})
    with pytest.raises(RequestError, match="box_weight needs a network whose head is average pooling"):
        cell_logits(network, network.activations(torch.zeros(1, 3, 64, 64)))


class Spots(SplitNetwork):
    """Sees brighter and darker than grey, one cell at a time."""

    head = "fc"

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 4, 4, stride=4), nn.Linear(4, 1)

    def activations(self, x: Tensor) -> Tensor:
        return self.conv(x).relu()

    def logits(self, activations: Tensor) -> Tensor:
        return self.fc(activations.mean((2, 3)))


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_of_two_reasons_a_network_learns_the_boxed_one(weight: float) -> None:
    """A bright and a dark square come and go together; the box is around the bright one."""
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(1)
    network = Spots()
    recipe = Recipe.model_validate({**RECIPE, "box_weight": weight, "box_loss": "overlap"})
    loss = StepLoss(network, recipe)
    optimiser = torch.optim.Adam(network.parameters(), 0.05)
    present = torch.arange(16) % 2 == 0
    films = 0.1 * torch.randn(16, 1, 32, 32, generator=generator)
    films[present, :, 4:12, 4:12] += 1
    films[present, :, 20:28, 20:28] -= 1
    batch = replace(
        boxed(*[(slice(6, 18), slice(6, 18))] * 8),
        films=films,
        targets=present.float()[:, None],
        boxed=torch.stack([present.nonzero()[:, 0], torch.zeros(8, dtype=torch.long)], 1),
    )
    for _ in range(200):
        optimiser.zero_grad()
        loss(batch, 16).backward()
        optimiser.step()
    with torch.no_grad():
        activations = network.activations(films)
        maps = cell_logits(network, activations)[present, 0].relu()
        assert ((network.logits(activations)[:, 0] > 0) == present).all()
    inside = (maps[:, 1:3, 1:3].sum((1, 2)) / maps.sum((1, 2))).mean().item()
    assert inside > 0.9 if weight else inside < 0.7


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three films boxed alike: labelled with the finding, without it, and not at all."""
    rows, boxes = ["Path,Consolidation,Lung Opacity"], ["Path,Finding,x1,y1,x2,y2"]
    for i, labels in enumerate(("1,1", "0,1", ",")):
        path = f"toy/train/patient{i}/study1/view1_frontal.png"
        (tmp_path / path).parent.mkdir(parents=True)
        Image.fromarray(np.full((32, 32), 90, np.uint8)).save(tmp_path / path)
        rows.append(f"{path},{labels}")
        boxes.append(f"{path},Consolidation,4,4,16,16")
    (tmp_path / "toy" / "train.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "toy" / "boxes.csv").write_text("\n".join(boxes) + "\n")
    return tmp_path


def test_boxes_that_labels_lack_count_for_overlap_alone(root: Path) -> None:
    def labels_of(measure: str) -> list[list[int]]:
        recipe = Recipe.model_validate({**RECIPE, "box_loss": measure})
        data = load_training_set(recipe, [root], progress=False)
        return [[box[0] for box in boxes] for boxes in data.train[0].boxes]

    assert labels_of("share") == [[0, 1], [1], []]
    assert labels_of("overlap") == [[0, 1], [0, 1], [0, 1]]


@pytest.mark.parametrize("early", [True, False])
def test_a_film_that_cannot_be_read_teaches_no_place(root: Path, early: bool) -> None:
    """Whether it is found damaged when the boxes are read or only when training comes to it."""
    film = root / "toy/train/patient1/study1/view1_frontal.png"
    if early:
        film.write_bytes(b"no picture")
    recipe = Recipe.model_validate({**RECIPE, "box_loss": "overlap"})
    if early:
        with pytest.raises(TableError, match=r"line 3: .*--skip-bad"):
            load_training_set(recipe, [root], progress=False, films="stream")
    data = load_training_set(recipe, [root], progress=False, films="stream", skip_bad=True)
    film.write_bytes(b"no picture")
    gathered = gather(data.train, np.array([[0, 0], [0, 1], [0, 2]]), World())
    assert [len(boxes) for boxes in gathered.boxes] == [2, 0, 2]
    batch = build_batch(
        gathered,
        augmentation=recipe.augmentation,
        preprocessing=recipe.preprocessing,
        generator=step_generator(0, 0, 0),
        device=torch.device("cpu"),
    )
    assert batch.boxed.tolist() == [[0, 0], [0, 1], [2, 0], [2, 1]]
    assert batch.real.all()
