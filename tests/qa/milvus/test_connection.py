"""How a server is talked to."""

import pytest

from corpus.errors import LibraryError
from qa.milvus.address import StoreAddress
from qa.milvus.connection import Connection

grpc = pytest.importorskip("grpc")
pytest.importorskip("pymilvus")


def test_no_connection_is_tried_more_often_than_servers_stand(monkeypatch):
    """They hang up, with "too_many_pings", on who does it twice in five minutes, or uncalled."""
    options = {}

    def refused(target, **arguments):
        options.update(arguments["options"])
        raise grpc.RpcError

    monkeypatch.setattr(grpc, "insecure_channel", refused)
    connection = Connection(StoreAddress.parse("milvus://127.0.0.1:1/papers"), timeout=0.1)
    with pytest.raises(LibraryError, match="cannot be reached"):
        connection.collection("meta").count("")
    assert options["grpc.keepalive_time_ms"] > 5 * 60_000
    assert not options["grpc.keepalive_permit_without_calls"]
