#!/usr/bin/env python3
"""Tries a reader against the catalogue of simulated cards, over a virtual PC/SC reader.

    run.py [--rows ID,ID…] [--persona NAME] [--vpcd HOST:PORT] [--json] -- COMMAND…

COMMAND is the reader under test. It is run once a row, with what a clerk would have in the
environment (KEY_QR, KEY_MRZ, KEY_NUMBER, KEY_CAN: the one that the row gives, the others empty),
the trust folder (TRUST), the policy that the row asks for (POLICY) and the number that the dossier
expects (EXPECTED_NUMBER). It answers with the last line of its output that is a JSON object with
`verdict` and, if it has them, `reason` and `personal_number`; or else by its exit code: 0 verified,
2 not verified, 3 undetermined, 4 unreadable. Ends with 0 where every row agrees on the verdict.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading

DESK = os.environ.get("CCCD_DESK", "cccd-desk")
BY_EXIT = {0: "verified", 2: "not_verified", 3: "undetermined", 4: "unreadable"}
KEYS = {"qr": "qr", "mrz": "mrz", "typed": "personal_number", "can": "can"}


def desk(*arguments):
    """What a command of the simulator prints."""
    return subprocess.run([DESK, *arguments], check=True, capture_output=True, text=True).stdout


def laid(persona, row, vpcd):
    """A card on the virtual reader; comes back once it lies there."""
    card = subprocess.Popen(
        [DESK, "simulate", "card", "--persona", persona["name"], "--defect", row["id"], "--vpcd", vpcd],
        stderr=subprocess.PIPE,
        text=True,
    )
    line = card.stderr.readline()
    if "lies on the virtual reader" not in line:
        card.kill()
        sys.exit(f"{row['id']}: {line.strip()}")
    # What it says later must not fill the pipe.
    threading.Thread(target=card.stderr.read, daemon=True).start()
    return card


def answer(command, persona, row, trust, seconds):
    """What the reader under test makes of the row: verdict and reason."""
    given = row["given"]
    keys = {f"KEY_{name}": "" for name in ("QR", "MRZ", "NUMBER", "CAN")}
    name = {"typed": "NUMBER"}.get(given["key"], given["key"].upper())
    keys[f"KEY_{name}"] = persona[KEYS[given["key"]]] or ""
    environment = {
        **os.environ,
        **keys,
        "TRUST": trust,
        "POLICY": given["policy"],
        "EXPECTED_NUMBER": given["expected_personal_number"] or "",
    }
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return "no answer", None
    for line in reversed(done.stdout.splitlines()):
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict) and "verdict" in document:
            return document["verdict"], document.get("reason")
    return BY_EXIT.get(done.returncode, f"exit code {done.returncode}"), None


def main():
    """Every row that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", help="these rows alone, separated by commas")
    parser.add_argument("--persona", default="adult-man")
    parser.add_argument("--vpcd", default="localhost:35963")
    parser.add_argument("--seconds", type=float, default=60, help="the longest that a row may take")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    parser.add_argument("command", nargs="+")
    asked = parser.parse_args()
    catalogue = json.loads(desk("simulate", "list", "--json"))
    personas = {persona["name"]: persona for persona in catalogue["personas"]}
    if asked.persona not in personas:
        parser.error(f"no persona {asked.persona}; there are: {', '.join(personas)}")
    rows = {row["id"]: row for row in catalogue["defects"]}
    wanted = asked.rows.split(",") if asked.rows else list(rows)
    for unknown in set(wanted) - set(rows):
        parser.error(f"no row {unknown}: see cccd-desk simulate list")
    agreed = differed = skipped = 0
    for row in (rows[row] for row in wanted):
        due = (row["result"], row["reason"])
        if row["given"]["before"]:
            # Needs a reader that remembers its earlier sessions, and two cards in turn.
            skipped += 1
            tell(asked.json, row, "skipped", due, (None, None))
            continue
        with tempfile.TemporaryDirectory() as trust:
            desk("simulate", "trust", trust, "--defect", row["id"])
            card = laid(personas[asked.persona], row, asked.vpcd)
            try:
                met = answer(asked.command, personas[asked.persona], row, trust, asked.seconds)
            finally:
                card.kill()
                card.wait()
        same = met[0] == due[0]
        agreed, differed = agreed + same, differed + (not same)
        tell(asked.json, row, "agrees" if same else "DIFFERS", due, met)
    print(f"{agreed} agree, {differed} differ, {skipped} skipped", file=sys.stderr)
    return 0 if differed == 0 else 1


def tell(as_json, row, how, due, met):
    """One line a row."""
    if as_json:
        line = {"id": row["id"], "section": row["section"], "how": how, "due": due, "met": met}
        print(json.dumps(line), flush=True)
    else:
        shown = [" ".join(filter(None, pair)) or "–" for pair in (due, met)]
        print(f"{how:<8} {row['section']} {row['id']:<30} due {shown[0]:<44} met {shown[1]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
