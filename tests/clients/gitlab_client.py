"""python-gitlab 1.2.0, which speaks v3, as its users set it up."""

import gitlab
import pytest

NEW = {"email": "new@example.com", "password": "new-password", "username": "new", "name": "New User"}


def connect(server, token=None, **options):
    client = gitlab.Gitlab(server.url, private_token=token, api_version=3, timeout=10, **options)
    client.auth()
    return client


def attributes(thing):
    """What the server said of an object: the client adds `gitlab`, private names and managers."""
    own = ("gitlab", "user_id", "password")
    return {name: value for name, value in vars(thing).items() if name not in own and not name.startswith("_")}


def refused(error, client, *arguments, **options):
    """The status and the message with which a call is refused."""
    with pytest.raises(error) as raised:
        client(*arguments, **options)
    # Not a sub-class, nor the general one.
    assert type(raised.value) is error
    return raised.value.response_code, raised.value.error_message
