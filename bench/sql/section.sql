-- One section with seats, times, teachers, and whether the student is in it.
\set section random(1, :sections)
\set student random(1, :students)
SELECT s.public_id, s.crn, s.section_number, c.number, c.title, c.description, s.capacity, s.status,
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
        JOIN accounts_user u ON u.id = i.instructor_id WHERE i.section_id = s.id) AS teachers,
       (SELECT json_agg(q.expression) FROM courses_requirement q
        WHERE q.course_id = s.course_id OR q.section_id = s.id) AS requirements,
       (SELECT e.status FROM students_enrollment e
        WHERE e.section_id = s.id AND e.student_id = :student LIMIT 1) AS mine
FROM courses_section s
JOIN courses_course c ON c.id = s.course_id
WHERE s.id = :section;
