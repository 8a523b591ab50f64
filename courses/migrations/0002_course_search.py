"""The search column of courses is kept by the database, so that every way of writing is covered."""

from django.db import migrations

# Punctuation parts words, as in courses.queries: PostgreSQL alone would read "and/or" as the path of a file.
FORWARD = r"""
CREATE FUNCTION courses_words(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT regexp_replace(lower(value), '[!-/:-@\[-`{-~]+', ' ', 'g')
$$;

CREATE FUNCTION courses_search_of(code text, number text, title text, description text) RETURNS tsvector
LANGUAGE sql IMMUTABLE AS $$
  SELECT setweight(to_tsvector('simple', concat_ws(' ', courses_words(code), courses_words(number),
           replace(courses_words(code || number), ' ', ''), ltrim(courses_words(number), '0 '))), 'A')
      || setweight(to_tsvector('simple', courses_words(title)), 'B')
      || setweight(to_tsvector('simple', courses_words(left(description, 20000))), 'D')
$$;

CREATE FUNCTION courses_course_keep_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.search := courses_search_of(
    (SELECT code FROM courses_subject WHERE id = NEW.subject_id), NEW.number, NEW.title, NEW.description);
  RETURN NEW;
END $$;

CREATE TRIGGER courses_course_keep_search
BEFORE INSERT OR UPDATE OF subject_id, number, title, description, search ON courses_course
FOR EACH ROW EXECUTE FUNCTION courses_course_keep_search();

CREATE FUNCTION courses_subject_keep_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE courses_course SET search = NULL WHERE subject_id = NEW.id;
  RETURN NULL;
END $$;

CREATE TRIGGER courses_subject_keep_search
AFTER UPDATE OF code ON courses_subject
FOR EACH ROW WHEN (OLD.code IS DISTINCT FROM NEW.code) EXECUTE FUNCTION courses_subject_keep_search();

UPDATE courses_course SET search = NULL;
"""

BACKWARD = """
DROP TRIGGER courses_subject_keep_search ON courses_subject;
DROP FUNCTION courses_subject_keep_search();
DROP TRIGGER courses_course_keep_search ON courses_course;
DROP FUNCTION courses_course_keep_search();
DROP FUNCTION courses_search_of(text, text, text, text);
DROP FUNCTION courses_words(text);
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
