"""Which models there are: `REPLICATE` and `FAL`, by name.

Inputs, ranges and lengths are those of the services' schemas and pages as collected on 2026-11-21,
written down apart from songreel's catalogue, so that each is a check of the other; where no page
states a range there is none. Prices that no page states are of the size of what others report.
"""

from decimal import Decimal
from fractions import Fraction

from support.cloud.films import Form
from support.cloud.menu import (
    H100,
    IMAGE,
    L40S,
    LINES,
    NEEDED,
    PROMPT,
    SEED,
    Input,
    Model,
    Values,
    by_field,
    by_ratio,
    by_sound,
    flag,
    lasting,
    number,
    per_clip,
    per_second,
    pick,
    text,
    upright,
    whole,
)

WAN = LINES | {"480p": (832, 480)}

RATIOS = (
    "1:1", "1:2", "2:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "9:21", "21:9",
)  # fmt: skip


def _minimax(ref: str, **more: Input) -> Model:
    return Model(
        ref, {"prompt": text(2000, required=True), "prompt_optimizer": flag(True), **more},
        form=lambda _: Form(1280, 720, Fraction(25), 150), usd=per_clip("0.50"),
    )  # fmt: skip


def _hailuo(values: Values) -> Form:
    return lasting(values["duration"], LINES[values["resolution"]])


def _wan(ref: str, *, image: bool, fast: bool) -> Model:
    lines = ("720p", "1080p") if fast else ("480p", "720p", "1080p")
    sizes = tuple(
        f"{across}*{down}"
        for line in lines
        for across, down in (WAN[line], tuple(reversed(WAN[line])))
    )
    common = {
        "prompt": text(1500, required=True), "negative_prompt": text(500), "audio": IMAGE,
        "duration": pick(5, 5, 10), "enable_prompt_expansion": flag(True), "seed": SEED,
    }  # fmt: skip
    prices = {480: "0.05", 720: "0.10", 1080: "0.15"}
    if fast:
        prices = {720: "0.068", 1080: "0.102"}

    def form(values: Values) -> Form:
        if image:
            size = WAN[values["resolution"]]
        else:
            across, down = values["size"].split("*")
            size = (int(across), int(down))
        return lasting(values["duration"], size, sound=True)

    def usd(values: Values, made: Form) -> Decimal:
        return per_second(prices[min(made.width, made.height)])(values, made)

    own = {"image": NEEDED, "resolution": pick("720p", *lines)} if image else {
        "size": pick("1280*720", *sizes)
    }  # fmt: skip
    return Model(ref, common | own, form=form, usd=usd)


def _veo(ref: str, with_sound: str, without: str, **more: Input) -> Model:
    return Model(
        ref,
        {
            "prompt": PROMPT, "aspect_ratio": pick("16:9", "16:9", "9:16"),
            "duration": pick(8, 4, 6, 8), "image": IMAGE, "negative_prompt": text(),
            "resolution": pick("1080p", "720p", "1080p"), "generate_audio": flag(True),
            "seed": SEED, **more,
        },
        form=lambda v: lasting(
            v["duration"], upright(*LINES[v["resolution"]], v["aspect_ratio"]),
            sound=v["generate_audio"],
        ),
        usd=by_sound(with_sound, without),
    )  # fmt: skip


REPLICATE = {
    model.ref: model
    for model in (
        Model(
            "lightricks/ltx-video",
            {
                "prompt": text(), "image": IMAGE, "aspect_ratio": pick("3:2", *RATIOS),
                "negative_prompt": text(default="low quality, worst quality, deformed, distorted"),
                "target_size": pick(640, 512, 576, 640, 704, 768, 832, 896, 960, 1024),
                "length": pick(97, 97, 129, 161, 193, 225, 257), "steps": whole(30, 1, 50),
                "cfg": number(3, 1, 20), "image_noise_scale": number(0.15, 0, 1),
                "model": pick("0.9.1", "0.9", "0.9.1"), "seed": SEED,
            },
            form=lambda v: Form(
                *by_ratio(v["target_size"] ** 2, v["aspect_ratio"]), Fraction(24), v["length"]
            ),
            usd=lambda v, _: Decimal(v["length"]) / 97 * 30 * L40S,
            official=False, as_list=True, gpu=L40S,
            version="8c47da666861d081eeb4d1261853087de23923a268a69b63febdf5dc1dee08e4",
        ),
        Model(
            "tencent/hunyuan-video",
            {
                "prompt": text(), "width": Input("integer", 864, low=16, high=1280, step=16),
                "height": Input("integer", 480, low=16, high=1280, step=16),
                "video_length": Input("integer", 129, low=1, high=200, step=4, offset=1),
                "infer_steps": whole(50, 1), "embedded_guidance_scale": number(6, 1, 10),
                "fps": whole(24, 1), "seed": SEED,
            },
            form=lambda v: Form(v["width"], v["height"], Fraction(v["fps"]), v["video_length"]),
            usd=lambda v, _: Decimal(v["video_length"]) / 129 * 500 * H100,
            official=False, gpu=H100,
            version="6c9132aee14409cd6568d030453f1ba50f5f3412b844fe67f78a9eb62d55664f",
        ),
        Model(
            "genmoai/mochi-1",
            {
                "prompt": text(), "num_frames": whole(163, 30, 170),
                "num_inference_steps": whole(64, 10, 200), "guidance_scale": number(6, 0.1, 10),
                "fps": whole(30, 10, 60), "seed": SEED,
            },
            form=lambda v: Form(848, 480, Fraction(v["fps"]), v["num_frames"]),
            usd=lambda v, _: Decimal(v["num_frames"]) / 163 * 269 * H100,
            official=False, gpu=H100,
            version="1944af04d098ef69bed7f9d335d102e652203f268ec4aaa2d836f6217217e460",
        ),
        Model(
            "jzhang38/fast-mochi",
            {
                "prompt": text(), "num_frames": whole(151),
                "num_inference_steps": whole(8, 1, 30), "guidance_scale": number(1.5, 0.1, 10),
                "seed": whole(1024),
            },
            form=lambda v: Form(848, 480, Fraction(30), v["num_frames"]),
            usd=lambda v, _: Decimal(v["num_frames"]) / 151 * 40 * H100,
            official=False, gpu=H100,
            version="518162c93efc747d0a57a447db3f97a49e8d93f1c484dc2b7e3dadfacb1112db",
        ),
        _minimax("minimax/video-01", first_frame_image=IMAGE, subject_reference=IMAGE),
        _minimax("minimax/video-01-director", first_frame_image=IMAGE),
        _minimax("minimax/video-01-live", first_frame_image=NEEDED),
        Model(
            "minimax/hailuo-02",
            {
                "prompt": text(2000, required=True), "duration": pick(6, 6, 10),
                "resolution": pick("1080p", "512p", "768p", "1080p"), "first_frame_image": IMAGE,
                "last_frame_image": IMAGE, "prompt_optimizer": flag(True),
            },
            form=_hailuo, usd=by_field("resolution", _512p="0.02", _768p="0.045", _1080p="0.08"),
        ),
        Model(
            "minimax/hailuo-02-fast",
            {
                "prompt": text(2000, required=True), "duration": pick(6, 6, 10),
                "first_frame_image": NEEDED, "prompt_optimizer": flag(True),
                "go_fast": flag(False),
            },
            form=lambda v: lasting(v["duration"], LINES["512p"]), usd=per_second("0.017"),
        ),
        _wan("wan-video/wan-2.5-t2v", image=False, fast=False),
        _wan("wan-video/wan-2.5-t2v-fast", image=False, fast=True),
        _wan("wan-video/wan-2.5-i2v", image=True, fast=False),
        _wan("wan-video/wan-2.5-i2v-fast", image=True, fast=True),
        Model(
            "haiper-ai/haiper-video-2",
            {
                "prompt": PROMPT, "frame_image_url": IMAGE, "duration": pick(6, 4, 6),
                "aspect_ratio": pick("16:9", "16:9", "9:16", "4:3", "3:4", "1:1"),
                "use_prompt_enhancer": flag(True),
            },
            form=lambda v: lasting(
                v["duration"], upright(1280, 720, v["aspect_ratio"])
            ),
            usd=per_second("0.05"),
        ),
        _veo("google/veo-3", "0.40", "0.20"),
        _veo("google/veo-3-fast", "0.15", "0.10"),
        _veo("google/veo-3.1", "0.40", "0.20", last_frame=IMAGE, reference_images=Input("uris")),
        _veo("google/veo-3.1-fast", "0.15", "0.10", last_frame=IMAGE),
    )
}  # fmt: skip


def _fal_wan(image: bool) -> Model:
    own = {"image_url": NEEDED} if image else {
        "aspect_ratio": pick("16:9", "16:9", "9:16", "1:1")
    }  # fmt: skip
    return Model(
        f"fal-ai/wan-25-preview/{'image' if image else 'text'}-to-video",
        {
            "prompt": text(1500, required=True), "negative_prompt": text(500),
            "resolution": pick("1080p", "480p", "720p", "1080p"),
            "duration": pick("5", "5", "10"), "audio_url": IMAGE,
            "enable_prompt_expansion": flag(True), "seed": SEED, **own,
        },
        form=lambda v: lasting(
            v["duration"], upright(*WAN[v["resolution"]], v.get("aspect_ratio", "16:9")),
            sound=True,
        ),
        usd=by_field("resolution", _480p="0.05", _720p="0.10", _1080p="0.15"),
    )  # fmt: skip


LIKE_IMAGE = {"aspect_ratio": pick("auto", "auto", "16:9", "9:16"), "auto_fix": flag(False)}


def _fal_veo(ref: str, with_sound: str, without: str, **more: Input) -> Model:
    return Model(
        ref,
        {
            "prompt": PROMPT, "duration": pick("8s", "4s", "6s", "8s"),
            "resolution": pick("720p", "720p", "1080p", "4k"),
            "aspect_ratio": pick("16:9", "16:9", "9:16"), "generate_audio": flag(True),
            "negative_prompt": text(), "auto_fix": flag(True),
            "safety_tolerance": pick("4", "1", "2", "3", "4", "5", "6"), "seed": SEED, **more,
        },
        form=lambda v: lasting(
            v["duration"], upright(*LINES[v["resolution"]], v["aspect_ratio"]),
            sound=v["generate_audio"],
        ),
        usd=by_sound(with_sound, without),
    )  # fmt: skip


def _fal_hailuo(kind: str, image: bool) -> Model:
    own = {"image_url": NEEDED, "end_image_url": IMAGE} if image else {}
    if kind == "standard":
        own |= {"duration": pick("6", "6", "10")}
        if image:
            own |= {"resolution": pick("768P", "512P", "768P")}
    line = "768P" if kind == "standard" else "1080p"

    def usd(values: Values, made: Form) -> Decimal:
        low = values.get("resolution") == "512P"
        return per_second("0.017" if low else "0.045" if kind == "standard" else "0.08")(
            values, made
        )

    return Model(
        f"fal-ai/minimax/hailuo-02/{kind}/{'image' if image else 'text'}-to-video",
        {"prompt": text(2000, required=True), "prompt_optimizer": flag(True), **own},
        form=lambda v: lasting(v.get("duration", "6"), LINES[v.get("resolution") or line]),
        usd=usd,
    )


def _fal_hunyuan(kind: str, **more: Input) -> Model:
    return Model(
        f"fal-ai/hunyuan-video-v1.5/{kind}-to-video",
        {
            "prompt": PROMPT, "num_frames": whole(121), "num_inference_steps": whole(28),
            "seed": SEED,
            "aspect_ratio": pick("16:9", "16:9", "9:16"), **more,
        },
        form=lambda v: Form(*upright(848, 480, v["aspect_ratio"]), Fraction(24), v["num_frames"]),
        usd=per_second("0.075"),
    )  # fmt: skip


def _fal_minimax(ref: str, **more: Input) -> Model:
    return Model(
        ref, {"prompt": text(2000, required=True), "prompt_optimizer": flag(True), **more},
        form=lambda _: Form(1280, 720, Fraction(25), 150), usd=per_clip("0.50"),
    )  # fmt: skip


def _fal_ltx(ref: str, **more: Input) -> Model:
    return Model(
        ref,
        {
            "prompt": PROMPT, "negative_prompt": text(), "num_inference_steps": whole(30),
            "guidance_scale": Input("number", 3), "seed": SEED, **more,
        },
        form=lambda _: Form(768, 512, Fraction(24), 121), usd=per_clip("0.02"),
    )  # fmt: skip


def _fal_ltxv(ref: str, **more: Input) -> Model:
    return Model(
        ref,
        {
            "prompt": PROMPT, "negative_prompt": text(), "seed": SEED,
            "resolution": pick("720p", "480p", "720p"),
            "aspect_ratio": pick("16:9", "16:9", "9:16", "1:1"),
            "num_frames": whole(121, 9, 1441), "frame_rate": whole(24, 1, 60),
            "first_pass_num_inference_steps": whole(8),
            "second_pass_num_inference_steps": whole(8),
            "expand_prompt": flag(False), "enable_detail_pass": flag(False),
            "reverse_video": flag(False), "loras": Input("uris"), **more,
        },
        form=lambda v: Form(
            *upright(*LINES[v["resolution"]], v["aspect_ratio"]), Fraction(v["frame_rate"]),
            v["num_frames"],
        ),
        usd=lambda v, made: per_second("0.02")(v, made) * (2 if v["enable_detail_pass"] else 1),
    )  # fmt: skip


FAL = {
    model.ref: model
    for model in (
        _fal_ltx("fal-ai/ltx-video"),
        _fal_ltx("fal-ai/ltx-video/image-to-video", image_url=NEEDED),
        _fal_ltxv("fal-ai/ltxv-13b-098-distilled"),
        _fal_ltxv("fal-ai/ltxv-13b-098-distilled/image-to-video", image_url=NEEDED),
        Model(
            "fal-ai/hunyuan-video",
            {
                "prompt": PROMPT, "num_frames": pick("129", "129", "85"),
                "resolution": pick("720p", "480p", "580p", "720p"),
                "aspect_ratio": pick("16:9", "16:9", "9:16"), "pro_mode": flag(False),
                "seed": SEED,
            },
            form=lambda v: Form(
                *upright(*LINES[v["resolution"]], v["aspect_ratio"]), Fraction(24),
                int(v["num_frames"]),
            ),
            usd=lambda v, _: Decimal("0.40") * (2 if v["pro_mode"] else 1),
        ),
        _fal_hunyuan("text"),
        _fal_hunyuan("image", image_url=NEEDED),
        _fal_minimax("fal-ai/minimax/video-01"),
        _fal_minimax("fal-ai/minimax/video-01/image-to-video", image_url=NEEDED),
        _fal_minimax("fal-ai/minimax/video-01-director"),
        _fal_minimax("fal-ai/minimax/video-01-director/image-to-video", image_url=NEEDED),
        _fal_minimax("fal-ai/minimax/video-01-live"),
        _fal_minimax("fal-ai/minimax/video-01-live/image-to-video", image_url=NEEDED),
        *(_fal_hailuo(kind, image) for kind in ("standard", "pro") for image in (False, True)),
        _fal_wan(image=False),
        _fal_wan(image=True),
        _fal_veo("fal-ai/veo3.1", "0.40", "0.20"),
        _fal_veo("fal-ai/veo3.1/fast", "0.15", "0.10"),
        _fal_veo("fal-ai/veo3.1/image-to-video", "0.40", "0.20", image_url=NEEDED, **LIKE_IMAGE),
        _fal_veo(
            "fal-ai/veo3.1/fast/image-to-video", "0.15", "0.10", image_url=NEEDED, **LIKE_IMAGE
        ),
        _fal_veo(
            "fal-ai/veo3.1/first-last-frame-to-video", "0.40", "0.20",
            first_frame_url=NEEDED, last_frame_url=NEEDED,
        ),
        _fal_veo(
            "fal-ai/veo3.1/reference-to-video", "0.40", "0.20",
            image_urls=Input("uris", required=True),
        ),
        Model(
            "fal-ai/ltx-2.3/audio-to-video",
            {
                "audio_url": NEEDED, "image_url": IMAGE, "prompt": text(),
                "guidance_scale": Input("number", 5),
            },
            form=lambda _: Form(1280, 720, Fraction(25), 250, sound=True),
            usd=per_second("0.10"),
        ),
    )
}  # fmt: skip
