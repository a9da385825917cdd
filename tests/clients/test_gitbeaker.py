"""@gitbeaker/rest 43, a client library for TypeScript."""

import os
import subprocess

from examples import ADMIN, ROOT


def test_gitbeaker_can_use_api_v4(server):
    key = (ROOT / "fixtures/keys/accepted/ecdsa-384.pub").read_text().strip()
    script = os.path.join(os.environ["ACCOUNTD_GITBEAKER"], "api.mjs")
    command = ["node", script, server.url, ADMIN, key]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
