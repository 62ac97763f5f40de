"""Made-up stories in paragraphs, of which some are edited copies of others."""

import random
import re


def paragraphs(printed: str) -> tuple[str, ...]:
    return tuple(" ".join(block.split()) for block in printed.split("\n\n"))


STORY = paragraphs("""
The council of Lower Sample voted on Tuesday to close the swing bridge over the Mock for eleven months, so that its two steel
leaves can be lifted out and repaired in the yard at Port Placeholder.

Councillor Ada Fenwick, who chairs the works committee, said the bridge had opened 4,310 times last year and that one of its
four bearings had failed in March, leaving a coal barge waiting in the channel for nineteen hours.

The work will cost 6.2 million crowns, of which the harbour fund pays half. The rest comes from a toll that lorries have paid
since the autumn before last and that was meant for a second tunnel.

Shopkeepers on the western bank had asked for a ferry. The council offered a bus every twelve minutes instead, and a
footbridge of scaffolding that the fire brigade must still approve.

Ned Harrow, who has sold nets beside the ramp for thirty years, said the bus would help nobody who came on foot with a
handcart. He expects to lose a third of his trade before the summer.

The engineers found cracks in the northern leaf when they drained its ballast tank in January. A diver who looked at the piers
the same week reported that the stone was sound down to the river bed.

Until the leaves are back, ships with masts taller than nine metres have to wait for the tide at the old lock, which was last
used in this way when the railway bridge was being painted.

The committee will publish the timetable of the closure at the end of the month. A vote on the price of the bus, which was put
off twice, is expected before the spring fair.
""")
OTHER = paragraphs("""
Beekeepers in the hills above Mockford lost nearly half of their colonies over the winter, a survey by the growers’ union
shows, and most of them blame a mild December followed by weeks of hard frost.

The union wrote to 212 members and heard from all but nine. Those who had moved their hives into sheds lost fewer than one in
ten, while the hives that stood in orchards were hit hardest.

Rosa Quill, a retired teacher who keeps sixty hives near the reservoir, said she had found the combs full and the bees dead on
the floor, which to her mind rules out hunger.

A laboratory in Exampleton is looking at samples from twenty places. Its head warned that a single cause was unlikely and that
the answer would not come before the lime trees flower.

Fruit growers have begun to hire colonies from the coast. The price of a hive for the three weeks of the cherry blossom has
doubled since last spring, and some farms share a lorry load between them.

The ministry promised a grant to those who start again, but it pays only for queens bred inside the country, of which there
are not enough until the middle of June.
""")
FOLLOW_UP = paragraphs("""
The footbridge of scaffolding over the Mock was shut after a single day because it swayed when a school class crossed it, the
fire brigade said on Friday.

Nobody was hurt. An officer who was standing at the ramp counted some forty children on the planks, although a sign allowed no
more than fifteen persons at a time.

The builders blamed the wind. They want to add cables on the upstream side over the weekend and to let people across again
from Monday, in one direction at a time and with a guard at both ends.

Parents who had waited on the eastern bank spoke of screams and of schoolbags in the water. One father said he would rather
walk to the old lock every morning than see his daughter on that thing again.

The mayor, who had opened the footbridge with a ribbon and a brass band, refused to answer questions in the town hall and left
by the side door, to the laughter of those who had seen it coming.
""")
BOILERPLATE = paragraphs("""
The Lower Sample Herald is owned by its readers and has no shareholders. Letters to the editor reach us by post until noon on
Wednesday; we may shorten them. Whoever copies this page needs our leave in writing. Errors are put right on page two. We are
bound by the rules of the county press council, which hears complaints that we could not settle within a month.
""")
MARKET = paragraphs("""
Herring opened at {} crowns a crate in Port Placeholder on {}, against {} the week before, as {} boats came in. Buyers from
the smokehouses took {} crates before eight and the rest went to the cannery at {} crowns.

Mackerel stood at {} crowns, cod at {} and plaice at {}. The auction closed at {} with {} lots unsold, which the harbour
master put down to the weather. Ice was {} crowns a barrow, and diesel {} a litre.
""")

LEAD = "Traders and bargemen face a long detour: the only crossing below the old lock will be gone for most of a year."
QUOTE = "“I shall have to row my eggs to market,” said Tom Barley, who keeps hens on the island. “My wife gets seasick.”"


def text(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


def market(week: int) -> str:
    chance = random.Random(week)  # noqa: S311 - figures for a test
    return text(*(re.sub(r"\{\}", lambda _: str(chance.randint(100, 999)), paragraph) for paragraph in MARKET))
