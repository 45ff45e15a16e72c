"""Set forms of what writers remark on the evidence: margins, gains, reasons, the largest zones of a map.

    the baseline's score is 0.05 below its threshold            held to the digits printed
    these gains seem to rest on anatomy                         answers that became right, maps in usual places
    the baseline looks at left apex, neck and left hilum        the three zones that hold most of the map

A remark that only weighs what was told (`perhaps no single place decides the score`) is taken as it stands, with its
word of doubt; any other wording of it is not.
"""

from __future__ import annotations

import re

from ..facts import ROLES
from .forms import ASIDE, FINDINGS, FormReading, Forms
from .tokens import Who

_ZONES = r"Z+(?:, Z+)+,? and Z+"
_END = r"(?=$|[.,;:])"
_MARGIN = r"N+ (?:above|below) (?:its(?: own)?(?: threshold)?(?! of\b)|a default(?: threshold)?(?! of\b))"


def _other(role: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(r for r in ROLES if r not in role)


class RemarkReading(FormReading):
    """Remarks in set forms."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_REMARKS)

    def _model(self, m: re.Match[str], n: int = 0) -> tuple[str, ...]:
        return self.s.who[self._inside(m, "", "role")[n]].roles

    def _first(self, m: re.Match[str]) -> int:
        return self._inside(m)[0]

    def _tell_nothing(self, m: re.Match[str]) -> None:
        self._take_form(m)

    # ── models and findings ─────────────────────────────────────────────────────────────────────────────────

    def _tell_outweighed(self, m: re.Match[str]) -> None:
        self._take_form(m)
        self._say("verdict_not", self._first(m), value="IMPROVED")

    def _tell_exchange(self, m: re.Match[str]) -> None:
        self._take_form(m)
        self._say("errors_exchanged", self._first(m))

    def _tell_neither_right(self, m: re.Match[str]) -> None:
        findings = self._named(m, "f")
        self._take_form(m)
        self._say("right", self._first(m), Who(ROLES, "neither"), findings)

    def _tell_against(self, m: re.Match[str]) -> None:
        i = self._first(m)
        findings = self._findings(i)
        self._take_form(m)
        self._say("right", i, self._model(m) if m["r"] else ROLES, findings, negated=m["none"] is None)

    def _tell_wrong_reason(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "right")[0]
        who, findings = self._roles(i), self._findings(i)
        if not findings:
            return
        self._take_form(m)
        self._say("right", i, Who(who.roles), findings)

    def _tell_alone(self, m: re.Match[str]) -> None:
        role, findings = self._model(m), self._named(m, "f")
        alone = self._inside(m, "", "alone")[0]
        self._say("exclusive", alone, role, findings)

    def _tell_calls_none(self, m: re.Match[str]) -> None:
        role, number = self._model(m), self._inside(m, "", "number")[0]
        if self.s[number].text == "0":
            self._take_form(m)
            self._say("call_none", number, role)

    def _tell_which_other(self, m: re.Match[str]) -> None:
        role, other, findings = self._model(m), self._model(m, 1), self._named(m, "f")
        self._take_form(m)
        i = self._inside(m, "", "call")[0]
        self._say("call", i, role, findings)
        self._say("call", i, other, findings, negated=True)

    def _tell_only_one(self, m: re.Match[str]) -> None:
        role, findings = self._model(m), self._named(m, "f")
        self._take_form(m)
        self._say("call", self._inside(m, "", "call")[0], Who(role, "only"), findings)

    def _tell_two_outcomes(self, m: re.Match[str]) -> None:
        """`R is O for F, R for F`: the outcome left out is the one told."""
        i = self._inside(m, "", "outcome")[0]
        a, b = self._model(m), self._model(m, 1)
        first, second = self._named(m, "f"), self._named(m, "g")
        self._take_form(m)
        self._say("outcome", i, a, first)
        self._say("outcome", i, b, second)

    def _tell_no_true_call(self, m: re.Match[str]) -> None:
        self._take_form(m)
        self._say("no_true_call", self._first(m))

    def _tell_calls_stay(self, m: re.Match[str]) -> None:
        i = self._first(m)
        findings = self._findings(i) if self.s.groups else ()
        self._take_form(m)
        self._say("calls_stay", i, ROLES, findings, negated="calls differ" in m[0])
        if "maps do" in m[0]:
            self._say("places_differ", i, ROLES, findings)

    def _tell_same_answer(self, m: re.Match[str]) -> None:
        i = self._first(m)
        findings = self._findings(i)
        self._take_form(m)
        self._say("agree", i, ROLES, findings, value="agree")

    def _tell_gain(self, m: re.Match[str]) -> None:
        i = self._first(m)
        findings = self._named(m, "f") or self._findings(i)
        self._take_form(m)
        self._say("better", i, ("baseline",) if "loss" in m[0] else ("finetuned",), findings)
        self._say("plausible", i, ("finetuned",), findings, value="inside")

    def _tell_fits(self, m: re.Match[str]) -> None:
        """`..., which fits a TN`: the outcome told."""
        i = self._inside(m, "", "outcome")[0]
        if any(self.s[x].text == self.s[i].text for x in self.s.of("outcome") if x < i):
            self._take_form(m)

    def _tell_has_none(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "outcome")[0]
        who = self._roles(i)
        self._take_form(m)
        self._say("outcome_nowhere", i, Who(who.roles))

    # ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────

    def _tell_margin(self, m: re.Match[str]) -> None:
        number = self._inside(m, "", "number")[0]
        role, findings = self._model(m), self._findings(number)
        self._take_form(m)
        self._say_margin(number, role, findings, above=" above " in m[0])
        if "default" in m[0]:
            self._say("default", number, role, findings)

    def _tell_margins(self, m: re.Match[str]) -> None:
        """`the scores lie N above and N below a default threshold of N`: the baseline's score stands first."""
        a, b, threshold = self._inside(m, "", "number")
        findings = self._findings(a)
        self._take_form(m)
        for role, number, word in zip(ROLES, (a, b), (m["p"], m["q"]), strict=True):
            self._say_margin(number, (role,), findings, above=word == "above")
        self._say("default", threshold, ROLES, findings)
        self._say("number", threshold, ROLES, findings, value=(self.s[threshold].text, None), cue="threshold")

    def _say_margin(self, number: int, role: tuple[str, ...], findings: tuple[str, ...], *, above: bool) -> None:
        self._say("margin_is", number, role, findings, value=self.s[number].text)
        self._say("call", number, role, findings, negated=not above)

    def _tell_with_numbers(self, m: re.Match[str]) -> None:
        """`R with score N at a threshold of N, R with N at N`."""
        numbers = self._inside(m, "", "number")
        findings = self._findings(numbers[0])
        roles = self._model(m), self._model(m, 1)
        self._take_form(m)
        for n, number in enumerate(numbers):
            cue = "threshold" if n % 2 else "score"
            self._say("number", number, roles[n // 2], findings, value=(self.s[number].text, None), cue=cue)

    def _tell_shares_of_calls(self, m: re.Match[str]) -> None:
        """`usual places accompany an O on each side: N lies in usual places for R's F call, N for R's F call`."""
        numbers, found = self._inside(m, "", "number"), self._inside(m, "", "finding")
        outcome = self._inside(m, "", "outcome")
        self._take_form(m)
        for n, (number, f) in enumerate(zip(numbers, found, strict=True)):
            role, finding = self._model(m, n), (self.s.finding(f),)
            self._say("number", number, role, finding, value=(self.s[number].text, None), cue="share")
            self._say("call", f, role, finding)
            self._say("plausible", f, role, finding, value="inside")
            if outcome:
                self._say("outcome", outcome[0], role, finding)

    def _tell_at_most(self, m: re.Match[str]) -> None:
        number = self._inside(m, "", "number")[0]
        who, findings = self._roles(number), self._findings(number)
        self._take_form(m)
        self._say("largest_zone", number, Who(who.roles), findings, value=self.s[number].text)

    def _tell_score_led(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "more")[0]
        findings = self._findings(i)
        self._take_form(m)
        self._say("change", i, ROLES, findings, value="up" if "higher" in m[0] else "down")

    # ── places ──────────────────────────────────────────────────────────────────────────────────────────────

    def _tell_informed(self, m: re.Match[str]) -> None:
        """`R's attention is more anatomically informed for F, and less for F`."""
        role = self._model(m)
        i = self._inside(m, "", "plausibler")[0]
        more, less = self._named(m, "f"), self._named(m, "g")
        self._take_form(m)
        self._say("more_plausible", i, role, more)
        self._say("more_plausible", i, _other(role), less)

    def _tell_not_informed(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "plausibler")[0]
        role, other, findings = self._model(m), self._model(m, 1), self._findings(i)
        self._take_form(m)
        self._say("unread" if role == other else "not_more_plausible", i, role, findings)

    def _tell_peaks_of(self, m: re.Match[str]) -> None:
        """`the peaks differ: Z against Z for F, and Z against Z for F`."""
        zones, found = self._inside(m, "", "zone"), self._inside(m, "", "finding")
        self._take_form(m)
        for n, f in enumerate(found):
            for role, zone in zip(ROLES, zones[2 * n : 2 * n + 2], strict=True):
                self._say_peak(zone, (role,), (self.s.finding(f),))
            self._say("places_differ", f, ROLES, (self.s.finding(f),))

    def _tell_peaks_in(self, m: re.Match[str]) -> None:
        if not self._no_model_before(m):
            return
        zones = self._inside(m, "", "zone")
        findings = self._findings(zones[0])
        self._take_form(m)
        for role, zone in zip(ROLES, zones, strict=True):
            self._say_peak(zone, (role,), findings)

    def _tell_two_peaks(self, m: re.Match[str]) -> None:
        """`R's map peaks in Z with N of its activation in usual places, and R's in Z with N`."""
        roles, zones = (self._model(m), self._model(m, 1)), self._inside(m, "", "zone")
        findings = self._findings(zones[0])
        self._take(*self._inside(m))
        self.formed.append(m.span())
        for role, zone, part in zip(roles, zones, ("a", "b"), strict=True):
            self._say_peak(zone, role, findings)
            for cue, i in zip(("share", "expected"), self._inside(m, part, "number"), strict=False):
                self._say("number", i, role, findings, value=(self.s[i].text, None), cue=cue)

    def _tell_its_boxes(self, m: re.Match[str]) -> None:
        zones = self._inside(m, "", "zone")
        who, findings = self._roles(zones[0]), tuple(self.before.cited.findings)
        if len(findings) != 1:
            return
        self._take_form(m)
        for zone in zones:
            self._say("zone", zone, Who(who.roles), findings, value=self._zone_name_at(zone), cue="box")

    def _tell_its_peaks(self, m: re.Match[str]) -> None:
        """`R calls F, F and F, with its peaks in Z, Z and Z`, in the order of the findings."""
        zones, found = self._inside(m, "", "zone"), self._inside(m, "f", "finding")
        if len(zones) != len(found):
            return
        role = self._model(m)
        self._take(*(i for i in self._inside(m) if self.s[i].at >= m.start("peaks")))
        self.formed.append(m.span("peaks"))
        for zone, f in zip(zones, found, strict=True):
            self._say_peak(zone, role, (self.s.finding(f),))

    def _say_peak(self, zone: int, role: tuple[str, ...], findings: tuple[str, ...]) -> None:
        self._say("zone", zone, role, findings, value=self._zone_name_at(zone), cue="peak")

    def _tell_zones(self, m: re.Match[str]) -> None:
        """`R looks at Z, Z and Z`: the zones that hold most of the map."""
        role = self._model(m)
        zones = self._inside(m, "", "zone")
        findings = self._findings(zones[0])
        self._take_form(m)
        self._say("zones_are", zones[0], role, findings, value=tuple(map(self._zone_name_at, zones)))

    def _tell_both_zones(self, m: re.Match[str]) -> None:
        i = self._first(m)
        findings = self._findings(i)
        roles = self._model(m), self._model(m, 1)
        listed = [self._inside(m, group, "zone") for group in ("x", "y")]
        self._take_form(m)
        for role, zones in zip(roles, listed, strict=True):
            self._say("zones_are", zones[0], role, findings, value=tuple(map(self._zone_name_at, zones)))
        if set(map(self._zone_name_at, listed[0])) == set(map(self._zone_name_at, listed[1])) or roles[0] == roles[1]:
            self._say("unread", i)

    def _tell_neither_both(self, m: re.Match[str]) -> None:
        """`for F neither model's map lies mainly in usual places; for F both maps mostly do`."""
        i = self._inside(m, "", "usual")[0]
        neither, both = self._named(m, "f"), self._named(m, "g")
        self._take_form(m)
        self._say("plausible", i, Who(ROLES, "neither"), neither, value="inside")
        self._say("plausible", i, ROLES, both, value="inside")

    def _tell_outside(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "usual")[0]
        who, findings = self._roles(i), self._findings(i)
        self._take_form(m)
        self._say("plausible", i, Who(who.roles), findings, value="inside", negated=True)

    def _tell_no_usual(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "usual")[0]
        findings = self._named(m, "f") or self._findings(i)
        self._take_form(m)
        self._say("no_usual", i, (), findings)

    def _tell_all_maps(self, m: re.Match[str]) -> None:
        """`all N maps of R are mostly in usual places, against N of R's N`, of the findings whose maps are cited."""
        i = self._inside(m, "", "usual")[0]
        role, findings = self._model(m), tuple(sorted(self.before.cited.findings))
        self._take_form(m)
        number = m["n"] or m["m"]
        self._say("maps_usual", i, role, findings, value=(number, number))
        if m["k"]:
            self._say("maps_usual", i, self._model(m, 1), findings, value=(m["k"], m["of"]))

    def _tell_not_moved(self, m: re.Match[str]) -> None:
        i = self._first(m)
        findings = self._findings(i)
        self._take_form(m)
        self._say("not_moved", i, ROLES, findings, negated="has moved" in m[0])

    def _tell_no_attention(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "empty")[0]
        role, findings = self._model(m), self._findings(i)
        self._take_form(m)
        self._say("has_map", i, role, findings, value=False)

    def _tell_height(self, m: re.Match[str]) -> None:
        self.formed.append(m.span())
        self._say("odd", self._inside(m, "", "ood")[0], value=m["word"] == "high")

    def _tell_usual_film(self, m: re.Match[str]) -> None:
        i = self._first(m)
        self._take_form(m)
        self._say("odd", i, value=False)


_WORDS = r"(?:two|three|four|five)"
_REMARKS: Forms = (
    (
        ("outweigh",),
        re.compile(rf"\bwhich does not outweigh (?:this|these|them){_END}"),
        RemarkReading._tell_outweighed,
    ),
    (("exchanges errors",), re.compile(r"\bfine-?tuning exchanges errors(?=:)"), RemarkReading._tell_exchange),
    (
        ("familiar", "less weight", "likely reason", "no single", "borne out", "can not be", "shared call"),
        re.compile(
            rf"\bmay make it less familiar to (?:both|the) models{_END}|\bmay carry less weight{_END}"
            r"|\bseems a less likely reason(?=,)|\bperhaps no single region was strong enough to carry the call"
            rf"|\bperhaps no single place decides the score{_END}"
            rf"|\bperhaps the label itself is not borne out by the film{_END}"
            r"|\bwhether (?:the )?R+'s attention is anatomically relevant can not be (?:judged|said)(?: here)?"
            r"|\bwhether (?:the )?R+'s attention is more anatomically informed than R+'s can not be (?:judged|said)"
            rf"|(?<=neither model, )so there is no shared call to place{_END}"
        ),
        RemarkReading._tell_nothing,
    ),
    (
        ("credited",),
        re.compile(
            rf"^neither model is right on (?P<f>{FINDINGS}), so no attention can be credited to an answer in "
            rf"line with "
            rf"the labels{_END}"
        ),
        RemarkReading._tell_neither_right,
    ),
    (
        ("against the labels",),
        re.compile(
            rf"(?:(?P<none>\bneither model)|\beach model|\bboth models|(?P<r>R+)) (?:goes|go) against the labels{_END}"
        ),
        RemarkReading._tell_against,
    ),
    (
        ("wrong reason",),
        re.compile(r"\b(?:may|might|could) (?:itself |only )?be right for the wrong reason"),
        RemarkReading._tell_wrong_reason,
    ),
    ((" alone",), re.compile(rf"R+ calls (?P<f>{FINDINGS}) alone{_END}"), RemarkReading._tell_alone),
    (("calls 0",), re.compile(rf"R+ calls N findings{_END}"), RemarkReading._tell_calls_none),
    (
        (", which",),
        re.compile(rf"(?:^|(?<=; ))R+ calls (?P<f>{FINDINGS}), which R+ does not(?=$|[.;])"),
        RemarkReading._tell_which_other,
    ),
    (
        ("not a finding",),
        re.compile(rf"^(?P<f>F+) is not a finding that both(?: models)? call, as only R+ calls it{_END}"),
        RemarkReading._tell_only_one,
    ),
    (
        (" for ",),
        re.compile(rf"(?:^|(?<=; ))R+ is O+ for (?P<f>{FINDINGS}),? (?:and )?R+ for (?P<g>{FINDINGS})(?=$|[.;])"),
        RemarkReading._tell_two_outcomes,
    ),
    (
        ("either model",),
        re.compile(rf"^no finding that the labels name as positive is called by either model{_END}"),
        RemarkReading._tell_no_true_call,
    ),
    (
        ("rests on the score", "calls differ", "calls do not"),
        re.compile(
            r"\bwhich rests on the score and not on a call(?=[.;])|^the calls (?:do not )?differ(?:, but the "
            r"maps do)?(?=[.:;])"
        ),
        RemarkReading._tell_calls_stay,
    ),
    (
        ("same answer",),
        re.compile(rf"\bthe same answer may, but need not, have different reasons{_END}"),
        RemarkReading._tell_same_answer,
    ),
    (
        ("rest on anatomy",),
        re.compile(
            rf"\b(?:this|the|these) (?:gains?|loss|losses)(?: for (?P<f>{FINDINGS}))? seems? to rest on anatomy{_END}"
        ),
        RemarkReading._tell_gain,
    ),
    (("which fits",), re.compile(r"\bwhich fits an? O+(?=$|[.;])"), RemarkReading._tell_fits),
    (
        ("above its", "below its", "a default"),
        re.compile(rf"R+'s (?:score )?(?:(?:is|lies) )?{_MARGIN}(?=$|[.,;]| that\b| and\b)"),
        RemarkReading._tell_margin,
    ),
    (
        ("the scores ",),
        re.compile(
            r"^the scores (?:lie|are) N+ (?P<p>above|below) and N+ (?P<q>above|below) a default threshold of N+"
        ),
        RemarkReading._tell_margins,
    ),
    (
        ("at a threshold",),
        re.compile(r"R+ with score N+ at a threshold of N+, (?:and )?R+ with N+ at N+(?=$|[.;])"),
        RemarkReading._tell_with_numbers,
    ),
    (
        (" call,",),
        re.compile(
            r"(?:^usual places accompany an? O+ on each side: )?N+ of the activation lies in usual places "
            r"for R+'s F+ call,"
            r" (?:and )?N+ for R+'s F+ call(?=$|[.;])"
        ),
        RemarkReading._tell_shares_of_calls,
    ),
    (
        ("in any one",),
        re.compile(r"(?:\bspread over several zones, )?\bwith no more than N+ in any one(?=[,.;])"),
        RemarkReading._tell_at_most,
    ),
    (
        ("led to",),
        re.compile(r"\bmay have led to the (?:lower|higher) score(?=[,.;])"),
        RemarkReading._tell_score_led,
    ),
    (
        ("informed for",),
        re.compile(
            rf"R+'s attention (?:seems|is) more anatomically informed for (?P<f>{FINDINGS})(?:,? and|,? "
            rf"but|,) less for "
            rf"(?P<g>{FINDINGS})(?:, so overall it does not seem so)?(?=$|[.;])"
        ),
        RemarkReading._tell_informed,
    ),
    (
        ("not more",),
        re.compile(rf"R+'s attention is not more anatomically informed than R+'s{_END}"),
        RemarkReading._tell_not_informed,
    ),
    (
        ("the peaks differ",),
        re.compile(r"^the peaks differ: Z+ against Z+ for F+(?:,? and Z+ against Z+ for F+)*(?=$|[.;])"),
        RemarkReading._tell_peaks_of,
    ),
    (
        ("the peaks are",),
        re.compile(rf"\bthe peaks are in Z+{ASIDE} and Z+{ASIDE}(?=$|[.,;])"),
        RemarkReading._tell_peaks_in,
    ),
    (
        ("peaks in",),
        re.compile(
            rf"R+ calls (?P<f>{FINDINGS}), (?P<peaks>with (?:its|their) peaks in Z+(?:, Z+)*,? and Z+)(?=$|[.;])"
        ),
        RemarkReading._tell_its_peaks,
    ),
    (
        ("main zones",),
        re.compile(
            rf"^the main zones of the two maps are not the same: (?P<x>{_ZONES}) for R+, (?:and "
            rf")?(?P<y>{_ZONES}) for R+"
            r"(?=$|[.;])"
        ),
        RemarkReading._tell_both_zones,
    ),
    (
        ("looks at", "spread over"),
        re.compile(rf"R+(?: looks at|'s attention is spread over) {_ZONES}(?=$|[.,;])"),
        RemarkReading._tell_zones,
    ),
    (
        ("both maps",),
        re.compile(
            rf"^for (?P<f>{FINDINGS}) neither (?:model's )?map lies mainly in usual places; for "
            rf"(?P<g>{FINDINGS}) both maps "
            r"(?:mostly )?do(?=$|[.;])"
        ),
        RemarkReading._tell_neither_both,
    ),
    (
        ("found little", "little of this", "away from usual", "looked past"),
        re.compile(
            r"\bit may have gone there because it found little in usual places that raises the score"
            r"|^little of this attention is in clinically relevant places|\bmaps away from usual places"
            r"|\bboth models may have looked past the relevant places"
        ),
        RemarkReading._tell_outside,
    ),
    (
        ("no usual",),
        re.compile(rf"\bno usual places are known for (?:(?P<f>{FINDINGS})|this finding|it){_END}"),
        RemarkReading._tell_no_usual,
    ),
    (
        ("all ",),
        re.compile(
            rf"\ball (?P<n>{_WORDS}) maps of R+ are mostly in usual places"
            rf"(?:, against (?P<k>one|{_WORDS}) of R+'s (?P<of>{_WORDS}))?(?=$|[.;])"
            rf"|R+'s maps for all (?P<m>{_WORDS}) findings below are mostly in usual places(?=$|[.;])"
        ),
        RemarkReading._tell_all_maps,
    ),
    (
        ("moved",),
        re.compile(r"^the attention has (?:not )?moved to another place(?=[:.;])"),
        RemarkReading._tell_not_moved,
    ),
    (
        ("no attention",),
        re.compile(rf"R+'s empty map shows no attention to judge{_END}"),
        RemarkReading._tell_no_attention,
    ),
    (
        ("map peaks",),
        re.compile(
            rf"R+'s map peaks (?:in )?Z+{ASIDE},? with (?P<a>N+ of (?:its|the) activation in usual places"
            rf"(?: \(flat map N+\))?),? (?:and |while )?R+'s in Z+{ASIDE},? with (?P<b>N+(?: \(flat map "
            rf"N+\))?)(?=$|[.;])"
        ),
        RemarkReading._tell_two_peaks,
    ),
    (("boxes name",), re.compile(rf"\bits boxes name Z+(?:(?:,|,? and) Z+)*{_END}"), RemarkReading._tell_its_boxes),
    (("has no ",), re.compile(r"\bhas no O+(?=$|[.;])"), RemarkReading._tell_has_none),
    (
        ("distribution score",),
        re.compile(r"\bout-of-distribution score of N+ is (?P<word>low|high)\b"),
        RemarkReading._tell_height,
    ),
    (
        ("unusual film",),
        re.compile(r"\bso an unusual film seems not to be the cause(?=[.;])"),
        RemarkReading._tell_usual_film,
    ),
)
