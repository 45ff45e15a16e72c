"""The kinds of word the reader knows, in order of preference: one long table, for the order across all of it counts.

Set phrases stand first, then the words of results, then those of grammar. `{findings}` stands for the names of the
findings.
"""

from __future__ import annotations

import re

from ...prose import SOURCES
from .lexicon import CENTRAL, DIAGNOSES, ROLE_MODEL, SIDED, SIGNS

_NOUN = r"(?: (?:model|classifier|network|net|version|checkpoint|one|variant))?"
_MODELS = r"(?:models|classifiers|networks|nets|versions|checkpoints|variants|maps|heatmaps|readings|readers)"
_CALL = (
    r"(?:calls?|called|calling|flags?|flagged|flagging|detect(?:s|ed|ing)?|identif(?:y|ies|ied|ying)"
    r"|recogni[sz](?:es?|ed|ing)|picks? up|picked up|picking up|picks? out|shared(?= by\b))"
)
_USUAL = (
    r"(?:usual|plausible|typical|expected|relevant|sensible|customary|implausible|unusual|untypical|unexpected"
    r"|irrelevant)"
    r"(?: (?:places?|zones?|regions?|locations?|areas?|sites?|spots?|territory|territories|positions?))"
)
_LABELS = r"(?:labels?|ground truth|reference standard|reference|truth|label table|annotations?|annotators?)"
_OVER = (
    r"(?:above|over|past|beyond|exceed(?:s|ed|ing)?|reach(?:es|ed|ing)?|clear(?:s|ed|ing)?|cross(?:es|ed|ing)?"
    r"|surpass(?:es|ed|ing)?|pass(?:es|ed|ing)?|meets?|meeting|tops?(?! (?:the|its)))"
)
_UNDER = (
    r"(?:below|under(?:neath)?|beneath|short of|shy of|falls? short|fell short|fallen short|falling short"
    r"|misses|missed|missing|fails?(?= (?:its|the|at|with) ))"
)

KINDS: tuple[tuple[str, str], ...] = (
    ("evidence", r"\b(?:predict|gradcam|boxes|compare|truth)\.[a-z0-9][a-z0-9.-]*[a-z0-9]"),
    ("nodoubt", r"\b(?:little|no|hardly any|scarcely any) doubt (?:about|as to|on|over|concerning|regarding|of)\b"),
    (
        "idiom",
        r"\b(?:believe|like) it or not\b"
        r"|\bnot the truth of (?:the|a) patient|\bno doubt\b|\bno wonder\b|\bnot only\b|\bnot surprising(?:ly)?\b"
        r"|\bnot to mention\b|\bwithout (?:recourse to|reference to|knowledge of|knowing|peeking at|seeing"
        r"|access to) the (?:truth|labels)"
        r"|\bof the (?:two|three|four|five)(?=,)|\btraining films differ\b|\bnothing definite\b"
        r"|\bneither helped nor hurt\b|\btoo few positives\b|\bfrom the scores alone\b"
        r"|\b(?:predicted )?without the (?:truth|labels)\b"
        r"|\bnothing here says which model is right\b|\bcan not be (?:told|said(?! of)|known|settled|confirmed"
        r"|judged)\b|\bgo(?:es)? down as\b|\bnot count(?:ed)? among the \w+|\bno later\b"
        r"|\bnot (?:a probability|probabilities)\b"
        r"|\beven so\b|\bone by one\b|\bfor one\b|\bat least\b|\bat all\b|\bat most\b(?! \d)"
        r"|\bmost (?:clearly|plainly|strongly|visibly|sharply|obviously)\b"
        r"|\bby the way\b|\bon the (?:one|other) hand\b|\bon (?:the whole|balance)\b|\bin the end\b"
        r"|\ball the same\b|\bfor all that\b"
        r"|\ball told\b|\ball in all\b|\bonce more\b|\bno less\b(?! than)"
        r"|\bnonetheless\b|\bnevertheless\b|\bno matter\b"
        r"|\btakes? no sides?\b|\bin either case\b|\beither way\b"
        r"|\bthis is not a negative|\bwhich is not a negative|\bnot (?:be )?(?:(?:count|read|taken?|understood"
        r"|treat|regard|seen"
        r"|interpret)(?:ed)? )?as (?:a )?negatives?(?: (?:answer|result|reading|finding))?"
        r"|\bin line with\b|(?:(?<=\bover )|(?<=\bacross )|(?<=\bunder )|(?<=\bbelow )|(?<=\babove )"
        r"|(?<=\bnear ))the line\b"
        r"|\bbottom line\b|\bcan not be (?:compared"
        r"|scored)\b|\bnot (?:by itself |alone )?(?:explain(?:ed)?|matter)\b"
        r"|\bthis is no negative\b|\bon the contrary\b|\bno guarantee\b|\bbelongs? to (?:a|the|this) (?=map"
        r"|box)|\bweighs? more\b|\babove all\b"
        r"|\bhardly (?:the|an?) (?:problem|obstacle|reason|cause|issue|surprise|point)\b"
        r"|\bhardly explains?\b|\bno attention to (?:be compared|compare)\b"
        r"|\bfirst of all\b|\bbe called(?= (?:anatomically )?(?:relevant|plausible|usual))"
        r"|\bagreement is (?:only |but )?partial\b"
        r"|\bno more than a coin toss\b"
        r"|\brevers(?:es|ed|ing) the roles\b|\bno_finding not (?:being )?counted\b|\bnot counting no_finding\b"
        r"|\bnot surprise\b|\bmore than that\b"
        r"|\bis not a negative|\bnot a negative(?: (?:answer|result|reading))?"
        r"|\bno opinion(?! (?:(?:about|on|of) (?:it|this) )?from)(?: (?:about|on))?"
        r"|\bnothing (?:follows|can be concluded) from (?:their|its|this|the) absence\b",
    ),
    (
        "twist",
        r"\b(?:everything|anything|nothing|all|none) but\b|\bexcept(?:ing|ion)?\b|\bapart from\b|\bother than\b"
        r"|\b(?:deny|denies|denied)\b|\bcontradict\w*\b(?! by the labels?)|\brefut\w+|\bexclud\w+|\bavoid\w*|\b(?:far"
        r"|away) from\b(?! (?:call|equal))"
        r"|\brefus\w+|\breverse\w*"
        r"|\bthe other way (?:a?round|about)\b|\b(?:mirror image|converse)\b"
        r"|\bopposite\b(?! (?:conclusions?|calls?|answers?|views?|opinions?|verdicts?)\b)"
        r"|(?<!more )\bspar(?:es?|ed|ing)\b|\bignor\w+|\bunsure\b"
        r"|\bdoubt(?:s|ed)\b"
        r"|\b(?:doubl|tripl)\w+|\b(?:twice|half) as\b|\btimes (?:as|higher|lower)\b|\bcontrary to\b|\bsupposedly\b"
        r"|\ballegedly\b|\bcertain(?:ty)?\b|\bundoubtedly\b|\bdefinitely\b|\bvice versa\b|\bconfirmed by a\b"
        r"|\b(?:something else|(?:one|some) other \w+|another \w+)(?= (?:goes|comes|gets|scores|rises|is)"
        r" (?:that|this|as|so) high\b)"
        r"|\b(?:a|some) verdict (?:is|can be|was) (?:given|stated)\b|\bthere is (?:a|some) verdict\b"
        r"|\b(?:further|farther|worlds) apart\b|\bradiologists?\b|\b(?:used|about) to\b|\ba lie\b"
        r"|\bleast of (?:its|the|it)\b|\b(?:all|every)(?: \w+){0,2} but(?= (?:the )?(?:{findings})\b)"
        r"|\bbottom(?! line\b)|\b(?:something|\w+ person) settles\b"
        r"|\bsomething (?:follows|can be (?:said|concluded))\b|\bsomething but\b"
        r"|\b(?:has|have|had) yet to\b|\bas (?:if|though)\b(?! (?:it|they|this) (?:is|are|was|were|may))"
        r"|\b(?:one|we|you|i|nobody|no one) (?:can|could|would|should|must|may) ?not (?:say|claim|hold"
        r"|think)(?= that\b)"
        r"|\b(?:stops?|stopped|falls?|fell|comes?|came) short of(?= (?:a call\b|call|flag|detect|find|see))"
        r"|\b(?:should|ought to|could|would|might) (?:\w+ly )?have(?= (?:\w+ly )?(?:call|flag|detect|predict|identif"
        r"|found|seen))|\b(?:ought to|could|would)(?= (?:not )?(?:call|flag|detect|predict|identify)\b)"
        r"|(?:\b(?:its|his)|'s) (?:credit|merit|fault|shame|discredit)\b|\b(?:it|that|this) (?:speaks?|counts?"
        r"|tells?|argues?) (?:for|against|in favou?r of)\b"
        r"|\bcounts? (?:for|against)(?= (?:the )?(?:baseline|fine-?tuned))"
        r"|\b(?:film|maps?|attention|focus|projection) (?:itself )?(?:explains|accounts for|causes|is why"
        r"|is the reason|supports|backs|confirms|justifies)(?= (?:why|the|its|this|that|it|them|both|each)\b)"
        r"|\bcalled before(?=[.,;]|$)|\bbefore(?=, (?:it|this|that) (?:is|was)\b)|'s,? (?:too|as well)(?=[.,;]|$)"
        r"|\b(?:close|near) to being\b|\bon the (?:verge|brink|cusp) of\b"
        r"|\bso much for\b|\bthe whole of(?= (?:the|its|their)\b)|\belsewhere than\b|\bamong others\b"
        r"|\b(?:little|not much|a (?:small |tiny |mere )?(?:part|fraction|portion|sliver|bit|minority)) of"
        r"(?= (?:the|its|their|either|both|neither|each)\b)"
        r"|\b(?:stop\w*|ceas\w*|start\w*|beg[ai]n\w*)(?= (?:to )?(?:call|flag|detect|predict|identif|find|see)\w*\b)",
    ),
    (
        "source",
        r"\b(?:"
        + "|".join(re.escape(s) for s in SOURCES.values())
        + r")|\blesions(?: that (?:were|are)| which (?:were|are))? simulated\b",
    ),
    ("finding", "{findings}"),
    (
        "zone",
        rf"\b(?:(?:right|left) (?:{SIDED})|{CENTRAL})\b(?: (?:zone|region|area))?|\boff the body\b|\boutside body\b",
    ),
    (
        "filmlike",
        r"\blooks (?:un)?like the films[^,;.]*|\bdiffers somewhat from the films[^,;.]*"
        r"|\b(?:un)?like (?:most|many|much|nearly all)(?: of)?(?: (?:what|that|those|the films|films)){1,3} (?:the"
        r"|these|both) (?:tools|models) (?:know|have seen|saw|were trained on|were fitted on|learned from)\b",
    ),
    (
        "filmflag",
        r"\b(?:the|this) (?:film|image|radiograph|picture)(?: itself)? (?:is|was|has been|gets) (?:not )?flagged\b"
        r"(?! (?:by|as|with|for)\b)",
    ),
    (
        "caution",
        r"\bthe heart and mediastinum look larger than they are|\b(?:should|must|has to"
        r"|needs to) be read with caution|\bsize of the heart\b",
    ),
    ("sign", SIGNS),
    ("diagnosis", DIAGNOSES),
    (
        "nobox",
        r"\b(?:absent|missing|lacking) box(?:es)?\b|\b(?:absence|lack) of (?:a |any |its |the )?box(?:es)?\b"
        r"|\bnothing (?:more |further )?can be said (?:about|of|on) (?:its |the |any |their )?boxes\b",
    ),
    (
        "calls_match",
        r"\bmost calls of either model are calls of both\b"
        r"|\bby its own calibrated scores the fine-tuned model is unsure of its answers on the whole\b",
    ),
    ("unjudged", r"\bneither answer was judged\b|\b(?:was|were|is|are) not judged\b"),
    ("nojudged", r"\bnames? no judged finding\b"),
    ("f1", r"\b(?:case )?f1(?:[- ](?:scores?|values?))?\b"),
    ("ood", r"\b(?:out[- ]of[- ]distribution(?: (?:score|measure|value|index))?|ood(?: score)?)\b"),
    (
        "notilt",
        r"\b(?:hardly any|barely any|without(?: any)?|no|next to no) (?:tilt|rotation)\b|\bnot (?:tilted|rotated)\b",
    ),
    ("tilt", r"\btilt(?:ed|s)?\b|\brotat(?:ed|ion)\b"),
    ("thorax", r"\bthorax\b"),
    (
        "hidden",
        r"\b(?:truth|labels?) (?:is|was|are|were|being|stays?|remains?) (?:hidden|withheld|not shown)"
        r"|\bhidden truth|\b(?:truth|labels?) hidden",
    ),
    ("tuning", r"\bfine-?tuning\b|\bthe transition\b"),
    (
        "verdict",
        r"\bno[- ]change\b|\bno difference\b|\bimprov(?:e|es|ed|ement|ing)\b"
        r"|\bworse(?:n(?:s|ed|ing)?)?\b(?![- ](?:placed|located))"
        r"|\bunchanged\b|\bno verdict\b"
        r"|\bchanged nothing\b|\bhelp(?:s|ed)\b|\bhurts?\b|\bharm(?:s|ed)\b|\bbetter\b(?!-| (?:placed|located))"
        r"|\bdeteriorat\w+\b"
        r"|\bstep (?:back|forward)\b|\bcomes? out ahead\b|\boutperforms?\b",
    ),
    ("nearmiss", r"\b(?:(?:meets?|meeting|met|suffers?) )?(?:an?|another) near[- ]miss\b"),
    (
        "outcome",
        r"\btrue[- ]positives?\b|\bfalse[- ]positives?\b|\btrue[- ]negatives?\b|\bfalse[- ]negatives?\b"
        r"|\b(?:tp|fp"
        r"|tn|fn)s?\b"
        r"|\bfalse alarms?\b|\bfalse calls?\b"
        r"|\bmiss(?:es|ed|ing)?\b|\boverlook(?:s|ed|ing)?\b|\bovercall(?:s|ed|ing)?\b|\bhallucinat\w+\b"
        r"|\bcatch(?:es|ing)?\b|\bcaught\b",
    ),
    ("adverb", r"\b(?:correctly|rightly|wrongly|falsely|incorrectly|mistakenly|erroneously)\b"),
    (
        "lacks",
        r"\b(?:has|have|had|having|with) no (?:label|output|opinion|assessment)s?(?: (?:for|of|on|about))?"
        r"|\b(?:0|no|zero) opinions?(?: (?:about|on|of) (?:it|this))? from(?= (?:the )?(?:baseline|bl|fine-?tuned"
        r"|ft)\b)"
        r"|\bno label for\b"
        r"|\black(?:s|ing)? (?:a label|an assessment)(?: for| of)?"
        r"|\b(?:does not|do not|did not|can ?not|is not|are not|was not|not|never) assess(?:ed|es)?(?: by)?"
        r"|\b(?:falls?|lies?|is|are) (?:outside|beyond) what(?= (?:the )?(?:baseline|bl|fine-?tuned|ft)\b)"
        r"|\bunassessed(?: by)?|\b(?:leaves?|left) (?:out|aside)\b",
    ),
    ("assess", r"\bassess(?:es|ed|ing)?\b"),
    (
        "differ",
        r"\bdiffers?\b|\bdiffered\b|\bdiffering\b|\bdisagree[sd]?\b|\bdisagreements?\b"
        r"|\bdifferences?(?= (?:\w+ ){0,6}(?:for|on|in|over|about|concern|between))|\bparts? (?:company|ways)\b"
        r"|\bparts?(?= on\b)|\bstands? on (?:different|opposite) sides\b|\b(?:are|is) divided(?= (?:on|over|about)\b)"
        r"|(?<=\bthey )part\b|\bdiverges?\b|\bat odds\b"
        r"|\bdivides?\b(?= (?:the|them))|\bseparates?\b(?= (?:the|them))|\bsplits?\b(?= (?:the|them))"
        r"|\bfall out\b"
        r"|\bat variance\b|\bdiscord\w*\b|\bdiscrepan\w+\b|\bclash(?:es)?\b|\b(?:different|opposite)"
        r" (?:conclusions?|calls?|answers?|views?|opinions?|verdicts?)\b|\bof different opinions?\b",
    ),
    (
        "agree",
        r"\bagrees?\b|\bagreeing\b|\bagreed\b|\bagreements?\b|\bsee eye to eye\b|\bsee this film alike\b"
        r"|\bsee \w+ alike\b"
        r"|\bthe same (?:conclusions?|calls?|answers?|view)\b|\bconcur\b|\bof one mind\b|\bin accord\b"
        r"|\bcoincide\b|\bunanimous\w*\b",
    ),
    (
        "reject",
        r"\b(?:rejects?|rejected|withholds?|withheld|dismiss(?:es|ed)?|rules? out|ruled out"
        r"|pass(?:es|ed)? over(?! (?:its|the|a) (?:thresholds?|cut-?offs?)| \d)"
        r"|leaves? out|sa(?:ys?|id) no to)\b",
    ),
    (
        "nooutcome",
        r"\bno outcomes?\b|\bneither (?:model|one|of them|of the (?:two|models)) (?:can be|could be|is"
        r"|was) (?:scored|judged|graded)(?: on it)?\b",
    ),
    ("uncalled", r"\b(?:uncalled|unflagged|undetected|unrecogni[sz]ed|left alone|(?<!the )left(?= (?:by|at \d)))\b"),
    ("oneof", r"\b(?:only |just |exactly )?one of (?:them|the two|the (?:two )?models|these)\b"),
    ("thereis", r"\bthere (?:is|are|was|were) (?=(?:no |an? )?(?:{findings}))"),
    ("noevidence", r"\bno evidence of\b"),
    ("against_labels", r"\b(?:contradicted by|at odds with) the labels?\b"),
    (
        "noncall",
        r"\bnegative (?:calls?|answers?|readings?|results?)\b|\b(?:non-?|missing |absent |(?:absence"
        r"|lack) of (?:a |any |its )?)calls?\b",
    ),
    ("gain", r"\bgain(?:s|ed|ing)?\b|\bwin(?:s|ning)?\b|\bwon\b|\bwinner\b|\blos(?:es|ing|e|s|ses|t)\b|\bloser\b"),
    (
        "noregion",
        r"\bno (?:such |named )?region (?:above|over|stands|is|was|of)(?:[^.;,]|\.\d)*(?:of the film"
        r"|large enough[^.;,]*"
        r"|for a box)",
    ),
    (
        "enough",
        r"\b(?:is|was|are|were) (?:(?:just|only just|amply|easily|barely) )?(?:enough|sufficient)"
        r"\b(?! (?:that|of)\b| to (?!call)| for (?:a |the |any )?box)|\bsuffic(?:es?|ed)\b",
    ),
    (
        "nocall",
        r"\bno (?:positive )?calls?\b(?! of)|\bnot (?:enough|sufficient)\b(?! to)(?: for a call)?"
        r"|\binsufficient for a call\b",
    ),
    (
        "callnoun",
        r"(?:(?<=\bthe )|(?<=\ba )|(?<='s )|(?<=\bits )|(?<=\bthis )(?!calls)|(?<=\bthat )(?!calls)"
        r"|(?<=\beach )|(?<=\bfor )"
        r"|(?<=\bthese )(?=calls)|(?<=\bthose )(?=calls)"
        r"|(?<=\bboth )|(?<=\bof )|(?<=\bto )(?=calls)|(?<=\btheir )|(?<=\bmore )|(?<=\bto its )"
        r"|(?<=\bpositive )|(?<=\bsole )|(?<=\bonly )(?=call\b)|(?<=\bsingle )|(?<=\bone ))calls?\b(?! (?:it"
        r"|{findings}|for a))",
    ),
    ("call", rf"\b{_CALL}\b"),
    (
        "confirm",
        r"\b(?:confirm(?:s|ed)?|(?<!the )(?<!'s )(?<!own )(?<!its )(?<!of )(?<!neither )list|list(?:s|ed)"
        r"|include[sd]?|contain(?:s|ed)?|name[sd]?|bear(?:s)? out|borne out"
        r"|back(?:s|ed)? up)\b",
    ),
    (
        "callish",
        r"\b(?:predict(?:s|ed|ing)?|report(?:s|ed|ing)?|finds?|found|sees?|seen|recogni[sz]es?|(?:goes|go|going"
        r"|went) (?:all in on|for)|plump(?:s|ed)? for|opts? for|names?|marks? as present"
        r"|answers? with|shares?(?= (?:the )?(?:{findings})\b)|says? yes to|votes? for|gives? a (?:positive"
        r"|call for)|registers?|claims?|spots?|spotted)\b",
    ),
    (
        "signed",
        r"(?<=[a-z] )[+](?=\s*(?:[;,.:)(]|$))|(?<=[a-z])\+(?=\s*(?:[;,.:)(]|$))|(?<=[a-z] )-(?= ?[(;,.]|$)"
        r"|\byes\b|(?<=\d )no\b(?= ?[(,;.]|$)"
        r"|(?:(?<=\bft )|(?<=\bbl ))no\b(?= ?[(,;.]|$)",
    ),
    (
        "label",
        rf"\b{_LABELS}\b|\blabel+ed\b|\b(?:an? |the )?(?:single |one )?readers?\b|\bconsensus(?: of readers)?\b",
    ),
    ("lvalue", r"\b(?:positives?|negatives?|uncertain|unsettled|unmentioned|blank|unclear)\b"),
    ("open", r"\bopen\b|\bsettles?\b|\bknown\b|\bclear\b|\bdefinite\b"),
    (
        "silent",
        r"\bneither (?:affirm|confirm|assert|name|mention)s? nor (?:deny|denies|excludes?|rules? out)\b"
        r"|\b(?:not|never) (?:mention(?:ed)?|say|said(?! to)|cover(?:ed)?|address(?:ed)?)\b|\bsilent\b|\bno mention\b"
        r"|\bsays? nothing(?: definite)?\b",
    ),
    ("mention", r"\b(?:mentions?|mentioned)\b"),
    ("exists", r"\b(?:truly |really |actually |in fact )?(?:present|absent)\b|\bresolved\b"),
    (
        "right",
        r"\b(?:right(?!-| (?:side|lung|of the|from)\b)|correct|wrong|incorrect|mistaken)\b(?! (?:reason|place"
        r"|answer for|spot)s?\b)",
    ),
    (
        "level",
        r"\b(?:easy|average|avg|hard|doddle|tricky|difficult(?!y)|straightforward|moderate|intermediate|middling"
        r"|low difficulty|high difficulty|medium|simple|tough|challenging|breeze|piece of cake|plain sailing"
        r"|demanding|undemanding)\b",
    ),
    ("based", r"\b(?:predicted|inferred|estimated from the scores|by (?:the )?(?:ground )?truth|pred)\b"),
    ("projection", r"\b(?:ap|pa|anteroposterior|posteroanterior|lateral)\b"),
    (
        "noproj",
        r"\b(?:projection|view)(?:'s|s)?(?: of (?:the|this) film)?(?::| being|(?: that| which)? is| was| has| remains"
        r"| stays)?(?: (?:given|listed|recorded|marked) as)? ?(?:unknown|not known|unspecified|undetermined"
        r"|not (?:been )?(?:established|determined))|\bunknown (?:projection|view)|\bwhether (?:this"
        r"|it) is an? ap or an? pa(?: film)? (?:is|was) not known"
        r"|\bneither ap nor pa\b|\bnot known whether this is an ap or a pa(?: film)?"
        r"|\bprojection could not be determined|\bno known projection|\bnothing is known (?:of|about|as to) (?:the|its)"
        r" (?:projection|view)\b",
    ),
    (
        "basis",
        r"\bheader\b|\b(?:the|its) table\b|\bestimat(?:e|es|ed|ion)\b|\best\b|\bbest guess\b|\bguess(?:ed|es|work)?\b"
        r"|\bthought to be\b",
    ),
    ("sides", r"\b(?:sides?|which side is which|laterality|left from right|left and right)\b"),
    ("marker", r"\bmarkers?\b"),
    ("unsettled_sides", r"\bas displayed\b|\bnothing settles\b|\b(?:flip|flipped|mirrored)\b"),
    (
        "oddness",
        r"\b(?:un)?usual(?! (?:places?|zones?|regions?|locations?|areas?|sites?))\b(?: film)?|\bodd(?:ball)?\b"
        r"|\bout of the ordinary\b|\bweird\b|\bordinary\b",
    ),
    ("frontal", r"\bfrontal(?: chest)?(?: film| one| view|-looking| radiograph)?"),
    (
        "usual",
        rf"(?:(?<=\bmainly )|(?<=\bmostly ))there\b|\b(?:anatomically )?{_USUAL}|\banatomically (?:ir)?relevant\b"
        rf"|\banatomically (?:im)?plausible\b|\bmainly usual\b|\b(?:well|poorly|badly)[- ]placed\b|\b(?:usual"
        rf"|relevant)(?= for)"
        r"|\b(?:ir)?relevant\b(?! (?:places?|anatomy|structures?|regions?|areas?|findings?|models?))"
        rf"|\b(?<!more )(?:im)?plausible\b|\birrelevant\b|\b(?:no|little|anatomical) sense\b|\bwhere (?:it is "
        rf"|they are |one would )?expected\b|\bwhere (?:the"
        rf"|a) finding is (?:expected|usual\w*)|\bplaces (?:that are )?usual for\b",
    ),
    ("outward", r"\boutside(?! (?:of )?the body| body)\b|\belsewhere\b"),
    ("flat", r"\bflat(?: map| one| heatmap)?\b|\bchance\b"),
    (
        "side",
        r"(?<=\bthe )left(?= by\b)|(?<!what is )\bleft\b(?! (?:un|open|out|aside|alone|by|at \d|to (?:chance"
        r"|the))|-)|\b(?:right"
        r"|left)-sided\b|\bright\b"
        r"|\bbilateral(?:ly)?\b|\bmidline\b|(?<!\bon )\bboth sides\b|\bboth lungs\b",
    ),
    ("box", r"\bbox(?:es)?\b"),
    (
        "peak",
        r"\bculminat(?:es?|ing)\b|\bpeak(?:s|ing|ed)?\b|\b(?:strongest|maximum|maximal|hottest)\b"
        r"|\bat its (?:highest|strongest)\b|\bhighest (?:over|in|at|within)\b(?! (?:the |its )?(?:list"
        r"|scores?))"
        r"|\bhottest spot\b|\bmost intense\b",
    ),
    (
        "mainly",
        r"\b(?:mainly|mostly|chiefly|largely|predominantly|for the most part|most of(?! all)|almost wholly"
        r"|almost completely|almost entirely|account for|accounts for|take up|takes up)\b",
    ),
    (
        "look",
        r"\b(?:focus(?:es|ed|sing)?|concentrat\w+|attends?|looks?(?! like| unlike)|looking|cent(?:re|er)(?:s|d"
        r"|ed)?|drawn|draws?|dominates?|largest (?:part|share)|favours?|favors?|holds?|dwells?|directed|lies|lie"
        r"|lying|sits?|falls in)\b",
    ),
    ("map", r"\b(?:heat ?maps?|heat maps?|maps?|activations?|attention|saliency|focus)\b"),
    (
        "empty",
        r"\b(?:empty|no map(?: to show)?|(?:a|any) map to show"
        r"|nothing(?: at all)? on the film raises)\b(?: th(?:at|is|e) score)?",
    ),
    ("threshold", r"\b(?:thresholds?|cut-?offs?|cut-?off points?|(?:operating|decision) points?|thr)\b"),
    (
        "over",
        rf"\b{_OVER}\b(?=[^.;:()]{{0,45}}?(?:threshold|cut-?off|\d|flat|needed|required))"
        r"|\breach(?:es|ed)?\b(?=\s*(?:[.,;)]|$))",
    ),
    (
        "under",
        rf"\b{_UNDER}\b(?: of)?(?=[^.;:()]{{0,45}}?(?:threshold|cut-?off|\d|flat|needed|required)|$"
        rf"|[,.;)]| it\b)",
    ),
    (
        "close",
        r"\b(?:no score )?(?:lies? |is |are |sits? )?(?:very |quite |too )?(?:close|near) to (?:its|the|their"
        r"|both)(?: own)? (?:thresholds?|cut-?offs?)",
    ),
    ("score", r"\bscor(?:e|es|ed|ing)\b|\boutputs?\b"),
    ("calibrated", r"\b(?:un)?calibrated\b"),
    ("default", r"\bdefaults?\b"),
    (
        "rank",
        r"\b(?:top|highest|leading|surest|surer|first|second|third|fourth|fifth|lowest|last|narrowe(?:st|r)|weakest|closest"
        r"|widest|tighte(?:st|r))\b",
    ),
    ("lead", r"\b(?:heads?|leads?|led by|tops|topped by|comes? first|ranks? first|followed by|ahead of|behind)\b"),
    (
        "plausibler",
        r"\bthe less (?:plausible|relevant)\b(?! than)"
        r"|\bmore (?:plausible|sensible|anatomical(?:ly (?:plausible|relevant|informed))?|relevant)\b",
    ),
    (
        "more",
        r"\b(?:higher|lower(?! (?:border|edge|margin|part|half))|larger|smaller|greater|more|less|fewer|bigger"
        r"|lesser|weaker|stronger|keener|surer"
        r"|(?:better|worse)[- ](?:placed|located)"
        r"|(?:more|less) (?:confident|certain|sure|inclined|likely|probable))\b",
    ),
    (
        "same",
        r"\b(?:same|different(?= (?:thresholds?|cut-?offs?)\b)|equal(?:ly|s)?"
        r"|match(?:es)?(?= (?:its own|a flat|that of a flat|what a flat))"
        r"|identical|alike|as (?:well(?= as (?:a|the|its|what a) flat)|high|low|many|much) as|exactly as|tie|tied)\b",
    ),
    (
        "change",
        r"\b(?:ris(?:es?|ing)|rose|increas(?:es?|ed|ing)|went up|goes up|raised|raises|climb(?:s|ed|ing)?|drop(?:s|ped"
        r"|ping)?"
        r"|fell|falls(?= from)|decreas(?:es?|ed)|declin(?:es?|ed)(?! to [a-z])|goes down|went down|lower(?:ed"
        r"|s)|reduc(?:es?|ed)"
        r"|mov(?:es?|ed|ing)|shift(?:s|ed|ing)?|goes from|going from|went from|changes? from|turns? into|grew"
        r"|grows)\b",
    ),
    ("arrow", r"->|→"),
    ("evenless", r"\beven less\b|\beven more\b|\b(?:least|most) of all\b"),
    ("number", r"(?<![\w.@/])-?\d+(?:\.\d+)?(?:e-?\d+)?(?:\s?%| per ?cent\b| degrees?\b| deg\b)?(?![\w])"),
    (
        "neg",
        r"\b(?:not(?! be compared here)|(?:nearly|almost)(?= (?:calls?|called|reach\w*|cross\w*|pass\w*"
        r"|clear\w*|flag\w*|detect\w*|recogni\w*)\b)|never|without|hardly|barely any|from(?= calling)"
        r"|far from(?= (?:call|equal))"
        r"|too (?:weak|low|faint"
        r"|small|little|far|modest|weakly)(?: \w+)? (?:to|for)|fail(?:s|ed|ing)? to"
        r"|(?:refrain|abstain|desist)(?:s|ed|ing)? from(?= calling)"
        r"|declin(?:es?|ed) to(?= (?:call|flag)\b)|nor|nothing|unlike"
        r"|rather than|instead of|no longer|denies|denied)\b",
    ),
    (
        "neither",
        r"\bneither(?: (?:model|classifier|network|map|one|version|(?:of (?:them|the (?:two )?(?:models|maps"
        r"|classifiers|networks|two)|these|which))))?\b|\bnobody\b|\bno model\b|\bno one\b",
    ),
    (
        "either",
        r"\beither (?:model|classifier|network|map|one|version|of (?:them|the (?:two )?(?:models|maps|two)"
        r"|these))\b|(?:(?<=\bby )|(?<=\bfor )|(?<=\bfrom )|(?<=\bin )|(?<=\bof )"
        r"|(?<=\bwith ))either\b(?! way)",
    ),
    (
        "both",
        rf"\bboth(?: of (?:the (?:two )?|these |those )?(?:{_MODELS}|them))?(?: the (?:two )?{_MODELS}| {_MODELS}"
        rf"| answers)?\b(?! (?:of (?:its|their)|findings|labels|on the|in the (?:mid|left|right)|left\b|its))"
        rf"|\bthe two(?: {_MODELS}| of them)?\b(?! (?:boxes|negatives|positives|findings|{_MODELS} of))"
        rf"|\bthe (?:models|classifiers|networks|pair)(?: of them)?\b|\btwo models\b|\beach(?: model| network"
        rf"| classifier| one| of (?:them|the (?:two )?models))?\b(?! (?:other|of its))|\bapiece\b"
        rf"|\btwice(?: over)?\b|\bshared(?= (?:true|false|tp|fp|tn|fn|calls?)\b)|\bthroughout\b|\bin (?:either"
        rf"|each) case\b|\bon both sides(?= ?[,.;:]| ?$)"
        rf"|\bthey both\b|\bthe pair\b",
    ),
    (
        "former",
        r"\b(?:the )?(?:former|latter)\b|\bin the (?:first|second)(?: instance)?(?= ?(?:$|[.,;]| and\b))"
        r"|\bthe (?:first|second)(?= (?:is|has|lies|does|one|being)\b)",
    ),
    (
        "other",
        r"\bits (?:counterpart|sibling|rival)\b"
        r"|\bthe other(?: model| one| network| classifier)?(?! (?:two|three|four|findings|hand))\b",
    ),
    ("role", ROLE_MODEL),
    ("alone", r"\balone\b"),
    ("only", r"\b(?:only|solely|exclusively|nothing else|the one finding)\b|\bjust(?= (?:{findings})\b)"),
    ("all", r"\b(?:all|every(?: (?:one|single one))?|any|a single one|none)\b"),
    ("them", r"\b(?:them|these|those|of which)\b"),
    ("it", r"\b(?:it|this finding|that finding|the finding)\b"),
    (
        "count",
        r"\b(?:no|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|sole|a single"
        r"|single|(?<=against )one|(?<=versus )one|(?<=vs )one"
        r"|(?:(?<=only )|(?<=just )|(?<=model )|(?<=calls )|(?<=flags )|(?<=has )|(?<=: ))one(?=\s*(?:$|[.,:;)]))"
        r"|one(?= (?:box|finding|other(?= ?$|[.,;]| finding\b)|label|of its|model|(?:for"
        r"|by|from|in) (?:the )?(?:baseline|bl"
        r"|fine-?tuned|ft)|(?:true|false) ))|half|several|few|many|most(?! \w+ly\b)"
        r"|zero)\b",
    ),
    ("findings", r"\b(?:findings?|labels|entries|calls)\b"),
    (
        "clause",
        r"[;:.?!]|\b(?:while|whereas|but|although|though|because|since|yet|which|whose|where|who|hence"
        r"|seeing that|given that|so that|as opposed to|and so)\b|, (?:so|as|and it|and its)\b",
    ),
    (
        "aux",
        r"\bfollows?(?: suit)?(?=\s*(?:$|[.,;]))|(?<!to )\b(?:does|do|did)(?=\s*(?:$|[.,;:()]|for the\b|(?:do )?so\b))"
        r"|\b(?:is|are)(?=\s*(?:$|[.;(]|, (?:hence|and|but|while|whereas|(?:with|at)(?= \d))\b))",
    ),
    ("and", r"\b(?:and|or|as well as|plus)\b|[/&+=]"),
    ("comma", r","),
    ("paren", r"[()]"),
)
