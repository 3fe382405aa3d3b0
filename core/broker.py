"""How Celery talks to Redis here: a message is only a wake-up that may be lost, so nothing waits for the broker."""

import ssl
from typing import Any

TASK = "daedap.wake"  # its one argument is the job id
QUEUES = {
    "question": "answers",
    "reindex": "reindex",
    "forget": "maintenance",
    "view": "maintenance",
    "withdraw": "maintenance",
}
PREFIX = "daedap:celery:"


def queue_key(queue: str) -> str:
    """Redis list: wake-ups that no worker has taken, the oldest last."""
    return PREFIX + queue


def configuration(url: str, *, publisher: bool) -> dict[str, Any]:
    """Celery's settings. A publisher gives up within a second or two; a worker notices a half-open connection within 35 s."""
    publishing = {
        "socket_timeout": 1,
        "socket_connect_timeout": 1,
        "max_retries": 1,
        "interval_start": 0,
        "interval_max": 0.5,
    }
    consuming = {
        "socket_timeout": 15,
        "socket_connect_timeout": 3,
        "health_check_interval": 5,
        "socket_keepalive": True,
        # never: it writes a lock, and a Redis that is full ends Celery by refusing it
        "unacked_restore_throttle": 1_000_000_000,
    }
    return {
        "broker_url": url,
        # kombu checks no certificate unless told to; `?ssl_cert_reqs=` and `ssl_ca_certs=` of the address win over this
        "broker_use_ssl": {"ssl_cert_reqs": ssl.CERT_REQUIRED} if url.startswith("rediss:") else None,
        "broker_transport_options": {"global_keyprefix": PREFIX, "visibility_timeout": 3600}
        | (publishing if publisher else consuming),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": 1 if publisher else 4,
        "broker_pool_limit": 8,
        "task_publish_retry": False,
        "task_ignore_result": True,
        "task_acks_late": False,  # the ledger is what survives a kill; late acks add duplicates (reliability M6-M8, M16)
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,  # our logs are JSON already
        "worker_send_task_events": False,
        "worker_enable_remote_control": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_default_queue": "answers",
        "task_create_missing_queues": True,
    }
