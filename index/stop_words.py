"""The English words that tell no text from another."""

# Function words, and the words that only say what kind of answer is wanted.
STOP_WORDS = frozenset(
    "a about above after again against all also am an and any are aren't as at be because been before being below between both"
    " but by can can't cannot could did didn't do does doesn't doing don't down during each far few for from further had has"
    " have having he her here hers him his how i if in into is isn't it its itself just least less let like long many may me"
    " might more most much must my no nor not now of off often old on once only or other our out over own per please s same"
    " she should so some such t than that the their them then there these they this those through to too under until up upon"
    " us very was we were what when where which while who whom whose why will with within without would you your"
    " according say says said tell told"
    # Words too general to tell one sentence from another.
    " behind get gets got come comes came happen happens happened time times make makes made take takes took taken give gives"
    " gave given go goes went gone kind type sort thing things way called named put puts latest currently".split()
)
