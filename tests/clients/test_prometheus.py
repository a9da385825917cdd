"""The official Prometheus client for Python parses /metrics."""

import json
import re
import time
import urllib.request

from examples import JOHN
from prometheus_client.openmetrics.parser import text_string_to_metric_families


def admin_url(server):
    """The URL of the admin listener, from the log, which another thread writes shortly after stdout."""
    for _ in range(100):
        # The last line may be incomplete.
        lines = map(json.loads, re.findall("(.*)\n", server.log.read_text()))
        for line in lines:
            if line.get("message") == "admin listener":
                return line["url"]
        time.sleep(0.1)
    raise AssertionError("no admin listener in the log")


def test_the_openmetrics_parser_reads_every_family(start):
    server = start("--admin-listen", "127.0.0.1:0")
    admin = admin_url(server)
    request = urllib.request.Request(f"{server.url}/api/v3/user", headers={"PRIVATE-TOKEN": JOHN})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    with urllib.request.urlopen(f"{admin}/metrics") as answer:
        kind, text = answer.headers["Content-Type"], answer.read().decode()
    assert kind == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    families = {family.name: family for family in text_string_to_metric_families(text)}
    counted = [sample for sample in families["accountd_http_requests"].samples if sample.value]
    assert [(sample.labels, sample.value) for sample in counted] == [
        ({"dialect": "gitlab_v3", "method": "GET", "status": "2xx"}, 1.0)
    ]
    assert families["accountd_http_request_duration_seconds"].type == "histogram"
    assert {name for name in families if not name.startswith("accountd_")} == {
        "process_open_fds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
    }
