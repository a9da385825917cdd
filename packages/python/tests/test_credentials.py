"""Tokens, browser sessions and authorizations that a test makes without a form."""

from urllib.parse import parse_qs, urlsplit

import gitlab
import pytest
import requests
from accountd.testing import ControlError
from conftest import connect, create


def test_a_token_of_a_user_has_all_scopes(accountd):
    client = connect(accountd, accountd.token("janedoe"))
    client.auth()
    assert client.user.username == "janedoe"


def test_a_token_can_have_a_name_and_scopes(accountd):
    client = connect(accountd, accountd.token("root", scopes=["read_user"], name="reader"))
    client.auth()
    with pytest.raises(gitlab.GitlabCreateError) as caught:
        create(client, "ada")
    assert caught.value.response_code == 403


def test_a_token_of_an_unknown_user_is_refused(accountd):
    with pytest.raises(ControlError) as caught:
        accountd.token("ada")
    assert caught.value.status == 404


def test_a_browser_session_needs_no_form(accountd):
    cookie = accountd.sign_in("janedoe")
    page = f"{accountd.url}/account/applications"
    signed_in = requests.get(page, cookies=dict([cookie]), allow_redirects=False)
    assert signed_in.status_code == 200
    assert "janedoe" in signed_in.text
    assert requests.get(page, allow_redirects=False).status_code == 303


@pytest.fixture
def authorize(accountd):
    """Sends an authorization request of the demo's application, and returns the parameters that come back."""

    def send():
        parameters = {
            "response_type": "code",
            "client_id": "TestClientID",
            "redirect_uri": "https://my.app/auth_complete/",
            "state": "from-the-client",
        }
        answer = requests.get(f"{accountd.url}/oauth/authorize", parameters, allow_redirects=False)
        return parse_qs(urlsplit(answer.headers.get("Location", "")).query)

    return send


def test_the_next_authorization_is_answered_as_a_user(accountd, authorize):
    accountd.next_authorization(user="janedoe")
    answer = authorize()
    assert answer["code"]
    assert answer["state"] == ["from-the-client"]
    assert "code" not in authorize()


def test_the_next_authorization_is_denied(accountd, authorize):
    accountd.next_authorization(error="access_denied")
    assert authorize()["error"] == ["access_denied"]
