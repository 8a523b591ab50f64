-- Twenty sections of a subject with seats, times, rooms and teachers.
\set subject random(1, :subjects)
SELECT s.public_id, s.crn, s.section_number, c.number, c.title, s.capacity, s.status,
       (SELECT count(*) FROM students_enrollment e
        WHERE e.section_id = s.id AND e.status IN ('registered', 'auditing')) AS taken,
       (SELECT count(*) FROM students_waitlistentry w
        WHERE w.section_id = s.id AND w.status = 'waiting') AS waiting,
       (SELECT json_agg(json_build_array(p.days, p.start_time, p.end_time, b.code, r.code))
        FROM scheduling_meetingpattern_sections ps
        JOIN scheduling_meetingpattern p ON p.id = ps.meetingpattern_id
        LEFT JOIN scheduling_room r ON r.id = p.room_id
        LEFT JOIN scheduling_building b ON b.id = r.building_id
        WHERE ps.section_id = s.id) AS times,
       (SELECT json_agg(u.family_name) FROM courses_sectioninstructor i
        JOIN accounts_user u ON u.id = i.instructor_id WHERE i.section_id = s.id) AS teachers
FROM courses_section s
JOIN courses_course c ON c.id = s.course_id
WHERE s.term_id = :term AND s.status <> 'planned' AND c.status = 'published' AND c.subject_id = :subject
ORDER BY c.sort_key, s.section_number, s.id
LIMIT 20;
