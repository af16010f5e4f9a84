"""A mail server of forty lines: keeps what it accepts, and answers or hangs up where it is told to."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator


class SmtpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.accepted: list[str] = []
        self.connections = 0
        self.answers: dict[str, str] = {}
        """What to say instead, by command (`MAIL`, `RCPT`, `DATA`, `.`); empty to hang up."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Conversation(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        self.server.connections += 1
        self._say("220 ready")
        while line := self.rfile.readline():
            command = line.strip().decode().upper()[:4].strip()
            if command == "DATA" and "DATA" not in self.server.answers:
                self._say("354 go on")
                message = b"".join(iter(self.rfile.readline, b".\r\n"))
                if "." not in self.server.answers:
                    self.server.accepted.append(message.decode())
                command = "."
            answer = self.server.answers.get(command, "250 fine")
            if not answer:
                return
            self._say(answer)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextlib.contextmanager
def running() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
