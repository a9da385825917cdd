"""social-auth-core 5.2.0, the last release with a backend for docker.io. The tests replace only its host."""

import pytest
import requests
from social_core.backends.docker import DockerOAuth2
from social_core.backends.gitlab import GitLabOAuth2
from social_core.exceptions import AuthCanceled, AuthException, AuthStateForbidden
from social_core.tests.models import TestStorage, TestUserSocialAuth
from social_core.tests.models import User as Account
from social_core.tests.strategy import TestStrategy

from examples import JANES_EMAIL, gravatar
from oauth_applications import EXAMPLE, WIKI, serve
from consent_user import User, parameters

DOCKER_HUB = "https://hub.docker.com"


@pytest.fixture(autouse=True)
def storage():
    for model in (Account, TestUserSocialAuth):
        model.reset_cache()


def docker(server, **settings):
    """The docker backend as a web application configures it."""

    class Docker(DockerOAuth2):
        def authorization_url(self):
            return super().authorization_url().replace(DOCKER_HUB, server.url)

        def request(self, url, *arguments, **options):
            assert url.startswith(DOCKER_HUB)
            return super().request(url.replace(DOCKER_HUB, server.url), *arguments, **options)

    return backend(Docker, EXAMPLE, DOCKER_KEY=EXAMPLE["id"], DOCKER_SECRET=EXAMPLE["secret"], **settings)


def gitlab(server, **settings):
    """The GitLab backend. It has a setting for the host."""
    known = {"GITLAB_KEY": WIKI["id"], "GITLAB_SECRET": WIKI["secret"], "GITLAB_API_URL": server.url}
    return backend(GitLabOAuth2, WIKI, **known, **settings)


def backend(kind, application, **settings):
    strategy = TestStrategy(TestStorage)
    strategy.set_settings({f"SOCIAL_AUTH_{name}": value for name, value in settings.items()})
    return kind(strategy, redirect_uri=application["uri"])


def complete(backend, callback):
    """Handles the callback as the application does."""
    assert callback.startswith(backend.redirect_uri + "?")
    backend.strategy.set_request_data(parameters(callback), backend)
    return backend.complete()


def test_docker_sign_in_creates_an_account_from_the_profile(server):
    backend = docker(server)
    user = User()
    url = backend.start().url
    assert url.startswith(server.url + "/api/v1.1/o/authorize/?")
    account = complete(backend, user.allow(url))
    assert (account.username, account.email) == ("janedoe", "jane.doe@example.com")
    assert account.first_name == "Jane"
    assert backend.strategy.session_get("username") == "janedoe"
    [social] = account.social
    assert (social.provider, social.uid) == ("docker", "2")
    assert social.extra_data["access_token"].startswith("acd_")
    assert social.extra_data["refresh_token"].startswith("acr_")
    expected = {
        "user_id": 2,
        "email": "jane.doe@example.com",
        "fullname": "Jane Doe",
        "location": "San Francisco, CA",
        "company": "Success, Inc.",
        "url": f"{server.url}/api/v1.1/users/janedoe/",
        "token_type": "Bearer",
    }
    assert {name: social.extra_data[name] for name in expected} == expected
    # The consent page names the application and its host.
    assert "Example" in user.pages[-1] and "my.app" in user.pages[-1]


def test_docker_with_auto_approve(start):
    server = start("--auto-approve", "janedoe")
    backend = docker(server)
    answer = requests.get(backend.start().url, allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    assert complete(backend, answer.headers["Location"]).username == "janedoe"


def test_docker_second_sign_in_finds_the_same_account(server):
    user = User()
    backend = docker(server)
    first = complete(backend, user.allow(backend.start().url))
    backend = docker(server)
    second = complete(backend, user.allow(backend.start().url))
    assert first.id == second.id and len(second.social) == 1


def test_docker_refresh_replaces_both_tokens(server):
    backend = docker(server)
    account = complete(backend, User().allow(backend.start().url))
    [social] = account.social
    before = dict(social.extra_data)
    refreshed = backend.refresh_token(before["refresh_token"])
    assert refreshed["access_token"] != before["access_token"]
    assert refreshed["refresh_token"] != before["refresh_token"]
    profile = backend.user_data(refreshed["access_token"], response=refreshed)
    assert profile["email"] == JANES_EMAIL["email"]
    assert gravatar(profile["email"]) in profile["gravatar_url"]
    with pytest.raises(Exception) as ended:
        backend.user_data(before["access_token"], response=refreshed)
    assert ended.value.response.status_code == 401


def test_docker_with_another_registered_scope(server):
    backend = docker(server, DOCKER_SCOPE=["profile_read", "email_read"])
    url = backend.start().url
    assert parameters(url)["scope"] == "profile_read email_read"
    assert complete(backend, User().allow(url)).username == "janedoe"


def test_docker_denied_by_the_user(server):
    backend = docker(server)
    with pytest.raises(AuthCanceled):
        complete(backend, User().deny(backend.start().url))
    assert Account.cache == {}


def test_docker_with_an_unregistered_scope(start):
    server = start("--auto-approve", "janedoe")
    backend = docker(server, DOCKER_SCOPE=["profile_write"])
    answer = requests.get(backend.start().url, allow_redirects=False, timeout=10)
    with pytest.raises(AuthException) as refused:
        complete(backend, answer.headers["Location"])
    assert "registered for profile_read email_read" in str(refused.value)


def test_docker_with_the_callback_of_another_session(server):
    backend = docker(server)
    callback = User().allow(backend.start().url)
    other = docker(server)
    other.start()
    with pytest.raises(AuthStateForbidden):
        complete(other, callback)
    assert complete(backend, callback).username == "janedoe"


def test_docker_with_a_wrong_secret(server):
    backend = docker(server)
    callback = User().allow(backend.start().url)
    backend.strategy.set_settings({"SOCIAL_AUTH_DOCKER_SECRET": "wrong-secret"})
    with pytest.raises(AuthException):
        complete(backend, callback)
    assert Account.cache == {}


def test_docker_with_a_used_code(server):
    backend = docker(server)
    callback = User().allow(backend.start().url)
    complete(backend, callback)
    with pytest.raises(AuthException):
        complete(backend, callback)


def test_gitlab_sign_in_creates_an_account_from_the_profile(start, tmp_path):
    server = serve(start, tmp_path)
    backend = gitlab(server)
    url = backend.start().url
    assert url.startswith(server.url + "/oauth/authorize?") and parameters(url)["scope"] == "read_user"
    account = complete(backend, User().allow(url))
    assert (account.username, account.email) == ("janedoe", "jane.doe@example.com")
    assert account.first_name == "Jane"
    [social] = account.social
    assert (social.provider, social.uid, social.extra_data["id"]) == ("gitlab", "2", 2)
    assert social.extra_data["expires_in"] == 15552000
    refreshed = backend.refresh_token(social.extra_data["refresh_token"])
    assert backend.user_data(refreshed["access_token"])["username"] == "janedoe"


def test_gitlab_denied_by_the_user(start, tmp_path):
    backend = gitlab(serve(start, tmp_path))
    with pytest.raises(AuthCanceled):
        complete(backend, User().deny(backend.start().url))
