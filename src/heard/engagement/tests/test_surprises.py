from heard.engagement import actions, sender
from heard.engagement.models import Utterance
from heard.kernel.clock import now


def _say(viewer, talk, text, request_key):
    actions.send_reply(
        viewer,
        talk.conversation_id,
        text=text,
        account_id=talk.account_id,
        identity_id=talk.identity_id,
        visibility="private",
        request_key=request_key,
    )


def test_one_reply_that_nobody_foresaw_does_not_hold_up_the_next(alice, seen_by, dana_writes, testnet):
    talk = dana_writes()
    _say(seen_by(alice), talk, "one", "click-1")
    _say(seen_by(alice), talk, "two", "click-2")
    first = Utterance.objects.order_by("id").first()
    Utterance.objects.filter(pk=first.pk).update(part={"not": "a part"})
    assert actions.work_off(worker="w", now=now()) == 2
    assert testnet.texts() == ["two"]
    later = now() + sender.LEASE * 2
    Utterance.objects.filter(pk=first.pk).update(part=Utterance.objects.exclude(pk=first.pk).get().part)
    actions.work_off(worker="w", now=later)
    assert set(Utterance.objects.values_list("state", flat=True)) == {"sent"}


def test_a_nul_among_the_words_stops_nothing(alice, seen_by, dana_writes, testnet):
    talk, viewer = dana_writes(), seen_by(alice)
    _say(viewer, talk, "We are\0 on it.", "click")
    actions.write_note(viewer, talk.conversation_id, text="odd\0 paste")
    assert actions.save_draft(viewer, talk.conversation_id, mode="reply", text="a\0b", version=0).text == "ab"
    actions.work_off(worker="w", now=now())
    assert testnet.texts() == ["We are on it."]
