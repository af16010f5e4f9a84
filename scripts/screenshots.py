"""Makes the README's pictures anew: the demo on a throwaway database, seen in a real browser.

Needs Chromium: CHROMIUM names it, else /usr/bin/chromium. `make screenshots` calls this.
"""

import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.journeys.chromium import QUIET

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "screenshots"
CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
PAGES = {
    "dashboard": "/admin/",
    "workflow": "/admin/automations/workflow/1/change/",
    "member": "/admin/members/member/4/change/",
}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="rollcall-") as var:
        settings = {
            **os.environ,
            "ROLLCALL_VAR_DIR": var,
            "DATABASE_URL": f"sqlite:///{var}/rollcall.sqlite3",
            "SECRET_KEY": secrets.token_urlsafe(),
            "REDIS_URL": "",
            "TRANSPORT": "console",
            "MESSAGE_FILE": f"{var}/messages.log",
            "PUBLIC_URL": "http://localhost:8000",
            "DEBUG": "false",
        }
        manage = [sys.executable, str(ROOT / "manage.py")]
        demo = subprocess.run(
            [*manage, "demo"], env=settings, cwd=ROOT, capture_output=True, text=True, check=True
        )
        login = re.search(r"log in as (\S+) with the password (\S+)", demo.stdout)
        assert login, demo.stdout
        # So that the jobs on the dashboard have run once.
        subprocess.run([*manage, "run_job", "all"], env=settings, cwd=ROOT, capture_output=True, check=True)
        with served(manage, settings) as address:
            take_all(address, *login.groups())


@contextmanager
def served(manage: list[str], settings: dict[str, str]) -> Iterator[str]:
    """The server on a free port of this machine, until the pictures are taken."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [*manage, "runserver", f"127.0.0.1:{port}", "--noreload"],
        env=settings,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{address}/admin/login/", timeout=1).close()  # noqa: S310
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def take_all(address: str, name: str, password: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        # The zone of the demo's club: otherwise every date field would warn of the difference.
        page = browser.new_page(
            base_url=address, viewport={"width": 1280, "height": 960}, timezone_id="America/New_York"
        )
        page.goto("/admin/login/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/admin/")
        for picture, path in PAGES.items():
            take(page, picture, path)
        browser.close()


def take(page: Page, picture: str, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    target = PICTURES / f"{picture}.png"
    page.screenshot(path=target)
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
