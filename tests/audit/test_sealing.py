"""Sealed blocks: whatever the table's owner does to a sealed row is found and named (P37, P38, P39)."""

import json
import random
import stat
from contextlib import contextmanager
from datetime import date

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from apps.audit import anchors, sealing, verify
from apps.audit import services as audit
from apps.audit.canonical import ROW_BYTES, digests_between
from apps.audit.events import EventType
from apps.audit.models import Block, Epoch, Event
from apps.audit.states import AccessKind, Stream
from apps.audit.verify import Problem
from apps.core.errors import BusinessError

THING = EventType("test.happened", "tests.thing", "It happened")
pytestmark = [pytest.mark.alone, pytest.mark.django_db(transaction=True)]


@contextmanager
def owner():
    """What an administrator of the database could do: the owner's role, the guards switched off."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        tables = ("audit_event", "audit_access", "audit_block", "audit_epoch")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute(f"SET ROLE {django_settings.APP_ROLE}")


def happen(ctx, *subjects):
    with transaction.atomic():
        audit.record_many(ctx, THING, [audit.Fact(subject, payload={"amount": "1.00"}) for subject in subjects])


def blocks_of(ctx, blocks: int, rows: int):
    for number in range(blocks):
        happen(ctx, *range(number * rows, (number + 1) * rows))
        assert sealing.seal(Stream.EVENT)


def test_nothing_to_seal_makes_no_block(ctx):
    assert sealing.seal(Stream.EVENT) is None
    happen(ctx, 1)
    assert sealing.seal(Stream.EVENT).row_count == 1
    assert sealing.seal(Stream.EVENT) is None


def test_blocks_follow_each_other(ctx):
    blocks_of(ctx, 3, 4)
    first, second, third = Block.objects.order_by("number")
    assert bytes(second.previous) == bytes(first.hash)
    assert third.from_txid == second.to_txid
    assert bytes(first.hash) == sealing.block_hash(first)
    assert verify.verify(Stream.EVENT) == []


def test_accesses_are_sealed_in_a_chain_of_their_own(ctx):
    audit.note_access(ctx, AccessKind.DENIED, "policy_read.R")
    assert sealing.seal(Stream.ACCESS).row_count == 1
    assert verify.verify(Stream.ACCESS) == []


def test_what_is_still_running_is_left_for_the_next_block(ctx, other_connection):
    with other_connection() as other:
        other.execute("BEGIN")
        other.execute("SELECT pg_current_xact_id()")
        happen(ctx, 1)
        assert sealing.seal(Stream.EVENT) is None, "an older transaction could still write"
        other.execute("COMMIT")
    assert sealing.seal(Stream.EVENT).row_count == 1


@pytest.mark.parametrize("setting", ["TimeZone = 'America/New_York'", "DateStyle = 'German, DMY'"])
def test_a_row_has_the_same_digest_in_every_session(ctx, setting):
    happen(ctx, 1, 2, 3)
    digests = f"SELECT {digests_between(Stream.EVENT)}"
    everything = ["0", str(sealing.END_OF_TRANSACTIONS), sealing.FIRST_ID, sealing.LAST_ID]
    with connection.cursor() as cursor:
        cursor.execute(digests, everything)
        usual = bytes(cursor.fetchone()[0])
        cursor.execute(f"SET {setting}")
        cursor.execute(digests, everything)
        unusual = bytes(cursor.fetchone()[0])
        cursor.execute(f"RESET {setting.split()[0]}")
    assert usual == unusual
    assert len(usual) == 3 * ROW_BYTES


TAMPERINGS = {
    Problem.ROW_CHANGED: "UPDATE audit_event SET {column} WHERE id = {row}",
    Problem.ROW_DELETED: "DELETE FROM audit_event WHERE id = {row}",
    Problem.ROW_INSERTED: """INSERT INTO audit_event (id, name, subject_type, subject_id, business_date, actor, person,
        on_behalf_of, request_id, reason, payload, txid) SELECT {new}, name, subject_type, subject_id, business_date,
        actor, person, on_behalf_of, request_id, reason, payload, txid FROM audit_event WHERE id = {row}""",
}
COLUMNS = [
    "actor = 'user:somebody'",
    "person = 'somebody'",
    "reason = 'another'",
    "payload = jsonb_set(payload, '{{amount}}', '\"2.00\"')",
    "recorded_at = recorded_at + interval '1 microsecond'",
    "business_date = business_date - 1",
    "subject_id = subject_id + 1",
    "policy_id = 7",
    "name = 'test.happened '",
    "public_id = gen_random_uuid()",
    "request_id = ''",
    "on_behalf_of = ' '",
    "subject_type = 'tests.things'",
]


@pytest.mark.promise("P37")
def test_fifty_random_tamperings_are_found_with_block_and_row(ctx):
    blocks, rows, dice = 5, 12, random.Random(37)
    blocks_of(ctx, blocks, rows)
    for turn in range(50):
        problem = dice.choice(list(TAMPERINGS))
        row = dice.randint(1, blocks * rows)
        block = (row - 1) // rows + 1
        values = {"row": row, "new": 1000 + turn, "column": dice.choice(COLUMNS).replace("{{", "{").replace("}}", "}")}
        named = values["new"] if problem == Problem.ROW_INSERTED else row
        with owner() as cursor:
            cursor.execute("CREATE TABLE spare AS SELECT * FROM audit_event")
            cursor.execute(TAMPERINGS[problem].format(**values))
        found = verify.verify(Stream.EVENT)
        assert [(f.block, f.row, f.problem) for f in found] == [(block, named, problem)], values
        with owner() as cursor:
            cursor.execute("DELETE FROM audit_event; INSERT INTO audit_event SELECT * FROM spare; DROP TABLE spare")
    assert verify.verify(Stream.EVENT) == []


@pytest.mark.promise("P37")
def test_two_rows_that_change_places_are_both_named(ctx):
    blocks_of(ctx, 2, 4)
    with owner() as cursor:
        cursor.execute("UPDATE audit_event SET id = CASE id WHEN 2 THEN -1 ELSE -2 END WHERE id IN (2, 3)")
        cursor.execute("UPDATE audit_event SET id = CASE id WHEN -1 THEN 3 ELSE 2 END WHERE id < 0")
    assert [(f.row, f.problem) for f in verify.verify(Stream.EVENT)] == [
        (2, Problem.ROW_CHANGED),
        (3, Problem.ROW_CHANGED),
    ]


@pytest.mark.promise("P37")
def test_a_row_moved_to_another_transaction_is_missed_where_it_was(ctx):
    blocks_of(ctx, 2, 4)
    with owner() as cursor:
        cursor.execute("UPDATE audit_event SET txid = (SELECT max(txid) FROM audit_event) WHERE id = 2")
    assert [(f.block, f.row, f.problem) for f in verify.verify(Stream.EVENT)] == [
        (1, 2, Problem.ROW_DELETED),
        (2, 2, Problem.ROW_INSERTED),
    ]


@pytest.mark.promise("P37")
@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit_block SET rows = ''::bytea WHERE number = 2", Problem.BLOCK_CHANGED),
        ("UPDATE audit_block SET sealed_at = sealed_at, hash = sha256('x') WHERE number = 2", Problem.BLOCK_CHANGED),
        ("UPDATE audit_block SET epoch = 2 WHERE number = 2", Problem.BLOCK_CHANGED),
        ("DELETE FROM audit_block WHERE number = 2", Problem.CHAIN_BROKEN),
        ("DELETE FROM audit_block WHERE number = 1", Problem.CHAIN_BROKEN),
    ],
)
def test_a_block_that_is_tampered_with_is_found(ctx, statement, problem):
    blocks_of(ctx, 3, 2)
    with owner() as cursor:
        cursor.execute(statement)
    assert problem in {finding.problem for finding in verify.verify(Stream.EVENT)}


@pytest.mark.promise("P38")
def test_an_end_cut_off_is_found_by_the_anchors_alone(ctx, settings, tmp_path, capsys):
    settings.ANCHOR_FILE, settings.ANCHOR_KEY = str(tmp_path / "anchors"), "a key"
    blocks_of(ctx, 3, 2)
    assert [anchor.number for anchor in anchors.anchor()] == [3]
    assert stat.S_IMODE((tmp_path / "anchors").stat().st_mode) == 0o600
    call_command("verify_audit", anchors=[tmp_path / "anchors"])
    with owner() as cursor:
        cursor.execute("DELETE FROM audit_event WHERE id > 4; DELETE FROM audit_block WHERE number = 3")
    assert verify.verify(Stream.EVENT) == [], "from inside, the chain looks whole"
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", anchors=[tmp_path / "anchors"])
    assert ended.value.code == 1
    assert "cut off" in capsys.readouterr().out


@pytest.mark.promise("P38")
def test_a_chain_sealed_anew_and_a_forged_anchor_are_found(ctx, settings, tmp_path):
    path = tmp_path / "anchors"
    settings.ANCHOR_FILE, settings.ANCHOR_KEY = str(path), "a key"
    blocks_of(ctx, 1, 2)
    anchors.anchor()
    with owner() as cursor:
        cursor.execute("UPDATE audit_event SET reason = 'another'; DELETE FROM audit_block; DELETE FROM audit_epoch")
    sealing.seal(Stream.EVENT)
    assert verify.verify(Stream.EVENT) == []
    assert [finding.problem for finding in verify.verify_anchors(path)] == [Problem.HISTORY_REWRITTEN]
    line = json.loads(path.read_text())
    path.write_text(json.dumps({**line, "hash": bytes(Block.objects.get().hash).hex()}) + "\nnonsense\n")
    assert [finding.problem for finding in verify.verify_anchors(path)] == [Problem.ANCHOR_FORGED] * 2


@pytest.mark.promise("P38")
def test_a_restore_is_told_from_a_theft_by_its_signed_mark_alone(ctx, settings, tmp_path, capsys):
    here, there = tmp_path / "here", tmp_path / "there"
    settings.ANCHOR_FILE, settings.ANCHOR_KEY = str(there), "a key"
    blocks_of(ctx, 3, 2)
    anchors.anchor()
    with owner() as cursor:
        cursor.execute("DELETE FROM audit_event WHERE id > 2; DELETE FROM audit_block WHERE number > 1")
    assert [finding.problem for finding in verify.verify_anchors(there)] == [Problem.TAIL_CUT]
    settings.ANCHOR_FILE = str(here)
    anchors.declare_restore(ctx, "drill")
    happen(ctx, 300)
    sealing.seal(Stream.EVENT)
    anchors.anchor()
    assert verify.verify_anchors(here, there) == []
    call_command("verify_audit", anchors=[there, here])
    assert "a restore at" in capsys.readouterr().out
    mark = here.read_text().splitlines()[0]
    here.write_text(mark.replace('"number": 1', '"number": 2') + "\n")
    assert Problem.ANCHOR_FORGED in {finding.problem for finding in verify.verify_anchors(there, here)}


def test_without_an_anchor_file_there_is_no_restore_to_declare(ctx, settings):
    settings.ANCHOR_FILE = ""
    with pytest.raises(BusinessError) as refused:
        anchors.declare_restore(ctx, "drill")
    assert refused.value.code == "no_anchor_file"


def test_a_restore_into_another_cluster_opens_a_new_epoch(ctx):
    blocks_of(ctx, 2, 3)
    happen(ctx, 100)
    with owner() as cursor:
        cursor.execute("UPDATE audit_epoch SET system_identifier = 'the cluster before'")
        cursor.execute("UPDATE audit_event SET txid = '9000000000' WHERE subject_id = 100")
    assert sealing.seal(Stream.EVENT) is None
    assert list(Epoch.objects.order_by("number").values_list("number", "first_event_id")) == [
        (1, sealing.FIRST_ID),
        (2, 7),
    ]
    happen(ctx, 200)
    assert sealing.seal(Stream.EVENT).epoch == 2
    assert verify.verify(Stream.EVENT) == []
    assert list(Block.objects.filter(stream="event").order_by("number").values_list("epoch", "row_count")) == [
        (1, 3),
        (1, 3),
        (1, 1),
        (2, 1),
    ]
    with owner() as cursor:
        cursor.execute("DELETE FROM audit_event WHERE subject_id = 100")
    assert [(f.block, f.row) for f in verify.verify(Stream.EVENT)] == [(3, 7)]


@pytest.mark.promise("P37")
def test_the_command_names_block_and_row(ctx, capsys):
    blocks_of(ctx, 2, 3)
    call_command("verify_audit")
    assert "6 rows in 2 blocks" in capsys.readouterr().out
    with owner() as cursor:
        cursor.execute("UPDATE audit_event SET actor = 'nobody' WHERE id = 5")
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit")
    assert ended.value.code == 1
    assert "event block 2: row 5 was changed after it was sealed." in capsys.readouterr().out


@pytest.mark.promise("P39")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'other'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event CASCADE",
        "ALTER TABLE audit_event DISABLE TRIGGER USER",
        "SET session_replication_role = replica",
        "DROP TRIGGER {trigger} ON audit_event",
        "CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "UPDATE audit_block SET hash = sha256('x')",
    ],
)
def test_the_application_cannot_undo_the_record(ctx, statement):
    happen(ctx, 1)
    sealing.seal(Stream.EVENT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_event'::regclass AND NOT tgisinternal")
        trigger = cursor.fetchone()[0]
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(trigger=trigger))
    assert Event.objects.get().actor == ctx.actor
    assert verify.verify(Stream.EVENT) == []


def test_dates_of_rows_are_part_of_the_seal(ctx):
    happen(ctx.on(date(1999, 12, 31)), 1)
    sealing.seal(Stream.EVENT)
    assert verify.verify(Stream.EVENT) == []
