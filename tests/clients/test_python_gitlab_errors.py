"""python-gitlab 1.2.0 and API v3: refused requests, in both modes of `--gitlab-errors`."""

import gitlab
import pytest
from examples import JACK, JOHN_SMITH, JOHNS_KEY, public_key
from gitlab_client import NEW, connect, refused

TAKEN = "has already been taken"


@pytest.mark.parametrize("mode, invalid, taken", [("documented", 404, 404), ("precise", 400, 409)])
class TestErrors:
    """The messages are the same in both modes."""

    @pytest.fixture
    def server(self, start, mode):
        return start("--gitlab-errors", mode)

    @pytest.mark.parametrize(
        "change, message",
        [
            ({"email": "John@Example.com"}, f"Email {TAKEN} by john_smith"),
            ({"username": "JOHN_smith"}, f"Username {TAKEN}"),
        ],
    )
    def test_taken(self, admin, invalid, taken, change, message):
        assert refused(gitlab.GitlabCreateError, admin.users.create, NEW | change) == (taken, message)
        jane = admin.users.get(2)
        vars(jane).update(change)
        assert refused(gitlab.GitlabUpdateError, jane.save) == (taken, message)
        assert [(user.id, user.username) for user in admin.users.list()][1:] == [
            (2, "janedoe"),
            (3, "jack_smith"),
            (4, "root"),
            (5, "username"),
        ]

    @pytest.mark.parametrize(
        "change",
        [
            {"email": "nonsense"},
            {"username": "-x"},
            {"username": "x.git"},
            {"name": "x" * 256},
            {"bio": "x" * 256},
            {"password": "short"},
            {"projects_limit": -1},
            {"website_url": "javascript:alert(1)"},
            {"skype": "a\nb"},
            {"provider": "ldap", "extern_uid": ""},
        ],
    )
    def test_invalid(self, admin, invalid, taken, change):
        status, message = refused(gitlab.GitlabCreateError, admin.users.create, NEW | change)
        assert status == invalid
        self.assert_names_the_field(message, change)
        john = admin.users.get(1)
        vars(john).update(change)
        status, message = refused(gitlab.GitlabUpdateError, john.save)
        assert status == invalid
        self.assert_names_the_field(message, change)
        assert len(admin.users.list()) == 5
        assert {name: getattr(admin.users.get(1), name) for name in JOHN_SMITH} == JOHN_SMITH

    @staticmethod
    def assert_names_the_field(message, change):
        (field, reasons), = message.items()
        assert field in change
        assert reasons and all(isinstance(reason, str) and reason for reason in reasons)

    def test_missing_attribute(self, admin, invalid, taken):
        status, message = refused(gitlab.GitlabCreateError, admin.users.create, NEW | {"password": ""})
        assert (status, message) == (400, '400 (Bad request) "password" not given')

    def test_keys(self, admin, john, invalid, taken):
        for keys in (john.user.keys, admin.users.get(3).keys):
            status, message = refused(gitlab.GitlabCreateError, keys.create, {"title": "Mine", "key": JOHNS_KEY})
            assert (status, message) == (invalid, {"key": [TAKEN], "fingerprint": [TAKEN]})
            status, message = refused(gitlab.GitlabCreateError, keys.create, {"title": "Mine", "key": "nonsense"})
            assert (status, list(message)) == (invalid, ["key"])
            long = {"title": "x" * 256, "key": public_key("ed25519-no-comment.pub")[1]}
            status, message = refused(gitlab.GitlabCreateError, keys.create, long)
            assert (status, message) == (invalid, {"title": ["is too long (maximum is 255 characters)"]})
        assert [key.id for key in john.user.keys.list()] == [1, 3]

    def test_delete_of_an_unknown_user(self, admin, mode, invalid, taken):
        if mode == "documented":
            admin.users.delete(6)
        else:
            assert refused(gitlab.GitlabDeleteError, admin.users.delete, 6) == (404, "404 Not found")

    def test_update_of_a_deleted_user(self, admin, invalid, taken):
        john = admin.users.get(1)
        john.delete()
        assert refused(gitlab.GitlabUpdateError, john.save) == (404, "404 Not found")
        assert refused(gitlab.GitlabBlockError, john.block) == (404, "404 Not found")
        assert refused(gitlab.GitlabUnblockError, john.unblock) == (404, "404 Not found")
        assert refused(gitlab.GitlabListError, john.keys.list) == (404, "404 Not found")
        new = {"title": "Late", "key": public_key("ed25519-no-comment.pub")[1]}
        assert refused(gitlab.GitlabCreateError, john.keys.create, new) == (404, "404 Not found")
        assert refused(gitlab.GitlabDeleteError, john.keys.delete, 3) == (404, "404 Not found")

    def test_not_an_administrator(self, admin, john, invalid, taken):
        forbidden = (403, "403 Forbidden")
        jane = john.users.get(2)
        assert refused(gitlab.GitlabCreateError, john.users.create, NEW) == forbidden
        assert refused(gitlab.GitlabUpdateError, jane.save) == forbidden
        assert refused(gitlab.GitlabDeleteError, jane.delete) == forbidden
        assert refused(gitlab.GitlabDeleteError, john.users.delete, 6) == forbidden
        assert refused(gitlab.GitlabBlockError, jane.block) == forbidden
        assert refused(gitlab.GitlabUnblockError, jane.unblock) == forbidden
        assert refused(gitlab.GitlabListError, jane.keys.list) == forbidden
        assert refused(gitlab.GitlabDeleteError, jane.keys.delete, 1) == forbidden
        assert [user.state for user in admin.users.list()] == ["active"] * 5

    def test_a_read_only_token(self, server, invalid, taken):
        jack = connect(server, JACK)
        assert len(jack.users.list()) == 5
        assert [key.id for key in jack.user.keys.list()] == [2]
        new = {"title": "Mine", "key": public_key("ed25519-no-comment.pub")[1]}
        assert refused(gitlab.GitlabCreateError, jack.user.keys.create, new)[0] == 403
        assert refused(gitlab.GitlabDeleteError, jack.user.keys.delete, 2)[0] == 403
        assert [key.id for key in jack.user.keys.list()] == [2]

    def test_the_last_administrator(self, admin, invalid, taken):
        root = admin.users.get(4)
        for error, change in [(gitlab.GitlabDeleteError, root.delete), (gitlab.GitlabBlockError, root.block)]:
            status, message = refused(error, change)
            assert status == 403
            assert "last" in message and "administrator" in message
        root.admin = False
        assert refused(gitlab.GitlabUpdateError, root.save)[0] == 403
        assert (admin.users.get(4).is_admin, admin.users.get(4).state) == (True, "active")
