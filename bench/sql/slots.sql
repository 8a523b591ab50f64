-- What takes a host's time in four weeks, and the host's hours.
\set host random(:first_host, :last_host)
SELECT lower(during), upper(during) FROM scheduling_claim
WHERE person_id = :host AND active AND during && tstzrange(now(), now() + interval '4 weeks')
ORDER BY during;
SELECT r.weekday, r.start_time, r.end_time FROM appointments_availabilityrule r
JOIN appointments_availabilityschedule s ON s.id = r.schedule_id WHERE s.host_id = :host;
