"""The README.md of a checkpoint: what the model is, how it was made, how good it is, what it must not be used for."""

from __future__ import annotations

from typing import Any

from ..fine_tuning.recipe import Recipe
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
    return "\n".join(lines) + "\n"
