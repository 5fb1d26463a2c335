"""What a name, a website and an address are compared by before records are linked."""

from __future__ import annotations

import re

from toolkit.mapping.transforms import place, text, url
from toolkit.model import Address, Value

SHARED_DOMAINS = frozenset(
    {
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "icloud.com",
        "aol.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "proton.me",
        "protonmail.com",
        "facebook.com",
        "linkedin.com",
        "instagram.com",
        "twitter.com",
        "x.com",
        "youtube.com",
        "sites.google.com",
        "wordpress.com",
        "wixsite.com",
        "github.com",
    }
)
"""A website under one of these says nothing about who owns it."""
_FORMS = re.compile(
    r"\b(inc|incorporated|llc|ltd|limited|corp|corporation|co|company|gmbh|ag|plc|pty|sa|sarl|bv|nv|oy|ab|as|kg)\b"
)


def bare(name: str) -> str:
    """A name for comparing only: case, punctuation and the legal form do not tell two firms apart."""
    words = re.sub(r"[^\w\s]", " ", re.sub("['’`´]", "", text(name).casefold()).replace("&", " and "))
    return " ".join(_FORMS.sub(" ", words).split()) or " ".join(words.split())


def domains(website: Value) -> tuple[str, ...]:
    host = url(website).partition("/")[0].partition(":")[0].removeprefix("www.") if isinstance(website, str) else ""
    return (host,) if "." in host and host not in SHARED_DOMAINS else ()


def postcode(address: Address) -> str:
    parts = place(address)
    return f"{parts.country} {parts.postal_code.replace(' ', '').casefold()}" if parts.postal_code else ""
