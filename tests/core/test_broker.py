"""The broker's settings: a certificate is checked unless the address says otherwise."""

import ssl
from typing import Any, cast

import pytest
from celery import Celery

from core.broker import configuration


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("rediss://localhost:6380/0", ssl.CERT_REQUIRED),
        ("rediss://localhost:6380/0?ssl_cert_reqs=none", ssl.CERT_NONE),
        ("rediss://localhost:6380/0?ssl_ca_certs=/etc/ca.pem", ssl.CERT_REQUIRED),
    ],
)
@pytest.mark.parametrize("publisher", [True, False])
def test_the_brokers_certificate_is_checked_unless_its_address_says_no(url, checked, publisher):
    app = Celery(set_as_current=False)
    app.conf.update(configuration(url, publisher=publisher))
    told = cast("Any", app.connection().ssl)
    assert told.get("ssl_cert_reqs", ssl.CERT_REQUIRED) == checked  # redis-py's own default


def test_without_tls_there_is_no_certificate():
    app = Celery(set_as_current=False)
    app.conf.update(configuration("redis://localhost:6379/0", publisher=True))
    assert not app.connection().ssl
