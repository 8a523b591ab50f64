-- A student's meetings of today, next appointments, and places in line.
\set student random(1, :students)
SELECT m.public_id, m.starts_at, m.ends_at, c.number, c.title, r.code
FROM students_enrollment e
JOIN scheduling_meetingpattern_sections ps ON ps.section_id = e.section_id
JOIN scheduling_meeting m ON m.pattern_id = ps.meetingpattern_id
JOIN courses_section s ON s.id = e.section_id
JOIN courses_course c ON c.id = s.course_id
LEFT JOIN scheduling_room r ON r.id = m.room_id
WHERE e.student_id = :student AND e.status = 'registered'
  AND m.starts_at >= date_trunc('day', now()) AND m.starts_at < date_trunc('day', now()) + interval '1 day'
ORDER BY m.starts_at;
SELECT a.public_id, n.starts_at, n.ends_at, t.title, u.given_name, u.family_name
FROM appointments_appointment a
JOIN appointments_session n ON n.id = a.session_id
JOIN appointments_appointmenttype t ON t.id = n.type_id
JOIN accounts_user u ON u.id = n.host_id
WHERE a.student_id = :student AND a.status = 'confirmed' AND n.ends_at > now()
ORDER BY n.starts_at LIMIT 10;
SELECT w.public_id, w.seq, c.number, c.title
FROM students_waitlistentry w
JOIN courses_section s ON s.id = w.section_id
JOIN courses_course c ON c.id = s.course_id
WHERE w.student_id = :student AND w.status = 'waiting'
ORDER BY w.joined_at LIMIT 10;
