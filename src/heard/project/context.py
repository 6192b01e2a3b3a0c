from heard.governance import selectors as people


def house(request) -> dict:
    """What every page knows: the company and the viewer."""
    return {"company": people.company(), "viewer": getattr(request, "viewer", None)}
