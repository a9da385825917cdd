"""A user without a browser: signs in and answers the page by its forms, as the pages have them."""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

JANE = ("janedoe", "password")


class Forms(HTMLParser):
    """The forms of a page: where each goes, its fields, and the names and values of its buttons."""

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
    """Somebody with a user name, a password and cookies."""

    def __init__(self, login=JANE):
        self.login = login
        self.session = requests.Session()
        self.pages = []

    def _page(self, response):
        assert response.status_code == 200, response.text
        self.pages.append(response.text)
        return Forms(response).forms

    def _open(self, url):
        """The forms of the page that asks; on the way to it, signs in."""
        forms = self._page(self.session.get(url, timeout=10))
        for form in forms:
            if "password" in form["fields"]:
                name, password = self.login
                fields = form["fields"] | {"login": name, "password": password}
                return self._page(self.session.post(form["action"], fields, timeout=10))
        return forms

    def answer(self, url, decision):
        """Where the browser is sent in the end: the application's callback, which nobody opens."""
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
    """Those of its query, none of which may come twice."""
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs), url
    return dict(pairs)
