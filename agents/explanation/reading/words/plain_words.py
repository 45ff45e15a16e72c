"""Plain words that a sentence may use beside what it claims: of grammar, of telling, of style.

A word that the reader of claims has no kind for and that does not stand here leaves a sentence unread, so that nothing
is said in words nobody checked. Words of anatomy, of disease, of people and of what is seen on a film do not
here, and no word that turns a statement round.
"""

from __future__ import annotations

import re
from functools import lru_cache

_GRAMMAR = """
a about accordingly across after again against all along already also although altogether am among amongst an and
another any anyhow anything anyway anywhere apart are around as aside at away back be because been before behind being
beside besides between beyond both but by can consequently could d despite did do does doing done down during e each
either else enough etc even ever every everything everywhere for from furthermore g had has have having he hence her
here him how however i if in indeed instead into is isn't it it's its itself just last let's ll m many may me
meanwhile might moreover most much must my near need nevertheless next nonetheless nothing notwithstanding now of off oh
ok on once one ones only onto or other others otherwise ought our out over own per quite rather re regardless s several
shall she should since so some somehow something sometimes somewhat somewhere spite still subsequently such t than
that that's the their theirs them themselves then there thereby therefore therein thereof these they this those though
three through throughout thus till to together too toward towards two under unless until up upon us ve versus very via
vs was we well were what when where whereas whether which while who whom whose why will with within would yet you your
"""
_TELLING = """
accord accordance according account acknowledge add address aim allow amount answer apparent appear apply argue arise
arrive ask assign assume attain attract attribute base basis bear became become becomes began begin belief believe
bring brought build came case change characterise characterize check choose chose cite claim class classifier
classifiers classify close come common comparative compare comparison complete concern conclude conclusion confidence
confident consider consist constitute contain content context continue contrast contribute control convert correspond
corresponding count cover credit criteria criterion current data deal decision declare deem define definition degree
deliver depend derive describe description design detail determine develop difference different direct direction
directly discrepancy discuss discussion display distinct distinguish distribute distribution document draw drive
driven earn effect either element emerge emphasis emphasise emphasize end enter entire entry equivalent essential
establish evaluate evaluation event evidence exact examine example exist expect explain explanation explicit express
extend extent fact factor fair feature figure film final fine fit fix follow form formal full function further gap
gather gave general get give given gives giving go goes going gone good got group guess hand handle happen held here
high highlight hint hold holds image imply important impression incline include incur indicate indication individual
influence inform information input inside instance interest interpret interpretation involve issue item judge
judgement judgment keep kept kind know known knows lack land lay learn learned leave led length lessen level lie lies
light like limit line link list little locate location long look lot low lying made main maintain major make makes
making manage manner map margin mark material matter mean meaning meant measure mention mere method middle mind minor
model modest moment move movement name named narrow natural nature near need neighbor neighbour network new newly next
normalise note nothing notice number object obtain occur offer old operate opinion option order origin original other
outcome output overall owe own page pair panel part particular pass past pattern peak percent percentage perform
performance period phrase picture place plain play point population position possible practical precise
prediction preserve previous primary print prior probability process produce product project proportion provide
purpose put quantity question raise range rate ratio reach read reading real reason recall receive reckon record refer
reference reflect regard region relate relation relative relevance rely remain remark represent
representation require respect response rest result retain return reveal review role round row rule run said sample
say says scale score seat section seem seems select sense sentence separate set settle shape sharp shift short show
shown shows side sign signal simple single sit site situation size slight small so-called sole sort sound source space
spare speak specific spread stage stand standard start state statement status stay step stop story study subject
substantial such suffice suggest sum summarise summarize summary support suppose table take taken takes taking tale
tally target task tell tells tend term test text thank thing think threshold tie time title told took tool topic total
touch track train transfer translate treat trend try turn type typical unclear understand unit use used uses using
usual value variant various vary verdict version view warn watch way whole wide word work worth write written wrote
yield zone
"""
_STYLE = """
absence absolutely acquisition actually addition adopt afraid alas align almost alone alongside also alter alternate
amid amount announce anticipate apiece approach approximately arguably aspect assess assessment at attempt await aware
awkward balance bar barely basically basis behave behavior behaviour behind bid bit blank block boil border bother
bottom bound boundary box breadth break brief briefly broadly broken bulk bump by-and-large care careful carefully
carry cast category caution cautious cautiously center centre certainly challenge chance chiefly cleanly clearance
clearcut clearest closely closer coherent coin collect collectively combination combine combined come comfortable
comfortably commit companion comparable comparatively compete complement completely compose comprise compute concede
concentrate concise concretely connect consequence conservative consistent consistently conversely cope corner
correspondingly count counterpart couple create cross crowd crucial culprit curious curiously cut deceive decidedly
decisive declare delineate demonstrate denote depart depict devote differentiate difficulties difficulty directly
distance distinctly disturb divide domain eager eagerly easily edge effectively effort either emphasis emphatically
ensure entirely especially essentially evenly eventually exactly exception exercise exhibit expand expectation
expectedly explanatory explicitly expose exposes external fairly fall fallen falling falls far finally firmly firstly
flip focus foreground formally foundation frame framework frankly fraught front fully funnily funny further gate gauge
generally generate generous genuinely gladly glance grade grant grasp ground guide hair hang hardly heavily hinge hint
honestly ideally illustrate immediately importantly inasmuch incidentally increasingly independently infer ingredient
initially insist intend interesting interestingly internal intriguing introduce invite ironically join jointly justify
keen keep keeping keyword label largely largest lastly later latest layout lean left lend lessen lesser liberal lift
likely likewise line list literally locate lone loosely loud mainly marginal marginally markedly mere merely middle
mild mined minimal mix mode moderate moderately modestly modify mostly mutually namely narrow narrowest narrowly
naturally nearer nearly neat neatly necessarily neighbourhood neutral newly nice nicely notable notably notch
noteworthy noticeable noticeably notion numerically obstacle odd oddly officially offset opposed ordinarily originally
originate outline outlines overall overlap pale paltry paragraph particular particularly partly passage pay pays
percentage pertain phrase pick piece pinpoint pity placement plainly plot plus point pool portion pose position
possibility post practically praise precede precisely predecessor predominantly presently pressure presumably presume
pretty previously price primarily principally principle priority probable progress projection proof proper properly
property purely purposes push qualify quiet quote radiograph ranks rating reader really reason reasonably recently
reconcile regime register reinforce relatively relegate reliance rely remainder remark remarkable remarkably reminder
repeat report reproduce resemble reservation reserved respective respectively respond responds revolve reward rift rival
room rough roughly route run-up safely sake scarcely scatter scrape secondly seemingly segment segmentation segregate
selective send sense separately sequence setting shape share shares sharply shortly shot shyly sibling side sight sign
signify silence silent silhouette simply simultaneously singly situate slice slide slightly slim slimly slip sliver
slowly smoothly solely solve sometimes soon span spans sparing specifically spell split spot spots spring squarely
steadily stem stick straddle strange strangely stress stretch strictly strike striking strikingly string structure
struggle style substantially subtly successor sufficiently suit suits sum summary supply support suppose surface
surprise surprising surprisingly surround survive sustain switch symmetric synthetic tail tally technically tend
territory thankfully thin thirdly thoroughly tier tightly tilt tiny toss touch trace trail trait transform transition
treatment-free trouble turnout ultimately uncertainty uncover undergo underlie underline underscore unequal unfold
uniformly unit unite unknown unsettle unsurprisingly unusual update uphold upper upshot usage usefully vague variation
versa vice visibly vote weigh weighting wholly widely wider witness wonder words work world worthwhile wow yardstick
yes yield
"""
_WORDS = frozenset(f"{_GRAMMAR} {_TELLING} {_STYLE}".split())
_ENDINGS = (
    ("", ""), ("s", ""), ("es", ""), ("d", ""), ("ed", ""), ("ing", ""), ("ing", "e"), ("ly", ""), ("ies", "y"),
    ("ied", "y"), ("er", ""), ("est", ""), ("er", "e"), ("est", "e"), ("ily", "y"), ("ally", "al"),
    ("ment", ""), ("ness", ""),
)  # fmt: skip
_DOUBLED = re.compile(r"(.)\1(?:ed|ing)$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@lru_cache(maxsize=4096)
def is_plain(word: str) -> bool:
    """Whether a word in lower case, or the one it is a form of, says nothing by itself."""
    if any(word.endswith(end) and word[: len(word) - len(end)] + new in _WORDS for end, new in _ENDINGS):
        return True
    if (m := _DOUBLED.search(word)) is not None:
        return word[: m.start() + 1] in _WORDS
    return "-" in word and all(is_plain(part) for part in word.split("-") if part)


_STRANGE = re.compile(r"[^\w\s.,;:()\[\]'%/+=<>≤≥&#@~≈°→×…?!$-]|!(?=[\w=])|==")
"""A sign that no sentence about results needs."""


def unknown_word(text: str, spans: list[tuple[int, int]], end_at: int) -> str | None:
    """The first word or sign up to a place, outside the spans that the reader knows, that is not plain."""
    if (strange := _STRANGE.search(text, 0, end_at)) is not None:
        return strange[0]
    between: list[str] = []
    at = 0
    for start, end in spans:
        if start >= end_at:
            break
        if start > at:
            between.append(text[at:start])
        at = max(at, end)
    between.append(text[at:end_at])
    for word in _WORD.findall(" ".join(between)):
        if not is_plain(word):
            return word
    return None
