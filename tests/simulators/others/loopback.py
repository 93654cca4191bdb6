"""Leads what a client asks of its vendor's hosts to a simulator. Only the transport of `requests` is another; the client is as published."""

import sys
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

BASE, *ARGUMENTS = sys.argv[1:]


class Loopback(HTTPAdapter):
    """Sends to the simulator what is meant for one of the vendor's hosts, and nothing else; headers may get another name on the way."""

    def __init__(self, *hosts, renamed=None):
        super().__init__()
        self.hosts, self.renamed = hosts, renamed or {}

    def send(self, request, *args, **kwargs):
        assert urlsplit(request.url).hostname in self.hosts, f"{request.url} is not the vendor's"
        request.url = BASE + request.path_url
        for old, new in self.renamed.items():
            request.headers[new] = request.headers.pop(old)
        return super().send(request, *args, **kwargs)


def lead(*hosts, renamed=None):
    """Give every session that starts from now on this transport."""
    requests.sessions.HTTPAdapter = lambda: Loopback(*hosts, renamed=renamed)
