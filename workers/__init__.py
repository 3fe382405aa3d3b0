"""Answers: a Celery task wakes, claims the job, runs one readable pipeline and posts the answer into the thread."""
