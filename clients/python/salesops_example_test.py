"""The example against the real suite, whose gateway is at SALESOPS_URL; tests/e2e starts both."""

import contextlib
import io
import os
import socket
import threading
import unittest
import urllib.parse

import salesops_example
from salesops_example import SalesOps, SalesOpsError, server_sent_events

URL = os.environ.get("SALESOPS_URL", "")


class Way:
    """A way to the gateway that can be cut: TLS passes through it, so the name is still localhost."""

    def __init__(self):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open = []
        self.lose_next_answer = False
        self.url = f"https://localhost:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", urllib.parse.urlsplit(URL).port))
                self._open += [near, far]
                for one, other, is_answer in ((near, far, False), (far, near, True)):
                    threading.Thread(target=self._carry, args=(one, other, is_answer),
                                     daemon=True).start()

    def _carry(self, one, other, is_answer):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if is_answer and self.lose_next_answer and data[0] == 23:  # not the handshake
                    self.lose_next_answer = False
                    self.cut()
                    return
                other.sendall(data)
        one.close()
        other.close()

    def cut(self):
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def close(self):
        self._listening.close()
        self.cut()


class ReadingStreams(unittest.TestCase):
    def test_server_sent_events(self):
        lines = [b": hello\n", b"\n", b"id: 7\n", b'data: {"a":\n', b"data: 1}\n", b"\n",
                 b'data:{"a":2}\r\n', b"\r\n", b"event: error\n",
                 b'data: {"error":{"code":503,"status":"UNAVAILABLE"}}\n', b"\n"]
        read = server_sent_events(lines)
        self.assertEqual([next(read), next(read)], [("7", {"a": 1}), ("7", {"a": 2})])
        with self.assertRaises(SalesOpsError) as refused:
            next(read)
        self.assertEqual(refused.exception.http_code, 503)


@unittest.skipIf(URL == "" and os.environ.get("CI") != "true",
                 "SALESOPS_URL names no gateway; ctest -R e2e starts one")
class AgainstTheSuite(unittest.TestCase):
    def setUp(self):
        self.salesops = self.client(URL)

    @staticmethod
    def client(url, token=os.environ.get("SALESOPS_TOKEN", "")):
        return SalesOps(url, token, os.environ["SALESOPS_CA"])

    def create(self, salesops, name, **fields):
        return salesops.create("/pipeline/v1/accounts", {"displayName": name, **fields})

    def test_the_tour(self):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            salesops_example.tour(self.salesops)
        lines = said.getvalue()
        self.assertIn("refused ETAG_MISMATCH\n", lines)
        self.assertIn("  account.display_name: is required\n", lines)
        self.assertIn("listed 华为, Branch 0, Branch 1, Branch 2, Branch 3\n", lines)
        self.assertIn("exported 5\n", lines)
        self.assertRegex(lines, r"event \d+ salesops\.pipeline\.v1\.AccountUpdated\n$")

    def test_errors_say_what_is_wrong(self):
        with self.assertRaises(SalesOpsError) as refused:
            self.create(self.salesops, "x" * 500, owner="7")
        error = refused.exception
        self.assertEqual((error.http_code, error.status), (400, "INVALID_ARGUMENT"))
        self.assertEqual(sorted(v["field"] for v in error.violations),
                         ["account.display_name", "account.owner"])
        with self.assertRaises(SalesOpsError) as refused:
            self.client(URL, "nonsense").call("GET", "/pipeline/v1/accounts")
        self.assertEqual(refused.exception.http_code, 401)
        with self.assertRaises(SalesOpsError) as refused:
            self.salesops.call("GET", "/pipeline/v1/accounts/none")
        self.assertEqual(refused.exception.status, "NOT_FOUND")

    def test_a_lost_answer_has_one_effect(self):
        way = Way()
        self.addCleanup(way.close)
        salesops = self.client(way.url)
        salesops.call("GET", "/pipeline/v1/accounts")  # the connection is there
        way.lose_next_answer = True
        created = self.create(salesops, "Once", industry="python-once")
        self.assertFalse(way.lose_next_answer)
        listed = self.salesops.list_all("/pipeline/v1/accounts",
                                        filter='industry = "python-once"')
        self.assertEqual([account["name"] for account in listed], [created["name"]])

    def test_events_across_a_broken_connection(self):
        way = Way()
        self.addCleanup(way.close)
        mine = [self.create(self.salesops, f"{i}", industry="python-watch")["name"]
                for i in range(3)]
        seen, positions = [], []
        follower = self.client(way.url)
        for position, event in follower.follow_events(
                "pipeline", types=["salesops.pipeline.v1.AccountCreated"]):
            positions.append(position)
            if event["aggregate"] not in mine:
                continue
            seen.append(event["aggregate"])
            if len(seen) == 3:
                way.cut()
                mine += [self.create(self.salesops, f"{i}")["name"] for i in range(2)]
            if len(seen) == 5:
                break
        self.assertEqual(seen, mine)
        self.assertEqual(positions, sorted(set(positions)))


if __name__ == "__main__":
    unittest.main()
