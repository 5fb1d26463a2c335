"""The few pages that the server itself draws: signing in and out, and one message. No script,
nothing from elsewhere."""

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Salesforce and Accelo</title><style>body{{font:16px/1.5 system-ui,sans-serif;background:#f6f8fb;color:#16202c;
display:grid;place-items:center;min-height:100vh;margin:0}}main{{background:#fff;padding:2rem 2.5rem;border-radius:14px;
border:1px solid #dfe5ee;width:20rem;max-width:calc(100vw - 7rem)}}h1{{font-size:1.4rem;margin:0 0 1rem}}
label{{display:block;margin:.8rem 0 .2rem}}input{{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;
border:1px solid #6b7a8d;border-radius:8px}}button,a.way{{font:inherit;display:block;width:100%;box-sizing:border-box;
margin-top:1rem;padding:.55rem 1rem;border:1px solid #0b5cad;border-radius:8px;background:#0b5cad;color:#fff;
text-align:center;text-decoration:none;cursor:pointer}}.or{{display:flex;align-items:center;gap:.8rem;color:#56657a;
margin-top:1.2rem}}.or::before,.or::after{{content:"";flex:1;border-top:1px solid #dfe5ee}}a{{color:#0b5cad}}
p[role=alert]{{color:#a4262c}}p[role=alert]:empty{{display:none}}
:focus-visible{{outline:3px solid #7ab8ff;outline-offset:2px}}
@media(prefers-color-scheme:dark){{body{{background:#0f151d;color:#e6edf5}}main{{background:#18212c;border-color:#2c3a4b}}
input{{background:#0f151d;color:inherit}}p[role=alert]{{color:#ff9a9e}}a{{color:#7ab8ff}}.or{{color:#a9b7c8}}
.or::before,.or::after{{border-color:#2c3a4b}}}}</style><main>"""
SIGN_IN = _PAGE + """<h1>Sign in</h1><p role="alert">{problem}</p>{ways}{form}</main></html>"""
WAY = """<a class="way" href="/sign-in/with/{provider}">Sign in with {name}</a>"""
OR = """<p class="or">or</p>"""
PASSWORD = """<form method="post"><label for="name">Name</label>
<input id="name" name="name" autocomplete="username" required><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button></form>"""
SIGN_OUT = (
    _PAGE
    + """<h1>Sign out?</h1><form method="post"><button>Sign out</button></form>
<p><a href="/">Stay</a></p></main></html>"""
)
SIGNED_OUT = (
    _PAGE.replace("<title>", """<meta http-equiv="refresh" content="0;url=/auth/logout"><title>""")
    + """<h1>Signing out</h1><p>The identity provider is told too. <a href="/auth/logout">Go on</a></p></main></html>"""
)
MESSAGE = _PAGE + """<p role="alert">{text}</p><p><a href="/connections">Back to Connections</a></p></main></html>"""
