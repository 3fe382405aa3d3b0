"""The names of everything in Redis; the hash tag {tenant} keeps what one script touches on one node."""

TENANTS = "daedap:tenants"
WORKERS = "daedap:worker:"  # + id, a heartbeat that expires
BEATING = "daedap:workers"  # set: ids of workers that have beaten
TROUBLE = "daedap:trouble:"  # + name, what cannot work until somebody sets it right; expires


def due(tenant: str) -> str:
    """Sorted set: job id -> when the sweeper should wake it, seconds by Redis' clock."""
    return f"daedap:{{{tenant}}}:due"


def job(tenant: str, job_id: str) -> str:
    """Hash: the job record."""
    return f"daedap:{{{tenant}}}:job:{job_id}"


def gesture(tenant: str, client_message: str) -> str:
    """String: the job that one gesture of a person became."""
    return f"daedap:{{{tenant}}}:gesture:{client_message}"


REINDEX = "daedap:{knowledge}:reindex"  # hash: progress and last result; the knowledge is one, whoever rebuilds it
REINDEX_LOCK = "daedap:{knowledge}:lock"  # string: the job that rebuilds, with an expiry


def memory(conversation: str) -> str:
    """Sorted set: turns by the time of their question."""
    return f"daedap:memory:{conversation}"


def conversations(channel: str) -> str:
    """Set: the conversations of a channel "platform:tenant:channel" that are remembered."""
    return f"daedap:conversations:{channel}"


def forgotten(scope: str) -> str:
    """String: up to when nothing is kept of a conversation, of a person in a room (room:user) or of one message (conversation:id:user)."""
    return f"daedap:forgotten:{scope}"


def engaged(conversation: str) -> str:
    """String: exists where Daedap has answered in a thread, so that it goes on there without being mentioned."""
    return f"daedap:engaged:{conversation}"


def feedback(tenant: str) -> str:
    """Stream: thumbs, newest last."""
    return f"daedap:{{{tenant}}}:feedback"


def verdict(tenant: str, job_id: str, user: str) -> str:
    """String: a person's last verdict on an answer."""
    return f"daedap:{{{tenant}}}:verdict:{user}:{job_id}"


def posted(room: str, message: str) -> str:
    """String: the job whose answer stands in a message of a room "platform:tenant:channel" (Teams tells of a thumb by that id)."""
    return f"daedap:{{{tenant_of(room)}}}:posted:{room}:{message}"


def replied(room: str, message: str) -> str:
    """String: exists when a message was answered by the bot itself, so that a second delivery of it is not."""
    return f"daedap:{{{tenant_of(room)}}}:replied:{room}:{message}"


def pace(tenant: str, call: str, minute: int) -> str:
    """Counter: how often a platform was called in a minute that it limits."""
    return f"daedap:{{{tenant}}}:pace:{call}:{minute}"


def limit(tenant: str, who: str) -> str:
    """String: when what a person or channel ("platform:tenant:id") asked is paid for, seconds by Redis' clock."""
    return f"daedap:{{{tenant}}}:limit:{who}"


def told(tenant: str, who: str) -> str:
    """String: exists while somebody knows that they ask too fast."""
    return f"daedap:{{{tenant}}}:told:{who}"


def events(job_id: str) -> str:
    """Stream: the live events of a job."""
    return f"daedap:{{{job_id}}}:events"


def tenant_of(job_id: str) -> str:
    """The tenant in a job id "platform:tenant:channel:message"."""
    return job_id.split(":", 2)[1]
