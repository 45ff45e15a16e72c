"""Labels: what they say of a finding, positive, negative or open, and where they come from."""

from __future__ import annotations

import re

from ...facts import ROLES
from ...prose import SOURCES
from .outcomes import OutcomeReading


class LabelReading(OutcomeReading):
    """What a sentence says of labels."""

    def _on_lvalue(self, i: int) -> None:
        """`positive`, `negative`, `uncertain` of the labels; `tests positive` of a model."""
        s, t = self.s, self.s[i]
        if (
            re.search(
                r"\b(?:baseline|bl|fine-?tuned|ft|models?|classifier|network|one|both|neither"
                r"|it)(?: \w+ly)? (?:is"
                r"|are|was|were|stays?|remains?) (?:not |both )?$",
                s.before(i),
            )
            and not self.labels
            and re.match(r" (?:for|on|about)\b", self.text[t.end :])
        ):
            denied = self._denied(i)
            self._say("call", i, self._roles(i), self._findings(i), negated=t.text.startswith("neg") != denied)
            return
        if t.text in ("unclear", "unsettled", "blank", "unmentioned") and not self.labels:
            return
        value = {"pos": "positive", "neg": "negative"}.get(t.text[:3], "uncertain")
        who = self._roles(i)
        revealing = self.labels or not s.listed
        if not revealing and value == "uncertain":
            revealing = True
        if re.search(r"\b(?:tests?|reads?|comes? (?:out|back)|votes?) (?:as )?$", s.before(i)) and not self.labels:
            self._say("call", i, who, self._findings(i), negated=(value == "negative") != self._denied(i))
            return
        if re.search(r"\b(?:no|two|three|four|five|six|seven|eight|nine|ten|\d+) (?:labels? )?$", s.before(i)):
            return  # a count, read there
        negated = self._denied(i)
        self._say("label", i, (), self._label_findings(i), value=value, negated=negated)

    def _label_findings(self, i: int) -> tuple[str, ...]:
        s, t = self.s, self.s[i]
        groups = [f for f in sorted(s.groups) if not s[f].bracket or s[f].bracket == t.bracket]
        same = [f for f in groups if s[f].clause == t.clause]

        def give(x: int) -> tuple[str, ...]:
            self._take(*s.groups[x])
            return s.group(x)

        behind = [f for f in same if f > i]
        if (
            behind
            and re.fullmatch(
                r"\s*(?:labels?|findings?)?\s*(?:for|on|about|are|is|include[s]?|:|, namely|namely)?\s*(?:the )?",
                self.text[t.end : s[behind[0]].at],
            )
            and re.search(r"\b(?:for|on|about|are|is|namely)\b|labels", self.text[t.end : s[behind[0]].at])
        ):
            return give(behind[0])
        group = self._group_meant(i)
        if group:
            return group
        ahead = [f for f in same if f < i]
        if ahead:
            return give(ahead[-1])
        later = [f for f in groups if f > i]
        earlier = [f for f in groups if f < i]
        if earlier:
            return give(earlier[-1])
        if behind:
            return give(behind[0])
        if later and not self.before.finding():
            return give(later[0])
        if not groups and len({s.finding(f) for f in s.groups}) == 1:
            return give(min(s.groups))  # the one finding there is stands in brackets
        return self.before.finding()

    def _on_open(self, i: int) -> None:
        """`the labels leave X open`, `do not settle X`, `is not known`."""
        _s, t = self.s, self.s[i]
        if (
            t.text == "known"
            and re.search(
                r"\b(?:projection"
                r"|view)\b[^,;]*$",
                self.s.before(i, 50),
            )
            and "noproj" not in self.kinds
        ):
            self._say("known_projection", i, negated=self._denied(i))
            return
        if not self.labels or self.kinds & {"noproj", "sides"}:
            return
        settled = t.text != "open"
        self._say("label", i, (), self._label_findings(i), value="open", negated=settled != self._denied(i))

    def _on_thereis(self, i: int) -> None:
        """`there is no X`: a statement of the truth, whoever makes it."""
        s = self.s
        behind = next(f for f in sorted(s.groups) if f > i)
        denied = self.text[s[i].end :].startswith("no ")
        for x in range(i + 1, behind):
            s[x].taken = True
        self._take(*s.groups[behind])
        self._say("label", i, (), s.group(behind), value="positive", negated=denied)

    def _on_silent(self, i: int) -> None:
        if self.s[i].text == "silent" and re.search(
            r"\b(?:stays?|stayed|remains?|remained"
            r"|keeps?) $",
            self.s.before(i, 10),
        ):
            here = [x for x in self.s.listed if self.s[x].clause == self.s[i].clause]
            if here:
                self._say("call", i, self._roles(i), self._findings(i), negated=not self._denied(i))
                return
        if not self.labels and not re.search("mention|neither", self.s[i].text):
            return
        if i + 1 < len(self.s) and i + 1 in self.s.groups and re.fullmatch(r" (?:the )?", self.s.between(i, i + 1)):
            self._take(*self.s.groups[i + 1])
            self._say("label", i, (), self.s.group(i + 1), value="blank")
            return
        self._say(
            "label",
            i,
            (),
            self._label_findings(i),
            value="open" if re.search("nothing|neither", self.s[i].text) else "blank",
        )

    def _on_mention(self, i: int) -> None:
        if self.labels and (self.s.groups or self.before.finding()):
            self._say("label", i, (), self._label_findings(i), value="blank", negated=not self._denied(i))

    def _on_confirm(self, i: int) -> None:
        s = self.s
        if not self.labels or any(t.kind == "lvalue" and t.clause == s[i].clause for t in s.tokens):
            return
        if any(t.kind == "count" and t.text != "no" and t.clause == s[i].clause for t in s.tokens):
            return
        if any(t.kind == "open" and t.clause == s[i].clause for t in s.tokens):
            return
        negated = self._denied(i)
        behind = [f for f in sorted(s.groups) if f > i and s[f].clause == s[i].clause]
        if behind:
            gap = self.text[s[i].end : s[behind[0]].at]
            for x in s.tokens:
                if x.kind == "count" and x.text == "no" and s[i].at < x.at < s[behind[0]].at:
                    x.taken, negated = True, not negated
            if not re.search(r"[a-z]{4}", re.sub(r"\b(?:also|both|only|either)\b", "", gap)):
                self._take(*s.groups[behind[0]])
                self._say("label", i, (), s.group(behind[0]), value="positive", negated=negated)
                return
        got = self._label_findings(i)
        self._say("label", i, (), got, value="positive", negated=negated)

    def _on_exists(self, i: int) -> None:
        _s, t = self.s, self.s[i]
        if t.text == "resolved":
            self._say("unread", i)
            return
        if re.search(r"\b(?:considers?|deems?|judges?|believes?|thinks?|takes|holds)\b", self._clause_text(t)):
            self._say("call", i, self._roles(i), self._findings(i), negated=(t.text == "absent") != self._denied(i))
            return
        self._say(
            "label", i, (), self._label_findings(i), value="positive", negated=("absent" in t.text) != self._denied(i)
        )

    def _on_label(self, i: int) -> None:
        """Where the labels come from."""
        s, t = self.s, self.s[i]
        near = self.text[t.end : t.end + 40] + s.before(i)
        source = None
        if "consensus" in t.text:
            source = "reader consensus"
        elif "reader" in t.text and re.search(r"\b(?:single|one)\b|\ba reader\b", s.before(i, 10) + t.text):
            source = "single reader"
        elif "label" in t.text and re.search(r"\bmined\b", near):
            source = "text-mined"
        elif "label" in t.text and re.search(
            r"origin (?:is |of which is )?unknown|unknown origin|origin is not known", self.text
        ):
            source = "unknown"
        if source is not None and not any(c.kind == "source_is" for c in self.claims):
            self._say("source_is", i, value=source)

    def _on_against_labels(self, i: int) -> None:
        if re.search(r"\b(?:call|answer|reading)s?\b[^,;]*$", self.s.before(i, 40)):
            self._say("right", i, self._roles(i), self._findings(i), negated=not self._denied(i))
        else:
            self._say("unread", i)

    def _on_source(self, i: int) -> None:
        names = {text: source for source, text in SOURCES.items()}
        self._say("source_is", i, value=names.get(self.s[i].text, "simulated"))

    def _on_nooutcome(self, i: int) -> None:
        self._say("no_outcome", i, ROLES, self._findings(i))
