"""The example accounts as the APIs' documents print them, and the tokens of fixtures/demo.json."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

ADMIN = "root-api-token-for-examples"
JOHN = "john-smith-api-token-for-examples"
JACK = "jack-smith-read-token-for-examples"
JANE = "zAy0BxC1wDv2EuF3tGs4HrI6qJp6KoL7nM"

# GitLab, "Single user".
JOHN_SMITH = {
    "id": 1,
    "username": "john_smith",
    "email": "john@example.com",
    "name": "John Smith",
    "blocked": False,
    "created_at": "2012-05-23T08:00:58Z",
    "bio": None,
    "skype": "",
    "linkedin": "",
    "twitter": "",
    "dark_scheme": False,
    "extern_uid": "john.smith",
    "provider": "provider_name",
    "theme_id": 1,
}

# Fields that later versions of v3 added, in order.
ADDED = [
    "state",
    "avatar_url",
    "is_admin",
    "can_create_group",
    "can_create_project",
    "projects_limit",
    "website_url",
    "color_scheme_id",
    "identities",
    "location",
    "organization",
    "external",
    "confirmed_at",
]

# GitLab, "Single SSH key", without its line breaks.
JOHNS_KEY = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAABJQAAAIEAiPWx6WM4lhHNedGfBpPJNPpZ7yKu+dnn1SJejgt4"
    "596k6YjzGGphH2TUxwKzxcKDKKezwkpfnxPkSMkuEspGRt/aZZ9wa++Oi7Qkr8prgHc4"
    "soW6NUlfDzpvZK2H5E7eQaSeP3SAwGmQKUFHCddNaP0L+hM7zhFNzjFvpaMgJw0="
)

# Docker, section 1.3.
JANES_EMAIL = {"email": "jane.doe@example.com", "verified": True, "primary": True}


def gravatar(address):
    """Gravatar's hash of an address."""
    return hashlib.md5(address.strip().lower().encode()).hexdigest()


def jane_doe(base_url, **changed):
    """Docker, section 1.1, with the complete Gravatar hash: the one printed there is truncated."""
    user = {
        "id": 2,
        "username": "janedoe",
        "url": f"{base_url}/api/v1.1/users/janedoe/",
        "date_joined": "2014-02-12T17:58:01.431312Z",
        "type": "User",
        "full_name": "Jane Doe",
        "location": "San Francisco, CA",
        "company": "Success, Inc.",
        "profile_url": "https://docker.io/",
        "gravatar_url": f"https://secure.gravatar.com/avatar/{gravatar('jane.doe@example.com')}.jpg?s=80&r=g&d=mm",
        "email": "jane.doe@example.com",
        "is_active": True,
    }
    return user | changed


def public_key(name):
    """The path of a key fixture, its line, and its fingerprint as ssh-keygen printed it."""
    keys = ROOT / "fixtures/keys"
    listed = dict(line.split("\t") for line in (keys / "fingerprints.txt").read_text().splitlines())
    path = keys / "accepted" / name
    return path, path.read_text().rstrip(), listed[name].split()[1]
