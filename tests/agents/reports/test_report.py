"""report.html: one file that needs nothing else, shows what the record says, and runs nothing a text brought in."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from cxr_lens.agents.records import CaseReport
from cxr_lens.agents.reports.report import mapped_findings, render_report
from cxr_lens.tools.schemas import Box
from cxr_lens.tools.workbench import Workbench

MakeReport = Callable[..., CaseReport]
VOID = {"meta", "input", "img", "br", "rect", "image", "line", "use", "stop"}


class Page(HTMLParser):
    """Ids, links, headings, texts and tags of a page; fails on tags that do not nest."""

    def __init__(self, text: str):
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append((tag, values))
        self.ids += [v for k, v in attrs if k == "id" and v]
        self.links += [v for k, v in attrs if k in ("href", "src") and v]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in ("li", "p") and self.open[-1] != tag:
            raise AssertionError(f"</{tag}> closes <{self.open[-1]}>")
        if tag not in VOID:
            assert self.open.pop() == tag

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        return [a for t, a in self.tags if t == tag and all(a.get(k) == v for k, v in attributes.items())]


@pytest.fixture(scope="module")
def revealed(make_report: MakeReport, tiny_bench: Workbench) -> str:
    return render_report(make_report(), tiny_bench)


def test_page_asks_for_nothing_outside_itself(revealed: str) -> None:
    page = Page(revealed)
    assert all(link.startswith(("data:image/", "#")) for link in page.links)
    assert not re.search(r"(src|href|url\()\s*=?\s*[\"']?(https?:)?//", revealed)
    assert "@import" not in revealed


def test_policy_allows_exactly_the_style_and_script_in_the_page(revealed: str) -> None:
    policy = Page(revealed).all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"] or ""
    assert policy.startswith("default-src 'none'; img-src data:;")
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", revealed, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert " style=" not in revealed  # the policy would drop it
    assert not re.search(r"\son\w+=", re.sub(r"<script>.*?</script>", "", revealed, flags=re.DOTALL))


def test_text_from_outside_is_escaped(revealed: str) -> None:
    assert "&lt;b&gt;effusion&lt;/b&gt;" in revealed
    assert "<b>effusion</b>" not in revealed


def test_film_is_embedded_once_and_the_page_is_small(revealed: str) -> None:
    assert revealed.count("data:image/jpeg;base64,") == 1
    assert len(revealed) < 2_500_000


def test_every_sentence_links_to_evidence_on_the_page(revealed: str, make_report: MakeReport) -> None:
    page = Page(revealed)
    assert len(page.ids) == len(set(page.ids))
    anchors = [link[1:] for link in page.links if link.startswith("#")]
    assert "evidence-predict-baseline" in anchors
    assert set(anchors) <= set(page.ids)
    for evidence in make_report().evidence:
        assert f"<code>{evidence.id}</code>" in revealed


def test_headings_go_down_one_level_at_a_time(revealed: str) -> None:
    levels = Page(revealed).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_pictures_and_controls_have_names(revealed: str) -> None:
    page = Page(revealed)
    for svg in page.all("svg"):
        assert svg.get("aria-hidden") == "true" or svg.get("aria-label")
    labelled = {label["for"] for label in page.all("label")}
    assert {c["id"] for c in page.all("input") + page.all("select")} <= labelled


def test_boxes_maps_and_film_share_the_film_s_own_pixels(make_report: MakeReport, tiny_bench: Workbench) -> None:
    box = Box(
        x1=20.5,
        y1=150,
        x2=110,
        y2=280,
        mean_activation=0.8,
        area_share=0.1,
        side="right",
        side_basis="as displayed",
        zones=("right lower lung",),
    )
    report = make_report()
    one = report.boxes[1].model_copy(update={"boxes": (box,), "why_none": None})
    text = render_report(report.model_copy(update={"boxes": (one,)}), tiny_bench)
    page = Page(text)
    assert len(page.all("svg", viewbox="0 0 360 300")) == 3
    (drawn,) = page.all("rect", **{"class": "over"})
    assert (drawn["x"], drawn["y"], drawn["width"], drawn["height"]) == ("20.5", "150.0", "89.5", "130.0")
    assert "<title>Box 1: right (as displayed); right lower lung; mean activation 0.80" in text
    maps = page.all("image", **{"class": "heat shared"})
    assert len(maps) == 4  # two models, two findings
    for heat in maps:
        assert (heat["x"], heat["y"], heat["width"], heat["height"]) == ("0", "0", "360", "300")


def test_revealed_page_shows_truth_outcomes_verdict_and_the_cut_sentence(
    revealed: str, make_report: MakeReport
) -> None:
    report = make_report()
    assert f"fine-tuning: <b>{report.explanation.verdict}</b>" in revealed
    outcomes = {o for f in report.comparison.findings.values() for o in (f.baseline_outcome, f.finetuned_outcome)}
    for outcome in outcomes - {None}:
        assert re.search(rf"[✓✗] {outcome}<", revealed)
    assert "The heart is huge." in revealed
    assert "no evidence names it" in revealed
    assert "Not a medical device" in revealed


def test_blind_page_keeps_a_truth_that_joined_later_folded_away(
    make_report: MakeReport, tiny_bench: Workbench
) -> None:
    blind = make_report(blind=True).model_copy(update={"truth": tiny_bench.truth})
    page = render_report(blind, tiny_bench)
    assert "<b>hard</b>, predicted" in page
    folded = re.findall(r"<details><summary>The truth.*?</details>", page, re.DOTALL)
    assert len(folded) == 1
    assert "Positive: Pleural Effusion." in folded[0]
    assert "Truth:" not in page.partition("</style>")[2]
    assert "✓" not in page
    assert "fine-tuning:" not in page


def test_what_a_model_does_not_assess_is_named_with_the_reason(revealed: str) -> None:
    assert "<b>Fracture</b>: tiny/baseline has no label for it" in revealed


def test_flipped_film_has_its_letters_exchanged(make_report: MakeReport, tiny_bench: Workbench) -> None:
    report = make_report()
    letters = r'class="side"[^>]*>([RL])<'
    assert re.findall(letters, render_report(report, tiny_bench))[:2] == ["R", "L"]
    flipped = report.model_copy(update={"quality": report.quality.model_copy(update={"flipped": True})})
    assert re.findall(letters, render_report(flipped, tiny_bench))[:2] == ["L", "R"]


def test_the_run_s_own_finding_is_shown_first(make_report: MakeReport) -> None:
    report = make_report().model_copy(update={"finding": "Cardiomegaly"})
    assert mapped_findings(report) == ("Cardiomegaly", "Pleural Effusion")


def test_a_report_without_heatmaps_still_renders(make_report: MakeReport, tiny_bench: Workbench) -> None:
    page = render_report(make_report().model_copy(update={"heatmaps": (), "boxes": ()}), tiny_bench)
    assert "No heatmap was asked for." in page
    Page(page)
