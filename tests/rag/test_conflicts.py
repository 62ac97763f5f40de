"""Conflicts between independent sources: figures of one thing differ, or may both be right."""

import pytest

from tests.rag.ferry_accident import APP, BACKED, COST, CUT, DIED, INJURED, LONG, OPENS, SELL, TWELVE, Find, find


@pytest.mark.parametrize(
    ("question", "sentences", "told"),
    [
        (INJURED, (TWELVE, "A total of 19 people were injured when the ferry struck the quay."), ("12", "19")),
        (INJURED, ("Twelve people were injured.", "Nineteen people were hurt, the hospital said."), ("twelve", "nineteen")),
        (
            INJURED,
            ("At least 12 people were injured.", "On Monday at least 19 people were injured."),
            ("at least 12", "at least 19"),
        ),
        (INJURED, (TWELVE, "The ferry accident killed 3 people, and 19 people were injured."), ("12", "19")),
        (INJURED, (TWELVE, "19 people were injured, including 4 children, when it hit the quay."), ("12", "19")),
        (INJURED, ("More than 40 people were injured.", "Only 12 people were injured, the county said."), ("more than 40", "12")),
        (DIED, ("Three people died in the storm at Varby.", "In Varby the storm killed five people."), ("three", "five")),
        (LONG, ("The Sandholm bridge is 2,870 metres long.", "The bridge at Sandholm is 2,780 metres long."), ("2,870", "2,780")),
        (CUT, ("Norlink will cut 400 jobs.", "Norlink will cut 550 jobs, the union said on Tuesday."), ("400", "550")),
        (SELL, ("Norlink sold 14 ships.", "The company Norlink has sold 41 ships."), ("14", "41")),
        (APP, ("Norlink's app has 1.7 million users.", "The app of Norlink has 2,300,000 users."), ("1.7 million", "2,300,000")),
        (APP, ("Norlink's app has about 1,700 users.", "The app of Norlink has 2,600 users."), ("about 1,700", "2,600")),
        (
            COST,
            ("The Sandholm bridge cost 640 million crowns.", "Building the Sandholm bridge has cost 710 million crowns."),
            ("640 million crowns", "710 million crowns"),
        ),
        (
            COST,
            ("The bridge at Sandholm cost $64 million.", "It cost $71m, the Sandholm bridge office said."),
            ("$64 million", "$71m"),
        ),
        (
            BACKED,
            ("In Varby 54% of voters backed the tunnel.", "It was backed by 61 percent of voters in Varby."),
            ("54%", "61 percent"),
        ),
        (INJURED, (TWELVE, "On the ferry 19 people were injured, and it will stay in port."), ("12", "19")),
        (BACKED, ("In Varby 54% of the voters backed the tunnel.", "61% of voters in Varby backed the tunnel."), ("54%", "61%")),
        (OPENS, ("The Sandholm bridge opens on 4 May.", "The Sandholm bridge will open on May 11."), ("4 May", "May 11")),
        (OPENS, ("The Sandholm bridge opens on 4 May 2025.", "On 11 May the Sandholm bridge opens."), ("4 May 2025", "11 May")),
    ],
)
def test_different_figures_of_one_thing_are_told_with_outlet_and_date(
    gazette: Find, courier: Find, question: str, sentences: tuple[str, str], told: tuple[str, str]
) -> None:
    """Both sides stand in one line, the older first, with the figures as printed."""
    found = find(question, gazette(sentences[0]), courier(sentences[1]))
    assert [str(conflict) for conflict in found] == [
        f"Harbour Gazette (3 March 2025): {told[0]}; Coast Courier (4 March 2025): {told[1]}"
    ]


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        pytest.param(INJURED, TWELVE, "All 12 people were injured on the car deck.", id="the same figure"),
        pytest.param(INJURED, TWELVE, "Twelve people were injured on the car deck.", id="the same figure in words"),
        pytest.param(APP, "Norlink's app has 1.7 million users.", "The app of Norlink has 1,700,000 users.", id="in digits"),
        pytest.param(APP, "Norlink's app has 1.7 million users.", "The app of Norlink has 1,698,412 users.", id="rounded"),
        pytest.param(APP, "Norlink's app has about 1,700 users.", "The app of Norlink has 1,698 users.", id="about"),
        pytest.param(APP, "Norlink's app has nearly 1,700 users.", "The app of Norlink has 1,610 users.", id="nearly"),
        pytest.param(INJURED, "More than 100 people were injured.", "143 people were injured on it.", id="inside a bound"),
        pytest.param(INJURED, "At least 12 people were injured.", "19 people were injured on it.", id="above at least"),
        pytest.param(INJURED, "Up to 40 people were injured.", "19 people were injured on it.", id="below up to"),
        pytest.param(INJURED, TWELVE, "19 people were killed in the ferry accident.", id="another verb"),
        pytest.param(INJURED, TWELVE, "12 people were killed in the ferry accident and 19 injured.", id="a bare number"),
        pytest.param(INJURED, TWELVE, "In the ferry accident 19 were killed and 12 people injured.", id="other number"),
        pytest.param(INJURED, TWELVE, "19 soldiers were injured in the accident.", id="other people"),
        pytest.param(INJURED, TWELVE, "19 young people were injured in the accident.", id="some of the people"),
        pytest.param(INJURED, TWELVE, "19 people were seriously injured.", id="another degree"),
        pytest.param(INJURED, TWELVE, "Another 19 people were injured in the ferry accident.", id="more people"),
        pytest.param(INJURED, TWELVE, "19 more people were injured in the ferry accident.", id="more people, behind"),
        pytest.param(INJURED, TWELVE, "19 of the 40 people were injured in the accident.", id="a part"),
        pytest.param(INJURED, TWELVE, "Between 19 and 25 people were injured.", id="a range"),
        pytest.param(INJURED, TWELVE, "19 people were injured in a ferry accident in 2019.", id="another year"),
        pytest.param(INJURED, TWELVE, "Last year 19 people were injured in the ferry accident.", id="last year"),
        pytest.param(INJURED, TWELVE, "19 people were injured in the ferry accident of 4 January.", id="another day"),
        pytest.param(INJURED, TWELVE, "19 people were injured in a ferry accident at Varby.", id="another place"),
        pytest.param(INJURED, TWELVE, "It is not true that 19 people were injured.", id="denied"),
        pytest.param(INJURED, TWELVE, "Officials had initially said 19 people were injured.", id="taken back"),
        pytest.param(INJURED, TWELVE, "19 people could have been injured in the ferry accident.", id="only possible"),
        pytest.param(INJURED, TWELVE, "The Harbour Gazette wrote that 19 people were injured.", id="told of the other outlet"),
        pytest.param(INJURED, TWELVE, "A 19-year-old was injured in the ferry accident.", id="an age"),
        pytest.param(INJURED, TWELVE, "12% of the people on the ferry were injured.", id="a share"),
        pytest.param(
            INJURED,
            "12 people were injured in three ferry accidents.",
            "19 people were injured in four ferry accidents.",
            id="of more accidents",
        ),
        pytest.param(INJURED, TWELVE, "19 people were injured in the ferry accident, on average.", id="an average"),
        pytest.param("How many people were injured?", TWELVE, "19 people were injured.", id="no event named"),
        pytest.param(INJURED, TWELVE, "1,900 people were injured in the accident.", id="far apart"),
        pytest.param(
            "How many teams voted for the longer season?",
            "On Monday 10 teams voted for the longer season.",
            "22 teams voted against it and 7 teams chose the longer season.",
            id="two sides of a vote",
        ),
        pytest.param(INJURED, TWELVE, "19 people on a second boat were injured in the accident.", id="on another boat"),
        pytest.param(
            BACKED,
            "In Varby 54% of voters backed the tunnel.",
            "In Varby 61 percent of young voters backed the tunnel.",
            id="young voters",
        ),
        pytest.param(
            COST,
            "The Sandholm bridge cost 640 million crowns.",
            "The approach roads of the Sandholm bridge cost 300 million crowns.",
            id="a part of the bridge",
        ),
        pytest.param(
            OPENS,
            "The Sandholm bridge opens on 4 May.",
            "A photo exhibition on the Sandholm bridge opens on 11 May.",
            id="what is about the bridge",
        ),
        pytest.param(INJURED, TWELVE, "19 people were injured in Sandholm and Varby.", id="two places"),
        pytest.param(SELL, "Norlink sold 14 ships.", "Norlink sold 17 ships this season.", id="of a season"),
        pytest.param(SELL, "Norlink sold 14 ships.", "Norlink was founded to sell 17 ships.", id="what it was for"),
        pytest.param(INJURED, TWELVE, "By noon 7 people were injured.", id="so far"),
        pytest.param(INJURED, TWELVE, "Of those on board 7 people were injured.", id="of those"),
        pytest.param(SELL, "Norlink sold 14 ships.", "A partner of Norlink sold 17 ships.", id="a partner"),
        pytest.param(SELL, "Norlink sold 14 ships.", "Norlink can have sold 17 ships.", id="only able to"),
        pytest.param(
            COST,
            "The Sandholm bridge cost 640 million crowns.",
            "Lawyers for the Sandholm bridge cost 300 million crowns.",
            id="another cost",
        ),
        pytest.param(
            "When did the Sandholm bridge open?",
            "The Sandholm bridge opened on 4 May.",
            "The Sandholm bridge opened on 9 May 1931.",
            id="another time",
        ),
        pytest.param(LONG, "The Sandholm bridge is 2,870 metres long.", "The Sandholm bridge is 9,416 feet long.", id="in feet"),
        pytest.param(CUT, "Norlink will cut 400 jobs.", "Norlink cut staff by 550 jobs.", id="a plan and a result"),
        pytest.param(SELL, "Norlink sold 14 ships.", "Norlink sold 14 of its 23 ships.", id="a part of all"),
        pytest.param(SELL, "Norlink sold 14 ships.", "Farlink sold 23 ships, four more than Norlink.", id="another company"),
        pytest.param(SELL, "Norlink sold 14 ships.", "Norlink plans that it sold 17 ships by autumn.", id="a plan"),
        pytest.param(
            SELL, "In the first quarter Norlink sold 14 ships.", "In the second quarter Norlink sold 17 ships.", id="quarters"
        ),
        pytest.param(SELL, "Norlink sold 14 ships in January.", "Norlink sold 17 ships in February.", id="another month"),
        pytest.param(APP, "Norlink's app has 1.7 million users.", "The app of Norlink has 2.3 million users a day.", id="a rate"),
        pytest.param(APP, "Norlink's app has 1.7 million users.", "The app of Norlink gained 2 million users.", id="a change"),
        pytest.param(
            APP, "Norlink's app has 1.7 million users.", "Norlink's app has 2.3 million users worldwide.", id="a wider area"
        ),
        pytest.param(
            COST,
            "The Sandholm bridge cost 640 million crowns.",
            "The Sandholm bridge cost 60 million euros.",
            id="another currency",
        ),
        pytest.param(
            COST,
            "The Sandholm bridge cost 640 million crowns.",
            "The Sandholm bridge was to cost 500 million crowns, the plan says.",
            id="planned costs",
        ),
        pytest.param(
            OPENS, "The Sandholm bridge opens on 4 May.", "The Sandholm bridge opens on May 4, 2025.", id="the same day"
        ),
        pytest.param(
            OPENS, "The Sandholm bridge opens on 4 May.", "Work on the Sandholm bridge began on 9 May.", id="another event"
        ),
        pytest.param(OPENS, "The Sandholm bridge opens on 4 May.", "Its opening on 9 May was postponed.", id="postponed"),
        pytest.param(
            "Who hit the pier at Sandholm?", TWELVE, "19 people were injured in the ferry accident.", id="no figure asked"
        ),
        pytest.param(
            "By how many did the injured in the ferry accident rise?", TWELVE, "19 people were injured.", id="a change asked"
        ),
    ],
)
def test_what_may_both_be_right_is_no_conflict(gazette: Find, courier: Find, question: str, one: str, other: str) -> None:
    """Other times, places, parts, degrees, currencies, plans, rounded figures: nothing is told."""
    assert find(question, gazette(one), courier(other)) == ()
    assert find(question, courier(other), gazette(one)) == ()
