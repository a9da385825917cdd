"""Chromium signs in, denies, allows and revokes access for an application, which records what it receives."""

import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import CHROMEDRIVER, CHROMIUM, Application, Browser
from examples import ROOT

pytestmark = pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="chromium or its driver is not installed")

JOHN = ("john_smith", "john-password")
JANE = ("janedoe", "password")
CLIENT = ("browser-test", "secret-of-the-browser-test")
SCREENSHOTS = ROOT / "target/screenshots"
SIZES = pytest.mark.parametrize("width", [390, 1280])
SCHEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


@pytest.fixture
def application(request):
    """An application that listens on the test's parameter, or on 127.0.0.1."""
    application = Application(getattr(request, "param", "127.0.0.1"))
    yield application
    application.stop()


@pytest.fixture
def server(start, application, tmp_path):
    """A server on which the application is registered with its callback."""
    users = [{"username": "nobody", "emails": [{"email": "nobody@example.com"}]}]
    registered = {
        "name": "Weekend Photos",
        "client_id": CLIENT[0],
        "client_secret": CLIENT[1],
        "redirect_uris": [application.callback],
        "scopes": ["profile_read", "profile_write", "email_read", "email_write", "read_user", "read_api", "api"],
    }
    long = registered | {"name": "W" * 255, "client_id": "long-name"}
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"users": users, "applications": [registered, long]}))
    return start("--seed", seed)


@pytest.fixture
def browse(tmp_path):
    """Starts browsers. They stop at the end of the test."""
    browsers = []

    def start_browser(width, dark=False, javascript=True):
        browsers.append(Browser(tmp_path / f"browser-{len(browsers)}", width, dark, javascript))
        return browsers[-1]

    yield start_browser
    for browser in browsers:
        browser.stop()


def authorization_url(server, path="/api/v1.1/o/authorize/", **more):
    """The URL to which the application sends its user."""
    parameters = {"client_id": CLIENT[0], "response_type": "code", "state": "a&b=c", **more}
    return f"{server.url}{path}?{urlencode(parameters)}"


def redeem(server, application, code):
    return requests.post(
        server.url + "/api/v1.1/o/token/",
        auth=CLIENT,
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": application.callback},
    )


def profile(server, token):
    url = server.url + "/api/v1.1/users/john_smith/"
    return requests.get(url, headers={"Authorization": f"Bearer {token}"})


@SIZES
@SCHEMES
def test_authorization_from_the_application_and_back(server, application, browse, width, dark):
    browser = browse(width, dark)
    shots = SCREENSHOTS / f"{width}-{'dark' if dark else 'light'}"

    def check(name):
        browser.screenshot(shots / f"{name}.png")
        browser.check_page()

    # Not signed in.
    browser.open(authorization_url(server, redirect_uri=application.callback))
    assert browser.heading() == "Sign in"
    check("1-sign-in")
    browser.sign_in(JOHN[0], "wrong password")
    assert "Wrong user name or password." in browser.text()
    assert browser.field("login").get_property("value") == JOHN[0]
    assert browser.field("password").get_property("value") == ""
    check("2-wrong-password")
    assert "accountd_session" not in browser.cookies()
    browser.field("password").send_keys(JOHN[1])
    browser.leave(lambda: browser.field("password").send_keys(Keys.ENTER))
    cookie = browser.cookies()["accountd_session"]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")

    # Denied.
    assert browser.heading() == "Allow Weekend Photos to use your account?"
    scopes = ["See your profile", "See all of your email addresses"]
    for text in [f"Your answer goes to {application.host}.", *scopes, JOHN[0]]:
        assert text in browser.text()
    check("3-consent")
    assert application.received == []
    browser.press("Deny")
    assert browser.heading() == "Thank you"
    denied = application.received.pop()
    assert denied["error"] == ["access_denied"] and denied["state"] == ["a&b=c"] and denied["iss"] == [server.url]
    assert "code" not in denied and application.received == []

    # Allowed.
    browser.open(authorization_url(server, redirect_uri=application.callback, scope="profile_read email_write"))
    check("4-consent-to-change")
    browser.press("Allow")
    assert browser.heading() == "Thank you"
    allowed = application.received.pop()
    assert sorted(allowed) == ["code", "iss", "state"]
    assert allowed["state"] == ["a&b=c"] and allowed["iss"] == [server.url]
    answer = redeem(server, application, allowed["code"][0])
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    assert profile(server, token).json()["username"] == JOHN[0]

    # Revoked.
    browser.open(server.url + "/account/applications")
    assert browser.heading() == "Applications"
    assert "Weekend Photos" in browser.text() and application.host in browser.text()
    check("5-applications")
    browser.follow_to(f"revoke?client_id={CLIENT[0]}")
    check("5-revoke")
    browser.press("Revoke")
    assert "You have not allowed any application" in browser.text()
    check("6-nothing-allowed")
    assert profile(server, token).status_code == 401

    # Signed out.
    browser.press("Sign out")
    assert browser.heading() == "Sign in" and "accountd_session" not in browser.cookies()
    browser.open(server.url + "/account/applications")
    assert browser.heading() == "Sign in"
    browser.open(server.url + "/account/nothing")
    browser.screenshot(shots / "7-no-such-page.png")
    assert browser.heading() == "There is no such page"


@SIZES
def test_a_long_application_name_and_scope_list_fit_on_the_page(server, application, browse, width):
    browser = browse(width)
    scope = "profile_read profile_write email_read email_write read_user read_api api"
    query = {"client_id": "long-name", "response_type": "code", "scope": scope}
    browser.open(f"{server.url}/oauth/authorize?{urlencode(query)}")
    browser.sign_in(*JOHN)
    assert browser.heading() == f"Allow {'W' * 255} to use your account?"
    browser.screenshot(SCREENSHOTS / f"{width}-light" / "9-long.png")
    browser.check_page()


@SIZES
def test_an_application_can_be_granted_full_access(server, application, browse, width):
    browser = browse(width)
    browser.open(authorization_url(server, "/oauth/authorize", scope="api", redirect_uri=application.callback))
    browser.sign_in(*JOHN)
    assert "Do everything that you can do" in browser.text()
    browser.screenshot(SCREENSHOTS / f"{width}-light" / "8-consent-to-everything.png")
    browser.check_page()
    browser.press("Allow")
    assert sorted(application.received.pop()) == ["code", "iss", "state"]


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="IPv6 is not available")
@pytest.mark.parametrize("application", ["::1"], indirect=True)
def test_an_application_on_the_ipv6_loopback_address(server, application, browse):
    """A Content-Security-Policy cannot contain an IPv6 address, so the form-action rule needs another form here."""
    browser = browse(1280)
    browser.open(authorization_url(server, redirect_uri=application.callback))
    browser.sign_in(*JOHN)
    assert f"Your answer goes to {application.host}." in browser.text()
    browser.press("Allow")
    assert sorted(application.received.pop()) == ["code", "iss", "state"]


@pytest.mark.parametrize("answer", ["Allow", "Deny"])
def test_an_application_whose_callback_redirects_to_another_site(server, application, browse, answer):
    """Chromium applies the form-action rule of the consent page to this redirect, too."""
    site = Application("127.0.0.2")
    application.next_urls.append(site.callback)
    browser = browse(1280)
    browser.open(authorization_url(server, redirect_uri=application.callback))
    browser.sign_in(*JOHN)
    browser.press(answer)
    assert browser.url == site.callback and browser.heading() == "Thank you"
    assert len(application.received) == 1 and site.received == [{}]
    site.stop()


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl, which creates the certificate, is not installed")
def test_over_https_the_cookie_has_the_host_prefix(start, browse, tmp_path):
    """Chromium refuses a `__Host-` cookie without the attributes that the prefix requires."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    server = start("--tls-cert", certificate, "--tls-key", key)
    assert server.url.startswith("https://")
    browser = browse(1280)
    browser.open(server.url + "/account")
    browser.sign_in(*JOHN)
    assert "Signed in as john_smith" in browser.text()
    cookie = browser.cookies()["__Host-accountd_session"]
    assert (cookie["secure"], cookie["httpOnly"], cookie["path"], cookie["sameSite"]) == (True, True, "/", "Lax")
    browser.press("Sign out")
    assert "__Host-accountd_session" not in browser.cookies()


def test_a_user_can_switch_accounts_on_the_consent_page(server, application, browse):
    browser = browse(390)
    browser.open(authorization_url(server, redirect_uri=application.callback))
    browser.sign_in(*JANE)
    assert "Signed in as janedoe" in browser.text()
    browser.press("Not you? Sign out")
    assert browser.heading() == "Sign in"
    browser.sign_in(*JOHN)
    assert browser.heading() == "Allow Weekend Photos to use your account?"
    assert "Signed in as john_smith" in browser.text()
    browser.press("Allow")
    code = application.received.pop()["code"][0]
    assert redeem(server, application, code).json()["username"] == JOHN[0]


def test_the_pages_can_be_used_with_the_keyboard_alone(server, application, browse):
    browser = browse(1280)
    browser.open(authorization_url(server, redirect_uri=application.callback))

    def tab():
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        return browser.focused()

    assert browser.focused() == ["INPUT", "login", "solid", 3]
    browser.driver.switch_to.active_element.send_keys(JOHN[0])
    assert tab() == ["INPUT", "password", "solid", 3]
    browser.driver.switch_to.active_element.send_keys(JOHN[1])
    assert tab() == ["BUTTON", "Sign in", "solid", 3]
    browser.leave(lambda: browser.driver.switch_to.active_element.send_keys(Keys.SPACE))
    # No button has the focus until the user moves it there.
    assert browser.focused()[0] == "BODY"
    browser.driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    focused = [browser.focused(), tab(), tab(), tab(), tab(), tab()]
    names = ["Skip to the content", "accountd", "Not you? Sign out", "decision", "decision", "Applications"]
    assert [one[1] for one in focused] == names and all(one[2:] == ["solid", 3] for one in focused), focused
    browser.driver.switch_to.active_element.send_keys(Keys.SHIFT, Keys.TAB)
    assert browser.driver.switch_to.active_element.text == "Allow"
    browser.leave(lambda: browser.driver.switch_to.active_element.send_keys(Keys.ENTER))
    assert "code" in application.received.pop()


def test_another_site_cannot_post_the_forms(server, application, browse, tmp_path):
    """The browser's Origin and Sec-Fetch headers give the form away, and SameSite keeps the cookie out of it."""
    browser = browse(1280)
    browser.open(server.url + "/account/sign-in")
    browser.sign_in(*JOHN)
    page = tmp_path / "evil.html"
    target = authorization_url(server, redirect_uri=application.callback)
    consent_heading = "Allow Weekend Photos to use your account?"
    credentials = '<input name="login" value="janedoe"><input name="password" value="password">'
    forms = [
        ("sign-out", server.url + "/account/sign-out", "", "This request came from another site"),
        # Without the cookie it is an ordinary authorization request, and the user is consent_heading.
        ("allow", target, '<input name="decision" value="allow">', consent_heading),
        ("sign-in", server.url + "/account/sign-in", credentials, "This request came from another site"),
    ]
    html = (
        f'<form method="post" action="{url.replace("&", "&amp;")}">{fields}<button>{name}</button></form>'
        for name, url, fields, _ in forms
    )
    page.write_text("<h1>Evil</h1>" + "".join(html))
    for name, _, _, heading in forms:
        browser.open(page.as_uri())
        browser.press(name)
        assert browser.heading() == heading, browser.text()
        browser.open(server.url + "/account/applications")
        assert "Signed in as john_smith" in browser.text()
    assert application.received == []


def test_no_page_can_be_framed(server, browse, tmp_path):
    """Framing a page would allow clickjacking."""
    browser = browse(1280)
    browser.open(server.url + "/account/sign-in")
    browser.sign_in(*JOHN)
    page = tmp_path / "frame.html"
    page.write_text(f'<iframe src="{server.url}/account/applications"></iframe>')
    browser.open(page.as_uri())
    refused = [entry["message"] for entry in browser.driver.get_log("browser")]
    assert any("frame-ancestors" in message or "X-Frame-Options" in message for message in refused), refused


@SIZES
@SCHEMES
def test_a_user_adds_and_removes_a_key(server, browse, tmp_path, width, dark):
    browser = browse(width, dark)
    shots = SCREENSHOTS / f"{width}-{'dark' if dark else 'light'}"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "john@desk", "-f", tmp_path / "id"], check=True)

    def check(name):
        browser.screenshot(shots / f"{name}.png")
        browser.check_page()

    browser.open(server.url)
    check("start")
    browser.follow("Sign in")
    browser.sign_in(*JOHN)
    assert browser.heading() == "Overview"
    check("overview")
    browser.follow("SSH keys")
    check("keys")
    browser.follow("Add a key")
    check("key-new")
    browser.field("title").send_keys("At work")
    browser.field("key").send_keys((tmp_path / "id").read_text())
    browser.press("Add the key")
    assert "private key" in browser.text()
    assert browser.field("key").get_property("value") == ""
    assert browser.field("title").get_property("value") == "At work"
    check("key-refused")
    browser.field("file").send_keys(str(tmp_path / "id.pub"))
    browser.press("Add the key")
    assert "The key was added." in browser.text()
    check("key-added")
    browser.follow("At work")
    printed = subprocess.run(["ssh-keygen", "-lvf", tmp_path / "id.pub"], check=True, capture_output=True, text=True)
    fingerprint, art = printed.stdout.split(" ")[1], printed.stdout.split("\n", 1)[1].rstrip()
    assert fingerprint in browser.text()
    assert browser.driver.find_element(By.CLASS_NAME, "randomart").get_property("textContent") == art
    check("key")
    browser.follow("Remove")
    check("key-remove")
    browser.press("Remove the key")
    assert "The key was removed." in browser.text() and "At work" not in browser.text()
    browser.open(server.url + "/account/confirm-password")
    check("confirm-password")


def test_one_click_selects_a_fingerprint(server, browse):
    browser = browse(1280)
    browser.open(server.url + "/account/keys")
    browser.sign_in(*JOHN)
    browser.follow("Public key")
    shown = browser.driver.find_element(By.CLASS_NAME, "copy")
    shown.click()
    assert browser.driver.execute_script("return String(getSelection())").strip() == shown.text


@SIZES
@SCHEMES
def test_every_page_of_an_account_works_without_javascript(server, browse, width, dark):
    browser = browse(width, dark, javascript=False)
    browser.open("data:text/html,<title>off</title><script>document.title = 'on'</script>")
    assert browser.driver.title == "off"
    shots = SCREENSHOTS / f"{width}-{'dark' if dark else 'light'}"

    def check(name):
        browser.screenshot(shots / f"account-{name}.png")
        browser.check_page()

    def fill(**fields):
        for name, text in fields.items():
            browser.field(name).clear()
            browser.field(name).send_keys(text)

    def api(path, token=None, login=JOHN):
        headers = {"Authorization": f"Bearer {token}"} if token else None
        return requests.get(server.url + path, headers=headers, auth=None if token else login)

    browser.open(server.url + "/account")
    browser.sign_in(*JOHN)
    check("overview")

    browser.follow("Profile")
    check("profile")
    fill(name="John Smith", profile_url="javascript:alert(1)", bio="Grows tomatoes.")
    browser.press("Save")
    assert "Web site must be an http or https URL." in browser.text()
    check("profile-refused")
    fill(profile_url="https://john.example/")
    browser.press("Save")
    assert "Your profile was saved." in browser.text()
    check("profile-saved")
    assert api("/api/v1.1/users/john_smith/").json()["profile_url"] == "https://john.example/"

    browser.follow("Email addresses")
    browser.follow("Add an address")
    check("email-new")
    fill(email="john@example.com")
    browser.press("Add the address")
    check("email-refused")
    fill(email="john@allotment.example")
    browser.press("Add the address")
    assert "The address was added." in browser.text()
    check("emails")
    browser.follow("john@allotment.example")
    check("email")
    browser.press("Confirm that it is mine")
    browser.follow("john@allotment.example")
    check("email-confirmed")
    browser.press("Make it primary")
    assert api("/api/v1.1/users/john_smith/").json()["email"] == "john@allotment.example"
    browser.open(server.url + "/account/emails")
    browser.follow_to("/remove")
    check("email-remove")
    before = len(api("/api/v1.1/users/john_smith/emails/").json())
    browser.press("Remove the address")
    assert len(api("/api/v1.1/users/john_smith/emails/").json()) == before - 1

    browser.follow("Access tokens")
    check("tokens-before")
    browser.follow("Create a token")
    check("token-new")
    browser.press("Create the token")
    check("token-refused")
    fill(name="Backup of the allotment")
    browser.driver.find_element(By.CSS_SELECTOR, "input[value=profile_read]").click()
    browser.driver.find_element(By.XPATH, "//label[contains(., 'read_user')]").click()
    browser.press("Create the token")
    check("token-created")
    box = browser.driver.find_element(By.CLASS_NAME, "copy")
    box.click()
    token = browser.driver.execute_script("return String(getSelection())").strip()
    assert token == box.text and api("/api/v1.1/users/john_smith/", token).status_code == 200
    browser.follow("Done")
    check("tokens")
    browser.follow("Backup of the allotment")
    check("token")
    browser.follow("Rotate")
    check("token-rotate")
    browser.press("Rotate the token")
    check("token-rotated")
    old, token = token, browser.driver.find_element(By.CLASS_NAME, "copy").text
    assert token != old and api("/api/v1.1/users/john_smith/", token).status_code == 200
    browser.follow("Done")
    browser.follow_to("/revoke")
    check("token-revoke")
    browser.press("Revoke the token")
    assert "The token was revoked." in browser.text()
    assert api("/api/v1.1/users/john_smith/", token).status_code == 401

    browser.follow("Applications")
    check("applications")

    browser.follow("Sessions")
    check("session")
    other = browse(1280)
    other.open(server.url + "/account")
    other.sign_in(*JOHN)
    browser.follow("Sessions")
    check("sessions")
    browser.follow_to("/end")
    check("session-end")
    browser.press("End the session")
    other.open(server.url + "/account")
    assert other.heading() == "Sign in"
    other.sign_in(*JOHN)
    browser.follow("Sessions")
    browser.follow("End all others")
    check("sessions-end")
    browser.press("End the other sessions")
    other.open(server.url + "/account")
    assert other.heading() == "Sign in"

    browser.follow("Password")
    check("password")
    fill(current_password="wrong password", password="tomatoes in June", password_confirmation="tomatoes in June")
    browser.press("Change the password")
    assert "Wrong password." in browser.text()
    assert browser.field("password").get_property("value") == ""
    check("password-refused")
    fill(current_password=JOHN[1], password="tomatoes in June", password_confirmation="tomatoes in June")
    browser.press("Change the password")
    assert "Your password was changed" in browser.text()
    check("password-changed")
    assert api("/api/v1.1/users/john_smith/").status_code == 401
    assert api("/api/v1.1/users/john_smith/", login=(JOHN[0], "tomatoes in June")).status_code == 200
