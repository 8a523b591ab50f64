"""Ask the running web server whether it is ready: the health check of the container, by the Host it answers to."""

import http.client
import os
import sys


def main() -> int:
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip() or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=5)
    try:
        connection.request("GET", "/healthz/ready", headers={"Host": host.removeprefix(".")})
        response = connection.getresponse()
        sys.stdout.write(response.read(2000).decode(errors="replace") + "\n")
    except OSError as exc:
        sys.stdout.write(f"{exc}\n")
        return 1
    return 0 if response.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
