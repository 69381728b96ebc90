from . import outbox, tasks

outbox.wake_with(tasks.ping)
