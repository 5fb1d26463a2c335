"""The pages that a person clicks through: log in, allow or deny, PIN, and what went wrong.

Plain HTML without script or outside resource, readable by a screen reader.
"""

from __future__ import annotations

from html import escape

from sandbox.accelo.call import Reply

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:10vh auto;max-width:26rem;padding:0 1rem;color:#1d2733}"
    "label{display:block;margin:.8rem 0 .2rem}input{font:inherit;width:100%;padding:.4rem;box-sizing:border-box}"
    "button{font:inherit;padding:.5rem 1.2rem;margin:1.2rem .6rem 0 0}"
    ".pin{font-size:2rem;letter-spacing:.1em}[role=alert]{color:#a11}"
)


def _page(title: str, body: str, status: int = 200) -> Reply:
    text = (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f"<title>{escape(title)} - Accelo sandbox</title>"
        f"<style>{_STYLE}</style></head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n{body}\n</main>\n</body>\n"
        "</html>\n"
    )
    return Reply(status, text.encode(), [("Cache-Control", "no-store")], "text/html; charset=utf-8")


def _hidden(key: str) -> str:
    return f'<input type="hidden" name="request" value="{escape(key)}">'


def login(key: str, deployment: str, wrong: bool = False) -> Reply:
    """Ask for username and password."""
    alert = '<p role="alert">The username or password was not recognised.</p>' if wrong else ""
    return _page(
        "Log in to Accelo",
        f"{alert}<p>Deployment: <strong>{escape(deployment)}</strong></p>\n"
        f'<form method="post" action="/oauth2/v0/login">{_hidden(key)}<label for="username">Username</label>'
        '<input id="username" name="username" autocomplete="username" required autofocus>'
        '<label for="password">Password</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" required>'
        '<button type="submit">Log In</button></form>',
        401 if wrong else 200,
    )


def approve(key: str, person: str, client_id: str, scope: str) -> Reply:
    """Ask whether the application may have what it asks for."""
    return _page(
        "Allow access?",
        f"<p>Logged in as <strong>{escape(person)}</strong>.</p>\n"
        f"<p>The application <strong>{escape(client_id)}</strong> asks for:"
        f' <code>{escape(scope)}</code></p>\n<form method="post" action="/oauth2/v0/approve">{_hidden(key)}'
        '<button type="submit" name="decision" value="allow">Allow</button>'
        '<button type="submit" name="decision" value="deny">Deny</button></form>',
    )


def pin(code: str) -> Reply:
    """Show the PIN of an installed application."""
    return _page(
        "Access granted", f'<p>Enter this PIN in the application:</p>\n<p class="pin" id="pin">{escape(code)}</p>'
    )


def message(title: str, text: str, status: int = 200) -> Reply:
    """Say what happened."""
    return _page(title, f"<p>{escape(text)}</p>", status)
