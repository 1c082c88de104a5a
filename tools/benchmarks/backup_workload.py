"""What runs inside the cluster while backups are measured: rows, WAL segments, a restore, a look at memory."""

ROWS, SEGMENTS = 1_800_000, 7

# Numbers and text: words of the server's own catalogue, common ones more often than rare ones.
DATA = (
    "CREATE TABLE entry (id bigint PRIMARY KEY, account int, amount numeric(12, 2), at timestamptz, note text)",
    f"""DO $$
DECLARE words text[]; phrases text[]; phrase text; at timestamptz := '2026-01-01';
BEGIN
    words := ARRAY(SELECT DISTINCT lower(hit[1])
                   FROM pg_description, regexp_matches(description, '[A-Za-z]{{3,}}', 'g') AS hit);
    FOR number IN 1..50000 LOOP
        phrase := '';
        FOR count IN 0..4 + number % 5 LOOP
            phrase := phrase || words[1 + floor(power(random(), 3) * cardinality(words))::int] || ' ';
        END LOOP;
        phrases[number] := phrase;
    END LOOP;
    FOR id IN 1..{ROWS} LOOP
        at := at + random() * interval '7.3 s';
        INSERT INTO entry VALUES (
            id, random() * 100000, random() * 10000, at,
            phrases[1 + floor(random() * 50000)::int] || phrases[1 + floor(random() * 50000)::int]
                || phrases[1 + floor(random() * 50000)::int]
        );
    END LOOP;
END $$""",
    "CREATE INDEX ON entry (account, at)",
    "CREATE TABLE more (LIKE entry)",
    "CREATE TABLE archived (seconds double precision)",
    "VACUUM ANALYZE",
)
# Fills one segment after the other, and notes how long each takes from its end until PostgreSQL has it archived.
ARCHIVE = f"""
DO $$
DECLARE first pg_lsn; segment text; began timestamptz; next bigint := 1;
BEGIN
    DELETE FROM archived;
    FOR count IN 1..{SEGMENTS} LOOP
        first := pg_current_wal_insert_lsn();
        WHILE pg_current_wal_insert_lsn() - first < 15000000 LOOP
            INSERT INTO more SELECT * FROM entry WHERE id BETWEEN next AND next + 999;
            next := next + 1000;
        END LOOP;
        COMMIT;
        segment := pg_walfile_name(pg_switch_wal());
        began := clock_timestamp();
        LOOP
            PERFORM pg_stat_clear_snapshot();
            EXIT WHEN (SELECT last_archived_wal >= segment FROM pg_stat_archiver);
            PERFORM pg_sleep(0.02);
        END LOOP;
        INSERT INTO archived SELECT extract(epoch FROM last_archived_time - began) FROM pg_stat_archiver;
        COMMIT;
    END LOOP;
END $$
"""
# In the sidecar, until its input ends: memory of all processes in KiB, pages that several share counted once.
MEMORY = """
import glob, os, re, select, sys
peak, ended = 0, False
while not ended:
    ended, total = bool(select.select([sys.stdin], [], [], 0.1)[0]), 0
    for path in glob.glob("/proc/[0-9]*/smaps_rollup"):
        try:
            if f"/{os.getpid()}/" not in path:
                total += int(re.search(r"^Pss: +([0-9]+)", open(path).read(), re.M)[1])
        except (OSError, TypeError):
            pass
    peak = max(peak, total)
print(peak)
"""
RESTORE = """
import os, shutil, subprocess, time
shutil.rmtree({folder!r}, ignore_errors=True)
start = time.monotonic()
subprocess.run(["barman-cloud-restore", "--endpoint-url", {endpoint!r}, "--cloud-provider", "aws-s3",
    {url!r}, {server!r}, {backup!r}, {folder!r}], env=os.environ | {keys!r}, check=True)
print(time.monotonic() - start)
shutil.rmtree({folder!r})
"""
