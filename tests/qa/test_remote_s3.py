"""Documents in a bucket of a local server that speaks S3, with and without a cluster."""

import pytest

from corpus.errors import UsageError
from qa.library import Library
from tests.qa.cluster.clusters import HOOK, SETTINGS, assert_same, write_documents

pytest.importorskip("moto.server")
pytest.importorskip("s3fs")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # those of the server, and of Ray
]


@pytest.fixture(scope="module")
def server():
    """A server that speaks S3, and the environment that leads to it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "a-key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "kept-nowhere")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server, docs):
    """Return the file system with a bucket that holds documents, as the folder does."""
    import s3fs

    write_documents(docs, 40)
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    files.mkdir("papers")
    for path in docs.iterdir():
        files.put_file(str(path), f"papers/2024/{path.name}")
    yield files
    files.rm("papers", recursive=True)


@pytest.fixture
def local(encoder, docs, bucket, tmp_path):
    with Library.open(tmp_path / "local") as library:
        library.index(docs)
        yield library


def counts(receipt):
    return {status: number for status, number in receipt.counts.items() if number}


def test_a_bucket_is_followed(bucket, local, library):
    assert counts(library.index("s3://papers/2024")) == {"added": 41, "empty": 1, "failed": 1}
    assert library.roots() == ["s3://papers/2024/"]
    assert_same(library, local)
    bucket.pipe_file("papers/2024/000.md", b"Other words about a harbour.")
    bucket.rm_file("papers/2024/001.md")
    assert counts(library.index()) == {
        **{"updated": 1, "removed": 1},
        **{"unchanged": 39, "empty": 1, "failed": 1},
    }


def test_a_change_within_a_second_is_seen(bucket, library):
    library.index("s3://papers/2024/002.md")
    bucket.pipe_file("papers/2024/002.md", b"x" * 10)
    library.index()
    bucket.pipe_file("papers/2024/002.md", b"y" * 10)
    assert counts(library.index()) == {"updated": 1}


def test_what_is_out_of_reach_keeps_its_documents(bucket, library, server, monkeypatch):
    library.index("s3://papers/2024")
    before = library.documents()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    type(bucket).clear_instance_cache()
    receipt = library.index(prune=True)
    assert counts(receipt) == {"failed": 1}
    assert "127.0.0.1:1" in (receipt.files[0].reason or "")
    assert library.documents() == before
    with pytest.raises(UsageError, match="cannot be reached"):
        library.index("s3://others/x")
    type(bucket).clear_instance_cache()


def test_no_secret_is_written_down(bucket, library):
    library.index("s3://papers/2024")
    for path in library.folder.rglob("*"):
        if path.is_file():
            assert b"kept-nowhere" not in path.read_bytes()


@pytest.mark.long
def test_workers_fetch_from_the_bucket_themselves(bucket, local, library, monkeypatch):
    ray = pytest.importorskip("ray")
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    ray.init("local", num_cpus=2, include_dashboard=False, runtime_env=HOOK, log_to_driver=False)
    try:
        library.index("s3://papers/2024", ray="auto")
    finally:
        ray.shutdown()
    assert_same(library, local)
