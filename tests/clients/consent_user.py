"""A user without a browser: signs in and answers the consent page through the forms of the pages."""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

JANE = ("janedoe", "password")


class Forms(HTMLParser):
    """The forms of a page: the action, the fields, and the names and values of the buttons of each."""

    def __init__(self, page):
        super().__init__()
        self.forms = []
        self.url = page.url
        self.feed(page.text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            assert attributes["method"] == "post"
            self.forms.append({"action": urljoin(self.url, attributes["action"]), "fields": {}, "buttons": []})
        elif tag == "input":
            self.forms[-1]["fields"][attributes["name"]] = attributes.get("value", "")
        elif tag == "button":
            self.forms[-1]["buttons"].append((attributes.get("name"), attributes.get("value")))


class User:
    """A user with a username, a password and cookies."""

    def __init__(self, login=JANE):
        self.login = login
        self.session = requests.Session()
        self.pages = []

    def _page(self, response):
        assert response.status_code == 200, response.text
        self.pages.append(response.text)
        return Forms(response).forms

    def _open(self, url):
        """Opens the consent page, signing in first if necessary, and returns its forms."""
        # An application that was allowed before is not asked about otherwise.
        forms = self._page(self.session.get(url + "&prompt=consent", timeout=10))
        for form in forms:
            if "password" in form["fields"]:
                name, password = self.login
                fields = form["fields"] | {"login": name, "password": password}
                return self._page(self.session.post(form["action"], fields, timeout=10))
        return forms

    def answer(self, url, decision):
        """Answers the consent page and returns the redirect to the application's callback, which is not followed."""
        [form] = [form for form in self._open(url) if ("decision", decision) in form["buttons"]]
        fields = form["fields"] | {"decision": decision}
        response = self.session.post(form["action"], fields, allow_redirects=False, timeout=10)
        assert response.status_code == 303, response.text
        return response.headers["Location"]

    def allow(self, url):
        return self.answer(url, "allow")

    def deny(self, url):
        return self.answer(url, "deny")


def parameters(url):
    """The query parameters of a URL. Each may occur only once."""
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs), url
    return dict(pairs)
