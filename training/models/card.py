"""The README.md of a checkpoint: what the model is, how it was made, how good it is, what it must not be used for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..fine_tuning.recipe import Recipe
from .checkpoints import CARD, METRICS, write_atomically
from .config import ModelConfig


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def model_card(config: ModelConfig, metrics: dict[str, Any], recipe: Recipe, starts_from: str = "") -> str:
    """Markdown. `starts_from` names the model whose weights training began with."""
    size = config.preprocessing.size
    sources = "\n".join(f"- `{s.table}` ({s.kind}, {s.repeat:g} x per epoch)" for s in recipe.sources)
    synthetic = [f for f, source in config.label_source.items() if source == "synthetic"]
    lines = [
        f"# {config.name}",
        "",
        "A chest radiograph classifier made by `cxr-lens train`. **For research only; not a medical device.**",
        "",
        config.note,
        "",
        f"- Architecture: `{config.arch}` {config.arch_args or ''}, {config.total_parameters:,} parameters",
        f"- Input: one grey film, {size} x {size} px ({config.preprocessing.resize}), "
        f"{config.preprocessing.channels} channel(s), (film - {config.preprocessing.mean}) / "
        f"{config.preprocessing.std}",
        f"- Starts from: {starts_from or recipe.init_from or 'random weights'}",
        f"- Label policy: {config.policy}; recipe `{config.recipe}`; seed {config.seed}; {recipe.epochs} epochs",
        f"- Git commit: {config.git_commit or 'none'}; data hash `{config.data_hash}`",
        "",
        "## Trained on",
        "",
        config.trained_on,
        "",
        sources,
        "",
        f"A seeded {recipe.holdout:.0%} of the patients was held out for selection, thresholds and calibration.",
        "",
        "## Scores on the held-out patients",
    ]
    for kind, scores in metrics.get("validation", {}).items():
        lines += [
            "",
            f"{scores['images']} {kind} films; mean AUROC **{_number(scores['mean_auroc'])}** "
            f"({_number(scores['low'])} to {_number(scores['high'])}) over {len(scores['mean_over'])} findings with "
            "ten positives and negatives or more. The model was selected on this split: these scores are optimistic.",
            "",
            "| finding | AUROC | 95 % interval | average precision | positives | sensitivity | specificity |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {name} | {_number(s['auroc'])} | {_number(s['low'])} to {_number(s['high'])} | "
            f"{_number(s['auprc'])} | {s['positives']} | {_number(s['sensitivity'])} | {_number(s['specificity'])} |"
            for name, s in scores["findings"].items()
        ]
    lines += ["", "## Thresholds", "", "| finding | threshold | rule | positives |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {t.value:.3f} | {t.rule} | {t.positives} |" for name, t in sorted(config.thresholds.items())
    ]
    lines += [
        "",
        "## Limits",
        "",
        "- Labels mined from reports, and synthetic films, are not a radiologist's reading; a score here says that "
        "the model learned something, not that it is good.",
        "- Not validated on any clinical population; do not use it for diagnosis or triage.",
    ]
    if synthetic:
        lines.append(f"- Never saw a real label for {', '.join(synthetic)}: not assessed on real films.")
    return with_heatmaps("\n".join(lines) + "\n", metrics)


def read_metrics(folder: Path) -> dict[str, Any]:
    path = folder / METRICS
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def keep_measured(folder: Path, name: str, document: dict[str, Any]) -> None:
    """Keep a later measurement in a checkpoint's metrics.json, under `name`, and say it in its card."""
    metrics = {**read_metrics(folder), name: document}
    write_atomically(folder / METRICS, json.dumps(metrics, indent=1) + "\n")
    card = folder / CARD
    if card.is_file():
        write_atomically(card, with_heatmaps(card.read_text("utf-8"), metrics))


_HEATMAPS, _LIMITS = "## Heatmaps", "## Limits"


def with_heatmaps(card: str, metrics: dict[str, Any]) -> str:
    """The card with what `cxr-lens sanity --save` and `cxr-lens localize --save` measured, before its limits."""
    sentences = heatmap_sentences(metrics)
    if not sentences:
        return card
    section = "\n".join([_HEATMAPS, "", *(f"- {sentence}" for sentence in sentences), "", ""])
    before, found, limits = card.partition(_LIMITS)
    return before.partition(_HEATMAPS)[0].rstrip() + "\n\n" + section + found + limits


def heatmap_sentences(metrics: dict[str, Any]) -> list[str]:
    """What was measured of the model's heatmaps, a sentence each; none where nothing was."""
    sentences = []
    if sanity := metrics.get("saliency"):
        random = sanity["randomisation"]
        sentences.append(
            f"Sanity ({sanity['method']}, {sanity['films']} films of {sanity['table']}): the maps "
            f"{'depend' if random['depends_on_weights'] else 'do NOT depend'} on the weights: with every layer "
            f"shuffled their rank correlation with the intact model's is {random['similarity_at_end']:.2f} "
            f"(score {random['score']:.2f}; 1 is best)."
        )
        sentences.append(
            "; ".join(
                f"{kind} area {own['map']:.3f}, random orders {own['random']:.3f}: difference "
                f"{own['difference']:+.3f} ({own['low']:+.3f} to {own['high']:+.3f}; {better} is better)"
                for kind, own, better in (
                    ("Deletion", sanity["deletion"], "lower"),
                    ("insertion", sanity["insertion"], "higher"),
                )
            )
            + "."
        )
    if place := metrics.get("localization"):
        sentences.append(
            f"Readers' boxes ({place['method']}, {place['pairs']} film-finding pairs of {place['table']}): hit rate "
            + ", ".join(f"{own['hit_rate']:.3f} ({name})" for name, own in place["maps"].items())
            + "; mean IoU "
            + ", ".join(f"{own['miou']:.3f} ({name})" for name, own in place["maps"].items())
            + "."
        )
    return sentences
