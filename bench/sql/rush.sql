-- One section of 50 seats that everybody wants: a seat while there is one, else the next place in line.
SELECT nextval('bench_student') AS student \gset
BEGIN;
SELECT id FROM accounts_user WHERE id = :student FOR NO KEY UPDATE;
SELECT capacity FROM courses_section WHERE id = :section FOR NO KEY UPDATE;
SELECT count(*) < 50 AS free FROM students_enrollment
WHERE section_id = :section AND status IN ('registered', 'auditing') \gset
\if :free
WITH seat AS (
  INSERT INTO students_enrollment
    (public_id, student_id, section_id, status, credit_hours, source, enrolled_at, status_at)
  VALUES (gen_random_uuid(), :student, :section, 'registered', 3, 'api', now(), now()) RETURNING id
), event AS (
  INSERT INTO students_enrollmentevent (enrollment_id, from_status, to_status, actor_id, reason, at)
  SELECT id, '', 'registered', :student, '', now() FROM seat
), message AS (
  INSERT INTO notifications_outboxmessage
    (public_id, dedupe_key, recipient_id, kind, about_type, about_id, facts, not_before, state, attempts, last_error,
     message_id, created_at)
  SELECT gen_random_uuid(), 'pgbench:' || gen_random_uuid(), :student, 'enrolled', 'students.enrollment', id, '{}',
         now(), 'queued', 0, '', gen_random_uuid()::text, now() FROM seat
  RETURNING id
)
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT 'mail', 'notifications.send_message', json_build_object('message_id', id)::jsonb FROM message;
\else
WITH place AS (
  INSERT INTO students_waitlistentry
    (public_id, section_id, student_id, displaced, priority_class, choice, seq, status, joined_at, last_skip_code,
     last_skip_reason)
  SELECT gen_random_uuid(), :section, :student, false, 100, 1, coalesce(max(seq), 0) + 1, 'waiting', now(), '', ''
  FROM students_waitlistentry WHERE section_id = :section
  RETURNING id
), event AS (
  INSERT INTO students_waitlistevent (entry_id, kind, actor_id, reason, at)
  SELECT id, 'joined', :student, '', now() FROM place
), message AS (
  INSERT INTO notifications_outboxmessage
    (public_id, dedupe_key, recipient_id, kind, about_type, about_id, facts, not_before, state, attempts, last_error,
     message_id, created_at)
  SELECT gen_random_uuid(), 'pgbench:' || gen_random_uuid(), :student, 'waitlisted', 'students.waitlistentry', id,
         '{}', now(), 'queued', 0, '', gen_random_uuid()::text, now() FROM place
  RETURNING id
)
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT 'mail', 'notifications.send_message', json_build_object('message_id', id)::jsonb FROM message;
\endif
COMMIT;
