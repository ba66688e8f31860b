"""On PostgreSQL the chain is prolonged inside the server: the head stays locked for one call, not for four round trips."""

from django.db import migrations

# The same arithmetic as kernel.chain.links and appending._append_here; the tests of both databases are the same.
# before || seq || after is the canonical JSON of an event whose number is known only under the lock.
# One JSON argument: a client spends less on it than on twelve arrays.
CREATE = r"""
CREATE FUNCTION audit_append(events json) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    seq bigint;
    previous bytea;
    leaf bytea;
    link bytea;
    event record;
BEGIN
    -- Sixteen who wait for a row wake one another up in turns; this lock is handed straight to the next.
    PERFORM pg_advisory_xact_lock('audit_head'::regclass::oid::bigint);
    SELECT head.size, head.hash INTO seq, previous FROM audit_head AS head WHERE head.id = 1 FOR UPDATE;
    IF NOT FOUND THEN
        IF EXISTS (SELECT FROM audit_event) THEN
            RAISE EXCEPTION 'the ledger has events and no head' USING ERRCODE = 'data_corrupted';
        END IF;
        seq := 0;
        previous := decode(repeat('00', 32), 'hex');
        INSERT INTO audit_head (id, size, hash) VALUES (1, seq, previous);
    END IF;
    FOR event IN
        SELECT * FROM json_to_recordset(events) AS given (
            at timestamptz, action text, object_type text, object_id text, user_id bigint, person_id bigint,
            via text, data text, request_id text, salt text, before text, after text
        )
    LOOP
        seq := seq + 1;
        leaf := sha256(
            '\x00'::bytea || decode(event.salt, 'hex')
            || convert_to(event.before || seq || event.after, 'UTF8')
        );
        link := sha256('\x02'::bytea || previous || leaf);
        INSERT INTO audit_event (
            seq, at, action, object_type, object_id, user_id, person_id, via, data, request_id,
            salt, leaf, previous, hash
        ) VALUES (
            seq, event.at, event.action, event.object_type, event.object_id, event.user_id, event.person_id,
            event.via, event.data, event.request_id, decode(event.salt, 'hex'), leaf, previous, link
        );
        previous := link;
    END LOOP;
    UPDATE audit_head AS head SET size = seq, hash = previous WHERE head.id = 1;
    RETURN seq;
END
$$
"""
DROP = "DROP FUNCTION audit_append"


def on_postgresql(statement):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statement, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_ledger")]

    operations = [migrations.RunPython(on_postgresql(CREATE), on_postgresql(DROP))]
