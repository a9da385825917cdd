"""curl and API v3: every way of sending fields and credentials that curl has."""

import pytest
from curl import ENCODINGS, expect, encode
from examples import ADDED, ADMIN, JACK, JOHN, JOHN_SMITH, JOHNS_KEY, gravatar, public_key

CURRENT = {name: value for name, value in JOHN_SMITH.items() if name not in ("extern_uid", "provider")}
NEW = {"email": "new+1@example.com", "password": "new-password", "username": "new", "name": "New User"}
UNAUTHORIZED = {"message": "401 Unauthorized"}
FORBIDDEN = {"message": "403 Forbidden"}
NOT_FOUND = {"message": "404 Not found"}
TAKEN = "has already been taken"

AS_ADMIN = ["-H", f"PRIVATE-TOKEN: {ADMIN}"]
AS_JOHN = ["-H", f"PRIVATE-TOKEN: {JOHN}"]


@pytest.fixture
def api(server):
    return f"{server.url}/api/v3"


def is_user(answer, **expected):
    """Checks for a complete user with its fields in order, and with these values for the documented ones."""
    user = answer.json()
    assert list(user) == [*expected, *ADDED]
    assert {name: user[name] for name in expected} == expected
    return True


def is_key(answer, **expected):
    key = answer.json()
    assert list(key) == ["id", "title", "key", "created_at", "fingerprint"]
    assert {name: key[name] for name in expected} == expected
    return True


class TestCredentials:
    @pytest.mark.parametrize(
        "credential",
        [
            AS_JOHN,
            ["-H", f"private-token: {JOHN}"],
            ["--oauth2-bearer", JOHN],
            ["-G", "-d", f"private_token={JOHN}"],
            # Basic credentials for a proxy in front of the server.
            [*AS_JOHN, "-u", "proxy:secret"],
        ],
    )
    def test_accepted(self, api, credential):
        answer = expect(200, *credential, f"{api}/user")
        assert is_user(answer, **CURRENT)
        user = answer.json()
        assert user["identities"] == [{"provider": "provider_name", "extern_uid": "john.smith"}]
        assert (user["state"], user["is_admin"], user["website_url"]) == ("active", False, "")
        assert (user["can_create_group"], user["can_create_project"], user["projects_limit"]) == (True, True, 100)
        assert gravatar("john@example.com") in user["avatar_url"]
        assert answer.header("cache-control") == "no-store"

    @pytest.mark.parametrize(
        "credential",
        [
            [],
            ["-u", "john_smith:john-password"],
            ["-u", f"john_smith:{JOHN}"],
            ["-H", "PRIVATE-TOKEN: no-such-token"],
            ["-H", "PRIVATE-TOKEN;"],
            ["--oauth2-bearer", "no-such-token"],
            ["-G", "-d", "private_token=no-such-token"],
            ["-X", "GET", "-d", f"private_token={JOHN}"],
        ],
    )
    def test_refused(self, api, credential):
        answer = expect(401, *credential, f"{api}/user")
        assert answer.json() == UNAUTHORIZED
        assert answer.header("www-authenticate").startswith("Bearer ")

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_token_in_the_body(self, api, encoding):
        _, line, _ = public_key("ed25519-no-comment.pub")
        body = encode(encoding, private_token=JOHN, title="Mine", key=line)
        assert is_key(expect(201, *body, f"{api}/user/keys"), id=4, title="Mine", key=line)


class TestSession:
    @pytest.mark.parametrize("encoding", ENCODINGS)
    @pytest.mark.parametrize("field", ["login", "email"])
    @pytest.mark.parametrize("name", ["john_smith", "john@example.com"])
    def test_sign_in(self, api, encoding, field, name):
        body = encode(encoding, **{field: name, "password": "john-password"})
        answer = expect(201, *body, f"{api}/session").json()
        assert list(answer) == [*CURRENT, *ADDED, "private_token"]
        assert {name: answer[name] for name in CURRENT} == CURRENT
        token = answer["private_token"]
        for credential in (["-H", f"PRIVATE-TOKEN: {token}"], ["--oauth2-bearer", token]):
            assert is_user(expect(200, *credential, f"{api}/user"), **CURRENT)

    def test_sign_in_ignores_other_credentials(self, api):
        body = ["-d", "login=john_smith&password=john-password"]
        for other in (["-H", "PRIVATE-TOKEN: no-such-token"], ["-u", "a:b"], ["--oauth2-bearer", "no-such-token"]):
            assert expect(201, *other, *body, f"{api}/session").json()["username"] == "john_smith"

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_refused(self, api, encoding):
        for name, password in (("john_smith", "wrong-password"), ("nobody", "john-password"), ("john_smith", JOHN)):
            body = encode(encoding, login=name, password=password)
            assert expect(401, *body, f"{api}/session").json() == UNAUTHORIZED

    def test_missing_parameter(self, api):
        answer = expect(400, "-d", "login=john_smith", f"{api}/session")
        assert answer.json() == {"message": '400 (Bad request) "password" not given'}
        assert expect(405, f"{api}/session").header("allow") == "POST"


class TestUsers:
    def test_list(self, api):
        answer = expect(200, *AS_JOHN, f"{api}/users?per_page=2")
        john, jane = answer.json()
        assert list(john) == list(jane) == [*JOHN_SMITH, *ADDED]
        assert {name: john[name] for name in JOHN_SMITH} == JOHN_SMITH
        counts = ["x-total", "x-total-pages", "x-page", "x-per-page", "x-next-page", "x-prev-page"]
        assert [answer.header(name) for name in counts] == ["5", "3", "1", "2", "2", ""]
        links = dict(reversed(link.split("; ")) for link in answer.header("link").split(", "))
        assert links == {
            'rel="first"': f"<{api}/users?page=1&per_page=2>",
            'rel="next"': f"<{api}/users?page=2&per_page=2>",
            'rel="last"': f"<{api}/users?page=3&per_page=2>",
        }
        assert expect(200, *AS_JOHN, f"{api}/users?page=4&per_page=2").json() == []

    def test_search(self, api):
        for text, found in [("SMITH", [1, 3]), ("jane.doe@", [2]), ("user name", [5]), ("%", []), ("a+b", [])]:
            answer = expect(200, *AS_JOHN, "-G", "--data-urlencode", f"search={text}", f"{api}/users")
            assert [user["id"] for user in answer.json()] == found
            assert answer.header("x-total") == str(len(found))

    def test_head(self, api):
        get, head = (expect(200, *options, *AS_JOHN, f"{api}/users") for options in ([], ["-I"]))
        assert head.body == ""
        changing = ("date", "x-request-id")
        assert all(head.headers[name] == get.headers[name] for name in get.headers if name not in changing)
        assert int(get.header("content-length")) == len(get.body.encode())

    def test_get(self, api):
        assert is_user(expect(200, *AS_JOHN, f"{api}/users/1"), **JOHN_SMITH)
        assert is_user(expect(200, *AS_JOHN, f"{api}/users/1/"), **JOHN_SMITH)
        for unknown in ("6", "0", "x", "1x", "%31%00"):
            assert expect(404, *AS_JOHN, f"{api}/users/{unknown}").json() == NOT_FOUND

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_create_update_and_delete(self, api, encoding):
        more = {"skype": "new.skype", "linkedin": "new-linkedin", "twitter": "@new", "bio": "100% Née"}
        if "multipart" in encoding:
            # With -F, curl would send the file named after the @.
            more["twitter"] = "new"
        more |= {"extern_uid": "new.uid", "provider": "ldap"}
        beside = {"projects_limit": 0, "can_create_group": False, "website_url": "https://new.example.com/"}
        ignored = {"confirm": False, "admin": True, "no_such_attribute": "x"}
        answer = expect(201, *AS_ADMIN, *encode(encoding, **NEW, **more, **beside, **ignored), f"{api}/users")
        created = answer.json()["created_at"]
        user = JOHN_SMITH | {name: NEW[name] for name in NEW if name != "password"} | more
        user |= {"id": 6, "created_at": created}
        assert is_user(answer, **user)
        assert {name: answer.json()[name] for name in beside} == beside
        assert answer.json()["is_admin"] is True

        change = {"email": "other@example.com", "bio": "Changed", "projects_limit": 12, "admin": False}
        answer = expect(200, "-X", "PUT", *AS_ADMIN, *encode(encoding, **change), f"{api}/users/6")
        user |= {"email": "other@example.com", "bio": "Changed"}
        assert is_user(answer, **user)
        assert (answer.json()["projects_limit"], answer.json()["is_admin"]) == (12, False)
        assert is_user(expect(200, *AS_JOHN, f"{api}/users/6"), **user)

        expect(201, *encode(encoding, login="new", password="new-password"), f"{api}/session")
        # DELETE ignores a body without a credential.
        assert is_user(expect(200, "-X", "DELETE", *AS_ADMIN, *encode(encoding, id=6), f"{api}/users/6"), **user)
        assert expect(404, *AS_JOHN, f"{api}/users/6").json() == NOT_FOUND
        second = expect(200, "-X", "DELETE", *AS_ADMIN, f"{api}/users/6")
        assert second.body == "null"

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_refused(self, api, encoding):
        for field in NEW:
            rest = {name: value for name, value in NEW.items() if name != field}
            answer = expect(400, *AS_ADMIN, *encode(encoding, **rest), f"{api}/users")
            assert answer.json() == {"message": f'400 (Bad request) "{field}" not given'}
        taken = encode(encoding, **NEW | {"email": "John@example.com"})
        assert expect(404, *AS_ADMIN, *taken, f"{api}/users").json() == {"message": f"Email {TAKEN} by john_smith"}
        taken = encode(encoding, username="janeDoe")
        assert expect(404, "-X", "PUT", *AS_ADMIN, *taken, f"{api}/users/1").json() == {"message": f"Username {TAKEN}"}
        long = encode(encoding, **NEW | {"bio": "x" * 256})
        reason = {"message": {"bio": ["is too long (maximum is 255 characters)"]}}
        assert expect(404, *AS_ADMIN, *long, f"{api}/users").json() == reason
        assert expect(403, *AS_JOHN, *encode(encoding, **NEW), f"{api}/users").json() == FORBIDDEN
        assert expect(401, *encode(encoding, **NEW), f"{api}/users").json() == UNAUTHORIZED
        assert expect(200, *AS_JOHN, f"{api}/users").header("x-total") == "5"
        assert is_user(expect(200, *AS_JOHN, f"{api}/users/1"), **JOHN_SMITH)

    def test_precise_statuses(self, start):
        api = f"{start('--gitlab-errors', 'precise').url}/api/v3"
        taken = encode("form", **NEW | {"email": "john@example.com"})
        assert expect(409, *AS_ADMIN, *taken, f"{api}/users").json() == {"message": f"Email {TAKEN} by john_smith"}
        assert expect(404, "-X", "DELETE", *AS_ADMIN, f"{api}/users/6").json() == NOT_FOUND
        assert expect(200, "-X", "DELETE", *AS_JOHN, f"{api}/user/keys/9").body == "null"


class TestKeys:
    def test_list_and_get(self, api):
        first, second = expect(200, *AS_JOHN, f"{api}/user/keys").json()
        assert (first["id"], first["title"], first["key"]) == (1, "Public key", JOHNS_KEY)
        assert (second["id"], second["title"]) == (3, "Another Public key")
        answer = expect(200, *AS_JOHN, f"{api}/user/keys/1")
        assert is_key(answer, **first)
        assert expect(200, *AS_ADMIN, f"{api}/users/1/keys").json() == [first, second]
        assert expect(200, "-I", *AS_JOHN, f"{api}/user/keys").body == ""

    @pytest.mark.parametrize(
        "name", ["rsa-4096.pub", "ecdsa-521.pub", "ed25519-no-comment.pub", "ed25519-long-comment.pub", "sk-ecdsa.pub"]
    )
    @pytest.mark.parametrize(
        "upload",
        [
            # The file's content, with its final line break, as a field, as a file and URL-encoded.
            ["-F", "title=A laptop", "-F", "key=<id.pub"],
            ["-F", "title=A laptop", "-F", "key=@id.pub"],
            ["-F", "title=A laptop", "-F", "key=@id.pub;type=application/x-ssh-key;filename=\"a b.pub\""],
            ["-d", "title=A+laptop", "--data-urlencode", "key@id.pub"],
            ["-F", "title=A laptop", "-F", "key=<id.pub", "-H", "Transfer-Encoding: chunked"],
            ["-F", "title=A laptop", "-F", "key=@id.pub", "-H", "Transfer-Encoding: chunked"],
            ["-d", "title=A%20laptop", "--data-urlencode", "key@id.pub", "-H", "Transfer-Encoding: chunked"],
        ],
    )
    def test_upload(self, api, tmp_path, name, upload):
        path, line, fingerprint = public_key(name)
        (tmp_path / "id.pub").write_bytes(path.read_bytes())
        for id, user, keys in [(4, AS_JOHN, f"{api}/user/keys"), (5, AS_ADMIN, f"{api}/users/3/keys")]:
            answer = expect(201, *user, *upload, keys, folder=tmp_path)
            assert is_key(answer, id=id, title="A laptop", key=line, fingerprint=fingerprint)
            # Delete it, so that the next upload is not a duplicate.
            assert is_key(expect(200, "-X", "DELETE", *user, f"{keys}/{id}"), **answer.json())
        assert expect(200, "-X", "DELETE", *AS_JOHN, f"{api}/user/keys/4").body == "null"
        assert expect(404, "-X", "DELETE", *AS_ADMIN, f"{api}/users/3/keys/5").json() == NOT_FOUND

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_taken(self, api, encoding):
        body = encode(encoding, title="Mine", key=JOHNS_KEY)
        reason = {"message": {"key": [TAKEN], "fingerprint": [TAKEN]}}
        assert expect(404, *AS_ADMIN, *body, f"{api}/user/keys").json() == reason
        assert expect(403, "-H", f"PRIVATE-TOKEN: {JACK}", *body, f"{api}/user/keys").json() == FORBIDDEN
        assert len(expect(200, *AS_JOHN, f"{api}/user/keys").json()) == 2

    def test_a_key_whose_plus_signs_were_decoded_as_spaces_is_refused(self, api, tmp_path):
        # -d sends the file unchanged, so each + of the base64 is decoded as a space.
        path, line, _ = public_key("rsa-4096.pub")
        assert "+" in line
        (tmp_path / "body").write_text(f"title=Mine&key={line}")
        answer = expect(404, *AS_JOHN, "-d", "@body", f"{api}/user/keys", folder=tmp_path)
        assert list(answer.json()) == ["message"] and list(answer.json()["message"]) == ["key"]
        assert len(expect(200, *AS_JOHN, f"{api}/user/keys").json()) == 2

    @pytest.mark.parametrize("option", ["key=<id", "key=@id"])
    def test_a_private_key_is_refused_and_not_logged(self, server, api, tmp_path, option):
        # A user may pick the private key, which lies beside the public one.
        private = (public_key("ed25519.pub")[0].parents[1] / "refused/private-openssh").read_text()
        (tmp_path / "id").write_text(private)
        answer = expect(404, *AS_JOHN, "-F", "title=Mine", "-F", option, f"{api}/user/keys", folder=tmp_path)
        assert list(answer.json()["message"]) == ["key"]
        assert "private" in answer.body
        secret = private.splitlines()[2]
        assert secret not in answer.body
        assert len(expect(200, *AS_JOHN, f"{api}/user/keys").json()) == 2
        server.process.terminate()
        server.process.wait(timeout=15)
        assert secret not in server.log.read_text()

    def test_missing_parameter(self, api):
        for body, field in (("title=Mine", "key"), ("key=x", "title")):
            answer = expect(400, *AS_JOHN, "-F", body, f"{api}/user/keys")
            assert answer.json() == {"message": f'400 (Bad request) "{field}" not given'}


def test_unknown_path(api):
    assert expect(404, *AS_JOHN, f"{api}/projects").json() == NOT_FOUND
    assert expect(404, f"{api}/").json() == NOT_FOUND


def test_wrong_method(api):
    answer = expect(405, "-X", "PATCH", *AS_JOHN, "-d", "name=x", f"{api}/users/1")
    assert sorted(answer.header("allow").split(", ")) == ["DELETE", "GET", "HEAD", "PUT"]
    assert list(answer.json()) == ["message"]
