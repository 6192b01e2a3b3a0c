"""What the test button finds, in words an administrator can act on; and leaving."""

from urllib.parse import quote

from heard.listening.channels.contract import AuthExpired, ChannelError, Context, Health, NotFound, Rejected
from heard.listening.channels.matrix.api import V3, Api, our_user, room_path
from heard.listening.channels.matrix.door import SHORTEST_TOKEN
from heard.listening.channels.matrix.ids import ROOM, own_id, public_rooms
from heard.listening.channels.matrix.listen import is_open
from heard.listening.channels.matrix.payloads import JoinedRooms, Joining, WhoAmI
from heard.listening.channels.matrix.registration import name_of, registration
from heard.listening.channels.matrix.send import state_of

SPEAK, BE_CALLED, HEAR = "speak as our user", "be called by the homeserver", "read our rooms"
NOT_PINGED = {  # https://spec.matrix.org/v1.14/application-service-api/#pinging
    "M_URL_NOT_SET": "The registration file has no url.",
    "M_BAD_STATUS": "Heard refused the homeserver: is the homeserver token the one in the registration file?",
    "M_CONNECTION_FAILED": "The homeserver cannot reach Heard at the url in the registration file.",
    "M_CONNECTION_TIMEOUT": "Heard did not answer the homeserver in time.",
}


def check(ctx: Context) -> Health:
    shown = {"registration file": registration(ctx.account, ctx.hook_url)}
    if len(ctx.account.secrets.get("hs_token", "")) < SHORTEST_TOKEN:
        return Health(ok=False, message=f"The homeserver token needs {SHORTEST_TOKEN} letters or more.", details=shown)
    api = Api(ctx)
    try:
        our_user(api, ctx.account)
        me = api.read(f"{V3}/account/whoami", WhoAmI).user_id
        inside = set(api.read(f"{V3}/joined_rooms", JoinedRooms).joined_rooms)
    except AuthExpired:
        says = "The homeserver does not know the application service token. Put the registration file in place and restart it."
        return Health(ok=False, message=says, details=shown, scopes={SPEAK: False, BE_CALLED: False})
    except ChannelError as error:
        return Health(ok=False, message=str(error), details=shown)
    if me != own_id(ctx.account):
        return Health(ok=False, message=f"The token belongs to {me}, but this account is {own_id(ctx.account)}.", details=shown)
    unheard = not_called(api, name_of(ctx.account))
    trouble = [unheard, *room_troubles(ctx, api, inside)]
    says = " ".join(filter(None, trouble)) or f"Speaks as {me} in {len(inside)} rooms, and the homeserver reaches us."
    scopes = {SPEAK: True, HEAR: True, BE_CALLED: not unheard}
    return Health(ok=not any(trouble), message=says, details={"speaks as": me, **shown}, scopes=scopes)


def not_called(api: Api, name: str) -> str:
    """Why the homeserver does not reach us; empty when it does, or is too old to be asked."""
    try:
        api.again("POST", f"/_matrix/client/v1/appservice/{quote(name, safe='')}/ping", dict, json={"transaction_id": "test"})
    except NotFound:
        return ""
    except Rejected as error:
        return next((words for code, words in NOT_PINGED.items() if code in str(error)), str(error))
    except ChannelError as error:
        return next(
            (words for code, words in NOT_PINGED.items() if code in str(error)), f"The homeserver does not reach us: {error}"
        )
    return ""


def room_troubles(ctx: Context, api: Api, inside: set[str]) -> list[str]:
    return [trouble for room in public_rooms(ctx.account) if (trouble := room_trouble(api, room, inside))]


def room_trouble(api: Api, room: str, inside: set[str]) -> str:
    if not ROOM.fullmatch(room):
        return f"Write {real_name(api, room)} instead of {room}."
    if room not in inside:
        return f"We are not in {room}; invite us, or let anybody join."
    if not is_open(state_of(api, room)):
        return f"{room} is not public, but is named as such."
    return ""


def real_name(api: Api, alias: str) -> str:
    try:
        return api.read(f"{V3}/directory/room/{quote(alias, safe='')}", Joining).room_id
    except ChannelError:
        return "the internal id of the room (in its settings, under Advanced)"


def disconnect(ctx: Context) -> str:
    """We leave every room, so that nobody believes that we still listen there."""
    api = Api(ctx)
    left_over = 0
    for room in api.read(f"{V3}/joined_rooms", JoinedRooms).joined_rooms:
        try:
            api.again("POST", room_path(room, "leave"), dict, json={})
        except AuthExpired:
            raise
        except ChannelError:
            left_over += 1
    stays = f" We could not leave {left_over} rooms." if left_over else ""
    return f"On the homeserver, take the registration file of {name_of(ctx.account)} out and restart it; until then its tokens work.{stays}"
