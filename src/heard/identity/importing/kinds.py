"""What can be brought, and of what each kind consists.

A field has a type, whether it is needed, and the columns that usually hold it, best first, in lower case with "_" between
words. `customer`, `email` and `phone` say whose a row is; in a contact they are said about the contact.
"""

from dataclasses import dataclass
from typing import Literal

Type = Literal["text", "moment", "money", "amount", "mails", "phones", "relation", "colleague", "yesno"]


@dataclass(frozen=True)
class Field:
    name: str
    columns: tuple[str, ...]
    type: Type = "text"
    most: int = 200  # letters; longer text is refused where `cut` is false
    needed: bool = False
    cut: bool = False  # free text: what is too long ends with …
    trait: bool = False  # said about the person; see rules/traits.py


@dataclass(frozen=True)
class Kind:
    """`telling`: fields that hardly any other kind has, by which a file is recognised."""

    name: str
    label: str
    fields: tuple[Field, ...]
    telling: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        return next((f for f in self.fields if f.name == name), None)


_CUSTOMER = (
    "customer_id",
    "customer_number",
    "customer_no",
    "customer",
    "contact_id",
    "client_id",
    "user_id",
    "account_id",
    "customer_ref",
)
_WHOSE = (
    Field("customer", _CUSTOMER),
    Field(
        "email",
        (
            "customer_email",
            "email",
            "email_address",
            "e_mail",
            "buyer_email",
            "billing_email",
            "requester_email",
            "contact_email",
        ),
        "mails",
    ),
    Field("phone", ("customer_phone", "phone", "phone_number", "billing_phone", "mobile"), "phones"),
)
_ORDER = ("order_id", "order_number", "order_no", "order", "order_ref", "order_reference")
_STATUS = Field("status", ("status", "state", "financial_status", "fulfillment_status"), most=40, cut=True)
_CURRENCY = Field("currency", ("currency", "currency_code", "presentment_currency"), most=3)


def _trait(name: str, *columns: str, most: int = 320) -> Field:
    return Field(name, columns, most=most, trait=True)


CONTACT = Kind(
    "contact",
    "People",
    (
        Field(
            "id",
            (
                "id",
                "customer_id",
                "customer_number",
                "customer_no",
                "contact_id",
                "record_id",
                "user_id",
                "client_id",
                "account_id",
                "crm_id",
                "external_id",
                "number",
            ),
        ),
        Field(
            "email",
            ("email", "email_address", "e_mail", "mail", "email_1", "primary_email", "work_email", "additional_email_addresses"),
            "mails",
        ),
        Field("email_2", ("email_2", "secondary_email", "other_email", "additional_emails", "other_emails"), "mails"),
        Field(
            "phone",
            (
                "phone",
                "phone_number",
                "telephone",
                "work_phone",
                "mobile",
                "mobile_phone",
                "mobile_phone_number",
                "phone_1",
                "tel",
            ),
            "phones",
        ),
        Field("phone_2", ("phone_2", "other_phone", "mobile_2", "home_phone"), "phones"),
        _trait("name", "name", "full_name", "display_name", "customer_name", "contact_name"),
        _trait("given_name", "given_name", "first_name", "firstname", "forename"),
        _trait("surname", "surname", "last_name", "lastname", "family_name"),
        _trait("birth_date", "birth_date", "date_of_birth", "dob", "birthday", "birthdate"),
        _trait("birth_place", "birth_place", "place_of_birth"),
        _trait("gender", "gender", "sex"),
        _trait("street", "street", "address", "street_address", "address_1", "address1", "address_line_1", "billing_address_1"),
        _trait("postcode", "postcode", "postal_code", "zip", "zip_code", "postcode_zip"),
        _trait("city", "city", "town", "billing_city"),
        _trait("country", "country", "country_code", "country_region"),
        _trait("occupation", "occupation", "job_title", "profession"),
        _trait(
            "handle",
            "handle",
            "username",
            "twitter",
            "twitter_id",
            "twitter_username",
            "twitter_handle",
            "mastodon",
            "screen_name",
            "unique_external_id",
        ),
        _trait("link", "link", "website", "website_url", "url", "homepage"),
        Field(
            "organisation",
            (
                "organisation",
                "organization",
                "company",
                "company_name",
                "employer",
                "account_name",
                "associated_company",
                "organization_name",
            ),
        ),
        Field("title", ("title", "role", "position"), most=120, cut=True),
        Field("owner", ("owner", "contact_owner", "owner_email", "account_manager"), "colleague"),
        Field(
            "may_offer",
            (
                "may_offer",
                "newsletter",
                "newsletter_consent",
                "marketing_consent",
                "accepts_marketing",
                "accepts_email_marketing",
                "email_marketing_consent",
                "marketing_opt_in",
                "email_opt_in",
                "opt_in",
                "subscribed",
            ),
            "yesno",
        ),
        Field("may_ask", ("may_ask", "survey_consent", "surveys"), "yesno"),
        Field(
            "agreed_at",
            (
                "agreed_at",
                "consent_at",
                "consent_date",
                "consent_timestamp",
                "marketing_consent_date",
                "newsletter_date",
                "newsletter_since",
                "opt_in_date",
                "opted_in_at",
                "optin_time",
                "subscribed_at",
            ),
            "moment",
        ),
        Field(
            "agreed_how",
            (
                "agreed_how",
                "consent_source",
                "consent_how",
                "marketing_consent_source",
                "newsletter_source",
                "opt_in_source",
                "optin_source",
            ),
            most=150,
            cut=True,
        ),
        Field("agreed_channel", ("agreed_channel", "consent_channel", "opt_in_channel"), most=40),
    ),
    telling=("given_name", "surname", "birth_date", "name", "postcode"),
)
AGREED = {"may_offer": "offers", "may_ask": "surveys"}  # {field: purpose of heard.listening.rules.consent}
ORDER = Kind(
    "order",
    "Orders",
    (
        Field("id", ("order_id", "id", "external_id", "order_number", "order_no", "number"), needed=True),
        *_WHOSE,
        Field("number", ("order_number", "number", "order_no", "name"), most=80),
        Field(
            "placed_at",
            ("placed_at", "ordered_at", "order_date", "created_at", "date", "processed_at", "created", "purchase_date"),
            "moment",
            needed=True,
        ),
        Field("total", ("total", "total_price", "order_total", "grand_total", "amount", "sum"), "money"),
        _CURRENCY,
        _STATUS,
        Field("channel", ("channel", "source_name", "sales_channel", "store"), most=40, cut=True),
        Field("note", ("note", "notes", "comment"), most=500, cut=True),
    ),
    telling=("total", "placed_at", "number"),
)
ORDER_LINE = Kind(
    "order_line",
    "Lines of orders",
    (
        Field("id", ("line_id", "order_line_id", "line_item_id", "id")),
        *_WHOSE,
        Field("of_order", _ORDER, needed=True),
        Field(
            "name",
            ("lineitem_name", "product_name", "product", "item", "item_name", "article", "name", "title", "description"),
            most=300,
            cut=True,
            needed=True,
        ),
        Field("sku", ("sku", "lineitem_sku", "product_code", "article_number", "item_number", "product_id"), most=80),
        Field("quantity", ("quantity", "qty", "lineitem_quantity", "pieces", "count"), "amount"),
        Field("unit_price", ("unit_price", "price", "lineitem_price", "item_price"), "money"),
        Field("serial", ("serial", "serial_number", "serial_no", "imei"), most=80),
    ),
    telling=("sku", "quantity", "unit_price", "serial"),
)
PAYMENT = Kind(
    "payment",
    "Payments",
    (
        Field("id", ("payment_id", "transaction_id", "charge_id", "id"), needed=True),
        *_WHOSE,
        Field("of_order", _ORDER),
        Field("amount", ("amount", "paid", "total", "sum"), "money", needed=True),
        _CURRENCY,
        _STATUS,
        Field("method", ("method", "payment_method", "gateway", "card_type"), most=40, cut=True),
        Field(
            "paid_at",
            ("paid_at", "payment_date", "paid_on", "captured_at", "created_at", "date", "created"),
            "moment",
            needed=True,
        ),
    ),
    telling=("method", "amount", "paid_at"),
)
RETURN = Kind(
    "return",
    "Returns",
    (
        Field("id", ("return_id", "rma", "rma_number", "refund_id", "id"), needed=True),
        *_WHOSE,
        Field("of_order", _ORDER),
        Field("reason", ("reason", "return_reason", "refund_reason", "note"), most=300, cut=True),
        Field("amount", ("amount", "refund_amount", "refunded", "refund", "total"), "money"),
        _CURRENCY,
        _STATUS,
        Field(
            "returned_at",
            ("returned_at", "return_date", "refunded_at", "refund_date", "created_at", "date", "created"),
            "moment",
            needed=True,
        ),
    ),
    telling=("reason", "returned_at"),
)
SHIPMENT = Kind(
    "shipment",
    "Shipments",
    (
        Field("id", ("shipment_id", "fulfillment_id", "parcel_id", "id", "tracking_number"), needed=True),
        *_WHOSE,
        Field("of_order", _ORDER),
        Field("carrier", ("carrier", "tracking_company", "shipping_company", "courier"), most=60, cut=True),
        Field("tracking", ("tracking", "tracking_number", "tracking_id", "tracking_code"), most=120),
        Field("postcode", ("postcode", "postal_code", "zip", "shipping_zip"), most=20),
        _STATUS,
        Field(
            "shipped_at",
            ("shipped_at", "ship_date", "shipped_on", "fulfilled_at", "created_at", "date", "created"),
            "moment",
            needed=True,
        ),
        Field("delivered_at", ("delivered_at", "delivery_date", "delivered_on"), "moment"),
    ),
    telling=("carrier", "tracking", "shipped_at", "delivered_at"),
)
SERVICE = Kind(
    "service",
    "Service elsewhere",
    (
        Field("id", ("ticket_id", "case_id", "id", "number", "ticket_number", "record_id"), needed=True),
        *_WHOSE,
        Field("number", ("ticket_number", "case_number", "number", "display_id"), most=80),
        Field("subject", ("subject", "ticket_name", "title", "ticket_subject", "name"), most=300, cut=True, needed=True),
        Field("summary", ("summary", "description", "ticket_description", "resolution", "notes"), most=20_000, cut=True),
        _STATUS,
        Field("channel", ("channel", "source", "via", "ticket_source"), most=40, cut=True),
        Field("handled_by", ("handled_by", "agent", "assignee", "assignee_name", "ticket_owner"), most=120, cut=True),
        Field("link", ("link", "url", "permalink"), most=1000),
        Field(
            "opened_at",
            ("opened_at", "created_at", "create_date", "created_time", "created", "date", "opened"),
            "moment",
            needed=True,
        ),
        Field("closed_at", ("closed_at", "close_date", "closed_time", "resolved_at", "resolved_time", "solved_at"), "moment"),
    ),
    telling=("subject", "opened_at", "handled_by", "closed_at"),
)
RELATION = Kind(
    "relation",
    "Who belongs together",
    (
        Field("id", ("relation_id", "id")),
        *_WHOSE,
        Field(
            "other",
            (
                "other",
                "other_customer",
                "related_customer",
                "related_to",
                "related_id",
                "other_customer_id",
                "related_customer_id",
            ),
            needed=True,
        ),
        Field("kind", ("kind", "relation", "relationship", "type"), "relation", needed=True),
    ),
    telling=("other", "kind"),
)

KINDS = {k.name: k for k in (CONTACT, ORDER, ORDER_LINE, PAYMENT, RETURN, SHIPMENT, SERVICE, RELATION)}
