from heard.engagement import forget as engagement
from heard.governance import demo_world
from heard.governance.permissions import HEARD, Viewer
from heard.identity import forget as identity
from heard.kernel.bulk import one_writer
from heard.listening import forget as listening
from heard.listening.selectors import visible_accounts
from heard.routing import forget as routing


def remove(viewer: Viewer) -> bool:
    """Exactly the demo is gone: its channels with all that was heard and said on them, its people, teams and monitors.

    What anyone added stays as it is. May be repeated; False when there is no demo world. Raises NotAllowed.
    """
    viewer.check("company.manage")
    with one_writer():
        made = demo_world.contents()
        if not made:
            return False
        accounts = list(visible_accounts(HEARD).filter(id__in=made["accounts"]).values_list("id", flat=True))
        engagement.forget_accounts(accounts)
        took_part = routing.forget_accounts(accounts)
        routing.forget_members(made["members"])
        speakers = listening.speakers_of(accounts, also=took_part)
        identity.forget_identities(speakers)
        listening.forget_accounts(accounts)
        listening.forget_identities(speakers)
        listening.forget_monitors(made["monitors"])
        kept = list(visible_accounts(HEARD).values_list("id", flat=True))
        demo_world.closed(viewer, member_ids=made["members"], team_ids=made["teams"], kept_channel_ids=kept)
    return True
