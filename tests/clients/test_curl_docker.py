"""curl and the docker dialect: every way of sending fields and credentials that curl has."""

import pytest
from curl import ENCODINGS, curl, expect, encode
from examples import ADMIN, JANE, JANES_EMAIL, JOHN, gravatar, jane_doe

OTHER = "jane.doe+other@example.com"
# Document section 1.4, example response.
ADDED = {"email": OTHER, "verified": False, "primary": False}

@pytest.fixture
def user(server):
    return f"{server.url}/api/v1.1/users/janedoe/"


@pytest.fixture
def emails(user):
    return f"{user}emails/"


def is_detail(answer):
    """Whether the body is an error about the whole request: `detail` and nothing else."""
    (pair,) = answer.ordered()
    return pair[0] == "detail" and isinstance(pair[1], str) and pair[1] != ""


def is_about(answer, field):
    """Whether the body is an error about this field alone: a list of reasons."""
    ((name, reasons),) = answer.json().items()
    return name == field and reasons and all(isinstance(reason, str) and reason for reason in reasons)


class TestCredentials:
    @pytest.mark.parametrize(
        "credential",
        [
            ["-u", "janedoe:password"],
            ["-u", "JaneDoe:password"],
            ["-u", "jane.doe@example.com:password"],
            ["-u", f"janedoe:{JANE}"],
            ["-H", "Authorization: Basic amFuZWRvZTpwYXNzd29yZA=="],
            ["--oauth2-bearer", JANE],
            ["-H", f"Authorization: Bearer {JANE}"],
            ["-H", f"authorization: bearer {JANE}"],
        ],
    )
    def test_accepted(self, server, user, credential):
        answer = expect(200, *credential, user)
        assert answer.ordered() == list(jane_doe(server.url).items())
        assert answer.header("content-type") == "application/json"
        assert answer.header("cache-control") == "no-store"

    @pytest.mark.parametrize(
        "credential",
        [
            [],
            ["-u", "janedoe:wrong"],
            ["-u", "janedoe:"],
            ["-u", "nobody:password"],
            ["-u", f"janedoe:{JOHN}"],
            ["--oauth2-bearer", "no-such-token"],
            ["-H", f"PRIVATE-TOKEN: {JANE}"],
            ["-H", "Authorization: Basic nonsense"],
            ["-H", "Authorization: Digest username=janedoe"],
        ],
    )
    def test_refused(self, user, credential):
        answer = expect(401, *credential, user)
        assert is_detail(answer)
        assert answer.headers["www-authenticate"] == ['Basic realm="accountd"', 'Bearer realm="accountd"']

    def test_anyauth_selects_basic(self, server, user):
        assert curl("--anyauth", "-u", "janedoe:password", user).ordered() == list(jane_doe(server.url).items())

    @pytest.mark.parametrize(
        "credential", [["-u", "username:password"], ["-u", "root:root-password"], ["--oauth2-bearer", ADMIN]]
    )
    def test_another_user_is_forbidden(self, user, credential):
        assert is_detail(expect(403, *credential, user))

    def test_an_unknown_user_is_not_found(self, server):
        url = f"{server.url}/api/v1.1/users/nobody/"
        assert is_detail(expect(404, "-u", "janedoe:password", url))
        # 401 comes before 404.
        assert is_detail(expect(401, url))


class TestProfile:
    def test_path_without_the_trailing_slash(self, server, user):
        assert expect(200, "-u", "janedoe:password", user.rstrip("/")).json() == jane_doe(server.url)

    def test_percent_encoded_name_in_another_case(self, server, user):
        url = user.replace("janedoe", "%4AaneDoe")
        assert expect(200, "-u", "janedoe:password", url).json() == jane_doe(server.url)

    def test_url_has_the_host_that_was_called(self, server, user):
        port = server.url.rsplit(":", 1)[1]
        host = ["--resolve", f"accounts.example.com:{port}:127.0.0.1"]
        url = user.replace("127.0.0.1", "accounts.example.com")
        assert expect(200, *host, "-u", "janedoe:password", url).json()["url"] == url

    def test_head(self, user):
        get = expect(200, "-u", "janedoe:password", user)
        head = expect(200, "-I", "-u", "janedoe:password", user)
        assert head.body == ""
        same = ("content-type", "content-length", "cache-control")
        assert [head.header(name) for name in same] == [get.header(name) for name in same]
        assert int(get.header("content-length")) == len(get.body.encode())
        assert curl("-I", user).status == 401

    def test_http_1_0(self, server, user):
        assert expect(200, "--http1.0", "-u", "janedoe:password", user).json() == jane_doe(server.url)

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_patch(self, server, user, encoding):
        # Document section 1.2, example request.
        change = {"location": "Private Island", "profile_url": "http://janedoe.com/", "company": "Retired"}
        answer = expect(200, "-X", "PATCH", "-u", "janedoe:password", *encode(encoding, **change), user)
        assert answer.ordered() == list(jane_doe(server.url, **change).items())
        assert expect(200, "-u", "janedoe:password", user).json() == jane_doe(server.url, **change)

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_patch_accepts_unicode(self, server, user, encoding):
        change = {"full_name": "Jané Doe, 東京 100%"}
        answer = expect(200, "-X", "PATCH", "--oauth2-bearer", JANE, *encode(encoding, **change), user)
        assert answer.json() == jane_doe(server.url, **change)

    @pytest.mark.parametrize("option", ["--data-urlencode", "--form-string"])
    def test_patch_with_special_characters(self, server, user, option):
        name = "@Doe & Söhne; a=b <c> \"d\" 1+1 %41"
        answer = expect(200, "-X", "PATCH", "--oauth2-bearer", JANE, option, f"full_name={name}", user)
        assert answer.json() == jane_doe(server.url, full_name=name)

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_patch_clears_fields(self, server, user, encoding):
        change = {"location": "", "profile_url": "", "company": ""}
        answer = expect(200, "-X", "PATCH", "-u", "janedoe:password", *encode(encoding, **change), user)
        assert answer.json() == jane_doe(server.url, **change)

    def test_patch_gravatar(self, server, user):
        answer = expect(200, "-X", "PATCH", "-u", "janedoe:password", "-d", "gravatar_email=Other@Example.com", user)
        picture = f"https://secure.gravatar.com/avatar/{gravatar('other@example.com')}.jpg?s=80&r=g&d=mm"
        assert answer.json() == jane_doe(server.url, gravatar_url=picture)

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_patch_with_an_invalid_field_changes_nothing(self, server, user, encoding):
        change = {"full_name": "Changed", "profile_url": "ftp://janedoe.com/"}
        answer = expect(400, "-X", "PATCH", "-u", "janedoe:password", *encode(encoding, **change), user)
        assert is_about(answer, "profile_url")
        assert expect(200, "-u", "janedoe:password", user).json() == jane_doe(server.url)

    def test_put_is_not_allowed(self, user):
        answer = expect(405, "-X", "PUT", "-u", "janedoe:password", "-d", "company=Retired", user)
        assert is_detail(answer)
        assert sorted(answer.header("allow").split(", ")) == ["GET", "HEAD", "PATCH"]

    def test_an_oversized_file_is_refused(self, server, user, tmp_path):
        big = tmp_path / "big"
        big.write_bytes(b"company=" + b"x" * (3 << 20))
        for body in (["-d", "@big"], ["-F", "company=<big"], ["-d", "@big", "-H", "Transfer-Encoding: chunked"]):
            answer = expect(413, "-X", "PATCH", "-u", "janedoe:password", *body, user, folder=tmp_path)
            assert is_detail(answer)
        # curl would append the file's name to a URL that ends in a slash.
        upload = ["-T", "big", user.rstrip("/")]
        assert is_detail(expect(413, "-X", "PATCH", "-u", "janedoe:password", *upload, folder=tmp_path))
        assert expect(200, "-u", "janedoe:password", user).json() == jane_doe(server.url)

    def test_unsupported_and_missing_content_types(self, user):
        typed = ["-H", "Content-Type: text/plain", "-d", "company=Retired"]
        assert is_detail(expect(415, "-X", "PATCH", "-u", "janedoe:password", *typed, user))
        # Without a Content-Type, a body is JSON or a form.
        untyped = ["-H", "Content-Type:", "-d", "company=Retired"]
        assert expect(200, "-X", "PATCH", "-u", "janedoe:password", *untyped, user).json()["company"] == "Retired"
        untyped = ["-H", "Content-Type:", "-d", '{"company": "Back"}']
        assert expect(200, "-X", "PATCH", "-u", "janedoe:password", *untyped, user).json()["company"] == "Back"

    def test_json_as_printed_in_the_documents(self, user):
        # The document's example has a trailing comma: refused, with its position.
        body = '{\n    "location": "Private Island",\n    "company": "Retired",\n}'
        answer = expect(400, "-X", "PATCH", "-u", "janedoe:password", "--json", body, user)
        assert is_about(answer, "non_field_errors")
        assert "line 4, column 1" in answer.body


class TestEmails:
    def test_list(self, emails):
        # Document section 1.3.
        assert expect(200, "--oauth2-bearer", JANE, emails).ordered() == [list(JANES_EMAIL.items())]

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_add_update_and_delete(self, emails, encoding):
        jane = ["--oauth2-bearer", JANE]
        answer = expect(201, *jane, *encode(encoding, email=OTHER), emails)
        assert answer.ordered() == list(ADDED.items())
        assert expect(200, *jane, emails).json() == [JANES_EMAIL, ADDED]

        # Document section 1.5.
        answer = expect(200, "-X", "PATCH", *jane, *encode(encoding, email=OTHER, verified=True), emails)
        assert answer.ordered() == list((ADDED | {"verified": True}).items())
        answer = expect(200, "-X", "PATCH", *jane, *encode(encoding, email=OTHER, primary=True), emails)
        assert answer.json() == {"email": OTHER, "verified": True, "primary": True}
        first = JANES_EMAIL | {"primary": False}
        assert expect(200, *jane, emails).json() == [answer.json(), first]

        answer = expect(204, "-X", "DELETE", *jane, *encode(encoding, email="jane.doe@example.com"), emails)
        assert answer.body == "" and "content-type" not in answer.headers
        assert expect(200, *jane, emails).json() == [{"email": OTHER, "verified": True, "primary": True}]

    def test_plus_in_a_form_is_a_space(self, emails):
        # -d sends the address unchanged, so its plus sign is decoded as a space.
        answer = expect(400, "-u", "janedoe:password", "-d", f"email={OTHER}", emails)
        assert is_about(answer, "email")
        assert expect(200, "-u", "janedoe:password", emails).json() == [JANES_EMAIL]

    def test_delete_by_query(self, emails):
        jane = ["-u", "janedoe:password"]
        expect(201, *jane, "--json", f'{{"email": "{OTHER}"}}', emails)
        assert expect(204, "-G", "-X", "DELETE", *jane, "--data-urlencode", f"email={OTHER}", emails).body == ""
        assert expect(200, *jane, emails).json() == [JANES_EMAIL]

    def test_delete_refused(self, emails):
        jane = ["-X", "DELETE", "-u", "janedoe:password"]
        assert is_about(expect(400, *jane, "-d", "email=jane.doe@example.com", emails), "email")
        assert is_detail(expect(404, *jane, "-d", "email=john@example.com", emails))
        assert is_about(expect(400, *jane, emails), "email")
        assert expect(200, "-u", "janedoe:password", emails).json() == [JANES_EMAIL]

    @pytest.mark.parametrize("email", ["john@example.com", "JOHN@example.com", "nonsense", "jane@", ""])
    def test_add_refused(self, emails, email):
        for encoding in ENCODINGS:
            answer = expect(400, "-u", "janedoe:password", *encode(encoding, email=email), emails)
            assert is_about(answer, "email")
        assert expect(200, "-u", "janedoe:password", emails).json() == [JANES_EMAIL]

    def test_head(self, emails):
        answer = expect(200, "-I", "-u", "janedoe:password", emails)
        assert answer.body == "" and answer.header("content-type") == "application/json"

    def test_content_type_without_a_body(self, emails):
        typed = ["-H", "Content-Type: application/json"]
        assert expect(200, "-u", "janedoe:password", *typed, emails).json() == [JANES_EMAIL]
        assert expect(200, "-X", "GET", "-u", "janedoe:password", "--json", "{nonsense", emails).json() == [JANES_EMAIL]
