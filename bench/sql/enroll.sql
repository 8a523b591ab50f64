-- A seat: lock, count, insert; with its event, message and job. Students and sections in turn.
\set n random(1, 1000000000)
\set student 1 + :n % :students
\set section 1 + (:n / :students) % :sections
BEGIN;
SELECT id FROM accounts_user WHERE id = :student FOR NO KEY UPDATE;
SELECT capacity FROM courses_section WHERE id = :section FOR NO KEY UPDATE;
WITH seat AS (
  INSERT INTO students_enrollment
    (public_id, student_id, section_id, status, credit_hours, source, enrolled_at, status_at)
  SELECT gen_random_uuid(), :student, s.id, 'registered', 3, 'api', now(), now()
  FROM courses_section s
  WHERE s.id = :section AND s.capacity + 100000 > (
    SELECT count(*) FROM students_enrollment e
    WHERE e.section_id = :section AND e.status IN ('registered', 'auditing'))
  ON CONFLICT DO NOTHING
  RETURNING id
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
COMMIT;
