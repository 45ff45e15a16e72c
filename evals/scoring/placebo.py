"""The placebo arm: the same films, scores and writer, but heatmaps that say nothing about the film or the model.

- *weights*: the values of the head's weights are shuffled (evals/sanity/measure.py). Most such maps are empty, as what
  is left has no reason to raise a score; of up to ten shuffles the first that leaves a finding a map is taken.
- *case*: the same finding's map, of another patient's film.

A placebo map is scaled to add as much to the score as the model's own, so that only its place is wrong.

The writer is told nothing of it, and its first draft counts: nothing is sent back to be mended, so that what the
checker cuts is still there to be read. An explainer that looks at its maps says of many placebo maps that they lie
outside the usual places; one that praises them anyway praises whatever it is shown.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch

from ...agents.batch.cases import BatchCase, BatchCases
from ...agents.llm.opening import WriterOpener, budget_of
from ...agents.llm.writer import LlmWriter
from ...agents.records import Cut
from ...agents.settings import OFFLINE
from ...agents.state import Brief, Draft
from ...agents.writer import WriterProtocol
from ...tools.maps.methods import saliency_maps
from ...tools.maps.saliency import METHOD
from ...tools.schemas import Role
from ...tools.workbench import Workbench
from ...training.models.classifier import Classifier
from ..sanity.measure import layer_groups, shuffle_weights
from .records import Kind

SHUFFLES = 10


@dataclass
class PlaceboBench(Workbench):
    """A case whose scores are its own and whose maps are not."""

    placebo: dict[Role, np.ndarray] = field(default_factory=dict, repr=False)
    """Role -> (L, h, w) f32 >= 0."""

    def maps(self, role: Role, method: str = METHOD) -> np.ndarray:
        """The placebo maps, whatever the method asked for."""
        return self.placebo[role]


@dataclass(frozen=True)
class PlaceboCases(BatchCases):
    """Cases that open as `PlaceboBench`."""

    kind: Kind = "weights"
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def open(self, case: BatchCase, pair: tuple[Classifier, Classifier]) -> Workbench:
        bench = super().open(case, pair)
        donor = super().open(self._other(case), pair) if self.kind == "case" else None
        with self.lock:  # readers share the networks that are shuffled
            maps: dict[Role, np.ndarray] = {
                "baseline": self._maps("baseline", bench, donor),
                "finetuned": self._maps("finetuned", bench, donor),
            }
        own = {name: getattr(bench, name) for name in Workbench.__dataclass_fields__}
        return PlaceboBench(**own, placebo=maps)

    def _other(self, case: BatchCase) -> BatchCase:
        """The next case of another patient."""
        at = self.cases.index(case)
        order = [*self.cases[at + 1 :], *self.cases[:at]]
        return next((c for c in order if c.patient is None or c.patient != case.patient), case)

    def _maps(self, role: Role, bench: Workbench, donor: Workbench | None) -> np.ndarray:
        if donor is not None:
            return as_strong_as(bench.maps(role), donor.maps(role))
        model = bench.model(role)
        shuffled = self._shuffled.setdefault(id(model), ShuffledHead(model))
        return as_strong_as(bench.maps(role), shuffled.maps(bench.film.pixels))

    @cached_property
    def _shuffled(self) -> dict[int, ShuffledHead]:
        return {}


def as_strong_as(own: np.ndarray, placebo: np.ndarray) -> np.ndarray:
    """Placebo maps (L, h, w) scaled to the sums of a model's own ones; an empty map stays empty."""
    strength, found = own.sum((1, 2), keepdims=True), placebo.sum((1, 2), keepdims=True)
    return placebo * np.divide(strength, found, out=np.zeros_like(strength), where=found > 0)


class ShuffledHead:
    """A classifier's copy whose last layer is shuffled anew for every map; one thread at a time."""

    def __init__(self, model: Classifier):
        self.model = model
        self.network = copy.deepcopy(model.network)
        (self.layer,) = layer_groups(self.network)[0].values()
        self.intact = copy.deepcopy(self.layer.state_dict())

    def maps(self, pixels: np.ndarray) -> np.ndarray:
        """(L, h, w) f32 >= 0 of a film (H, W); a finding that no shuffle gives a map keeps an empty one."""
        x = self.model.prepare([pixels])
        with torch.no_grad():
            trunk = self.model.network.activations(x)
        self.network.activations = lambda x: trunk  # the same for every shuffle: only what comes behind it changes
        out: np.ndarray | None = None
        for seed in range(SHUFFLES):
            self.layer.load_state_dict(self.intact)
            shuffle_weights(self.layer, torch.Generator().manual_seed(seed))
            found = saliency_maps(self.network, x)[1][0].float().cpu().numpy()
            out = found if out is None else np.where(out.max((1, 2), keepdims=True) > 0, out, found)
            if (out.max((1, 2)) > 0).all():
                break
        return np.zeros((0, 1, 1), np.float32) if out is None else out


class FirstDraftWriter(LlmWriter):
    """An LLM that is not asked to mend what the checker refuses."""

    def repair(self, brief: Brief, draft: Draft, mistakes: tuple[Cut, ...]) -> Draft | None:
        return None


def first_draft(opener: WriterOpener) -> WriterProtocol:
    """The opener's writer; an LLM without its turns for mending."""
    if opener.name == OFFLINE:
        return opener()
    budget = budget_of(opener.settings)
    return FirstDraftWriter(opener.model, opener.prompt, finding=opener.finding, budget=budget, repeat=opener.repeat)


def placebo_cases(cases: BatchCases, wanted: Sequence[BatchCase], kind: Kind) -> PlaceboCases:
    return PlaceboCases(tuple(wanted), cases.table, revealed=False, kind=kind)
