"""What work is done with, built once a process by runtime.py."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from redis.asyncio import Redis

from core.ledger import Claim, Ledger
from core.settings import Settings
from retrieval.protocols import KnowledgeBase
from retrieval.registry import Library
from workers.protocols import Delivery
from workers.steps.audience import Audience
from workers.steps.memory import Memory, RedisMemory
from workers.steps.model import Model


@dataclass(frozen=True)
class Answering:
    """Enough to answer a question, also without Redis or a platform."""

    settings: Settings
    knowledge: KnowledgeBase
    memory: Memory
    audience: Audience
    model: Model | None  # None: quote


@dataclass(frozen=True)
class Services:
    """All of it."""

    settings: Settings
    redis: Redis
    ledger: Ledger
    library: Library
    answering: Answering
    memory: RedisMemory
    deliveries: Mapping[str, Delivery]
    quarantine: asyncio.Lock = field(default_factory=asyncio.Lock)  # held by the one suspect at work


@dataclass(frozen=True)
class Attempt:
    """What one attempt at a job has at hand."""

    claim: Claim
    delivery: Delivery
    services: Services
