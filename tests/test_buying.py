"""Buying clips by the command a person types, from services that bill what they are asked for."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from support.clicks import drum_track
from support.cloud.faults import answers
from support.cloud.server import Cloud

SMALL = ["--size", "90", "--style", "driving"]


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """Eight bars of drums at 120 BPM."""
    path = tmp_path_factory.mktemp("song") / "drums.wav"
    drums = drum_track(120.0, bars=8).mono
    wavfile.write(path, 24000, np.round(drums / np.abs(drums).max() * 30000).astype(np.int16))
    return path


@pytest.fixture(scope="module")
def cloud():
    with Cloud() as running:
        yield running


@pytest.fixture
def workspace(tmp_path):
    return tmp_path / "workspace"


@pytest.fixture
def environment(cloud, tmp_path):
    return os.environ | cloud.environment() | {"SONGREEL_CONFIG": str(tmp_path / "config")}


@pytest.fixture
def songreel(workspace, environment):
    """The command, as a process of its own."""

    def run(*arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "songreel.cli.main", "--workspace", str(workspace)]
        done = subprocess.run(
            [*command, *map(str, arguments)],
            capture_output=True, text=True, timeout=300, env=environment, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if check:
            assert done.returncode == 0, done.stderr
        return done

    return run


@pytest.fixture(scope="module")
def bought(song, cloud, tmp_path_factory):
    """A film of bought clips with its workspace, to be copied, and what the service billed."""
    folder = tmp_path_factory.mktemp("bought")
    command = [sys.executable, "-m", "songreel.cli.main", "--workspace", str(folder / "workspace"),
               "make", str(song), "--project", str(folder / "film"), *SMALL,
               "--visuals", "replicate", "--yes", "--json"]  # fmt: skip
    environment = os.environ | cloud.environment() | {"SONGREEL_CONFIG": str(folder / "config")}
    before = len(cloud.bill())
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout), cloud.bill()[before:], done


@pytest.fixture
def film(bought, tmp_path, workspace):
    shutil.copytree(bought[0] / "film", tmp_path / "film")
    shutil.copytree(bought[0] / "workspace", workspace)
    return tmp_path / "film"


def test_a_bought_film_is_whole_in_sync_and_named_by_its_sources(bought):
    folder, made, bill, _ = bought
    assert made["ok"]
    assert made["substitutions"] == []
    assert made["on_frame"] == 1.0
    clips = {p.name for p in (folder / "film" / "clips").glob("*.mp4")}
    assert len(clips) == len(bill) >= 3


def test_nothing_is_bought_by_somebody_who_was_not_asked(songreel, song, cloud, tmp_path):
    before = len(cloud.bill())
    refused = songreel(
        "make", song, "--project", tmp_path / "film", *SMALL, "--visuals", "fal", check=False
    )
    assert refused.returncode == 1
    assert "nothing was bought" in refused.stderr
    assert "--yes" in refused.stderr
    assert len(cloud.bill()) == before


def test_made_again_nothing_is_bought(songreel, film, song, cloud):
    before = len(cloud.bill())
    songreel("make", song, "--project", film)
    assert len(cloud.bill()) == before


@pytest.mark.slow
def test_another_size_and_rate_of_the_film_buy_nothing(songreel, film, song, cloud):
    before = len(cloud.bill())
    made = songreel("make", song, "--project", film, "--size", 120, "--fps", 30, "--json")
    assert json.loads(made.stdout)["ok"]
    assert len(cloud.bill()) == before


def test_one_edited_prompt_is_exactly_one_new_request(songreel, film, song, cloud):
    plan = json.loads((film / "plan.json").read_text())
    plan["shots"][1]["prompt"] = "A red kite over a grey harbour."
    (film / "plan.json").write_text(json.dumps(plan))
    before = len(cloud.bill())
    songreel("make", song, "--project", film, "--yes")
    new = cloud.bill()[before:]
    assert [item.input["prompt"] for item in new] == ["A red kite over a grey harbour."]


def test_a_retake_is_one_new_clip_and_one_new_segment(songreel, film, cloud):
    before, segments = len(cloud.bill()), set((film / "segments").glob("*.mp4"))
    songreel("retake", film, "s02", "--seed", 77, "--yes")
    assert len(cloud.bill()) == before + 1
    assert cloud.bill()[-1].input["seed"] == 77
    assert len(set((film / "segments").glob("*.mp4")) - segments) == 1


@pytest.mark.slow
def test_a_retake_keeps_the_old_take_which_can_be_shown_again(songreel, film, cloud):
    before = len(cloud.bill())
    takes = json.loads(songreel("takes", film, "s02", "--json").stdout)
    songreel("retake", film, "s02", "--seed", 77, "--yes")
    after = json.loads(songreel("takes", film, "s02", "--json").stdout)
    assert [take["state"] for take in after] == ["stale", "shown"]
    assert after[0] | {"state": ""} == takes[0] | {"state": ""}
    back = songreel("takes", film, "s02", "--use", takes[0]["take"], "--json")
    assert json.loads(back.stdout)[0]["state"] == "kept, stale"
    songreel("assemble", film)
    assert len(cloud.bill()) == before + 1
    shown = json.loads((film / "timeline.json").read_text())["cuts"][1]
    assert shown["clip"].endswith(takes[0]["file"])
    report = (film / "report.html").read_text()
    assert "the plan has changed" in report


@pytest.mark.usefixtures("film")
def test_costs_are_the_services_bill_to_the_cent(songreel, bought):
    rows = json.loads(songreel("costs", "--by", "shot", "--json").stdout)
    total = rows[-1]
    assert total["name"] == "total"
    assert Decimal(total["total"]) == sum(Decimal(row["total"]) for row in rows[:-1])
    billed = sum(item.usd for item in bought[2])
    assert abs(Decimal(total["total"]) - billed) < Decimal("0.01")
    assert Decimal(total["open"]) == 0


@pytest.mark.slow
def test_a_run_stops_before_the_call_that_would_pass_the_budget(songreel, song, cloud, tmp_path):
    before = len(cloud.bill())
    made = songreel(
        "make", song, "--project", tmp_path / "film", *SMALL, "--visuals", "replicate:hailuo-02",
        "--budget", "0.50", "--yes", "--json",
    )  # fmt: skip
    film = json.loads(made.stdout)
    bill = cloud.bill()[before:]
    assert 0 < sum(item.usd for item in bill) <= Decimal("0.50")
    assert film["ok"]
    assert "over its limit of 0.50 USD" in " ".join(film["substitutions"])


@pytest.mark.slow
def test_two_processes_cannot_pass_the_workspaces_limit_together(
    songreel, song, cloud, tmp_path, workspace, environment
):
    songreel("costs", "limit", "2")
    before = len(cloud.bill())
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "songreel.cli.main", "--workspace", str(workspace), "make",
             str(song), "--project", str(tmp_path / name), *SMALL, "--seed", str(seed),
             "--visuals", "fal:video-01", "--yes"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for seed, name in enumerate(("one", "two"))
    ]  # fmt: skip
    for run in runs:
        _, talk = run.communicate(timeout=300)
        assert run.returncode == 0, talk
    paid = sum(item.usd for item in cloud.bill()[before:])
    assert Decimal("1.00") <= paid <= Decimal("2.00")  # each alone would have paid more


@pytest.mark.slow
@pytest.mark.parametrize("skip", [0, 1, 1000])
def test_whatever_fails_the_film_has_its_full_length(songreel, song, cloud, tmp_path, skip):
    """All creations fail, all but the first, and half of them."""
    try:
        if skip < 1000:
            cloud.fail("create", answers(500), times=1000, skip=skip)
        else:
            for each in range(0, 20, 2):
                cloud.fail("create", answers(422, "no", fields={"prompt": "no"}), skip=each)
        made = songreel(
            "make", song, "--project", tmp_path / "film", *SMALL, "--visuals", "replicate",
            "--seed", 20 + skip, "--yes", "--json",
        )  # fmt: skip
    finally:
        cloud.heal()
    film = json.loads(made.stdout)
    assert film["ok"]
    assert film["seconds"] == pytest.approx(18.0, abs=1 / 24)
    assert film["substitutions"]
    assert all("because" in text for text in film["substitutions"])


def test_no_key_is_in_any_file_word_or_process_list(bought, cloud, songreel, song, tmp_path):
    folder, _, _, done = bought
    secrets = [cloud.token, *cloud.key.split(":")]
    cloud.fail("create", answers(401), times=1000)
    try:
        failed = songreel(
            "make", song, "--project", tmp_path / "film", *SMALL, "--visuals", "fal", "--yes"
        )
    finally:
        cloud.heal()
    said = done.stdout + done.stderr + failed.stdout + failed.stderr
    for place in (folder, tmp_path):
        for path in place.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert not any(secret.encode() in content for secret in secrets), path
    assert not any(secret in said for secret in secrets)


@pytest.mark.slow
def test_interrupted_jobs_elsewhere_are_picked_up_and_paid_once(
    song, cloud, tmp_path, environment, workspace
):
    command = [sys.executable, "-m", "songreel.cli.main", "--workspace", str(workspace), "make",
               str(song), "--project", str(tmp_path / "film"), *SMALL, "--seed", "5",
               "--visuals", "replicate", "--yes"]  # fmt: skip
    before, cloud.running = len(cloud.bill()), 3.0
    try:
        run = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 240
        while len(cloud.bill()) == before and time.monotonic() < until:
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        _, talk = run.communicate(timeout=240)
    finally:
        cloud.running = 0.03
    assert run.returncode == 130
    assert "run the same command again" in talk
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)
    prompts = [item.input["prompt"] for item in cloud.bill()[before:]]
    assert len(prompts) == len(set(prompts)) == len(list((tmp_path / "film/clips").glob("*.mp4")))


def test_what_is_listed_is_json_too(songreel):
    models = json.loads(songreel("models", "--provider", "fal", "--json").stdout)
    assert {model["provider"] for model in models} == {"fal"}
    assert len(json.loads(songreel("looks", "--json").stdout)) >= 12
    assert json.loads(songreel("costs", "--json").stdout)[-1]["name"] == "total"


@pytest.mark.slow
@pytest.mark.parametrize("service", ["replicate", "fal"])
def test_every_entry_is_compared_with_the_schema_of_its_service(songreel, service):
    listed = json.loads(songreel("models", "--provider", service, "--json").stdout)
    run = songreel("models", "check", "--provider", service, "--json", check=False)
    checked = json.loads(run.stdout)
    assert [each["source"] for each in checked] == [f"{service}:{each['name']}" for each in listed]
    assert {each["state"] for each in checked} <= {"as listed", "differs"}
    assert all(bool(each["differences"]) == (each["state"] == "differs") for each in checked)
    assert run.returncode == any(each["differences"] for each in checked)


@pytest.mark.slow
def test_a_budget_spread_over_a_film_is_kept_by_it(songreel, song, cloud, tmp_path):
    folder = tmp_path / "film"
    songreel("make", song, "--project", folder, *SMALL)
    told = songreel("budget", folder, "1", "--source", "replicate:ltx-video", "--source", "fal")
    assert "At most" in told.stdout
    before = len(cloud.bill())
    songreel("generate", folder, "--budget", "1", "--yes")
    assert 0 < sum(item.usd for item in cloud.bill()[before:]) <= 1
    assert not list(Path(folder / "clips").glob("*.failed.json"))
