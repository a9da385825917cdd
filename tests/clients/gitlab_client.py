"""Helpers for python-gitlab 1.2.0, the last release that supports v3."""

import gitlab
import pytest

NEW = {"email": "new@example.com", "password": "new-password", "username": "new", "name": "New User"}


def connect(server, token=None, **options):
    client = gitlab.Gitlab(server.url, private_token=token, api_version=3, timeout=10, **options)
    client.auth()
    return client


def attributes(thing):
    """The attributes that the server sent. The client adds `gitlab`, private names and managers."""
    own = ("gitlab", "user_id", "password")
    return {name: value for name, value in vars(thing).items() if name not in own and not name.startswith("_")}


def refused(error, client, *arguments, **options):
    """Checks that a call raises this error, and returns its status and message."""
    with pytest.raises(error) as raised:
        client(*arguments, **options)
    # Neither a subclass nor a base class.
    assert type(raised.value) is error
    return raised.value.response_code, raised.value.error_message
