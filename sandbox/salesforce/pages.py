"""The pages a person sees while an application asks for access: log in, allow or deny, and what went wrong.

Plain HTML without scripts; a person or a browser test clicks through them.
"""

from __future__ import annotations

from html import escape

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;background:#f4f6f9;color:#16325c;margin:0}
main{max-width:26rem;margin:8vh auto;background:#fff;border:1px solid #d8dde6;border-radius:6px;padding:2rem}
h1{font-size:1.3rem;margin-top:0}label{display:block;margin:.8rem 0 .2rem}
input[type=text],input[type=password]{width:100%;box-sizing:border-box;padding:.5rem;font:inherit}
button{font:inherit;padding:.5rem 1.2rem;margin:1.2rem .6rem 0 0}.error{color:#a00;font-weight:600}
"""

SCOPES = {
    "id": "Access the identity URL service",
    "profile": "Access the identity URL service",
    "openid": "Access unique user identifiers",
    "api": "Manage user data via APIs",
    "full": "Full access",
    "web": "Manage user data via Web browsers",
    "refresh_token": "Perform requests at any time",
    "offline_access": "Perform requests at any time",
}


def _page(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><main>{body}</main></body></html>\n"
    )


def login(request_id: str, username: str = "", failed: bool = False) -> str:
    """Asks for user name and password."""
    error = (
        '<p class="error" role="alert">Please check your username and password. If you still can\'t log in, contact '
        "your Salesforce administrator.</p>"
        if failed
        else ""
    )
    return _page(
        "Login | Salesforce",
        f'<h1>Log in to the sandbox org</h1>{error}<form method="post" action="/services/oauth2/login">'
        f'<input type="hidden" name="request" value="{escape(request_id)}">'
        f'<label for="username">Username</label>'
        f'<input type="text" id="username" name="username" value="{escape(username)}" autocomplete="username"'
        " autofocus>"
        '<label for="password">Password</label>'
        '<input type="password" id="password" name="password" autocomplete="current-password">'
        '<button type="submit" name="Login" value="Log In">Log In</button></form>',
    )


def approve(request_id: str, application: str, username: str, scopes: list[str]) -> str:
    """Asks to allow or deny."""
    asked = dict.fromkeys(SCOPES.get(scope, scope) for scope in scopes)
    listed = "".join(f"<li>{escape(text)}</li>" for text in asked)
    return _page(
        "Allow Access? | Salesforce",
        f"<h1>Allow Access?</h1><p><strong>{escape(application)}</strong> is asking to:</p><ul>{listed}</ul>"
        f"<p>Do you want to allow access for {escape(username)}?</p>"
        '<form method="post" action="/services/oauth2/approve">'
        f'<input type="hidden" name="request" value="{escape(request_id)}">'
        '<button type="submit" name="decision" value="Allow">Allow</button>'
        '<button type="submit" name="decision" value="Deny">Deny</button></form>',
    )


def refused(error: str, description: str) -> str:
    """The authorization endpoint's own error page."""
    return _page(
        "Error | Salesforce",
        "<h1>We can't authorize you because of an OAuth error.</h1>"
        f'<p class="error">{escape(error)} : {escape(description)}</p>',
    )


def done() -> str:
    """Where an application without an address of its own is sent."""
    return _page(
        "Remote Access | Salesforce", "<h1>Remote Access Application Authorized</h1><p>You may close this tab.</p>"
    )
