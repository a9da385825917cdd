"""A real browser, and a web application that sends its users to accountd."""

import base64
import os
import shutil
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM = shutil.which("chromium")
CHROMEDRIVER = shutil.which("chromedriver")

# Returns violations of WCAG 2.2: 1.4.3 (contrast of text), 1.4.10 (reflow), 1.4.11 (contrast of controls), 2.5.8
# (size of targets), 3.3.2 and 4.1.2 (labels and names); and fields so small that iOS zooms in on them.
FIND_VIOLATIONS = r"""
const wrong = [];
const rgb = text => {
  const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
  return {r, g, b, a};
};
const luminance = ({r, g, b}) => {
  const [R, G, B] = [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * R + 0.7152 * G + 0.0722 * B;
};
const behind = element => {
  for (let at = element; at; at = at.parentElement) {
    const colour = rgb(getComputedStyle(at).backgroundColor);
    if (colour.a === 1) return colour;
  }
  return {r: 255, g: 255, b: 255, a: 1};
};
const contrast = (one, two) => {
  const [high, low] = [luminance(one), luminance(two)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let seen = 0;
while (walker.nextNode()) {
  const text = walker.currentNode.data.trim(), element = walker.currentNode.parentElement;
  if (!text || element.closest('.unseen')) continue;
  seen += 1;
  const ratio = contrast(rgb(getComputedStyle(element).color), behind(element));
  if (ratio < 4.5) wrong.push(`contrast ${ratio.toFixed(2)} of "${text}"`);
  const size = parseFloat(getComputedStyle(element).fontSize);
  if (size < 14) wrong.push(`${size}px of "${text}"`);
}
if (seen < 3) wrong.push(`only ${seen} texts`);
for (const field of document.querySelectorAll('input:not([type=hidden])')) {
  const style = getComputedStyle(field);
  if (parseFloat(style.fontSize) < 16) wrong.push(`${field.name}: ${style.fontSize}`);
  if (field.labels.length !== 1) wrong.push(`${field.name} has no label`);
  const ratio = contrast(rgb(style.borderTopColor), behind(field.parentElement));
  if (ratio < 3) wrong.push(`contrast ${ratio.toFixed(2)} of the edge of ${field.name}`);
}
for (const target of document.querySelectorAll('button, .button, input:not([type=hidden])')) {
  // The label of a checkbox can be pressed too.
  const {width, height} = (target.type === 'checkbox' ? target.labels[0] : target).getBoundingClientRect();
  if (width < 44 || height < 44) wrong.push(`${target.outerHTML} is ${width} x ${height}`);
}
const {scrollWidth, clientWidth} = document.documentElement;
if (scrollWidth > clientWidth) wrong.push(`${scrollWidth}px wide on ${clientWidth}px`);
if (document.querySelectorAll('h1').length !== 1 || !document.title || !document.documentElement.lang)
  wrong.push('no heading, title or language');
if (document.scripts.length || document.querySelectorAll('style, [style]').length) wrong.push('a script or style');
return wrong;
"""

# Serious and critical findings of axe-core, each with the elements that it is about.
AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations']}).then(
  ({violations}) => done(violations.filter(({impact}) => impact === 'serious' || impact === 'critical').map(
    ({id, help, nodes}) => `axe: ${id}: ${help}: ${nodes.map(({html}) => html).join(' ')}`)),
  (error) => done([String(error)]));
"""

FOCUS = """
const style = getComputedStyle(document.activeElement);
return [document.activeElement.tagName, document.activeElement.name || document.activeElement.innerText,
        style.outlineStyle, parseFloat(style.outlineWidth)];
"""


class Application:
    """A web application on this machine that records the parameters its callback received."""

    def __init__(self, host="127.0.0.1"):
        received = self.received = []
        # The URL to which the callback redirects the user, if any.
        next_urls = self.next_urls = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                url = urlsplit(self.path)
                if url.path == "/callback":
                    received.append({name: values for name, values in parse_qs(url.query).items()})
                    if next_urls:
                        self.send_response(302)
                        self.send_header("Location", next_urls[0])
                        self.send_header("Content-Length", "0")
                        self.end_headers()
                        return
                body = b"<!DOCTYPE html><title>The application</title><h1>Thank you</h1>"
                self.send_response(200 if url.path == "/callback" else 404)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        self.server = Server((host, 0), Handler)
        self.host = f"{f'[{host}]' if ':' in host else host}:{self.server.server_port}"
        self.callback = f"http://{self.host}/callback"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Browser:
    """Headless Chromium with the width of a phone or a desktop, and with a light or dark color scheme."""

    def __init__(self, folder, width, dark, javascript=True):
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in ("--headless=new", "--no-sandbox", "--ignore-certificate-errors", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        options.add_argument(f"--user-data-dir={folder}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self.driver = webdriver.Chrome(options, Service(CHROMEDRIVER, env=environment))
        self.driver.set_page_load_timeout(30)
        phone = width < 600
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 844 if phone else 800, "deviceScaleFactor": 2 if phone else 1, "mobile": phone},
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        self.javascript = javascript
        self.run_scripts(javascript)

    def run_scripts(self, yes):
        """Whether pages can run scripts."""
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not yes})

    def open(self, url):
        self.driver.get(url)

    @property
    def url(self):
        return self.driver.current_url

    def heading(self):
        return self.driver.find_element(By.TAG_NAME, "h1").text

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def field(self, name):
        return self.driver.find_element(By.NAME, name)

    def press(self, label):
        """Presses a button and waits until another page has loaded."""
        buttons = [button for button in self.driver.find_elements(By.TAG_NAME, "button") if label in button.text]
        assert len(buttons) == 1, (label, self.text())
        self.leave(buttons[0].click)

    def follow(self, label):
        """Follows a link and waits until another page has loaded."""
        self.leave(self.driver.find_element(By.LINK_TEXT, label).click)

    def follow_to(self, end):
        """Follows the first link whose address ends with this text."""
        self.leave(self.driver.find_element(By.CSS_SELECTOR, f"main a[href$='{end}']").click)

    def leave(self, action):
        page = self.driver.find_element(By.TAG_NAME, "html")
        action()
        WebDriverWait(self.driver, 30).until(lambda driver: driver.find_element(By.TAG_NAME, "html") != page)
        WebDriverWait(self.driver, 30).until(
            lambda driver: driver.execute_script("return document.readyState") == "complete"
        )

    def sign_in(self, login, password):
        self.field("login").clear()
        self.field("login").send_keys(login)
        self.field("password").send_keys(password)
        self.press("Sign in")

    def check_page(self):
        """Checks the page for accessibility violations and for errors that the browser reports."""
        wrong = self.driver.execute_script(FIND_VIOLATIONS)
        # The checks wait for timers, which a page without scripts does not have.
        self.run_scripts(True)
        self.driver.execute_script(Path(os.environ["ACCOUNTD_AXE"]).read_text())
        wrong += self.driver.execute_async_script(AXE)
        self.run_scripts(self.javascript)
        messages = [entry["message"] for entry in self.driver.get_log("browser")]
        # The browser also reports the expected 422 of a page with an error message.
        wrong += [message for message in messages if "favicon" not in message and "status of 422" not in message]
        assert not wrong, wrong

    def focused(self):
        return self.driver.execute_script(FOCUS)

    def screenshot(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip}
        )
        path.write_bytes(base64.b64decode(shot["data"]))

    def cookies(self):
        return {cookie["name"]: cookie for cookie in self.driver.get_cookies()}

    def stop(self):
        self.driver.quit()
