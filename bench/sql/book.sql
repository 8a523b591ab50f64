-- A free time of a host: two claims, session, appointment, event; both sides get a message now and a reminder.
SELECT nextval('bench_slot') AS n \gset
\set host :first_host + :n % (:last_host - :first_host + 1)
\set slot :n / (:last_host - :first_host + 1)
\set student 1 + :n % :students
\set type :host - :first_host + 1
BEGIN;
SELECT id FROM accounts_user WHERE id IN (:host, :student) ORDER BY id FOR NO KEY UPDATE;
WITH slot AS (
  SELECT timestamptz '2100-01-01' + :slot * interval '30 minutes' AS starts_at
), claims AS (
  INSERT INTO scheduling_claim (person_id, during, source, hard, active)
  SELECT person, tstzrange(starts_at, starts_at + interval '30 minutes', '[)'), 'appointment', true, true
  FROM slot, unnest(ARRAY[:host, :student]::bigint[]) AS person
  ON CONFLICT DO NOTHING
  RETURNING id, person_id
), session AS (
  INSERT INTO appointments_session
    (public_id, type_id, host_id, starts_at, ends_at, block_starts_at, block_ends_at, seats, location, status,
     host_claim_id)
  SELECT gen_random_uuid(), :type, :host, starts_at, starts_at + interval '30 minutes', starts_at,
         starts_at + interval '30 minutes', 1, '', 'open', c.id
  FROM slot, claims c WHERE c.person_id = :host
  RETURNING id, starts_at
), appointment AS (
  INSERT INTO appointments_appointment
    (public_id, session_id, student_id, status, topic, booked_by_id, booked_at, cancel_reason, claim_id, ical_uid,
     ical_sequence)
  SELECT gen_random_uuid(), s.id, :student, 'confirmed', '', :student, now(), '', c.id, gen_random_uuid(), 0
  FROM session s, claims c WHERE c.person_id = :student
  RETURNING id
), event AS (
  INSERT INTO appointments_appointmentevent (appointment_id, kind, actor_id, reason, starts_at, at)
  SELECT a.id, 'booked', :student, '', s.starts_at, now() FROM appointment a, session s
), message AS (
  INSERT INTO notifications_outboxmessage
    (public_id, dedupe_key, recipient_id, kind, about_type, about_id, facts, not_before, state, attempts, last_error,
     message_id, created_at)
  SELECT gen_random_uuid(), 'pgbench:' || gen_random_uuid(), person, kind, 'appointments.appointment', a.id, '{}',
         now(), 'queued', 0, '', gen_random_uuid()::text, now()
  FROM appointment a, unnest(ARRAY[:host, :student]::bigint[]) AS person,
       unnest(ARRAY['appointment_booked', 'appointment_reminder']) AS kind
  RETURNING id
)
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT 'mail', 'notifications.send_message', json_build_object('message_id', id)::jsonb FROM message;
COMMIT;
