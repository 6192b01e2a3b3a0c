"""How many posts a second one core tells which of 1,000 brand patterns they name.

    .venv/bin/python bench/matcher.py [--data PATH] [--quick]

Two hundred brands, half of them well known, half made up, each with five monitors: its name, its likeliest misspelling, its
hashtag, its account and a keyword of two words. The posts are the tweets of four English sets in PATH, as they were
written; without PATH they are made. Everything from the text to the list of monitors is inside: case, accents and spaces
folded, words whole. One thread, in memory, in batches of 2,000; CPU time. The last line is one JSON object:

value       posts a second and core                 cpu_us     the same as CPU of one post, in microseconds
baseline    folding each post and asking one compiled `re` alternation whether it names any (bench/baseline/alternation.py)
posts       how many                                characters of a post on average          not_ascii  share of the posts
named       share that names one or more            found      pairs of post and monitor, of all posts
checked     posts for which each pattern was asked on its own, by `re`: the same monitors were found, or there is no figure
any_language  posts a second and core where the posts are tweets in eight languages, most of them not ASCII
"""

import argparse
import gzip
import json
import os
import random
import re
import time
from collections.abc import Sequence
from pathlib import Path

from baseline.alternation import Alternation
from report import say

from heard.listening.rules.matcher import Matcher, likely_misspellings

SETS = ("semeval_sentiment_2013_2016", "airline", "brand_emotion", "twcs_head")
LANGUAGES = ("arabic", "english", "french", "german", "hindi", "italian", "portuguese", "spanish")
KNOWN = (  # noqa: SIM905  as a person types them
    "United Airlines,Delta,JetBlue,Southwest,US Airways,Virgin America,American Air,British Airways,Lufthansa,Ryanair,"
    "Apple,iPad,iPhone,Google,Android,Amazon,Microsoft,Xbox,Nintendo,Sony,PlayStation,Samsung,Nokia,BlackBerry,Dell,"
    "Lenovo,Adobe,Netflix,Spotify,Uber,Airbnb,Facebook,Twitter,Instagram,YouTube,Pinterest,Foursquare,Tesla,Toyota,Honda,"
    "Ford Motor,BMW,Audi,Mercedes,Volkswagen,Nike,Adidas,Reebok,Ikea,Walmart,Target,Costco,Tesco,Sainsburys,Asda,Argos,"
    "Starbucks,McDonalds,Burger King,Chipotle,Subway,Dominos,Pizza Hut,Dunkin,Coca Cola,Pepsi,Red Bull,Heineken,Nestle,"
    "Verizon,Sprint,T-Mobile,Vodafone,Comcast,Xfinity,Virgin Trains,Great Western,Amtrak,FedEx,UPS,DHL,PayPal,Visa,"
    "Mastercard,American Express,Chase,Wells Fargo,Barclays,HSBC,Marriott,Hilton,Hyatt,Expedia,Disney,Universal Studios,"
    "Real Madrid,Manchester United,Juventus,Chelsea"
).split(",")
BRANDS = 200
BATCH = 2000
PASSES = 5
CHECKED = 300
QUICK = 4000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path(os.environ.get("HEARD_DATA") or "../shared/data"))
    options.add_argument("--quick", action="store_true", help=f"{QUICK} posts")
    given = options.parse_args()
    posts = tweets(given.data, SETS) or made_posts()
    foreign = tweets(given.data, [f"umsab_{language}_train" for language in LANGUAGES])
    measure(posts[:QUICK] if given.quick else posts, foreign[:QUICK] if given.quick else foreign)


def measure(posts: Sequence[str], foreign: Sequence[str]) -> None:
    patterns = monitors()
    matcher, simple = Matcher(patterns), Alternation(patterns)
    found = [hits for batch in batches(posts) for hits in matcher.match(batch)]
    cpu_s = cpu_seconds(matcher, posts)
    sample = random.Random(5).sample(range(len(posts)), min(len(posts), 2 * BATCH))
    began = time.process_time()
    named = [simple.names_any(posts[n]) for n in sample]
    baseline_s = time.process_time() - began
    assert named == [bool(found[n]) for n in sample], "the two ways differ about which posts name a brand"
    checked = sample[:CHECKED] + [n for n in sample if found[n]][:CHECKED]
    assert all(simple.match(posts[n]) == found[n] for n in checked), "the two ways differ about what a post names"
    say(
        "matcher",
        len(posts) / cpu_s,
        "posts/s/core",
        goal=1_000_000,
        baseline=len(sample) / baseline_s,
        cpu_us=round(cpu_s / len(posts) * 1e6, 2),
        patterns=len(patterns),
        posts=len(posts),
        characters=round(sum(map(len, posts)) / len(posts)),
        not_ascii=round(sum(not post.isascii() for post in posts) / len(posts), 2),
        named=round(sum(map(bool, found)) / len(posts), 2),
        found=sum(map(len, found)),
        checked=len(checked),
        any_language=foreign and round(len(foreign) / cpu_seconds(matcher, foreign)) or None,
    )


def cpu_seconds(matcher: Matcher, posts: Sequence[str]) -> float:
    """Of all posts; the median of some passes."""
    passes = []
    for _ in range(PASSES):
        began = time.process_time()
        for batch in batches(posts):
            matcher.match(batch)
        passes.append(time.process_time() - began)
    return sorted(passes)[PASSES // 2]


def batches(posts: Sequence[str]) -> list[Sequence[str]]:
    return [posts[start : start + BATCH] for start in range(0, len(posts), BATCH)]


# ── The monitors ────────────────────────────────────────────────────────────────────────────────────────────────────


def monitors() -> list[tuple[str, str]]:
    brands = [*KNOWN, *made_names(BRANDS - len(KNOWN))]
    return [monitor for brand in brands for monitor in monitors_of(brand)]


def monitors_of(brand: str) -> list[tuple[str, str]]:
    together = brand.replace(" ", "").replace("-", "")
    wrong = (likely_misspellings(brand, limit=1) or [f"the {brand}"])[0]
    return [("brand", brand), ("misspelling", wrong), ("hashtag", together), ("account", together), ("keyword", f"{brand} help")]


def made_names(count: int) -> list[str]:
    chance = random.Random(1000)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "ux", "ar", "en")]
    return [
        "".join(chance.choices(syllables, k=3)).capitalize() + chance.choice(["", " Media", " Air", " Bank"])
        for _ in range(count)
    ]


# ── The posts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def tweets(folder: Path, names: Sequence[str]) -> list[str]:
    """In a fixed order that mixes the sets; none where they are not."""
    files = [folder / f"{name}.jsonl.gz" for name in names]
    lines = [line for file in files if file.exists() for line in gzip.decompress(file.read_bytes()).splitlines()]
    posts = [as_written(json.loads(line)["text"]) for line in lines]
    random.Random(7).shuffle(posts)
    return posts


def as_written(text: str) -> str:
    r"""Some sets hold \u2019 as six characters."""
    units = re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def made_posts() -> list[str]:
    """About as long as a tweet; a sixth of them names a brand, a tenth is not ASCII."""
    chance = random.Random(17)
    words = [name.lower() for name in made_names(3000)] + ["it’s", "😀", "über", "#now", "http://t.co/x1"]
    brands = [text for _, text in monitors()]
    posts = []
    for n in range(20_000):
        said = chance.choices(words[:3000], k=9) + chance.choices(words[3000:], k=n % 10 == 0)
        posts.append(" ".join([*said, *chance.choices(brands, k=n % 6 == 0)]))
    return posts


if __name__ == "__main__":
    main()
