"""The development mail catcher: takes every letter by SMTP, keeps it in a Maildir and shows it on a web page.

For development, tests and trials only: it asks for no password, delivers nothing anywhere, and listens on 127.0.0.1
unless it is told otherwise.
"""

import argparse
import mailbox
import signal
import threading
from collections.abc import Sequence
from http.server import ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from policyops.local.inbox import handler_for

LARGEST_LETTER = 30 * 2**20
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Keep:
    """What aiosmtpd calls for each letter."""

    def __init__(self, maildir: mailbox.Maildir) -> None:
        self.maildir = maildir

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipients = ", ".join(envelope.rcpt_tos)
        headers = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {recipients}\r\n"
        content = envelope.original_content or b""
        self.maildir.add(headers.encode() + content)
        return "250 Message accepted for delivery"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until TERM or INT."""
    options = _parser().parse_args(arguments)
    # Before any thread starts, so that the signals reach only sigwait below.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    options.maildir.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    maildir = mailbox.Maildir(options.maildir)
    smtp = Controller(
        Keep(maildir),
        hostname=options.address,
        port=options.smtp_port,
        data_size_limit=LARGEST_LETTER,
        enable_SMTPUTF8=True,
    )
    smtp.start()
    web = ThreadingHTTPServer((options.address, options.http_port), handler_for(options.maildir))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    where = options.address
    print(f"SMTP on {where}:{options.smtp_port}, inbox on http://{where}:{options.http_port}/", flush=True)
    signal.sigwait(STOP_SIGNALS)
    web.shutdown()
    smtp.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m policyops.local.mailcatcher", description=__doc__)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument("--maildir", type=Path, default=Path(".local/mail"))
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
