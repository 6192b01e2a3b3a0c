"""The public web form: works without JavaScript, keeps what was typed, and stores before it thanks."""

import re
import secrets
import time
from base64 import b32encode
from hashlib import sha256

import msgspec
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from heard.kernel.clock import now
from heard.listening.actions import take_in
from heard.listening.channels.contract import PullPage, RawEvent
from heard.listening.channels.form.adapter import MAX_FILE_BYTES, MAX_FILES, Enclosed, Filled, plain_name
from heard.listening.models import ChannelAccount
from heard.listening.rules.colour import ink_on, is_colour
from heard.listening.rules.pace import Pace

MOST_BYTES = MAX_FILE_BYTES + 512 * 1024  # the whole request; refused before anything of it is read
LONGEST_MESSAGE = 10_000
pace = Pace(limit=10, window_seconds=600)  # forms from one address
_REFERENCE = re.compile(r"[A-Z2-7]{4}-[A-Z2-7]{4}")
_PROGRAM = re.compile(r"\.(exe|com|bat|cmd|scr|pif|ms[ip]|jse?|vb[se]|ws[fh]|hta|ps1|jar|lnk|reg|cpl|apk|dmg)$", re.IGNORECASE)
_TICKET = re.compile(r"[\w-]{16,40}")


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    widget = ManyFiles

    def clean(self, data, initial=None) -> list[UploadedFile]:
        given = list(data) if isinstance(data, list | tuple) else [data] if data else []
        if len(given) > MAX_FILES:
            raise forms.ValidationError(f"You can add {MAX_FILES} files at most; you chose {len(given)}.")
        if sum(f.size or 0 for f in given) > MAX_FILE_BYTES:
            raise forms.ValidationError(f"The files are larger than {MAX_FILE_BYTES // 2**20} MB together.")
        names = [plain_name(f.name or "") for f in given]
        if programs := [name for name in names if _PROGRAM.search(name)]:
            raise forms.ValidationError(f"We cannot take {programs[0]}: programs are not accepted.")
        return given


class ContactForm(forms.Form):
    """What a customer fills in. `website` is seen by machines only; `ticket` makes two clicks one message."""

    use_required_attribute = True
    name = forms.CharField(max_length=120, label="Your name", widget=forms.TextInput({"autocomplete": "name"}))
    email = forms.EmailField(
        max_length=254,
        label="Your e-mail address",
        help_text="We answer to this address.",
        error_messages={"invalid": "This is not a whole e-mail address; it looks like name@example.org."},
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    order_number = forms.CharField(
        max_length=60, label="Order number", required=False, widget=forms.TextInput({"autocomplete": "off"})
    )
    message = forms.CharField(max_length=LONGEST_MESSAGE, label="What can we do for you?", widget=forms.Textarea({"rows": 7}))
    files = FilesField(  # type: ignore[assignment]
        required=False,
        label="Files",
        help_text=f"A photo or a document helps. {MAX_FILES} files, {MAX_FILE_BYTES // 2**20} MB together.",
    )
    website = forms.CharField(
        required=False, label="Leave this empty", widget=forms.TextInput({"autocomplete": "off", "tabindex": "-1"})
    )
    ticket = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, asks_for_order: bool = True, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not asks_for_order:
            del self.fields["order_number"]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_order_number(self) -> str:
        return " ".join(self.cleaned_data["order_number"].split())

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError("Something filled in a field that people do not see. Empty it and send again.")
        return ""

    def clean_ticket(self) -> str:
        ticket = self.cleaned_data["ticket"]
        return ticket if _TICKET.fullmatch(ticket) else secrets.token_urlsafe(16)

    @property
    def caught_a_machine(self) -> bool:
        return "website" in self.errors


@never_cache
@csrf_exempt  # only to look at the size first: reading the token reads the whole upload; `_answer` checks it
def contact(request: HttpRequest, slug: str) -> HttpResponse:
    account = _account(slug)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return _page(
            request,
            account,
            _blank(account),
            status=413,
            problem="Your files are too large to send here. Nothing was sent; choose smaller ones.",
        )
    return _answer(request, account)


@csrf_protect
def _answer(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    if request.method != "POST":
        return _page(request, account, _blank(account))
    form = ContactForm(request.POST, request.FILES, asks_for_order=_asks_for_order(account))
    if wait_seconds := pace.knock(request.META.get("REMOTE_ADDR", ""), at_seconds=time.monotonic()):
        minutes = max(1, round(wait_seconds / 60))
        return _page(
            request,
            account,
            form,
            status=429,
            problem=f"Many messages came from your address. Nothing is lost: send again in {minutes} min.",
        )
    if not form.is_valid():
        return _page(
            request, account, form, status=422, problem="Not sent yet: look at the marked fields." + _files_note(request)
        )
    return redirect("contact_thanks", slug=account.address, reference=_keep(account, form.cleaned_data))


@never_cache
def thanks(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Says nothing but the reference it was given, so that it may be guessed, shared and reloaded."""
    if not _REFERENCE.fullmatch(reference):
        raise Http404
    account = _account(slug)
    return render(request, "listening/form_thanks.html", {"account": account, "reference": reference, "brand": _brand(account)})


contact.is_public = thanks.is_public = True  # type: ignore[attr-defined]  # the front door lets strangers in here


def _account(slug: str) -> ChannelAccount:
    account = ChannelAccount.objects.filter(kind="form", address=slug).exclude(state=ChannelAccount.State.OFF).first()
    if account is None:
        raise Http404
    return account


def _blank(account: ChannelAccount) -> ContactForm:
    return ContactForm(initial={"ticket": secrets.token_urlsafe(16)}, asks_for_order=_asks_for_order(account))


def _asks_for_order(account: ChannelAccount) -> bool:
    return str(account.config.get("asks_for_order", "true")).lower() not in ("", "false", "no", "off", "0")


def _page(
    request: HttpRequest, account: ChannelAccount, form: ContactForm, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    page = {
        "account": account,
        "form": form,
        "problem": problem,
        "title": account.config.get("title") or "How can we help?",
        "introduction": account.config.get("introduction") or "",
        "brand": _brand(account),
    }
    return render(request, "listening/form.html", page, status=status)


def _brand(account: ChannelAccount) -> str:
    """The style that carries the account's own colour, with an ink that can be read on it in both themes."""
    colour = str(account.config.get("colour") or "")
    return f"--brand: {colour}; --color-primary-content: {ink_on(colour)}" if is_colour(colour) else ""


def _files_note(request: HttpRequest) -> str:
    return " Browsers do not keep files; please choose them again." if request.FILES else ""


def _keep(account: ChannelAccount, told: dict) -> str:
    """Store what was sent and return its reference. The same ticket with the same words is the same message."""
    files = tuple(Enclosed(name=plain_name(f.name), content_type=f.content_type or "", data=f.read()) for f in told["files"])
    words = [told["ticket"], told["name"], told["email"], told.get("order_number", ""), told["message"]]
    key = sha256("\0".join([*words, *(sha256(f.data).hexdigest() for f in files)]).encode()).hexdigest()
    code = b32encode(bytes.fromhex(key)[:5]).decode()
    reference = f"{code[:4]}-{code[4:]}"
    filled = Filled(
        reference=reference,
        sent_at=now(),
        name=told["name"],
        email=told["email"],
        order_number=told.get("order_number", ""),
        message=told["message"],
        files=files,
    )
    raw = RawEvent(key=key, body=msgspec.json.encode(filled), content_type="application/json")
    take_in(account.pk, PullPage(deliveries=[raw]))
    return reference
