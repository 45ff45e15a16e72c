"""Saliency methods besides Grad-CAM: each against pytorch-grad-cam's own class, run the long way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import pytorch_grad_cam
import torch
from cxr_lens.tools.gradcam import gradcam
from cxr_lens.tools.maps.methods import METHODS, saliency_maps
from cxr_lens.tools.maps.saliency import class_activation_maps
from cxr_lens.tools.schemas import GradcamInput, ToolError
from cxr_lens.tools.toolbox import Toolbox
from cxr_lens.tools.workbench import Workbench
from cxr_lens.training.errors import RequestError
from cxr_lens.training.models.networks import TimmNetwork
from pytorch_grad_cam.utils.image import scale_cam_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

REFERENCE = {name: entry[0] for name, entry in METHODS.items()} | {"grad-cam": "GradCAM", "score-cam": "ScoreCAM"}


@pytest.fixture(scope="module")
def network() -> TimmNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = TimmNetwork("resnet10t", 5, 1, channels=(8, 8, 16, 16)).eval()
        torch.nn.init.normal_(network.body.get_classifier().weight)
        return network


@pytest.mark.parametrize("method", METHODS)
def test_a_method_agrees_with_pytorch_grad_cam(network: TimmNetwork, method: str) -> None:
    x = torch.randn(2, 1, 96, 96, generator=torch.Generator().manual_seed(0))
    logits, maps = saliency_maps(network, x, method)
    assert maps.shape == (2, 5, 3, 3)
    with torch.no_grad():
        torch.testing.assert_close(logits, network(x))
    filled = 0
    reference_class: Any = getattr(pytorch_grad_cam, REFERENCE[method])
    with reference_class(model=network.body, target_layers=[network.body.layer4[-1]]) as reference:
        for label in range(5):
            target: Any = ClassifierOutputTarget(label)
            theirs = reference(input_tensor=x, targets=[target, target])
            ours: Any = scale_cam_image(scale_cam_image(maps[:, label].numpy(), (96, 96)))
            filled += int((theirs.max(axis=(1, 2)) > 0.99).sum())
            np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert filled


def test_grad_cam_is_the_default_and_the_same_as_before(network: TimmNetwork) -> None:
    x = torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(saliency_maps(network, x)[1], class_activation_maps(network, x)[1])


def test_an_unknown_method_gets_a_suggestion(network: TimmNetwork, bench: Workbench) -> None:
    with pytest.raises(RequestError, match="did you mean 'grad-cam'"):
        saliency_maps(network, torch.zeros(1, 1, 64, 64), "gradcam")
    with pytest.raises(ToolError, match="not a saliency method"):
        gradcam(bench, GradcamInput(model="finetuned", finding="Edema", method="attention"))


def test_another_method_comes_in_the_same_record_with_its_own_name_and_unit(bench: Workbench) -> None:
    evidence = Toolbox(bench).call("gradcam", model="finetuned", finding="Edema", method="layer-cam")
    assert evidence.id == "gradcam.finetuned.edema@method=layer-cam"
    assert (evidence.result["method"], evidence.result["unit"]) == ("layer-cam", "layer-cam, its own unit")
    plain = gradcam(bench, GradcamInput(model="finetuned", finding="Edema"))
    assert plain.unit == "logits per map cell"
    assert plain.values != evidence.result["values"]
