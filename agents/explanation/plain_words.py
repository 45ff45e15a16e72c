"""Plain words that a sentence may use beside what it claims: of grammar, of telling, of style.

A word that the reader of claims has no kind for and that does not stand here leaves a sentence unread, so that nothing
is said in words nobody checked. Words of anatomy, of disease, of people and of what is seen on a film do not belong
here, and no word that turns a statement round.
"""

from __future__ import annotations

import re

_GRAMMAR = """
a an the this that these those it its itself they them their theirs themselves he she him her i me my we us our you
your who whom whose which what when where why how whether if then than so such as of to in into onto on off at by for
from with within upon over under between among amongst across along through throughout during before after since until
till toward towards against about around behind beside besides beyond near next per via and or but yet both either
each every any some all other others another be is am are was were been being do does did done doing have has had
having can could may might must shall should will would ought need there here s t d ll re ve m isn't because although
though while whereas unless once again also too even just still already now ever only rather quite very much many
several enough else instead hence thus therefore thereby thereof therein however moreover furthermore meanwhile
otherwise nevertheless nonetheless accordingly consequently subsequently altogether apart aside despite spite
notwithstanding regardless up down out back away together own one ones two three last that's it's let's well oh ok
indeed anyway anyhow somehow somewhat sometimes somewhere something anything nothing everything everywhere anywhere e
g etc vs versus
"""
_TELLING = """
account accord accordance according acknowledge add address aim allow amount answer apparent appear apply argue arise
arrive ask assign assume attain attract attribute base basis become becomes became begin began belief believe belong
bear bring brought build came case change characterise characterize check choose chose cite claim class classify close
come common compare comparison comparative complete concern conclude conclusion confidence confident consider consist
constitute contain content context continue contrast contribute control convert correspond corresponding count cover
credit criteria criterion current data deal decision declare deem define definition degree deliver depend derive
describe description design detail determine develop difference different direct directly direction discrepancy
discuss discussion display distinct distinguish distribute distribution document draw drive driven earn effect either
element emerge emphasis emphasise emphasize end enter entire entry equivalent essential establish evaluate evaluation
event evidence exact examine example exist expect explain explanation explicit express extend extent fact factor fair
feature figure film final fine fit fix follow form formal full function further gap gather general get give given
gives gave giving go goes going gone good got group guess hand handle happen here high highlight hint hold holds held
image imply important impression include incline incur indicate indication individual influence inform information
input inside instance interest interpret interpretation involve issue item judge judgement judgment keep kept kind
know knows known lack land learn learned leave led length lessen level lie lies lay lying light like limit line link
list little locate location long look lot low main maintain major make makes made making manage manner map margin mark
material matter mean meant meaning measure mention mere method middle mind minor model modest moment move movement
name named narrow natural nature near need neighbour neighbor network new newly next normalise note nothing notice
number object obtain occur offer old operate opinion option order origin original other outcome output overall owe own
page pair panel part particular pass past pattern peak percent percentage perform performance period phrase picture
place plain plausible play point population position possible practical precise prediction preserve previous primary
print prior probability process produce product project proportion provide purpose put quantity question raise range
rate ratio reach read reading real reason recall receive reckon record refer reference reflect regard region relate
relation relative relevance relevant rely remain remark represent representation require respect response rest result
retain return reveal review role round row rule run sample say says said scale score seat section seem seems select
sense sentence separate set settle shape sharp shift short show shown shows side sign signal simple single sit site
situation size slight small so-called sole sort sound source space spare speak specific spread stage stand standard
start state statement status stay step stop story study subject substantial such suffice suggest sum summary summarise
summarize support suppose table take takes taken taking took tale tally target task tell tells told tend term test
text thank thing think threshold tie time title tool topic total touch track train transfer translate treat trend try
turn type typical unclear understand unit use used uses using usual value variant various vary verdict version view
warn watch way whole wide word work worth write written wrote yield zone classifier classifiers
"""
_STYLE = """
price survive break broken clearance deceive inasmuch toss coin particular pay crowd thin clearest unsettle trouble disturb obstacle struggle sparing selective cautious conservative generous liberal reserved eager closer nearer marginal share shares left likewise ranks fall falls fallen falling certainly opposed absolutely actually almost alone approximately arguably at barely basically broadly closely collectively comfortably
comparatively completely concretely conversely correspondingly curious curiously decidedly directly distinctly easily
effectively entirely especially essentially eventually evenly exactly exclusively explicitly fairly finally firmly
formally frankly fully funnily funny further generally genuinely gladly hardly heavily honestly ideally immediately
importantly incidentally increasingly independently initially interesting interestingly intriguing ironically jointly
largely lastly later latest likely literally loosely mainly marginally markedly merely moderately modestly mostly
mutually namely narrowly naturally nearly neat neatly necessarily newly nicely notably noteworthy noticeable
noticeably numerically oddly officially ordinarily originally overall paltry particularly partly pity plainly
practically precisely predominantly presently presumably pretty previously primarily principally properly purely
purposes really reasonably recently remarkably respective respectively roughly safely scarcely seemingly separately
sharply shortly shyly silent silence simply simultaneously singly slightly slim slimly slowly smoothly solely
sometimes soon specifically squarely steadily strangely strange strikingly striking strictly substantially subtly
sufficiently surprising surprisingly surprise technically thankfully thoroughly thirdly secondly firstly tightly
ultimately uniformly unsurprisingly usefully visibly wholly widely wow yes alas also amid apiece awkward bit brief
briefly by-and-large clearcut coherent comfortable concise consistent consistently crucial decisive expectedly
external generous internal keen lone loud mere minimal mild notable odd overlap pale plus quiet relatively rough tiny
unusual vague vice versa wider worthwhile eager eagerly afraid care careful carefully caution cautious cautiously
alongside amount aspect attempt bar blank block border bottom bound boundary box breadth bulk category centre center
chance combination combine combined companion comparable concentration consequence corner count counterpart couple
crowd cut distance domain edge effort either emphasis exception exercise expectation explanatory focus foundation
framework frame front gate glance ground guide hair ingredient keyword label largest layout lesser line list middle
moderate mode narrowest neighbourhood neutral notch notion outline outlines paragraph passage percentage phrase piece
portion position possibility pressure principle priority probable progress projection proof proper property radiograph
rating reader reason regime reliance remainder remark reminder report reservation room route run-up sake segment
segmentation segregate sense sequence setting shot side sight silhouette slice spot spots spans stretch string
structure style summary supply symmetric synthetic territory tier tilt touch trace trait transition treatment-free
turnout uncertainty unit update upper upshot usage variation weighting words world difficulty difficulties far nice
mined unknown pay pays acquisition addition adopt align alter alternate announce anticipate approach assess assessment
await aware balance basis behave behaviour behavior behind bid boil bother bump carry cast challenge chiefly collect
come commit compete complement compose comprise compute concede concentrate confine conform connect cope create cross
declare delineate demonstrate denote depart depict devote differentiate divide embed encompass ensure exhibit expand
expose flip foreground gauge generate grade grant grasp hinge illustrate infer insist intend introduce invite isolate
join justify keep lean lend lessen lift locate mix modify narrow originate pertain pick pinpoint plot point pool pose
post praise precede presume push qualify quote reconcile register reinforce relegate rely repeat reproduce resemble
respond revolve reward scatter scrape send shape sign signify situate slide slip solve span spell split spring stem
stick stress strike struggle sum support surface surround sustain switch tail tally tend trail transform uncover
underlie underline underscore undergo unfold unite uphold vote weigh witness wonder work yield
"""
_WORDS = frozenset(f"{_GRAMMAR} {_TELLING} {_STYLE}".split())
_ENDINGS = (
    ("", ""), ("s", ""), ("es", ""), ("d", ""), ("ed", ""), ("ing", ""), ("ing", "e"), ("ly", ""), ("ies", "y"),
    ("ied", "y"), ("er", ""), ("est", ""), ("er", "e"), ("est", "e"), ("ily", "y"), ("ally", "al"),
    ("ment", ""), ("ness", ""),
)  # fmt: skip
_DOUBLED = re.compile(r"(.)\1(?:ed|ing)$")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


def is_plain(word: str) -> bool:
    """Whether a word in lower case, or the one it is a form of, says nothing by itself."""
    if any(word.endswith(end) and word[: len(word) - len(end)] + new in _WORDS for end, new in _ENDINGS):
        return True
    if (m := _DOUBLED.search(word)) is not None:
        return word[: m.start() + 1] in _WORDS
    return "-" in word and all(is_plain(part) for part in word.split("-") if part)


def unknown_word(text: str, spans: list[tuple[int, int]], end_at: int) -> str | None:
    """The first word up to a place, outside the spans that the reader knows, that is not plain."""
    at = 0
    for start, end in [*spans, (end_at, end_at)]:
        if at >= end_at:
            return None
        for match in _WORD.finditer(text, at, max(at, min(start, end_at))):
            if not is_plain(match.group()):
                return match.group()
        at = max(at, end)
    return None
