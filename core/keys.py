"""The names of everything in Redis; the hash tag {tenant} keeps what one script touches on one node."""

TENANTS = "daedap:tenants"
WORKERS = "daedap:worker:"  # + id, a heartbeat that expires


def due(tenant: str) -> str:
    """Sorted set: job id -> when the sweeper should wake it, seconds by Redis' clock."""
    return f"daedap:{{{tenant}}}:due"


def job(tenant: str, job_id: str) -> str:
    """Hash: the job record."""
    return f"daedap:{{{tenant}}}:job:{job_id}"


def gesture(tenant: str, client_message: str) -> str:
    """String: the job that one gesture of a person became."""
    return f"daedap:{{{tenant}}}:gesture:{client_message}"


def lock(tenant: str, name: str) -> str:
    """String: who runs something that must run once, with an expiry."""
    return f"daedap:{{{tenant}}}:lock:{name}"


def reindex(tenant: str) -> str:
    """Hash: progress and last result of the reindex run."""
    return f"daedap:{{{tenant}}}:reindex"


def memory(conversation: str) -> str:
    """Hash: message id -> turn."""
    return f"daedap:memory:{conversation}"


def engaged(conversation: str) -> str:
    """String: exists where Daedap has answered in a thread, so that it goes on there without being mentioned."""
    return f"daedap:engaged:{conversation}"


def feedback(tenant: str) -> str:
    """Stream: thumbs, newest last."""
    return f"daedap:{{{tenant}}}:feedback"


def events(job_id: str) -> str:
    """Stream: the live events of a job."""
    return f"daedap:{{{job_id}}}:events"


def tenant_of(job_id: str) -> str:
    """The tenant in a job id "platform:tenant:channel:message"."""
    return job_id.split(":", 2)[1]
