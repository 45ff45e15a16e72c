"""The card says what was measured of the heatmaps, once, and before the limits."""

from __future__ import annotations

import json
from pathlib import Path

from cxr_lens.training.models.card import heatmap_sentences, keep_measured, read_metrics
from cxr_lens.training.models.families import model_folder

AREAS = {"map": 0.2, "random": 0.3, "difference": -0.1, "low": -0.2, "high": 0.0}


def _sanity(end: float) -> dict:
    return {
        "method": "grad-cam",
        "films": 24,
        "table": "films.csv",
        "randomisation": {"similarity_at_end": end, "score": 1 - end, "depends_on_weights": end < 0.5},
        "deletion": AREAS,
        "insertion": AREAS,
    }


def test_a_measurement_is_kept_with_the_others_and_replaces_its_own_line_in_the_card(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text('{"best_epoch": 3}')
    (tmp_path / "README.md").write_text("# a model\n\n## Thresholds\n\nx\n\n## Limits\n\n- small\n")
    for end in (0.9, 0.1):
        keep_measured(tmp_path, "saliency", _sanity(end))
    card = (tmp_path / "README.md").read_text()
    assert card.count("## Heatmaps") == 1
    assert "the maps depend on the weights" in card
    assert "do NOT" not in card
    assert card.index("## Thresholds") < card.index("## Heatmaps") < card.index("## Limits")
    assert card.endswith("## Limits\n\n- small\n")
    assert json.loads((tmp_path / "metrics.json").read_text())["best_epoch"] == 3


def test_the_bundled_models_say_how_far_their_heatmaps_can_be_trusted() -> None:
    for name in ("mini/baseline", "mini/finetuned"):
        folder = model_folder(name)
        sentences = heatmap_sentences(read_metrics(folder))
        assert len(sentences) == 3, "sanity, deletion and insertion, readers' boxes"
        assert all(f"- {sentence}\n" in (folder / "README.md").read_text("utf-8") for sentence in sentences)
