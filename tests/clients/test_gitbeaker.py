"""@gitbeaker/rest 43, the client of TypeScript programs."""

import os
import subprocess

from documents import ADMIN, ROOT


def test_everything(server):
    key = (ROOT / "fixtures/keys/accepted/ecdsa-384.pub").read_text().strip()
    script = os.path.join(os.environ["ACCOUNTD_GITBEAKER"], "everything.mjs")
    command = ["node", script, server.url, ADMIN, key]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
