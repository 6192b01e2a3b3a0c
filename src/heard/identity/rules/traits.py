"""What can be said about a person: the fields of a trait, in the words that pages show."""

FIELDS = {
    "name": "Name",
    "given_name": "Given name",
    "surname": "Surname",
    "birth_date": "Date of birth",
    "birth_place": "Place of birth",
    "gender": "Gender",
    "email": "Mail address",
    "phone": "Phone number",
    "handle": "Handle",
    "street": "Street",
    "postcode": "Postcode",
    "city": "Town",
    "country": "Country",
    "employer": "Employer",
    "occupation": "Occupation",
    "page": "Own page",
    "proved_link": "Proved link",
    "link": "Link",
    "avatar_hash": "Picture",
    "customer_number": "Customer number",
}
