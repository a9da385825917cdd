"""python-gitlab 1.2.0 and API v3: credentials and successful requests."""

import gitlab
import pytest
from examples import ADDED, JOHN, JOHN_SMITH, JOHNS_KEY, gravatar, public_key
from gitlab_client import NEW, attributes, connect, refused


class TestAuthentication:
    def test_private_token(self, server):
        user = connect(server, JOHN).user
        expected = {name: value for name, value in JOHN_SMITH.items() if name not in ("extern_uid", "provider")}
        received = attributes(user)
        assert list(received) == [*expected, *ADDED]
        assert {name: received[name] for name in expected} == expected

    def test_oauth_token(self, server):
        assert connect(server, oauth_token=JOHN).user.username == "john_smith"

    @pytest.mark.parametrize("login", ["john@example.com", "john_smith", "JOHN@example.com"])
    def test_email_and_password(self, server, login):
        client = connect(server, email=login, password="john-password")
        assert (client.user.id, client.user.username) == (1, "john_smith")
        # The client continues with the token of the response.
        assert client.private_token == client.user.private_token
        assert client.headers == {"PRIVATE-TOKEN": client.private_token}
        assert [key.id for key in client.user.keys.list()] == [1, 3]
        assert connect(server, client.private_token).user.id == 1

    def test_basic_credentials_for_a_proxy_are_ignored(self, server):
        client = connect(server, JOHN, http_username="proxy", http_password="secret")
        assert client.user.username == "john_smith"

    @pytest.mark.parametrize(
        "credential",
        [
            {"token": "no-such-token"},
            {"oauth_token": "no-such-token"},
            {"email": "john@example.com", "password": "wrong-password"},
            {"email": "nobody@example.com", "password": "john-password"},
            {"email": "john@example.com", "password": JOHN},
        ],
    )
    def test_wrong_credential(self, server, credential):
        error = refused(gitlab.GitlabAuthenticationError, connect, server, **credential)
        assert error == (401, "401 Unauthorized")

    def test_blocked_user(self, server, admin):
        session = connect(server, email="john_smith", password="john-password")
        admin.users.get(1).block()
        for credential in (
            {"token": JOHN},
            {"token": session.private_token},
            {"email": "john_smith", "password": "john-password"},
        ):
            assert refused(gitlab.GitlabAuthenticationError, connect, server, **credential)[0] == 401
        # Also on a connection that is already open.
        assert refused(gitlab.GitlabAuthenticationError, session.users.list)[0] == 401
        admin.users.get(1).unblock()
        assert session.users.get(1).state == "active"


class TestReading:
    def test_list(self, john):
        users = john.users.list()
        assert [(user.id, user.username) for user in users] == [
            (1, "john_smith"),
            (2, "janedoe"),
            (3, "jack_smith"),
            (4, "root"),
            (5, "username"),
        ]
        assert {name: getattr(users[0], name) for name in JOHN_SMITH} == JOHN_SMITH
        assert list(attributes(users[0])) == [*JOHN_SMITH, *ADDED]

    def test_pages(self, john):
        def ids(**page):
            return [user.id for user in john.users.list(**page)]

        assert ids(per_page=2) == [1, 2]
        assert ids(per_page=2, page=2) == [3, 4]
        assert ids(per_page=2, page=3) == [5]
        assert ids(per_page=2, page=4) == []
        assert refused(gitlab.GitlabListError, john.users.list, page="one")[0] == 400

    def test_all_follows_the_links(self, john):
        assert [user.id for user in john.users.list(all=True, per_page=2)] == [1, 2, 3, 4, 5]
        assert [user.id for user in john.users.list(safe_all=True, per_page=1)] == [1, 2, 3, 4, 5]
        assert [user.id for user in john.users.search("smith", all=True, per_page=1)] == [1, 3]

    def test_iterator(self, john):
        users = john.http_list("/users", as_list=False, per_page=2)
        first = (users.current_page, users.prev_page, users.next_page, users.per_page, users.total_pages, users.total)
        assert first == (1, None, 2, 2, 3, 5)
        assert [user["id"] for user in users] == [1, 2, 3, 4, 5]
        assert (users.current_page, users.prev_page, users.next_page) == (3, 2, None)

    def test_options_of_other_clients_are_ignored(self, john):
        assert [user.id for user in john.users.list(as_list=False, order_by="name", sort="desc")] == [1, 2, 3, 4, 5]

    def test_search(self, john):
        def found(text):
            return [user.username for user in john.users.search(text)]

        assert found("smith") == ["john_smith", "jack_smith"]
        assert found("JANE D") == ["janedoe"]
        assert found("@example.com") == ["john_smith", "janedoe", "jack_smith", "root", "username"]
        assert found("Administrator") == ["root"]
        # Literal: the wildcards of SQL find nothing.
        assert found("j%25n") == found("j_n") == found("nobody") == []

    def test_filters(self, john, admin):
        admin.users.get(5).block()
        assert [user.id for user in john.users.list(blocked="true")] == [5]
        assert [user.id for user in john.users.list(active="true")] == [1, 2, 3, 4]

    def test_by_username(self, john):
        assert john.users.get_by_username("janedoe").id == 2
        assert refused(gitlab.GitlabGetError, john.users.get_by_username, "jane") == (None, "no such user: jane")

    def test_get(self, john):
        user = john.users.get(1)
        received = attributes(user)
        assert list(received) == [*JOHN_SMITH, *ADDED]
        assert {name: received[name] for name in JOHN_SMITH} == JOHN_SMITH
        assert received["identities"] == [{"provider": "provider_name", "extern_uid": "john.smith"}]
        assert (received["state"], received["is_admin"], received["website_url"]) == ("active", False, "")
        assert (received["can_create_group"], received["can_create_project"]) == (True, True)
        assert received["projects_limit"] == 100
        assert gravatar("john@example.com") in received["avatar_url"]

    @pytest.mark.parametrize("id", [6, 0, -1, "janedoe", 2**63, "1%2F1"])
    def test_no_such_user(self, john, id):
        assert refused(gitlab.GitlabGetError, john.users.get, id) == (404, "404 Not found")


class TestWriting:
    def test_create_with_only_the_required_attributes(self, server, admin):
        user = admin.users.create(NEW)
        assert user.id == 6
        expected = {
            "id": 6,
            "username": "new",
            "email": "new@example.com",
            "name": "New User",
            "blocked": False,
            "bio": None,
            "skype": "",
            "linkedin": "",
            "twitter": "",
            "dark_scheme": False,
            "extern_uid": None,
            "provider": None,
            "theme_id": 1,
            "state": "active",
            "is_admin": False,
            "projects_limit": 100,
            "website_url": "",
            "identities": [],
        }
        assert {name: getattr(user, name) for name in expected} == expected
        assert connect(server, email="new@example.com", password="new-password").user.id == 6

    def test_create_with_every_attribute(self, server, admin):
        given = {
            "skype": "new.skype",
            "linkedin": "new-linkedin",
            "twitter": "@new",
            "projects_limit": 7,
            "extern_uid": "new.uid",
            "provider": "ldap",
            "bio": "Née à Besançon 🐙",
            "can_create_group": False,
            "website_url": "https://new.example.com/",
        }
        # Attributes of later GitLab versions; `confirm` is sent as the text "false".
        others = {"admin": True, "confirm": False, "reset_password": False, "external": False}
        others |= {"organization": "Example", "location": "Besançon"}
        user = admin.users.create(NEW | given | others)
        again = admin.users.get(user.id)
        assert {name: getattr(user, name) for name in given} == given
        assert {name: getattr(again, name) for name in given} == given
        assert again.is_admin is True
        assert again.identities == [{"provider": "ldap", "extern_uid": "new.uid"}]
        # The new user is an administrator.
        assert connect(server, email="new", password="new-password").users.get(1).delete()

    def test_save_without_changes(self, admin):
        before = attributes(admin.users.get(1))
        user = admin.users.get(1)
        user.save()
        assert attributes(admin.users.get(1)) == before

    def test_save_after_create(self, server, admin):
        user = admin.users.create(NEW | {"confirm": False, "projects_limit": 3})
        user.bio = "Changed"
        # The client kept the password and sends it again.
        user.save()
        again = admin.users.get(user.id)
        assert (again.bio, again.projects_limit, again.name) == ("Changed", 3, "New User")
        assert connect(server, email="new", password="new-password").user.id == user.id

    def test_save_changes(self, server, admin):
        user = admin.users.get(2)
        changes = {
            "email": "jane@example.org",
            "username": "jane",
            "name": "Jane Q. Doe",
            "skype": "jane.skype",
            "linkedin": "jane-linkedin",
            "twitter": "@jane",
            "projects_limit": 0,
            "extern_uid": "jane.uid",
            "provider": "ldap",
            "bio": "Retired",
            "can_create_group": False,
            "website_url": "https://jane.example.org/",
        }
        for name, value in changes.items():
            setattr(user, name, value)
        user.password, user.admin = "another-password", True
        user.save()
        again = admin.users.get(2)
        assert {name: getattr(again, name) for name in changes} == changes
        assert (again.is_admin, again.can_create_project) == (True, False)
        assert connect(server, email="jane@example.org", password="another-password").user.id == 2
        assert refused(gitlab.GitlabAuthenticationError, connect, server, email="jane", password="password")[0] == 401

    def test_save_clears_attributes(self, admin):
        user = admin.users.get(1)
        user.bio, user.skype = "Something", "something"
        user.save()
        user.bio, user.skype, user.extern_uid, user.provider = None, "", None, None
        user.save()
        again = admin.users.get(1)
        assert (again.bio, again.skype, again.identities) == (None, "", [])
        assert (again.extern_uid, again.provider) == (None, None)

    def test_delete(self, server, admin):
        john = connect(server, JOHN)
        assert admin.users.get(1).delete() is True
        admin.users.delete(5)
        assert [user.id for user in admin.users.list()] == [2, 3, 4]
        assert refused(gitlab.GitlabAuthenticationError, john.users.list)[0] == 401
        assert refused(gitlab.GitlabGetError, admin.users.get, 1) == (404, "404 Not found")
        # Ids are never reused.
        assert admin.users.create(NEW).id == 6

    def test_block_and_unblock(self, admin):
        user = admin.users.get(1)
        user.block()
        assert (user.state, admin.users.get(1).state, admin.users.get(1).blocked) == ("blocked", "blocked", True)
        user.unblock()
        assert (user.state, admin.users.get(1).state, admin.users.get(1).blocked) == ("active", "active", False)


class TestKeys:
    def test_own(self, john):
        keys = john.user.keys
        assert [(key.id, key.title) for key in keys.list()] == [(1, "Public key"), (3, "Another Public key")]
        first = keys.get(1)
        assert list(attributes(first)) == ["id", "title", "key", "created_at", "fingerprint"]
        assert (first.id, first.title, first.key) == (1, "Public key", JOHNS_KEY)

        _, line, fingerprint = public_key("ecdsa-521.pub")
        new = keys.create({"title": "A laptop", "key": line})
        assert (new.id, new.title, new.key, new.fingerprint) == (4, "A laptop", line, fingerprint)
        assert attributes(keys.get(4)) == attributes(new)
        assert new.delete() is True
        keys.delete(3)
        assert [key.id for key in keys.list()] == [1]
        # Documented as idempotent.
        keys.delete(3)
        assert refused(gitlab.GitlabGetError, keys.get, 3) == (404, "404 Not found")
        # Key 2 exists, but belongs to another user.
        assert refused(gitlab.GitlabGetError, keys.get, 2) == (404, "404 Not found")
        keys.delete(2)

    def test_of_a_user(self, server, admin):
        user = admin.users.get(1)
        assert [(key.id, key.title) for key in user.keys.list()] == [(1, "Public key"), (3, "Another Public key")]
        assert user.keys.get(1).key == JOHNS_KEY
        _, line, fingerprint = public_key("rsa-4096.pub")
        # With the final line break of a file.
        new = user.keys.create({"title": "A laptop", "key": line + "\n"})
        assert (new.id, new.key, new.fingerprint) == (4, line, fingerprint)
        user.keys.delete(1)
        assert new.delete() is True
        assert [key.id for key in connect(server, JOHN).user.keys.list()] == [3]
        # A key cannot be deleted through another user's path.
        jack = admin.users.get(3)
        assert refused(gitlab.GitlabDeleteError, jack.keys.delete, 3) == (404, "404 Not found")
        assert [key.id for key in user.keys.list()] == [3]
