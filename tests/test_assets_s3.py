"""Assets in object storage: an S3 server of our own, and what network and rights refuse."""

import io
import random
import socketserver
import sys
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from songreel.models.errors import InvalidInput, MachineError
from songreel.store.assets import Assets
from songreel.store.blobs import blobs_at
from songreel.store.blobs_remote import _OPTIONS
from songreel.store.database import Database
from songreel.store.plans import Plans
from support.boards import board
from support.needs import needs
from support.store import digest, tomorrow

s3fs = needs("s3fs")
moto = needs("moto.server")
pytestmark = pytest.mark.slow

SECRET = "a-very-secret-access-key"
SONG = random.Random(3).randbytes(400_000)


@pytest.fixture(scope="module")
def server():
    running = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    yield "http://{}:{}".format(*running.get_host_and_port())
    running.stop()


@pytest.fixture
def account(server, monkeypatch):
    """Who may use the server, as an environment says it; file systems are made anew."""
    for name, value in {
        "AWS_ENDPOINT_URL": server, "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    yield monkeypatch
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def bucket(account, request):  # noqa: ARG001 (a file system is made in its environment)
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    name = f"films-{abs(hash(request.node.name))}"
    files.mkdir(name)
    return name


@pytest.fixture
def assets(bucket, tmp_path):
    return Assets(
        Database(tmp_path / "songreel.db"), f"s3://{bucket}/songreel", cache=tmp_path / "copies"
    )


def _keys(bucket):
    return s3fs.S3FileSystem(skip_instance_cache=True).find(bucket)


def test_a_song_is_there_and_back(assets, bucket, tmp_path):
    entry = assets.put(io.BytesIO(SONG), "song.flac")
    assert assets.put(SONG, "again") == entry
    (key,) = _keys(bucket)
    assert key.endswith(f"/{entry.sha256[:2]}/{entry.sha256}")
    assert assets.read(entry.sha256) == SONG
    with assets.open(entry.sha256) as file:
        file.seek(300_000)
        assert file.read(100) == SONG[300_000:300_100]
    assert assets.local(entry.sha256).read_bytes() == SONG
    assets.fetch(entry.sha256, tmp_path / "song")
    assert (tmp_path / "song").read_bytes() == SONG
    assert assets.check().sound
    assert not list((tmp_path / "copies" / "partial").iterdir())


def test_an_upload_in_parts_is_one_object(assets, bucket):
    large = SONG * 50  # of 20 MB
    entry = assets.put(io.BytesIO(large), "film.mp4")
    assert [assets.blobs.size(entry.sha256)] == [len(large)] == [entry.size]
    assert digest(assets.read(entry.sha256)) == entry.sha256
    assert len(_keys(bucket)) == 1


def test_what_nothing_refers_to_is_collected(assets, bucket, tmp_path):
    used, unused = (assets.put(SONG + extra, "x").sha256 for extra in (b"1", b"2"))
    assets.use(used, "project", "p")
    copy = assets.local(unused)
    later = Assets(
        assets.database, f"s3://{bucket}/songreel", cache=tmp_path / "copies", clock=tomorrow
    )
    assert [entry.sha256 for entry in later.collect(dry_run=True).entries] == [unused]
    assert len(_keys(bucket)) == 2
    assert [entry.sha256 for entry in later.collect().entries] == [unused]
    assert [key.rpartition("/")[2] for key in _keys(bucket)] == [used]
    assert not copy.exists()
    assert later.collect().entries == ()


def test_parts_that_a_killed_process_left_are_given_up_after_a_day(
    assets, bucket, tmp_path, monkeypatch
):
    """Storage shows no such upload, and bills it."""
    files, ours = assets.blobs._files, assets.blobs._key("a" * 64)
    for key in (ours, f"{bucket}/elsewhere/x"):
        where = {"Bucket": bucket, "Key": key.removeprefix(f"{bucket}/")}
        upload = files.call_s3("create_multipart_upload", **where)["UploadId"]
        files.call_s3("upload_part", **where, UploadId=upload, PartNumber=1, Body=SONG)

    call = files.call_s3

    def dated(method, **options):
        """The test's server dates all uploads to 2010."""
        found = call(method, **options)
        for upload in found.get("Uploads", ()):
            upload["Initiated"] = datetime.now(UTC)
        return found

    def left():
        return len(call("list_multipart_uploads", Bucket=bucket).get("Uploads", []))

    monkeypatch.setattr(files, "call_s3", dated)
    assets.collect()
    assert left() == 2
    later = Assets(
        assets.database, f"s3://{bucket}/songreel", cache=tmp_path / "copies", clock=tomorrow
    )
    later.collect(dry_run=True)
    assert left() == 2
    later.collect()
    assert left() == 1  # of somebody else


def test_who_may_not_look_for_parts_collects_all_the_same(assets, monkeypatch):
    def refused(method, **_options):
        raise PermissionError(f"{method}: Access Denied")

    monkeypatch.setattr(assets.blobs._files, "call_s3", refused)
    assert assets.collect().entries == ()


def test_an_object_that_is_missing_or_spoilt_is_found_and_put_again(assets, bucket):
    sha256 = assets.put(SONG, "song").sha256
    files, (key,) = s3fs.S3FileSystem(skip_instance_cache=True), _keys(bucket)
    files.pipe(key, SONG[:-1] + b"x")
    assert [entry.sha256 for entry in assets.check().spoilt] == [sha256]
    with pytest.raises(MachineError, match="is spoilt"):
        assets.read(sha256)
    with pytest.raises(MachineError, match="is spoilt"):
        assets.local(sha256)
    files.rm(key)
    assert [entry.sha256 for entry in assets.check().missing] == [sha256]
    with pytest.raises(MachineError, match=r"cannot read the asset .* in s3://films-\d+/songreel"):
        assets.read(sha256)
    assets.put(SONG, "song")
    assert assets.read(sha256) == SONG


def test_plans_wait_for_no_storage(assets, account):
    account.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    plans = Plans(assets.database, assets)
    version = plans.record("0" * 32, board(), "planned", "cli")
    assert plans.load("0" * 32, version.number) == board()


def test_a_server_that_does_not_answer_is_one_sentence(bucket, account, tmp_path):
    account.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    account.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    assets = Assets(Database(tmp_path / "s.db"), f"s3://{bucket}/x", cache=tmp_path / "copies")
    with pytest.raises(
        MachineError, match=r"s3://films-\d+/x: no answer .* AWS_ENDPOINT_URL"
    ) as no:
        assets.put(SONG, "song")
    assert SECRET not in str(no.value)
    assert "\n" not in str(no.value)
    assert assets.all() == ()


def test_a_server_that_stops_answering_is_given_up_after_a_few_tries(
    bucket, account, tmp_path, monkeypatch
):
    """It takes connections, and says nothing."""
    asked = []

    class Silent(socketserver.BaseRequestHandler):
        def handle(self):
            asked.append(self.request.recv(1000))
            self.request.recv(1)  # until who asks gives up

    told = _OPTIONS["s3"]["config_kwargs"] | {"read_timeout": 0.3}
    monkeypatch.setitem(_OPTIONS["s3"], "config_kwargs", told)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Silent) as silent:
        silent.daemon_threads = True
        Thread(target=silent.serve_forever, daemon=True).start()
        account.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.server_address[1]}")
        s3fs.S3FileSystem.clear_instance_cache()
        assets = Assets(Database(tmp_path / "s.db"), f"s3://{bucket}/x", cache=tmp_path / "copies")
        with pytest.raises(MachineError, match=r"s3://films-\d+/x: no answer .* and try again"):
            assets.put(SONG, "song")
        silent.shutdown()
    assert 2 <= len(asked) <= 6
    assert assets.all() == ()


@pytest.mark.parametrize("failing", ["upload_part", "complete_multipart_upload"])
def test_an_upload_that_breaks_off_leaves_no_object_and_no_parts(
    assets, bucket, monkeypatch, failing
):
    large = SONG * 50  # of 20 MB
    files = assets.blobs._files
    call = files._call_s3

    async def broken(method, *args, **options):
        if method == failing:
            raise ConnectionResetError(104, "Connection reset by peer")
        return await call(method, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(files, "_call_s3", broken)
        with pytest.raises(MachineError, match="no answer .*reset by peer"):
            assets.put(io.BytesIO(large), "film.mp4")
    assert (_keys(bucket), assets.all()) == ([], ())
    assert files.call_s3("list_multipart_uploads", Bucket=bucket).get("Uploads", []) == []
    assert assets.put(io.BytesIO(large), "film.mp4").size == len(large)


def test_no_credentials_are_one_sentence(bucket, account, tmp_path):
    account.delenv("AWS_ACCESS_KEY_ID")
    account.delenv("AWS_SECRET_ACCESS_KEY")
    s3fs.S3FileSystem.clear_instance_cache()
    assets = Assets(Database(tmp_path / "s.db"), f"s3://{bucket}/x", cache=tmp_path / "copies")
    with pytest.raises(MachineError, match=r"no credentials were found: set AWS_ACCESS_KEY_ID"):
        assets.put(SONG, "song")


@pytest.mark.usefixtures("account")
def test_no_bucket_is_one_sentence(tmp_path):
    assets = Assets(Database(tmp_path / "s.db"), "s3://no-such-bucket/x", cache=tmp_path / "copies")
    with pytest.raises(MachineError, match="s3://no-such-bucket/x: there is no such bucket"):
        assets.put(SONG, "song")


def test_what_the_server_refuses_is_told_without_secrets(assets, monkeypatch):
    def refused(*_args, **_options):
        raise PermissionError(f"Access Denied for {SECRET} of testing")

    monkeypatch.setattr(assets.blobs._files, "put_file", refused)
    with pytest.raises(MachineError, match="Access Denied .* rights of its bucket") as no:
        assets.put(SONG, "song")
    assert SECRET not in str(no.value)


def test_an_upload_that_arrived_short_is_taken_back(assets, bucket, monkeypatch):
    files = assets.blobs._files
    monkeypatch.setattr(
        files, "put_file", lambda _path, key, **_options: files.pipe(key, SONG[:1000])
    )
    with pytest.raises(MachineError, match="of 400000 bytes 1000 arrived; try again"):
        assets.put(SONG, "song")
    assert _keys(bucket) == []
    assert assets.all() == ()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("s3://", "names no bucket"),
        ("nonsense://x/y", "SONGREEL_ASSETS=nonsense://x/y is no place for assets"),
        ("file://host/folder", "three slashes"),
    ],
)
def test_a_url_that_does_not_serve_is_refused(url, told, tmp_path):
    with pytest.raises(InvalidInput, match=told):
        blobs_at(url, "w", tmp_path)


def test_a_password_in_a_url_is_not_told(tmp_path):
    with pytest.raises(InvalidInput) as refused:
        blobs_at("nonsense://me:pa55word@x/y", "w", tmp_path)
    assert "pa55word" not in str(refused.value)


def test_without_the_library_the_way_to_it_is_told(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    with pytest.raises(MachineError, match=r"pip install 'songreel\[s3\]'"):
        blobs_at("s3://films/x", "w", tmp_path)


def test_local_copies_that_nobody_used_for_a_week_are_given_up(assets, bucket, tmp_path):
    sha256 = assets.put(SONG, "song").sha256
    assets.use(sha256, "project", "p")
    copy = assets.local(sha256)
    for days, there in ((6, True), (8, False)):
        later = Assets(
            assets.database, f"s3://{bucket}/songreel", cache=tmp_path / "copies",
            clock=lambda days=days: datetime.now(UTC) + timedelta(days=days),
        )  # fmt: skip
        later.collect()
        assert copy.exists() == there
    assert assets.local(sha256).read_bytes() == SONG
