from heard.governance import selectors as people


def house(request) -> dict:
    """What every page knows: the company, asked for once a request, and the viewer."""
    if not hasattr(request, "company"):
        request.company = people.company()
    return {"company": request.company, "viewer": getattr(request, "viewer", None)}
