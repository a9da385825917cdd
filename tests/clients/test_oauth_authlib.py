"""Authlib, as a public client with PKCE, and as a confidential client with each authentication method."""

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

from oauth_applications import PHONE, WIKI, serve
from consent_user import User, parameters

# The callback of a native application, on a port that the system assigned (RFC 8252 section 7.3).
CALLBACK = "http://127.0.0.1:51004/callback"
SCOPE = "profile_read email_read"


@pytest.fixture
def server(start, tmp_path):
    return serve(start, tmp_path)


@pytest.fixture
def metadata(server):
    """The server's metadata, validated by Authlib against RFC 8414."""
    url = get_well_known_url(server.url, external=True)
    found = AuthorizationServerMetadata(requests.get(url, timeout=10).json())
    for name in set(found.REGISTRY_KEYS) & set(found):
        check = getattr(found, f"validate_{name}", None)
        # Authlib requires https for the issuer and the endpoints. The test server speaks plain HTTP.
        if check and name != "issuer" and not name.endswith("_endpoint"):
            check()
    assert found["issuer"] == server.url
    return found


def phone(metadata, **options):
    """A session of the public client."""
    return OAuth2Session(
        PHONE["id"],
        redirect_uri=CALLBACK,
        scope=SCOPE,
        code_challenge_method="S256",
        token_endpoint_auth_method="none",
        revocation_endpoint_auth_method="none",
        token_endpoint=metadata["token_endpoint"],
        **options,
    )


def authorize(client, metadata, user=None):
    """Goes through the consent of the user and returns the token."""
    verifier = generate_token(48)
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    assert parameters(url)["code_challenge_method"] == "S256"
    callback = (user or User()).allow(url)
    assert callback.startswith(client.redirect_uri + "?")
    answer = parameters(callback)
    assert (answer["state"], answer["iss"]) == (state, metadata["issuer"])
    return client.fetch_token(authorization_response=callback, code_verifier=verifier, state=state)


def test_a_public_client_with_pkce(server, metadata):
    client = phone(metadata)
    token = authorize(client, metadata)
    assert (token["username"], token["user_id"], token["scope"]) == ("janedoe", 2, SCOPE)
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 15552000)
    profile = f"{server.url}/api/v1.1/users/janedoe/"
    assert client.get(profile).json()["full_name"] == "Jane Doe"
    assert client.get(profile + "emails/").json()[0]["email"] == "jane.doe@example.com"
    assert client.patch(profile, json={"location": "x"}).status_code == 403

    old = dict(token)
    new = client.refresh_token(metadata["token_endpoint"])
    assert new["access_token"] != old["access_token"] and new["refresh_token"] != old["refresh_token"]
    assert client.get(profile).status_code == 200
    with_old_token = {"Authorization": f"Bearer {old['access_token']}"}
    assert requests.get(profile, headers=with_old_token, timeout=10).status_code == 401

    revoked = client.revoke_token(metadata["revocation_endpoint"], new["refresh_token"], "refresh_token")
    assert revoked.status_code == 200
    assert client.get(profile).status_code == 401
    with pytest.raises(OAuthError) as refused:
        client.refresh_token(metadata["token_endpoint"])
    assert refused.value.error == "invalid_grant"


def test_an_expired_token_is_refreshed_automatically(server, metadata):
    seen = []
    client = phone(metadata, update_token=lambda token, **known: seen.append((token, known)))
    token = dict(authorize(client, metadata))
    client.token = token | {"expires_at": 1}
    assert client.get(f"{server.url}/api/v1.1/users/janedoe/").status_code == 200
    [(new, known)] = seen
    assert known["refresh_token"] == token["refresh_token"] and new["access_token"] != token["access_token"]


def test_a_code_cannot_be_exchanged_without_its_verifier(metadata):
    client = phone(metadata)
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=generate_token(48))
    callback = User().allow(url)
    for verifier in (None, generate_token(48)):
        with pytest.raises(OAuthError) as refused:
            client.fetch_token(authorization_response=callback, code_verifier=verifier, state=state)
        assert refused.value.error == "invalid_grant"


def test_a_public_client_without_a_challenge_is_refused_before_consent(metadata):
    client = phone(metadata)
    url, state = client.create_authorization_url(metadata["authorization_endpoint"])
    answer = requests.get(url, allow_redirects=False, timeout=10)
    response = parameters(answer.headers["Location"])
    assert (response["error"], response["state"], response["iss"]) == ("invalid_request", state, metadata["issuer"])
    assert "code_challenge" in response["error_description"]


def test_the_user_denies_access(metadata):
    client = phone(metadata)
    verifier = generate_token(48)
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    response = parameters(User().deny(url))
    assert (response["error"], response["state"], response["iss"]) == ("access_denied", state, metadata["issuer"])
    # Without a code, Authlib tries client_credentials, which the server does not support.
    with pytest.raises(OAuthError) as refused:
        client.fetch_token(code_verifier=verifier)
    assert refused.value.error == "unsupported_grant_type"


def test_reusing_a_code_fails_and_revokes_the_token(server, metadata):
    client = phone(metadata)
    verifier = generate_token(48)
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    callback = User().allow(url)
    token = client.fetch_token(authorization_response=callback, code_verifier=verifier, state=state)
    with pytest.raises(OAuthError) as refused:
        phone(metadata).fetch_token(authorization_response=callback, code_verifier=verifier, state=state)
    assert refused.value.error == "invalid_grant"
    client.token = token
    assert client.get(f"{server.url}/api/v1.1/users/janedoe/").status_code == 401


def test_every_authentication_method_in_the_metadata_works(server, metadata):
    methods = metadata["token_endpoint_auth_methods_supported"]
    assert sorted(methods) == ["client_secret_basic", "client_secret_post", "none"]
    for method in methods:
        if method == "none":
            continue
        client = OAuth2Session(
            WIKI["id"],
            WIKI["secret"],
            redirect_uri=WIKI["uri"],
            scope="profile_write",
            code_challenge_method="S256",
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
            token_endpoint=metadata["token_endpoint"],
        )
        token = authorize(client, metadata)
        assert token["scope"] == "profile_write"
        profile = f"{server.url}/api/v1.1/users/janedoe/"
        assert client.patch(profile, json={"location": method}).json()["location"] == method
        endpoint = metadata["introspection_endpoint"]
        response = client.introspect_token(endpoint, token["access_token"], "access_token").json()
        assert (response["active"], response["client_id"], response["sub"]) == (True, WIKI["id"], "2")
        client.refresh_token(metadata["token_endpoint"])
        revocation = client.revoke_token(metadata["revocation_endpoint"], client.token["access_token"], "access_token")
        assert revocation.status_code == 200
        response = client.introspect_token(endpoint, token["access_token"]).json()
        assert response == {"active": False}


def test_gitlabs_endpoints(server):
    client = OAuth2Session(WIKI["id"], WIKI["secret"], redirect_uri=WIKI["uri"], scope="read_user")
    url, state = client.create_authorization_url(server.url + "/oauth/authorize")
    callback = User(("john_smith", "john-password")).allow(url)
    token = client.fetch_token(server.url + "/oauth/token", authorization_response=callback, state=state)
    assert list(token)[:6] == ["access_token", "token_type", "expires_in", "refresh_token", "scope", "created_at"]
    for version in ("v3", "v4"):
        assert client.get(f"{server.url}/api/{version}/user").json()["username"] == "john_smith"
    assert client.revoke_token(server.url + "/oauth/revoke", token["access_token"]).status_code == 200
    assert client.get(server.url + "/api/v4/user").status_code == 401
