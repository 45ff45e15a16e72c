"""One case on the bench: a film, two models, and what they make of it, each computed once.

    bench = Workbench("case", film, quality, *load_pair("mini"))
    bench.scores("finetuned")                     # (L,) f32 in [0, 1]
    bench.heat("finetuned", "Pleural Effusion")   # (H, W) f32 over the film, raw magnitude

The tools are bound to it, so that a caller names a role and a finding, never a file or an array.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..training.errors import RequestError
from ..training.findings import CHEXPERT, FindingSet
from ..training.models.classifier import Classifier
from ..training.radiographs.quality import Quality
from ..training.radiographs.radiograph import Radiograph
from .anatomy.zone_map import Anatomy, locate_anatomy
from .maps.map_boxes import smooth_over
from .maps.methods import check_method, saliency_maps
from .maps.saliency import METHOD, lay_over
from .schemas import GroundTruth, Role, ToolError


@dataclass
class Workbench:
    """A case with its pair of models; scores, maps and anatomy come lazily and are kept."""

    case_id: str
    film: Radiograph
    quality: Quality
    baseline: Classifier
    finetuned: Classifier
    findings: FindingSet = CHEXPERT
    truth: GroundTruth | None = None
    revealed: bool = False
    """Whether tools may show the truth."""
    _passes: dict[tuple[str, str], tuple[np.ndarray, np.ndarray, np.ndarray]] = field(
        default_factory=dict, repr=False
    )

    def model(self, role: Role) -> Classifier:
        if role not in ("baseline", "finetuned"):
            raise ToolError(f"{role!r} is not a model of the pair; expected 'baseline' or 'finetuned'")
        return self.baseline if role == "baseline" else self.finetuned

    def logits(self, role: Role) -> np.ndarray:
        """(L,) f32, in the order of the model's native labels."""
        return self._pass(role)[0]

    def scores(self, role: Role) -> np.ndarray:
        """(L,) f32 in [0, 1], in the order of the model's native labels."""
        return self._pass(role)[1]

    def maps(self, role: Role, method: str = METHOD) -> np.ndarray:
        """(L, h, w) f32 >= 0, raw maps at the network's grid, in the order of the native labels."""
        return self._pass(role, method)[2]

    def region(self, role: Role) -> tuple[float, float, float, float]:
        """The part of the film the model sees: x1, y1, x2, y2 in film pixels."""
        return self.model(role).config.preprocessing.region(*self.film.pixels.shape)

    def finding(self, name: str) -> str:
        """A finding's own spelling for a name in any letter case; `ToolError` where there is none."""
        try:
            return self.findings.get(name).name
        except RequestError as error:
            raise ToolError(str(error)) from None

    def why_not_assessed(self, role: Role, finding: str) -> str | None:
        """Why a model says nothing about a finding on this film; None where it does."""
        config = self.model(role).config
        if config.label_of(finding) is None:
            return f"{config.name} has no label for it"
        if config.label_source.get(finding) == "synthetic" and not self.film.info.synthetic:
            return f"{config.name} learned it from synthetic films only, and this film is real"
        return None

    def label_index(self, role: Role, finding: str) -> int:
        """Position of a finding among the model's outputs; `ToolError` where the model does not assess it."""
        reason = self.why_not_assessed(role, finding)
        if reason is not None:
            raise ToolError(f"{finding} is not assessed: {reason}; assessed: {', '.join(self.assessed(role))}")
        config = self.model(role).config
        return config.labels.index(str(config.label_of(finding)))

    def assessed(self, role: Role) -> tuple[str, ...]:
        """Findings the model assesses on this film, in the set's order."""
        return tuple(f for f in self.findings.names if self.why_not_assessed(role, f) is None)

    def map_of(self, role: Role, finding: str, method: str = METHOD) -> np.ndarray:
        """(h, w) f32 >= 0: one finding's raw map at the network's grid."""
        return self.maps(role, method)[self.label_index(role, finding)]

    def heat(
        self, role: Role, finding: str, shape: tuple[int, int] | None = None, method: str = METHOD
    ) -> np.ndarray:
        """One finding's map laid over the film, raw magnitude, 0 where the model does not see.

        (H, W) f32 at the film's size, or over the whole film at another `shape` (rows, columns).
        """
        height, width = self.film.pixels.shape
        return lay_over(
            self.map_of(role, finding, method), self.region(role), (height, width), shape or (height, width)
        )

    def smooth_heat(self, role: Role, finding: str, shape: tuple[int, int]) -> np.ndarray:
        """`heat` at `shape`, smoothed as boxes are found in it (tools/maps/map_boxes.py)."""
        height, width = self.film.pixels.shape
        return smooth_over(self.map_of(role, finding), self.region(role), (height, width), shape)

    @cached_property
    def anatomy(self) -> Anatomy:
        return locate_anatomy(self.film, self.quality)

    def reveal(self) -> Workbench:
        """The same bench with the truth shown; what was computed is shared, nothing runs again."""
        other = copy.copy(self)
        other.revealed = True
        return other

    def _pass(self, role: Role, method: str = METHOD) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if (role, method) not in self._passes:
            try:
                check_method(method)
            except RequestError as error:
                raise ToolError(str(error)) from None
            self._passes[role, method] = _passes(self.model(role), [self.film.pixels], method)[0]
        return self._passes[role, method]


def fill_passes(benches: Sequence[Workbench]) -> None:
    """Scores and maps of both models for many cases from one forward pass per model; the cases share their pair.

    A case that has them already is left as it is.
    """
    roles: tuple[Role, Role] = ("baseline", "finetuned")
    for role in roles:
        missing = [bench for bench in benches if (role, METHOD) not in bench._passes]
        if not missing:
            continue
        passes = _passes(missing[0].model(role), [bench.film.pixels for bench in missing], METHOD)
        for bench, result in zip(missing, passes, strict=True):
            bench._passes[role, METHOD] = result


def _passes(
    model: Classifier, films: Sequence[np.ndarray], method: str
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Logits (L,), scores (L,) and raw maps (L, h, w) of each film."""
    x = model.prepare(films)  # (N, C, S, S)
    logits, maps = saliency_maps(model.network, x, method)  # (N, L), (N, L, h, w)
    arrays = [t.float().cpu().numpy() for t in (logits, model.scores(logits.float()), maps)]
    return [(a.copy(), b.copy(), c.copy()) for a, b, c in zip(*arrays, strict=True)]
