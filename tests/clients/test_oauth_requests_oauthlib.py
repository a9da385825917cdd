"""requests-oauthlib, whose oauthlib validates every response strictly, and python-gitlab with the resulting token."""

import gitlab
import pytest
from oauthlib.oauth2 import (
    AccessDeniedError,
    InvalidGrantError,
    InvalidScopeError,
    LegacyApplicationClient,
    UnsupportedGrantTypeError,
)
from requests_oauthlib import OAuth2Session

from oauth_applications import PHONE, WIKI, serve
from consent_user import User

DOCKER = {"authorize": "/api/v1.1/o/authorize/", "token": "/api/v1.1/o/token/"}
GITLAB = {"authorize": "/oauth/authorize", "token": "/oauth/token"}
BOTH = pytest.mark.parametrize("endpoints", [DOCKER, GITLAB], ids=["docker", "gitlab"])


@pytest.fixture
def server(start, tmp_path, monkeypatch):
    # oauthlib requires https. The test server speaks plain HTTP.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    return serve(start, tmp_path)


def session(application, scope, **options):
    return OAuth2Session(application["id"], redirect_uri=application["uri"], scope=scope, **options)


def authorize(client, server, endpoints, application):
    url, _ = client.authorization_url(server.url + endpoints["authorize"])
    callback = User().allow(url)
    secret = application.get("secret")
    options = {"client_secret": secret} if secret else {"include_client_id": True}
    return client.fetch_token(server.url + endpoints["token"], authorization_response=callback, **options)


@BOTH
def test_a_confidential_client(server, endpoints):
    scope = ["profile_read", "read_user"]
    client = session(WIKI, scope)
    # oauthlib raises an error if the scope is not the requested one.
    token = authorize(client, server, endpoints, WIKI)
    assert token["scope"] == scope
    assert client.get(server.url + "/api/v1.1/users/janedoe/").json()["username"] == "janedoe"
    assert client.get(server.url + "/api/v4/user").json()["id"] == 2
    new = client.refresh_token(server.url + endpoints["token"], auth=(WIKI["id"], WIKI["secret"]))
    assert new["access_token"] != token["access_token"]
    assert client.get(server.url + "/api/v4/user").status_code == 200
    with pytest.raises(InvalidGrantError):
        client.refresh_token(
            server.url + endpoints["token"], refresh_token=token["refresh_token"], auth=(WIKI["id"], WIKI["secret"])
        )
    assert client.get(server.url + "/api/v4/user").status_code == 401


@BOTH
def test_a_public_client_with_pkce(server, endpoints):
    client = session(PHONE, ["profile_read", "api"], pkce="S256")
    token = authorize(client, server, endpoints, PHONE)
    assert client.get(server.url + "/api/v1.1/users/janedoe/").status_code == 200
    client.refresh_token(server.url + endpoints["token"], client_id=PHONE["id"])
    assert client.token["access_token"] != token["access_token"]


@BOTH
def test_refusals_raise_the_errors_of_the_rfc(server, endpoints):
    client = session(WIKI, ["api"])
    denied = User().deny(client.authorization_url(server.url + endpoints["authorize"])[0])
    with pytest.raises(AccessDeniedError):
        client.fetch_token(server.url + endpoints["token"], authorization_response=denied, client_secret=WIKI["secret"])
    with pytest.raises(InvalidGrantError):
        client.fetch_token(server.url + endpoints["token"], code="never-was-a-code", client_secret=WIKI["secret"])
    password = OAuth2Session(client=LegacyApplicationClient(WIKI["id"]))
    with pytest.raises(UnsupportedGrantTypeError):
        password.fetch_token(
            server.url + endpoints["token"], username="janedoe", password="password", auth=(WIKI["id"], WIKI["secret"])
        )
    token = authorize(session(WIKI, ["profile_read"]), server, endpoints, WIKI)
    # The client sends its own scope with each refresh.
    with pytest.raises(InvalidScopeError):
        client.refresh_token(
            server.url + endpoints["token"], refresh_token=token["refresh_token"], auth=(WIKI["id"], WIKI["secret"])
        )


def test_python_gitlab_accepts_the_token(server):
    token = authorize(session(WIKI, ["read_user"]), server, GITLAB, WIKI)
    gl = gitlab.Gitlab(server.url, oauth_token=token["access_token"], timeout=10)
    gl.auth()
    assert gl.user.username == "janedoe"
    with pytest.raises(gitlab.GitlabCreateError):
        gl.user.emails.create({"email": "another@example.com"})
