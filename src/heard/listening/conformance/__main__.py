"""`python -m heard.listening.conformance KIND`: write what the fixtures of a channel mean; read the difference before you commit it."""

import sys
from importlib.metadata import entry_points

from heard.listening.conformance.fixtures import write_snapshots


def main(kinds: list[str]) -> int:
    installed = {point.name: point for point in entry_points(group="heard.channels")}
    unknown = [kind for kind in kinds if kind not in installed]
    if unknown or not kinds:
        print(f"Name one of: {' '.join(sorted(installed))}", file=sys.stderr)
        return 2
    for kind in kinds:
        changed = write_snapshots(installed[kind].load()())
        print("\n".join(map(str, changed)) or f"{kind}: every snapshot is as it was")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
