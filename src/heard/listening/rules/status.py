"""How far our own words got. A network may tell it late, twice and out of order; it only ever moves forward."""

ORDER = ("sent", "delivered", "read")


def furthest(known: str, told: str) -> str:
    """The status after hearing `told`: "failed" ends it unless the words were already delivered or read."""
    if not known:
        return told
    if told == "failed":
        return known if known in ("delivered", "read") else "failed"
    if known == "failed":
        return told if told in ("delivered", "read") else "failed"
    return max(known, told, key=ORDER.index)
