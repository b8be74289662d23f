"""Logging in and out: a form for browsers, HTTP Basic for programs."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from qa.web.login import Attempts, Login, Sessions, basic_credentials

LOGIN, LOGOUT = "/login", "/logout"

_WAIT = "too many wrong passwords; wait a few seconds and try again"
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Log in</title>
<style>
:root {{ color-scheme: light dark; --line: #94a3b8; --accent: #0f766e; --on-accent: #fff;
  --wrong: #b91c1c; font: 16px/1.5 system-ui, sans-serif; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --line: #64748b; --accent: #5eead4; --on-accent: #042f2e; --wrong: #fca5a5; }} }}
body {{ max-width: 20rem; margin: 15vh auto 0; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; font-weight: 600; }}
label {{ display: block; margin-top: 1rem; }}
input {{ box-sizing: border-box; width: 100%; padding: .5rem; font: inherit;
  border: 1px solid var(--line); border-radius: .375rem; }}
button {{ width: 100%; margin-top: 1.5rem; padding: .6rem; font: inherit; font-weight: 600;
  border: 0; border-radius: .375rem; background: var(--accent); color: var(--on-accent);
  cursor: pointer; }}
:focus-visible {{ outline: 2px solid var(--accent); outline-offset: 2px; }}
[role=alert] {{ color: var(--wrong); }}
</style>
</head>
<body>
<main>
<h1>Ask your documents</h1>
{message}
<form method="post" action="login">
<input type="hidden" name="next" value="{target}">
<label for="user">User</label>
<input id="user" name="user" autocomplete="username" value="{user}" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Log in</button>
</form>
</main>
</body>
</html>
"""


class Doorway:
    """Lets in who knows the password, by a session or with each request."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._sessions = Sessions()
        self._attempts = Attempts()

    async def answer(self, request: Request) -> Response | None:
        """Return what to answer instead of what was asked for; None for one who is let in."""
        if request.scope["path"] == LOGIN:
            return await self._log_in(request)
        if request.scope["path"] == LOGOUT:
            return self._log_out(request)
        if self._has_session(request):
            return None
        given = basic_credentials(request.headers.get("authorization", ""))
        if given is None:
            return _turn_away(request)
        wrong = await self._wrong(request, *given)
        return wrong and _refuse(request, *wrong)

    async def _log_in(self, request: Request) -> Response:
        """Show the form, or take what it sent."""
        if request.method != "POST":
            target = _local(request.query_params.get("next", "/"))
            if self._has_session(request):
                return RedirectResponse(target, 303)
            return _form(target)
        sent = await _fields(request)
        target, user = _local(sent.get("next", "/")), sent.get("user", "")
        wrong = await self._wrong(request, user, sent.get("password", ""))
        if wrong:
            status, sentence = wrong
            return _form(target, user, sentence, status)
        response = RedirectResponse(target, 303)
        response.set_cookie(
            _cookie(request), self._sessions.open(), httponly=True, samesite="strict", path="/"
        )
        return response

    def _log_out(self, request: Request) -> Response:
        self._sessions.close(request.cookies.get(_cookie(request), ""))
        response = RedirectResponse(LOGIN, 303)
        response.delete_cookie(_cookie(request), httponly=True, samesite="strict", path="/")
        return response

    def _has_session(self, request: Request) -> bool:
        return request.cookies.get(_cookie(request), "") in self._sessions

    async def _wrong(self, request: Request, user: str, password: str) -> tuple[int, str] | None:
        """Return a status and a sentence unless user and password are right."""
        address = request.client.host if request.client else ""
        if self._attempts.are_too_many(address):
            return 429, _WAIT
        if self._login.is_right(user, password):
            self._attempts.succeed(address)
            return None
        await self._attempts.fail(address)
        return 401, "wrong user or password"


def _turn_away(request: Request) -> Response:
    """Answer someone who has not said who they are: the form for people, 401 for programs."""
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
        asked = f"{path}?{query}" if query else path
        target = "" if asked == "/" else f"?next={quote(asked, safe='/')}"
        return RedirectResponse(LOGIN + target, 303)
    return _refuse(request, 401, "log in first")


def _refuse(request: Request, status: int, sentence: str) -> Response:
    """Refuse a program; the page's own scripts are not told of Basic, or the browser would ask."""
    by_browser = "sec-fetch-mode" in request.headers or _cookie(request) in request.cookies
    challenge = {"WWW-Authenticate": 'Basic realm="document-qa", charset="UTF-8"'}
    headers = {} if by_browser or status != 401 else challenge
    return JSONResponse({"error": sentence}, status, headers)


def _form(target: str, user: str = "", sentence: str = "", status: int = 200) -> Response:
    message = f'<p role="alert">{escape(sentence[:1].upper() + sentence[1:])}.</p>'
    page = _PAGE.format(
        message=message if sentence else "", target=escape(target), user=escape(user)
    )
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(page, status, headers)


async def _fields(request: Request) -> dict[str, str]:
    """Return the fields of a form; none when it is no form."""
    body = await request.body()
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=10))
    except ValueError:
        return {}


def _local(target: str) -> str:
    """Return a path of this server to go to; the front page for anything else."""
    inside = target.startswith("/") and not target.startswith(("//", "/\\", LOGIN, LOGOUT))
    return target if inside and target.isprintable() else "/"


def _cookie(request: Request) -> str:
    """Return the name of the session's cookie; servers on other ports have others."""
    server = request.scope.get("server")
    return f"document_qa_{server[1] if server else 0}"
