"""Who asks: Basic or a scoped token on Cloud, a personal access token on Data Center."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from jira_server.errors import ApiError
from jira_server.http import Request
from jira_server.options import Options

_GATEWAY: Final = re.compile(r"/ex/jira/([^/]+)(/.*)")
_REFUSED: Final = "Client must be authenticated to access this resource."


def authenticate(request: Request, options: Options, *, cloud: bool) -> bool:
    """True for the account, False for nobody; wrong credentials end the request unless set otherwise.

    The gateway's prefix is taken off the request's path.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    gateway = _GATEWAY.fullmatch(request.path) if cloud else None
    if gateway:
        if gateway[1] != options.cloud_id:
            raise ApiError(404, "No message available")
        request.path = gateway[2]
    if not scheme:
        return False
    right = (
        _right_on_cloud(scheme, secret, options, scoped=gateway is not None)
        if cloud
        else (scheme.lower() == "bearer" and secret == options.pat)
    )
    if right and not options.credentials_expired:
        return True
    if options.bad_credentials == "anonymous":
        return False
    raise refused(cloud=cloud)


def _right_on_cloud(scheme: str, secret: str, options: Options, *, scoped: bool) -> bool:
    token = options.scoped_token if scoped else options.token
    if scheme.lower() == "bearer":
        return scoped and secret == token
    try:
        given = base64.b64decode(secret, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and given == f"{options.email}:{token}"


def refused(*, cloud: bool) -> ApiError:
    """The 401 for missing, wrong and expired credentials."""
    challenge = 'Basic realm="Atlassian"' if cloud else 'OAuth realm="jira"'
    return ApiError(
        401,
        _REFUSED,
        headers={"WWW-Authenticate": challenge, "X-Seraph-LoginReason": "AUTHENTICATED_FAILED"},
    )


def check_allowed(request: Request, options: Options) -> None:
    """Refuse what is set as forbidden, as Jira does where a permission is missing."""
    asked = f"{request.method} {request.path}"
    if any(re.search(pattern, asked) for pattern in options.forbidden):
        raise ApiError(403, "You do not have permission to perform this operation.")
