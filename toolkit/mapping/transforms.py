"""Normal forms: what two spellings of the same thing have in common. *Written* is always a person's own spelling.

Laws, held by property tests: a normal form is its own normal form (L1); what one side keeps of a value that was put
there has the value's normal form (L2, L3); sending it back and forth changes nothing (L4); nothing here ever raises
(L5); None, "" and white space are one blank (L6). Not NFKC and no folding of case: a correction of case is an edit.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

import phonenumbers

from toolkit.mapping.places import country_code, state_code
from toolkit.model import Address, Value

LONG = 512  # longer texts are not worth remembering


def text(value: str, country: str = "") -> str:
    """One line: NFC, trimmed, white space collapsed."""
    return " ".join(unicodedata.normalize("NFC", value).split())


def multiline(value: str, country: str = "") -> str:
    """Several lines: NFC, LF, no white space at the ends of lines, no blank lines around."""
    lines = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def email(value: str, country: str = "") -> str:
    """The domain in lower case; the part before @ as it is, for it may tell cases apart."""
    local, at, domain = text(value).rpartition("@")
    return f"{local}{at}{domain.lower()}" if at else domain


def url(value: str, country: str = "") -> str:
    """Without http:// or https://, without a trailing slash, the host in lower case."""
    bare = re.sub(r"^(https?://)+", "", text(value), flags=re.IGNORECASE).rstrip("/ ")
    host, slash, path = bare.partition("/")
    return f"{host.lower()}{slash}{path}"


_EXTENSION = re.compile(r"\s*(?:;ext=|[,;]?\s*(?:extension|ext|xtn|x|#)[\s.:]*)(\d{1,8})\s*$", re.IGNORECASE)


def phone(value: str, country: str = "") -> str:
    """E.164 where the country is known (from a + or from ``country``), else the digits; an extension behind ";ext=".

    Text that is no telephone number ("see website") stays text.
    """
    given = text(value)
    found = _EXTENSION.search(given)
    main, extension = (given[: found.start()], found[1]) if found else (given, "")
    digits = "".join(str(unicodedata.decimal(char)) for char in main if unicodedata.decimal(char, None) is not None)
    words = any(char.isalpha() for char in main)
    number = _e164(main, country, words)
    if not number and (words or not digits):
        return given
    plus = "+" if main.lstrip(" (").startswith(("+", "+")) else ""
    return (number or plus + digits) + (f";ext={extension}" if extension else "")


_NAMED = re.compile(r"[^\w+]*[^\W\d_]")
"""Words before the number ("Anna 030 1234") are told of whose or which it is: they belong to the value."""


def _e164(main: str, country: str, words: bool) -> str:
    if _NAMED.match(main):
        return ""
    try:
        number = phonenumbers.parse(main, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if words:
        sound = phonenumbers.is_valid_number(number)
    else:  # also numbers that are not given out, such as 555 ones
        sound = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not sound:
        return ""
    plain = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return plain + (f";ext={number.extension}" if number.extension else "")  # in a form that ours does not know


def place(address: Address) -> Address:
    """An address with every part in normal form: country and state by ISO code, the lines of the street joined.

    A line break and a comma in the street are the same: Salesforce keeps one text of several lines, Accelo two lines.
    """
    code = country_code(address.country)
    state = text(address.state)
    street = ", ".join(part for part in (text(part) for part in re.split(r"[\r\n,]", address.street)) if part)
    return Address(
        street=street,
        city=text(address.city),
        state=state_code(state, code) or state,
        postal_code=text(address.postal_code),
        country=code or text(address.country),
    )


TRANSFORMS: dict[str, Callable[[str, str], str]] = {
    "text": text,
    "name": text,
    "multiline": multiline,
    "phone": phone,
    "email": email,
    "url": url,
    "picklist": text,
}
ADDRESS = "address"
ONE_WAY = frozenset({"picklist"})
"""A picklist cannot promise to take back every text that was typed on the other side: one-way by type."""


@functools.lru_cache(maxsize=65536)
def _remembered(transform: str, value: Value, country: str) -> str:
    return _normal(transform, value, country)


def _normal(transform: str, value: Value, country: str) -> str:
    if isinstance(value, Address):
        parts = place(value)
        return "\x1f".join((parts.street, parts.city, parts.state, parts.postal_code, parts.country)) if parts else ""
    return TRANSFORMS.get(transform, text)(value, country) if value else ""


def normal(transform: str, value: Value, country: str = "") -> str:
    """The normal form of a value as text; "" is blank. Equal normal forms mean that there is nothing to write."""
    if isinstance(value, str) and len(value) > LONG:
        return _normal(transform, value, country)
    return _remembered(transform, value, country)


def put_lines(street: str) -> tuple[str, str]:
    """A street for a system with two lines: the first line, then the others joined by commas."""
    lines = [line.strip() for line in street.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    return (lines[0], ", ".join(lines[1:])) if lines else ("", "")


def get_lines(street1: str, street2: str) -> str:
    """The street of a system with two lines as one text."""
    return "\n".join(line for line in (street1.strip(), street2.strip()) if line)


def kept(value: Value) -> Value:
    """What a system is expected to keep of a value that was sent to it: the same, trimmed; blank is None."""
    if isinstance(value, Address):
        lines = get_lines(*put_lines(value.street))
        return replace(value, street=lines) if value else None
    return value.strip() or None if value else None
