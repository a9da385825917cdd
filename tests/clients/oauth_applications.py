"""The OAuth applications that the tests act as."""

import json

# In fixtures/demo.json, with the scopes `profile_read email_read`.
EXAMPLE = {"id": "TestClientID", "secret": "TestClientSecret", "uri": "https://my.app/auth_complete/"}
# Its secret differs between Basic with form-encoding (RFC 6749 section 2.3.1) and without.
WIKI = {"id": "WikiClientID", "secret": "Wiki+Client/Secret%41:", "uri": "http://127.0.0.1:8000/callback"}
PHONE = {"id": "PhoneClientID", "uri": "http://127.0.0.1/callback"}

ALL = ["profile_read", "profile_write", "email_read", "email_write", "read_user", "read_api", "api"]


def serve(start, folder):
    """Starts a server on which all of them are registered."""
    applications = [
        {
            "name": "Wiki",
            "client_id": WIKI["id"],
            "client_secret": WIKI["secret"],
            "redirect_uris": [WIKI["uri"]],
            "scopes": ALL,
        },
        {"name": "Phone", "client_id": PHONE["id"], "redirect_uris": [PHONE["uri"]], "scopes": ALL},
    ]
    seed = folder / "applications.json"
    seed.write_text(json.dumps({"applications": applications}))
    return start("--seed", seed)
