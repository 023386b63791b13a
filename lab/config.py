"""Asterisk's configuration, rendered from asterisk-config/ into a run folder.

Does not start anything.
"""

from __future__ import annotations

import math
import secrets
import shutil
import struct
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lab.errors import LabError

if TYPE_CHECKING:
    from lab.fetch import Runtime
    from lab.ports import Ports
    from lab.settings import LabSettings

# Beside the code in a checkout, inside the package in a wheel.
_FOLDERS = (
    Path(__file__).parent.parent / "asterisk-config",
    Path(__file__).parent / "asterisk-config",
)

MODULES = (
    # SIP
    "res_crypto",
    "res_pjproject",
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_timing_timerfd",
    "res_rtp_asterisk",
    "res_pjsip",
    "res_pjsip_session",
    "res_pjsip_pubsub",
    "res_pjsip_acl",
    "res_pjsip_authenticator_digest",
    "res_pjsip_caller_id",
    "res_pjsip_diversion",
    "res_pjsip_dlg_options",
    "res_pjsip_dtmf_info",
    "res_pjsip_empty_info",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_header_funcs",
    "res_pjsip_nat",
    "res_pjsip_outbound_authenticator_digest",
    "res_pjsip_refer",
    "res_pjsip_registrar",
    "res_pjsip_rfc3326",
    "res_pjsip_sdp_rtp",
    "chan_pjsip",
    # bridges
    "bridge_builtin_features",
    "bridge_builtin_interval_features",
    "bridge_holding",
    "bridge_native_rtp",
    "bridge_simple",
    "bridge_softmix",
    "chan_bridge_media",
    # sound
    "codec_a_mu",
    "codec_alaw",
    "codec_gsm",
    "codec_resample",
    "codec_ulaw",
    "format_gsm",
    "format_pcm",
    "format_sln",
    "format_wav",
    "res_musiconhold",
    "res_mutestream",
    # records
    "res_cdrel_custom",
    "cdr_custom",
    "cel_custom",
    "app_cdr",
    "app_celgenuserevent",
    # dialplan
    "pbx_config",
    "res_parking",
    "res_manager_devicestate",
    "app_amd",
    "app_bridgewait",
    "app_chanspy",
    "app_confbridge",
    "app_dial",
    "app_directed_pickup",
    "app_echo",
    "app_mixmonitor",
    "app_playback",
    "app_playtones",
    "app_queue",
    "app_read",
    "app_senddtmf",
    "app_stack",
    "app_userevent",
    "app_verbose",
    "app_waitforsilence",
    "func_callerid",
    "func_cdr",
    "func_channel",
    "func_cut",
    "func_db",
    "func_devstate",
    "func_global",
    "func_groupcount",
    "func_hangupcause",
    "func_logic",
    "func_math",
    "func_periodic_hook",
    "func_pjsip_contact",
    "func_pjsip_endpoint",
    "func_sprintf",
    "func_strings",
    "func_timeout",
    "func_uri",
)

RECORDS = ("cel-custom/trunkline-cel.csv", "cdr-custom/trunkline-cdr.csv")

WEB_MODULES = (
    "res_http_websocket",
    "res_pjsip_transport_websocket",
    "res_srtp",
    "codec_opus_open_source",
    "res_format_attr_opus",
)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made afresh for every run; nothing is guessable and nothing is in the templates."""

    ami: str
    phones: str

    @classmethod
    def fresh(cls) -> Secrets:
        return cls(ami=secrets.token_urlsafe(24), phones=secrets.token_urlsafe(16))


def templates_dir() -> Path:
    """The folder of `*.conf.j2`."""
    for folder in _FOLDERS:
        if folder.is_dir():
            return folder
    raise LabError("asterisk-config/ is missing beside the lab package: install Trunkline again")


def write_config(
    run_dir: Path, settings: LabSettings, ports: Ports, runtime: Runtime, keys: Secrets
) -> None:
    """Make the run folder's tree and render every template into `etc/`, readable by its owner only."""
    for name in ("etc", "varlib/keys", "spool", "run", "log", "moh", "cache", "agi-bin"):
        (run_dir / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    for record in (*RECORDS, "queue_log"):
        path = run_dir / "log" / record
        path.parent.mkdir(exist_ok=True)
        path.touch()  # there to be read before the first call
    certificate = self_signed(run_dir)
    write_tune(run_dir / "moh" / "tune.wav")
    environment = Environment(  # noqa: S701 -- configuration files, not HTML
        loader=FileSystemLoader(templates_dir()), undefined=StrictUndefined
    )
    for name in environment.list_templates(filter_func=lambda name: name.endswith(".conf.j2")):
        text = environment.get_template(name).render(
            run_dir=run_dir,
            modules_dir=runtime.modules_dir,
            data_dir=runtime.data_dir,
            systemname=settings.systemname,
            modules=(MODULES + WEB_MODULES) if settings.web_phones else MODULES,
            ports=ports,
            ami_secret=keys.ami,
            ami_read=settings.ami_read,
            ami_write=settings.ami_write,
            phone_secret=keys.phones,
            tls_cert=certificate[0] if certificate else None,
            tls_key=certificate[1] if certificate else None,
            web_phones=settings.web_phones,
            phones=settings.phones,
            queues=settings.queues,
            dids=settings.dids,
            countries=settings.countries,
            caller_id=settings.caller_id,
        )
        target = run_dir / "etc" / name.removesuffix(".j2")
        target.touch(mode=0o600)
        target.write_text(text + "\n" + settings.extra_config.get(target.name, ""), "utf-8")


def self_signed(run_dir: Path) -> tuple[Path, Path] | None:
    """A certificate for AMI over TLS; None where the machine has no `openssl`."""
    certificate, key = run_dir / "etc" / "ami.crt", run_dir / "etc" / "ami.key"
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    if not certificate.exists():
        key.touch(mode=0o600)
        subprocess.run(  # noqa: S603 -- our own argument list
            (
                *(
                    openssl,
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:prime256v1",
                ),
                *("-nodes", "-days", "30", "-subj", "/CN=127.0.0.1"),
                *("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
                *("-keyout", str(key), "-out", str(certificate)),
            ),
            check=True,
            capture_output=True,
        )
    return certificate, key


def write_tune(path: Path) -> None:
    """A quiet arpeggio for those who wait: music on hold without anybody's rights on it."""
    rate, notes = 8000, (262, 330, 392, 523, 392, 330)
    frames = bytearray()
    for note in notes:
        for n in range(rate // 2):
            fade = min(1.0, n / 400, (rate // 2 - n) / 1200)
            frames += struct.pack("<h", int(2200 * fade * math.sin(2 * math.pi * note * n / rate)))
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(bytes(frames))
