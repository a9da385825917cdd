"""accountd: an account server that a test suite uses in place of GitLab or docker.io.

`accountd.testing` starts and controls it; with pytest, use the fixture `accountd`.
"""

from accountd._binary import find_binary

__all__ = ["find_binary"]
