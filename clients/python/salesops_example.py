#!/usr/bin/env python3
"""The sales-operations suite over HTTP/JSON, with nothing but Python's own library.

    tools/dev token --as admin --groups salesops-admins > var/token
    clients/python/salesops_example.py --url https://localhost:7401 \\
        --ca var/dev/tls/ca.pem --token_file var/token

Read it from top to bottom: a client of about a hundred lines, then a tour that uses it. Names and
rules of resources and fields are in the contracts (proto/) and, of a running gateway, in /openapi.json.
"""

import argparse
import http.client
import json
import ssl
import time
import urllib.parse
import uuid


class SalesOpsError(Exception):
    """A refused call: what the service says in its error details, taken apart."""

    def __init__(self, http_code, error, headers):
        self.http_code = http_code
        self.status = error.get("status", "UNKNOWN")  # such as "NOT_FOUND"
        self.reason = ""  # such as "ETAG_MISMATCH"
        self.violations = []  # [{"field", "description", "reason"}]
        for detail in error.get("details", []):
            kind = detail.get("@type", "").rpartition(".")[2]
            if kind == "ErrorInfo":
                self.reason = detail.get("reason", "")
            elif kind == "BadRequest":
                self.violations = detail.get("fieldViolations", [])
        after = headers.get("retry-after") if headers else None
        self.retry_after = int(after) if after else None  # seconds
        lines = [f"{self.status}: {error.get('message', '')}"]
        lines += [f"  {v.get('field')}: {v.get('description')}" for v in self.violations]
        super().__init__("\n".join(lines))


class SalesOps:
    """One caller of the suite. Not safe for use by several threads at once."""

    def __init__(self, url, token, ca_file=None):
        parts = urllib.parse.urlsplit(url)
        self._address = (parts.hostname, parts.port or 443)
        self._tls = ssl.create_default_context(cafile=ca_file)
        self._headers = {"authorization": f"Bearer {token.strip()}"}
        self._connection = self._connect()  # kept open from call to call

    def call(self, method, path, body=None, query=None, headers=None):
        """One request and its answer, both as Python values. SalesOpsError if it is refused."""
        answer = self._ask(self._connection, method, path, body, query, headers)
        return json.loads(answer.read() or "null")

    def create(self, path, body, **query):
        """POST with a request id: sent again after a lost answer, it has no second effect."""
        query.setdefault("request_id", str(uuid.uuid4()))
        for attempt in range(3):
            try:
                return self.call("POST", path, body, query)
            except (http.client.HTTPException, ConnectionError):
                # Nobody knows whether it arrived. The same request id makes that no question.
                self._connection.close()
                if attempt == 2:
                    raise
            except SalesOpsError as error:
                if error.retry_after is None or attempt == 2:
                    raise
                time.sleep(min(error.retry_after, 10))

    def update(self, service, resource, changes):
        """PATCH of the named fields, if nobody has changed the resource since it was read."""
        unchanged = {"if-match": f'"{resource["etag"]}"'}
        return self.call("PATCH", f"/{service}/v1/{resource['name']}", changes,
                         {"updateMask": ",".join(changes)}, unchanged)

    def list_all(self, path, **query):
        """Every resource of a list, fetched page by page as it is wanted."""
        collection = path.rpartition("/")[2]
        while True:
            page = self.call("GET", path, query=query)
            yield from page.get(collection, [])
            query["page_token"] = page.get("nextPageToken", "")
            if not query["page_token"]:
                return

    def follow_events(self, service, after=0, types=()):
        """Yields (position, event) from a position on, for ever. Store the position with what you
        made of the event; a stream that ends or breaks is opened again after the last one."""
        query = {"after_position": after, "types": list(types)}
        headers = {"accept": "text/event-stream"}
        log_id, pause = None, 0.2
        while True:
            try:
                for batch_id, batch in self._watch(service, query, headers):
                    if log_id not in (None, batch["logId"]):
                        raise RuntimeError("the service was restored: rebuild from an export")
                    log_id, pause = batch["logId"], 0.2
                    for event in batch.get("events", []):
                        yield int(event["position"]), event
                    headers["last-event-id"] = batch_id  # stronger than after_position
            except ssl.SSLCertVerificationError:
                raise  # not our gateway
            except (http.client.HTTPException, OSError):
                pass  # the connection broke; events wait for us
            except SalesOpsError as error:
                if error.http_code not in (429, 503, 504):
                    raise  # 400 OUT_OF_RANGE: they were purged while we were away
            time.sleep(pause)
            pause = min(pause * 2, 10)

    def _watch(self, service, query, headers):
        """The batches of one stream with their ids, heartbeats included."""
        connection = self._connect(timeout=60)  # the service says something more often than that
        try:
            path = f"/{service}/v1/events:watch"
            yield from server_sent_events(self._ask(connection, "GET", path, None, query, headers))
        finally:
            connection.close()

    def export(self, path, **query):
        """The parts of an export, as they come: a line of JSON each."""
        for line in self._ask(self._connection, "GET", path, None, query, None):
            part = json.loads(line)
            if "error" in part:  # the last line, if it went wrong on the way
                raise SalesOpsError(part["error"].get("code", 500), part["error"], None)
            yield part["result"]

    def _connect(self, timeout=130):
        return http.client.HTTPSConnection(*self._address, context=self._tls, timeout=timeout)

    def _ask(self, connection, method, path, body, query, headers):
        if query:
            path += "?" + urllib.parse.urlencode(query, doseq=True)
        headers = {**self._headers, **(headers or {})}
        if body is not None:
            body = json.dumps(body)
            headers["content-type"] = "application/json"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        if answer.status >= 400:
            raise SalesOpsError(answer.status, error_in(answer.read()), answer.headers)
        return answer


def error_in(body):
    try:
        return json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return {"message": body.decode(errors="replace")}


def server_sent_events(lines):
    """The messages of a text/event-stream, with the id that a later stream can go on after."""
    message_id, kind, data = "", "message", []
    for line in lines:
        field, _, value = line.decode().rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            message_id = value
        elif field == "event":
            kind = value
        elif field == "data":
            data.append(value)
        elif field == "" and value == "":  # an empty line ends a message; ": …" is a comment
            content = json.loads("\n".join(data)) if data else None
            if kind == "error":
                error = content["error"]
                raise SalesOpsError(error.get("code", 500), error, None)
            if content is not None:
                yield message_id, content
            kind, data = "message", []


def tour(salesops):
    """What one does all day: create, read, change, be refused, list, follow."""
    industry = f"example-{uuid.uuid4().hex[:8]}"

    account = salesops.create("/pipeline/v1/accounts", {"displayName": "华为", "industry": industry})
    print("created", account["name"], account["displayName"])

    changed = salesops.update("pipeline", account, {"grade": "A"})
    print("changed", changed["name"], "grade", changed["grade"])

    try:
        salesops.update("pipeline", account, {"grade": "B"})  # with the version from before the change
    except SalesOpsError as error:
        print("refused", error.reason)

    try:
        salesops.create("/pipeline/v1/accounts", {"website": "x", "foundedYear": 20000})
    except SalesOpsError as error:
        print(f"refused {error}")

    for number in range(4):
        body = {"displayName": f"Branch {number}", "industry": industry}
        salesops.create("/pipeline/v1/accounts", body)
    listed = salesops.list_all("/pipeline/v1/accounts", filter=f'industry = "{industry}"',
                               order_by="create_time", page_size=2)
    print("listed", ", ".join(a["displayName"] for a in listed))

    parts = salesops.export("/pipeline/v1/accounts:export", filter=f'industry = "{industry}"')
    print("exported", sum(len(part.get("accounts", [])) for part in parts))

    for position, event in salesops.follow_events("pipeline"):
        if event["aggregate"] == account["name"]:
            print("event", position, event["type"])
            if event["type"].endswith("AccountUpdated"):
                return


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", required=True, help="the gateway's HTTP address")
    parser.add_argument("--ca", help="file of the authority that signed its certificate")
    parser.add_argument("--token_file", required=True, help="file that holds the bearer token")
    arguments = parser.parse_args()
    with open(arguments.token_file, encoding="utf-8") as file:
        tour(SalesOps(arguments.url, file.read(), arguments.ca))


if __name__ == "__main__":
    main()
