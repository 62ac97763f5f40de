"""Irregular forms of English verbs that news uses: `left` and `gone` are `leave` and `go`."""

BASES = {
    form: forms.split()[0]
    for forms in (
        "arise arose arisen", "bear bore borne", "beat beaten", "become became", "begin began begun", "blow blew blown",
        "break broke broken", "bring brought", "build built", "buy bought", "catch caught", "choose chose chosen",
        "come came", "deal dealt", "draw drew drawn", "drive drove driven", "eat ate eaten", "fall fell fallen", "feed fed",
        "feel felt", "fight fought", "find found", "flee fled", "fly flew flown", "freeze froze frozen", "get got gotten",
        "give gave given", "go went gone", "grow grew grown", "hide hid hidden", "hold held", "keep kept", "know knew known",
        "lead led", "leave left", "lend lent", "lose lost", "make made", "mean meant", "meet met", "pay paid", "ride rode ridden",
        "rise rose risen", "run ran", "say said", "see saw seen", "seek sought", "sell sold", "send sent", "shake shook shaken",
        "shoot shot", "shrink shrank shrunk", "sing sang sung", "sink sank sunk", "speak spoke spoken", "spend spent",
        "stand stood", "steal stole stolen", "strike struck", "swear swore sworn", "swim swam swum", "take took taken",
        "teach taught", "tell told", "think thought", "throw threw thrown", "understand understood", "wear wore worn",
        "win won", "withdraw withdrew withdrawn", "write wrote written",
    )
    for form in forms.split()[1:]
}  # fmt: skip
"""The base of each irregular form that is not also another word's (`lay`, `bound`) and differs from it (`cut`)."""
