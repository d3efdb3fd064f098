"""A simulated desk for tests: the standard library alone. Copy this file into your tests."""

import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request


class Problem(Exception):
    """What the desk refused (RFC 9457): `code` is stable, `document` is all of it."""

    def __init__(self, document):
        super().__init__(f"{document.get('code')}: {document.get('title')} {document.get('detail', '')}")
        self.code, self.document = document.get("code"), document


class SimulatedDesk:
    """A desk with simulated readers, cards, scanners and case system, for the length of a `with`."""

    def __init__(self, readers=1, program=None, *options):
        program = program or os.environ.get("CCCD_DESK", "cccd-desk")
        command = [program, "simulate", "desk", "--control", "127.0.0.1:0", "--readers", str(readers)]
        # The desk stops when its standard input closes: with this process, however it ends.
        self.process = subprocess.Popen(
            [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{program} does not start: exit code {self.process.wait()}")
        self.doors = json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def request(self, door, role, method, path, body=None):
        """One request: `door` is `desk` or `control`; `role` says whose token it carries."""
        request = urllib.request.Request(
            self.doors[door] + urllib.parse.quote(path, safe="/?&=%"),
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.doors['tokens'][role]}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=70) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Problem(json.load(error)) from None

    def desk(self, method, path, body=None):
        """A request to the desk, as the case system makes it."""
        return self.request("desk", "case-system", method, path, body)

    def control(self, method, path, body=None):
        """A request to what stands around the desk."""
        return self.request("control", "control", method, path, body)

    def lay(self, persona, *defects, reader="A", **more):
        """Lays a card on a reader."""
        body = {"persona": persona, "defects": list(defects), **more}
        return self.control("PUT", f"/v1/readers/{reader}/card", body)

    def open_session(self, purpose="dossier-intake", reader="A", **more):
        """Opens a session on a reader; its identifier."""
        body = {"purpose": purpose, "reader": f"Simulated Reader {reader}", **more}
        return self.desk("POST", "/v1/sessions", body)["id"]

    def scan(self, persona, code="qr", reader="A"):
        """Scans the code of a persona's card: the session on that reader takes it."""
        return self.control("POST", f"/v1/readers/{reader}/scan", {"persona": persona, "code": code})

    def verdict(self, session):
        """The verdict of a session, once it stands; None where it ended without one."""
        for _ in range(4):
            view = self.desk("GET", f"/v1/sessions/{session}?until=decided&within=15")
            if view["state"] in ("decided", "reported", "expired", "failed", "cancelled"):
                return view["verdict"]
        raise TimeoutError(f"the session is still {view['state']}")

    def report(self, session):
        """The report of a session, once the case system has it: `jws` as it came, and `event`."""
        path = f"/v1/case-system/received?session={session}&at_least=1&within=30"
        return self.control("GET", path)["received"][0]
